"""Pure questions of programmes: claims of pages, states of reports, values and how they roll up."""

from tongxing.programme.rules.claims import Said, Slip, publishable, total

__all__ = ["Said", "Slip", "publishable", "total"]
