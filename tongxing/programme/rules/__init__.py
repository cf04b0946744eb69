"""Pure questions of programmes: claims of pages, states of reports, values and how they roll up."""

from tongxing.programme.rules.claims import Item, Meeting, Said, Slip, in_order, meeting, publishable, total, waits_for

__all__ = ["Item", "Meeting", "Said", "Slip", "in_order", "meeting", "publishable", "total", "waits_for"]
