"""Tables of programmes, one subject per file."""

from tongxing.programme.models.closing import Tick
from tongxing.programme.models.document import Document
from tongxing.programme.models.lesson import Lesson
from tongxing.programme.models.programme import ALIGNMENTS, Claim, Indicator, Outcome, Programme, WorkAtSite

__all__ = ["ALIGNMENTS", "Claim", "Document", "Indicator", "Lesson", "Outcome", "Programme", "Tick", "WorkAtSite"]
