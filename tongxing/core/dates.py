"""Birth dates as guardians say them: a day, a month, a year, an age; solar or lunar. No database, no clock, no django.

`parse_birth` reads the words, `PartialDate` keeps what is known and how well. A database stores `first` (a date) and
`precision`; `PartialDate.of` brings it back.
"""

import calendar as months
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tongxing.core import birth_words

PRECISIONS = ("day", "month", "year", "about")
FRONT_MONTHS = frozenset({1, 4, 9, 11})  # Mongolian: vowel harmony of the spoken numeral asks for -дүгээр
OLDEST = 120  # completed years; an older person is taken for a slip of the pen


def N_(text: str) -> str:  # noqa: N802  (the name that message extraction knows)
    """Marks a message for the catalogues; the caller translates it when it is shown."""
    return text


@dataclass(frozen=True)
class Problem:
    """Why words could not be read. `code` for tests and logs, `remedy` a message id that names the way out."""

    code: str
    remedy: str
    typed: str = ""


REMEDIES = {
    "empty": N_("Write a birth date, a year or an age, for example 2017-03-02, March 2017, 2017 or about 9."),
    "unclear": N_("This is not understood. Write the year first, for example 2017-03-02, or an age, for example 9."),
    "ambiguous": N_("Day and month could be swapped here. Write the year first, for example 2017-03-02."),
    "no_year": N_("Add the year of birth or the age: without it the date cannot be found."),
    "impossible_day": N_("This day is not in the calendar. Check day and month, or write only the month."),
    "impossible_lunar_day": N_("This day is not in the lunar calendar of that year. Check the day and a leap month."),
    "future": N_("This date has not come yet. Check the year."),
    "too_old": N_("This is more than 120 years ago. Check the year."),
}


def problem(code: str, typed: str = "") -> Problem:
    """The problem named `code` with its remedy. KeyError for an unknown code."""
    return Problem(code, REMEDIES[code], typed)


@dataclass(frozen=True)
class PartialDate:
    """A birth date as well as it is known.

    precision  day | month | year | about; `about` means that year, one more or one less
    calendar   what was said: "" solar date, "lunar", "sui" (nominal age), "age"; a note, not part of equality
    """

    year: int
    month: int | None = None
    day: int | None = None
    precision: str = "day"
    calendar: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        wanted = {"day": (True, True), "month": (True, False)}.get(self.precision, (False, False))
        if self.precision not in PRECISIONS or (self.month is not None, self.day is not None) != wanted:
            raise ValueError(f"month {self.month} and day {self.day} do not fit precision {self.precision!r}")
        date(self.year, self.month or 1, self.day or 1)  # ValueError for a day that does not exist

    @classmethod
    def of(cls, first: date, precision: str, calendar: str = "") -> "PartialDate":
        """From the two columns of a database: the first day of the range and the precision."""
        month = first.month if precision in ("day", "month") else None
        return cls(first.year, month, first.day if precision == "day" else None, precision, calendar)

    @property
    def first(self) -> date:
        """First day of the range that the stated precision leaves open (for `about`: of the year named)."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """Last day of that range."""
        if self.day:
            return self.first
        month = self.month or 12
        return date(self.year, month, months.monthrange(self.year, month)[1])

    @property
    def middle(self) -> date:
        """The day from which an age is counted: the 15th of a month, 1 July of a year."""
        return date(self.year, self.month or 7, self.day or (15 if self.month else 1))

    def iso(self, *, upto: str = "day") -> str:
        """2017-03-02, 2017-03 or 2017: as precise as it is known, and no more precise than `upto` (day | month)."""
        parts = (f"{self.year:04d}", f"{self.month:02d}" if self.month else "", f"{self.day:02d}" if self.day else "")
        return "-".join(part for part in parts[: 3 if upto == "day" else 2] if part)

    def typed(self, language: str = "en") -> str:
        """Words that `parse_birth` reads back as this very date: for fields that are read again when they are saved."""
        return self.describe(language) if self.precision == "about" else self.iso()

    def age_on(self, day: date) -> int:
        """Completed years on `day`, from the middle of the range; never below 0."""
        return _completed_years(self.middle, day)

    def ages_on(self, day: date) -> tuple[int, int]:
        """Least and greatest completed years that the precision allows; a rule about age asks both."""
        slack = 1 if self.precision == "about" else 0
        return (
            max(0, _completed_years(self.last, day) - slack),
            _completed_years(self.first, day) + slack,
        )

    def describe(self, language: str) -> str:
        """In the reader's language (zh, en, mn; "zh-hans" counts as zh), as precise as it is known."""
        return _WORDS.get(language.partition("-")[0], _english)(self)


def _completed_years(born: date, day: date) -> int:
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def _chinese(born: PartialDate) -> str:
    words = f"{born.year}年" + (f"{born.month}月" if born.month else "") + (f"{born.day}日" if born.day else "")
    return f"约{words}" if born.precision == "about" else words


def _english(born: PartialDate) -> str:
    parts = (str(born.day or ""), months.month_name[born.month] if born.month else "", str(born.year))
    words = " ".join(part for part in parts if part)
    return f"about {words}" if born.precision == "about" else words


def _mongolian(born: PartialDate) -> str:
    if not born.month:
        return f"ойролцоогоор {born.year} он" if born.precision == "about" else f"{born.year} он"
    ordinal = "дүгээр" if born.month in FRONT_MONTHS else "дугаар"
    words = f"{born.year} оны {born.month} {ordinal} сар"
    return f"{words}ын {born.day}" if born.day else words


_WORDS: dict[str, Callable[[PartialDate], str]] = {"zh": _chinese, "en": _english, "mn": _mongolian}


def checked(born: PartialDate, today: date, typed: str = "") -> PartialDate | Problem:
    """The date itself, or the problem that it lies ahead or too far back."""
    if born.first > today:
        return problem("future", typed)
    if _completed_years(born.last, today) > OLDEST:
        return problem("too_old", typed)
    return born


def parse_birth(text: str, today: date) -> PartialDate | Problem:
    """What a guardian says about a birth date, in Chinese, English or Mongolian; never raises.

    Reads dates (2017-03-02, 2017年3月, March 2017, 2017 оны 3 сарын 2), years, ages (9, 9岁, about 9, 9 настай,
    18个月), nominal ages (10虚岁, 10 sui) and lunar dates (2017年农历二月初五), also in full-width or Chinese numerals.
    """
    said = birth_words.read(text, today)
    if isinstance(said, str):
        return problem(said, text)
    try:
        return checked(PartialDate(*said), today, text)
    except (ValueError, OverflowError):
        return problem("impossible_day", text)
