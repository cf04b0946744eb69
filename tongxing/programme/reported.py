"""What organisations reported and the programme approved, as it may leave: an edition freezes exactly this."""

from dataclasses import dataclass

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected


@dataclass(frozen=True)
class ReportedPeriod:
    """One period of an indicator that organisations report. `target` is empty where the plan has none.

    `reported` of `expected` organisations have been approved; with fewer the number is not the whole.
    """

    code: str
    title: Text
    target: str
    number: Protected
    reported: int
    expected: int

    @property
    def is_complete(self) -> bool:
        return self.reported >= self.expected


@dataclass(frozen=True)
class Reported:
    """One indicator made of the approved reports of organisations, period by period. Nothing of it is in a key figure."""

    outcome: int
    output: str
    number: str
    title: Text
    unit: Text
    definition: Text
    population: Text
    baseline: str
    periods: tuple[ReportedPeriod, ...]
