"""Tables of programmes, one subject per file."""

from tongxing.programme.models.programme import Claim, Indicator, Outcome, Programme

__all__ = ["Claim", "Indicator", "Outcome", "Programme"]
