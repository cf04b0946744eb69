"""What depends on the country: ages of consent, working days, time zones. Data in `jurisdictions/*.yaml`; no clock.

A year whose make-up days are not announced yet is answered with weekends and statutory holidays only and is
`is_provisional`: a due date in it may move by a day when the State Council publishes its notice.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from ruamel.yaml import YAML

from tongxing.core.words import Words

FOLDER = Path(__file__).parent / "jurisdictions"
FIRST_YEAR, LAST_YEAR = 2001, 2099  # what the source of holidays covers for both countries
WEEKEND = (5, 6)


class UnknownJurisdiction(LookupError):
    """No rule file for this country."""


@dataclass(frozen=True)
class YearOfDays:
    """Days off on weekdays or weekends, and weekend days that are worked."""

    days_off: frozenset[datetime.date]
    make_up_days: frozenset[datetime.date]
    is_provisional: bool


@dataclass(frozen=True)
class Calendar:
    """Working days of one country. Pure: every answer depends on the arguments and the rule file only."""

    country: str
    make_up_days_announced_yearly: bool
    own_years: Mapping[int, YearOfDays] = field(default_factory=dict, hash=False)

    def is_working_day(self, day: datetime.date) -> bool:
        """Is `day` worked by public offices? Raises ValueError outside 2001–2099."""
        year = self._year(day.year)
        if day in year.make_up_days:
            return True
        return day.weekday() not in WEEKEND and day not in year.days_off

    def is_make_up_day(self, day: datetime.date) -> bool:
        """Is `day` a weekend day that is worked to make up for a holiday?"""
        return day in self._year(day.year).make_up_days

    def is_provisional(self, day: datetime.date) -> bool:
        """True while the make-up days of that year are not announced: weekends and statutory holidays only."""
        return self._year(day.year).is_provisional

    def add_working_days(self, start: datetime.date, n: int) -> datetime.date:
        """The `n`th working day after `start`; for n = 0 `start` itself or the next working day. n must not be < 0."""
        if n < 0:
            raise ValueError(f"cannot count {n} working days forward")
        day = start
        for _ in range(n):
            day = self._next(day + datetime.timedelta(days=1))
        return self._next(day)

    def working_days_between(self, a: datetime.date, b: datetime.date) -> int:
        """Working days after `a` up to and including `b`; 0 when `b` is not after `a`."""
        days = range(1, (b - a).days + 1)
        return sum(self.is_working_day(a + datetime.timedelta(days=n)) for n in days)

    def _next(self, day: datetime.date) -> datetime.date:
        while not self.is_working_day(day):
            day += datetime.timedelta(days=1)
        return day

    def _year(self, year: int) -> YearOfDays:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"no working-day calendar for {year}; {FIRST_YEAR} to {LAST_YEAR} are known")
        return self.own_years.get(year) or _published(self.country, year, self.make_up_days_announced_yearly)


@lru_cache(maxsize=512)
def _published(country: str, year: int, announced_yearly: bool) -> YearOfDays:
    known = holidays.country_holidays(country, years=year)
    # The package keeps days of neighbouring years in the same set: only this year's count.
    make_up = frozenset(day for day in known.weekend_workdays if day.year == year)
    return YearOfDays(frozenset(known), make_up, is_provisional=announced_yearly and not make_up)


@dataclass(frozen=True)
class AgeRule:
    """An age with the law it comes from. `confirmed` is False where the law names no age for this use."""

    age: int
    source: str
    confirmed: bool


@dataclass(frozen=True)
class TermRule:
    """Days within which something must be done; `confirmed` is False where no law names the number for this use."""

    days: int
    source: str
    confirmed: bool


@dataclass(frozen=True)
class Jurisdiction:
    """The rules of one country, as the site chooses them."""

    country: str
    name: Words
    decides_from: AgeRule  # the young person decides about own data
    assent_from: AgeRule  # the child is asked too
    registered_under: AgeRule  # counts as a child in this registration
    answers_within: TermRule  # a family's request about its record
    time_zones: tuple[str, ...]  # the first is the capital's
    calendar: Calendar
    calendar_source: str

    def day_at(self, moment: datetime.datetime, time_zone: str = "") -> datetime.date:
        """The date on the wall of a site at an aware `moment`; without a zone, the capital's."""
        return moment.astimezone(ZoneInfo(time_zone or self.time_zones[0])).date()


@cache
def jurisdiction(country: str) -> Jurisdiction:
    """The rules of "CN" or "MN". Raises UnknownJurisdiction that names the file to write."""
    path = FOLDER / f"{country}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in FOLDER.glob("*.yaml"))
        raise UnknownJurisdiction(f"no rules for {country!r}: write jurisdictions/{country}.yaml (there are {known})")
    return read(path)


def read(path: Path) -> Jurisdiction:
    """One rule file. Raises ValueError that names the file and the entry."""
    data: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    try:
        calendar = data["calendar"]
        announced = bool(calendar["make_up_days_announced_yearly"])
        years = {int(year): _own_year(year, days) for year, days in (calendar.get("years") or {}).items()}
        return Jurisdiction(
            country=data["country"],
            name=Words.read(data["name"], "name"),
            decides_from=_age(data, "decides_from"),
            assent_from=_age(data, "assent_from"),
            registered_under=_age(data, "registered_under"),
            answers_within=_term(data, "answers_within"),
            time_zones=tuple(ZoneInfo(zone).key for zone in data["time_zones"]),
            calendar=Calendar(data["country"], announced, years),
            calendar_source=calendar["source"],
        )
    except KeyError as problem:
        raise ValueError(f"{path.name}: the entry {problem} is missing") from problem
    except (ValueError, TypeError) as problem:
        raise ValueError(f"{path.name}: {problem}") from problem


def _age(data: dict[str, Any], entry: str) -> AgeRule:
    rule = data[entry]
    if not isinstance(rule["age"], int) or not 0 < rule["age"] <= 25:
        raise ValueError(f"{entry}: the age must be a whole number from 1 to 25, found {rule['age']!r}")
    return AgeRule(rule["age"], rule["source"], bool(rule["confirmed"]))


def _term(data: dict[str, Any], entry: str) -> TermRule:
    rule = data[entry]
    if not isinstance(rule["days"], int) or not 0 < rule["days"] <= 90:
        raise ValueError(f"{entry}: the days must be a whole number from 1 to 90, found {rule['days']!r}")
    return TermRule(rule["days"], rule["source"], bool(rule["confirmed"]))


def _own_year(year: int, days: dict[str, list[datetime.date]]) -> YearOfDays:
    off, made_up = frozenset(days["days_off"]), frozenset(days["make_up_days"])
    wrong = sorted(day for day in off | made_up if day.year != int(year))
    wrong += sorted(day for day in made_up if day.weekday() not in WEEKEND)
    if wrong:
        raise ValueError(f"calendar {year}: {wrong[0]} is of another year, or a make-up day that is no weekend day")
    return YearOfDays(off, made_up, is_provisional=False)
