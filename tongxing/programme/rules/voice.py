"""Who reads what was said, by when it is answered, and where it stands. Pure: `today` and the calendar are arguments."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from tongxing.core.jurisdiction import Calendar
from tongxing.core.words import Words

LONGEST = 4000  # characters of one text
BANDS = ((5, "to_5"), (15, "to_15"), (30, "to_30"))  # working days until the first answer
SLOWEST = "over_30"


class Route(StrEnum):
    """Who reads it. From safeguarding nothing ever goes back to the programme or a centre."""

    PROGRAMME = "programme"
    SAFEGUARDING = "safeguarding"


@dataclass(frozen=True)
class Kind:
    """One kind of matter; `acknowledge` and `answer` are working days after the day on which it was heard."""

    code: str
    title: Words
    hint: Words
    route: Route
    about_person: bool
    acknowledge: int
    answer: int


class Stands(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """Where a matter stands; `due_on` is the next thing owed (None: nothing), `late` the working days it is overdue."""

    state: Stands
    due_on: datetime.date | None
    late: int = 0


def route(kind: Kind, *, in_danger: bool) -> Route:
    """Past every centre when the kind says so, or when somebody is said to be in danger now."""
    return Route.SAFEGUARDING if in_danger else kind.route


def due(kind: Kind, heard_on: datetime.date, calendar: Calendar) -> tuple[datetime.date, datetime.date]:
    """By when it is acknowledged and by when it is answered."""
    return calendar.add_working_days(heard_on, kind.acknowledge), calendar.add_working_days(heard_on, kind.answer)


def standing(
    state: Stands,
    *,
    acknowledge_by: datetime.date,
    answer_by: datetime.date,
    today: datetime.date,
    calendar: Calendar,
) -> Standing:
    """Where it stands `today`, with what is owed next."""
    owed = {Stands.NEW: acknowledge_by, Stands.ACKNOWLEDGED: answer_by}.get(state)
    if owed is None:
        return Standing(state, None)
    return Standing(state, owed, calendar.working_days_between(owed, today))


def band(heard_on: datetime.date, answered_on: datetime.date, calendar: Calendar) -> str:
    """In how many working days the first answer came, as a code that can be counted."""
    days = calendar.working_days_between(heard_on, answered_on)
    return next((code for most, code in BANDS if days <= most), SLOWEST)
