"""Tables of programmes, one subject per file."""

from tongxing.programme.models.framework import Dimension, ReportingPeriod, Target, Undertaking
from tongxing.programme.models.programme import Claim, Indicator, Outcome, Output, Programme
from tongxing.programme.models.reports import Report, ReportedValue, ReportStep

__all__ = [
    "Claim",
    "Dimension",
    "Indicator",
    "Outcome",
    "Output",
    "Programme",
    "Report",
    "ReportStep",
    "ReportedValue",
    "ReportingPeriod",
    "Target",
    "Undertaking",
]
