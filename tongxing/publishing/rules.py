"""Pure questions about what is published: what a claim is beside a record, and what changed between two editions."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

SETTLING_DAYS = 5  # after a quarter's end, for what is written down late
ADOPTED, PLANNED = "adopted_by_others", "planned"


def claim_state(claim_class: str, claimed: Decimal, recorded: Decimal | None) -> str:
    """agrees | claim_only | adopted_by_others | planned.

    What others adopted or somebody plans stays that, whatever is recorded; a claim agrees only when the record is the
    same number.
    """
    if claim_class in (ADOPTED, PLANNED):
        return claim_class
    return "agrees" if recorded is not None and recorded == claimed else "claim_only"


Figure = TypeVar("Figure")
Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Change(Generic[Figure, Shown]):
    """One figure in the current edition and in the next; None where it is not there."""

    figure: Figure
    before: Shown | None
    after: Shown | None

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def changes(before: Mapping[Figure, Shown], after: Mapping[Figure, Shown]) -> list[Change[Figure, Shown]]:
    """Figure by figure, in the order of the next edition, then what is no longer there."""
    codes = [*after, *(code for code in before if code not in after)]
    return [Change(code, before.get(code), after.get(code)) for code in codes]


def standing(until: datetime.date, known_on: datetime.date) -> str:
    """final | open | settling: figures are final when their quarter has ended and was given days to be written down.

    `until` is the last day counted, `known_on` the day on which the figures were made.
    """
    if (until + datetime.timedelta(days=1)).month not in (1, 4, 7, 10) or (until + datetime.timedelta(days=1)).day != 1:
        return "open"
    return "final" if (known_on - until).days >= SETTLING_DAYS else "settling"


def last_quarter(day: datetime.date) -> datetime.date:
    """The last day of the quarter before the one that `day` lies in."""
    return datetime.date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - datetime.timedelta(days=1)
