"""Tables of programmes, one subject per file."""

from tongxing.programme.models.closing import Tick
from tongxing.programme.models.document import Document
from tongxing.programme.models.framework import Dimension, ReportingPeriod, Target, Undertaking
from tongxing.programme.models.lesson import Lesson
from tongxing.programme.models.programme import ALIGNMENTS, Claim, Indicator, Outcome, Output, Programme, WorkAtSite
from tongxing.programme.models.reports import Report, ReportedValue, ReportStep
from tongxing.programme.models.voice import Voice, VoiceChange, VoiceCode, VoiceNumbers, VoiceStep

__all__ = [
    "ALIGNMENTS",
    "Claim",
    "Dimension",
    "Document",
    "Indicator",
    "Lesson",
    "Outcome",
    "Output",
    "Programme",
    "Report",
    "ReportStep",
    "ReportedValue",
    "ReportingPeriod",
    "Target",
    "Tick",
    "Undertaking",
    "Voice",
    "VoiceChange",
    "VoiceCode",
    "VoiceNumbers",
    "VoiceStep",
    "WorkAtSite",
]
