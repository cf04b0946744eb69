"""Pure questions about opening hours and about which service is meant: no database, no clock, no Django.

Hours are a week, `{"mon": [["09:00", "12:00"], ["13:30", "17:00"]], …}`, on the wall clock of the place. A span that
ends at or before its start runs past midnight; "24:00" ends a day. A weekday that is not named is closed.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEEDS = (
    "school",
    "tutoring",
    "health",
    "counselling",
    "housing",
    "wages",
    "legal",
    "social_security",
    "skills",
    "work",
    "other",
)
LOOK_AHEAD = timedelta(days=14)  # longer than any holiday week with its weekends
EVENING = time(18, 0)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")

Hours = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Open:
    """Whether a place is open at a moment. Times are the place's own wall clock, without a zone: what a reader needs.

    until: when it closes, if open; None: open without end within two weeks.
    opens_next: when it opens next, if closed; None: not within two weeks. next_until: when it closes then.
    days_ahead: 0 today, 1 tomorrow, … of `opens_next`, else 0.
    """

    is_open: bool
    until: datetime | None = None
    opens_next: datetime | None = None
    next_until: datetime | None = None
    days_ahead: int = 0

    @property
    def is_round_the_clock(self) -> bool:
        return self.is_open and self.until is None


def open_at(
    hours: Hours, moment: datetime, time_zone: str, special_days: Mapping[date, str | None] | None = None
) -> Open:
    """Is a place with these hours open at `moment` (aware)?

    special_days: dates that do not follow their weekday: None is closed (a public holiday), "mon" runs Monday's hours
    (a make-up working day on a weekend). Dates are the place's own.
    """
    zone = ZoneInfo(time_zone)
    here = moment.astimezone(zone).replace(tzinfo=None)
    horizon = here + LOOK_AHEAD
    upcoming = [s for s in _spans(hours, here.date(), special_days or {}) if s[1] > here and s[0] < horizon]
    if not upcoming:
        return Open(is_open=False)
    start, end = upcoming[0]
    shown_end = end if end < horizon else None
    if start <= here:
        return Open(is_open=True, until=shown_end)
    days = (start.date() - here.date()).days
    return Open(is_open=False, opens_next=start, next_until=shown_end, days_ahead=days)


def _spans(hours: Hours, today: date, special_days: Mapping[date, str | None]) -> list[tuple[datetime, datetime]]:
    """Open spans from yesterday (it may run past midnight) to the look-ahead, in order, joined where they touch."""
    joined: list[tuple[datetime, datetime]] = []
    days = (today + timedelta(days=n) for n in range(-1, LOOK_AHEAD.days + 2))
    for start, end in sorted(span for day in days for span in _spans_of_day(hours, day, special_days)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _spans_of_day(
    hours: Hours, day: date, special_days: Mapping[date, str | None]
) -> Iterator[tuple[datetime, datetime]]:
    usual = WEEKDAYS[day.weekday()]
    weekday = special_days.get(day, usual)
    if weekday is None:
        return
    # A place that works on that weekend day anyway keeps its own hours on a make-up day.
    for opens, closes in hours.get(usual) or hours.get(weekday) or ():
        start, end = _at(day, opens), _at(day, closes)
        yield start, end if end > start else end + timedelta(days=1)


def _at(day: date, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)


def problems_with_hours(hours: Hours) -> list[str]:
    """What is wrong with a week of hours, in words; empty when nothing is."""
    problems = [
        f"{day!r} is not a weekday; the weekdays are {', '.join(WEEKDAYS)}" for day in hours if day not in WEEKDAYS
    ]
    for day, spans in hours.items():
        for span in spans:
            if len(span) != 2 or not all(CLOCK.fullmatch(str(clock)) for clock in span):
                problems.append(f"{day}: {list(span)} is not two times like 09:00")
            elif span[0] == span[1]:
                problems.append(f"{day}: {list(span)} starts when it ends")
        ordered = sorted(list(s) for s in spans if len(s) == 2)
        problems += [f"{day}: {b} begins before {a} ends" for a, b in pairwise(ordered) if b[0] < a[1]]
    return problems


def has_evening_or_weekend(hours: Hours) -> bool:
    """Can somebody come who works by day: Saturday, Sunday, or after 18:00 on a weekday?"""
    if hours.get("sat") or hours.get("sun"):
        return True
    late = EVENING.strftime("%H:%M")
    return any(closes > late or closes <= opens for spans in hours.values() for opens, closes in spans)


@dataclass(frozen=True)
class Wish:
    """What somebody looks for. Empty means "no matter"; nothing of it is ever stored."""

    place: str = ""
    need: str = ""
    languages: frozenset[str] = frozenset()
    age: int | None = None
    is_open_now: bool = False
    is_late: bool = False  # evenings or weekends


def suits(wish: Wish, opening: Open, hours: Hours, languages: Container[str]) -> bool:
    """The part of a wish that hours and languages decide; the rest is a database filter."""
    return (
        (opening.is_open or not wish.is_open_now)
        and (not wish.is_late or has_evening_or_weekend(hours))
        and (not wish.languages or any(code in languages for code in wish.languages))
    )


def closeness(path: Iterable[str], wanted: Container[str]) -> int:
    """0: the service lies in a wanted division (`path` goes from its own division up); 1: only near one."""
    return 0 if any(code in wanted for code in path) else 1


def rank(opening: Open, distance: int, name: str) -> tuple[bool, int, datetime, str]:
    """Sort key: open first, then nearer, then who opens sooner, then by name."""
    return (not opening.is_open, distance, opening.opens_next or datetime.max, name)
