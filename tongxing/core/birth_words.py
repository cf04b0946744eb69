"""The words that guardians use for a birth date, taken apart. `core.dates.parse_birth` is the door to this file.

Words are first tidied (full width to half width, Chinese numerals to digits), then offered to one reader after the
other: lunar date, nominal age, months of age, years of age, date. A reader answers with what was said, with the code
of a problem (a str), or None when the words are not its own.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from lunar_python import Lunar, Solar


class Said(NamedTuple):
    """The numbers in the words; whether such a day exists is not yet known. Fields as in `core.dates.PartialDate`."""

    year: int
    month: int | None
    day: int | None
    precision: str
    calendar: str = ""


Found = Said | str | None

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "兩": 2}
TENS = {"十": 10, "廿": 20, "卅": 30}
NUMERALS = re.compile(f"[{''.join(DIGITS)}{''.join(TENS)}]+")
ABOUT = re.compile(
    r"\b(about|around|approximately|approx\.?|circa|ca\.?|roughly|maybe)\s|大约|大概|差不多|可能|左右|上下|前后|约|"
    r"ойролцоогоор|орчим"
)
LUNAR = re.compile(r"农历|農曆|阴历|陰曆|旧历|舊曆|lunar(?: calendar)?|初|正月|冬月|腊月|臘月")
LONGEST = 60  # characters; nobody says a date in more
LUNAR_MONTHS = (("正月", "1月"), ("冬月", "11月"), ("腊月", "12月"), ("臘月", "12月"))
NOMINAL = re.compile(r"^(?:虚岁?|虛歲?)\s*(\d{1,3})\s*(?:岁|歲)?$|^(\d{1,3})\s*(?:虚岁?|虛歲?|sui)$")
IN_MONTHS = re.compile(r"^(\d{1,2})\s*(?:个月大?|個月大?|月龄|months?(?: old)?|сартай)$")
IN_YEARS = re.compile(
    r"^(?:aged?\s*|满|周岁|年龄)?\s*(\d{1,3})\s*(?:周?岁|歲|настай|нас|years?(?: old)?|yrs?|y\.?o\.?|y)?\s*(半|大|多)?$"
)
FILLERS = re.compile(
    r"年|月份?|[日号號]|出生|生于|生|\b(?:born|on|in|the|of)\b|(?<=\d)(?:st|nd|rd|th)\b|"
    r"оны?|сарын?|сар|д[уү]г[аэ]+р|төрсөн|өдөр|(?<=\d)-?(?:ны|ний|нд)|(?<=\d)-?р\b|[-–—./,]"
)
MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1
    )
    for name in names.split()
}  # fmt: skip


def read(text: str, today: date) -> Said | str:
    """What `text` says, or the code of the problem with it."""
    words = tidied(text)
    if not words:
        return "empty"
    if len(words) > LONGEST:
        return "unclear"
    plain = ABOUT.sub(" ", f"{words} ").strip()
    is_about = plain != words
    for reader in READERS:
        found = reader(plain, today)
        if found is not None:
            return blurred(found) if is_about else found
    return "unclear"


def tidied(text: str) -> str:
    """Half width, lower case, Chinese numerals as digits, lunar day and month names as numbers."""
    words = unicodedata.normalize("NFKC", text).casefold()
    words = NUMERALS.sub(lambda run: str(number(run[0])), words)
    return re.sub(r"\s+", " ", words).strip(" 。.,;、")


def number(run: str) -> str:
    """十二 → 12, 廿三 → 23, 二〇一七 → 2017, 二十 → 20."""
    tens = next((c for c in run if c in TENS), None)
    if tens is None or sum(c in TENS for c in run) > 1:
        return "".join(str(DIGITS.get(c, 10)) for c in run)
    before, _, after = run.partition(tens)
    count = DIGITS[before[-1]] if before else 1
    units = DIGITS[after[-1]] if after else 0
    return str(TENS[tens] * count + units)


def blurred(found: Said | str) -> Said | str:
    """ "About" costs one step of precision: a day becomes its month, a month its year, a year `about`."""
    if isinstance(found, str):
        return found
    if found.precision == "day":
        return Said(found.year, found.month, None, "month", found.calendar)
    return Said(found.year, None, None, "year" if found.precision == "month" else "about", found.calendar)


def lunar(words: str, today: date) -> Found:
    if not LUNAR.search(words):
        return None
    for name, numbered in LUNAR_MONTHS:
        words = words.replace(name, numbered)
    is_leap = "闰" in words or "閏" in words or "leap" in words
    numbers = re.findall(r"\d+", _long_year(words, today))
    year = next((n for n in numbers if len(n) == 4), None)
    if year is None:
        return "no_year"
    numbers.remove(year)
    rest = [int(n) for n in numbers]
    if not 1 <= len(rest) <= 2:
        return "unclear"
    return solar_of(int(year), -rest[0] if is_leap else rest[0], rest[1] if len(rest) > 1 else None)


def solar_of(year: int, month: int, day: int | None) -> Said | str:
    """The solar date of a lunar one (leap month negative). Without a day: the month of its middle."""
    try:
        found = Lunar.fromYmd(year, month, day or 15)
        solar = found.getSolar()
    except Exception:  # lunar-python raises bare Exception for a day or month that the year does not have
        return "impossible_lunar_day"
    back = Lunar.fromSolar(solar)
    if (back.getYear(), back.getMonth(), back.getDay()) != (year, month, day or 15):
        return "impossible_lunar_day"
    if day is None:
        return Said(solar.getYear(), solar.getMonth(), None, "month", "lunar")
    return Said(solar.getYear(), solar.getMonth(), solar.getDay(), "day", "lunar")


def nominal_age(words: str, today: date) -> Found:
    """虚岁 counts the year of birth as one and grows at the lunar new year, so it names a lunar year."""
    if not (said := NOMINAL.match(words)):
        return None
    age = int(said[1] or said[2])
    lunar_year = Lunar.fromSolar(Solar.fromYmd(today.year, today.month, today.day)).getYear()
    return _of_age(lunar_year - age + 1, age, "sui")


def age_in_months(words: str, today: date) -> Found:
    if not (said := IN_MONTHS.match(words)):
        return None
    born = today - timedelta(days=round(30.44 * (int(said[1]) + 0.5)))
    return Said(born.year, born.month, None, "month", "age")


def age_in_years(words: str, today: date) -> Found:
    if not (said := IN_YEARS.match(words)):
        return None
    age = int(said[1])
    return _of_age(year_of_age(age, today), age, "age")


def year_of_age(age: int, today: date) -> int:
    """The likeliest year of birth of somebody who is `age` completed years old today: one born in its middle is."""
    return today.year - age - ((today.month, today.day) < (7, 1))


def _of_age(year: int, age: int, calendar: str) -> Said | str:
    if age > 130 or year < 1:
        return "too_old"
    return Said(year, None, None, "about", calendar)


def calendar_date(words: str, today: date) -> Found:
    """Any order of day, month and four-digit year; a month by name or number; 20170302 and 201703 too."""
    tokens = FILLERS.sub(" ", _long_year(words, today)).split()
    if len(tokens) == 1 and re.fullmatch(r"\d{6}|\d{8}", tokens[0]):
        tokens = [part for part in (tokens[0][:4], tokens[0][4:6], tokens[0][6:]) if part]
    named = [MONTH_NAMES[t] for t in tokens if t in MONTH_NAMES]
    numbers = [t for t in tokens if t.isdecimal()]
    if len(named) + len(numbers) != len(tokens) or len(named) > 1 or not 1 <= len(tokens) <= 3:
        return None
    years = [n for n in numbers if len(n) == 4]
    if len(years) != 1:
        return "no_year" if named or (not years and len(tokens) > 1) else None
    is_year_first = tokens[0] == years[0]
    rest = [int(n) for n in numbers if n != years[0]]
    return _assembled(int(years[0]), named, rest, is_year_first)


def _assembled(year: int, named: list[int], rest: list[int], is_year_first: bool) -> Said | str:
    month: int | None
    if named:
        month, days = named[0], rest
    elif len(rest) == 2 and not is_year_first:
        if rest[0] != rest[1] and max(rest) <= 12:
            return "ambiguous"
        month, days = min(rest), [max(rest)]
    else:
        month, days = (rest[0] if rest else None), rest[1:]
    day = days[0] if days else None
    return Said(year, month, day, "year" if month is None else "month" if day is None else "day")


def _long_year(words: str, today: date) -> str:
    """17年3月 → 2017年3月: two digits before 年 mean the last such year that is not ahead."""

    def longer(said: re.Match[str]) -> str:
        century = today.year // 100 * 100
        year = century + int(said[1])
        return f"{year if year <= today.year else year - 100}年"

    return re.sub(r"(?<!\d)(\d{2})年", longer, words)


READERS: tuple[Callable[[str, date], Found], ...] = (lunar, nominal_age, age_in_months, age_in_years, calendar_date)
