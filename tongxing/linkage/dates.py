"""Birth dates as lists carry them: many forms, one meaning each, and a word for what cannot be read."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from tongxing.linkage.lunar import lunar_day, solar_day

OLDEST = 120  # years; an older person is taken for a slip
SERIALS = range(5_000, 73_000)  # days since 1899-12-30 that a spreadsheet may show for a birth date: 1913 to 2099


class ListDate(NamedTuple):
    """A birth date of a list; see `details.Birth`."""

    first: date
    precision: str


class Told(NamedTuple):
    """`date`: what is known, None for nothing; `reason`: "", or what is wrong with the cell, also where a part is kept:
    unclear | impossible | future | too_old."""

    date: ListDate | None
    reason: str = ""


_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0", "两": "2"}
_TENS = {"十": 1, "廿": 2, "卅": 3}
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}{''.join(_TENS)}]+")
_LUNAR = re.compile(r"农历|農曆|阴历|陰曆|旧历|舊曆|lunar|初|正月|冬月|腊月|臘月")
_ABOUT = re.compile(r"about|circa|approx|约|大概|左右|前后|~|ойролцоогоор|орчим")
_NOMINAL = re.compile(r"^(?:虚岁?|虛歲?)(\d{1,3})岁?$|^(\d{1,3})(?:虚岁?|虛歲?|sui)$")
_AGE = re.compile(
    r"^(?:age|年龄|满|周岁)?(\d{1,3})(?:周?岁|歲|настай|нас|years?(?:old)?|yrs?|y)?(?:半|多|大)?(?:\.0)?$"
)
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}


def read_date(text: str, today: date, *, day_first: bool = True) -> Told:
    """The date in a cell. Ages are counted from `today`; of 5/3/2010 `day_first` says which is the day. Never raises."""
    if len(text) == 10 and text[4] == "-" == text[7] and text.isascii():
        try:
            return _judged(ListDate(date.fromisoformat(text), "day"), today)
        except ValueError:
            pass  # read below, part by part
    words = _tidied(text)
    if not words:
        return Told(None)
    plain = _ABOUT.sub("", words)
    told = _aged(plain, today) or _lunar(plain) or _serial(plain) or _dated(plain, day_first, today)
    if told.date and plain != words:
        told = Told(ListDate(told.date.first, "about" if told.date.precision == "year" else "year"), told.reason)
    return _judged(told.date, today, told.reason)


def day_comes_first(texts: Iterable[str]) -> bool:
    """Which order do the cells of a list use that leave no doubt? The day first, where they do not say."""
    votes = 0
    for text in texts:
        if said := re.match(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}", text):
            votes += (int(said[1]) > 12) - (int(said[2]) > 12)
    return votes >= 0


def _judged(found: ListDate | None, today: date, reason: str = "") -> Told:
    if found and found.first > today:
        return Told(None, "future")
    if found and found.first.year < today.year - OLDEST:
        return Told(None, "too_old")
    return Told(found, reason)


def _tidied(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).casefold().strip(" 。.,;、")
    words = re.sub(r"[ t]\d{1,2}:\d\d.*$", "", words)
    return _NUMERAL.sub(_number, words) if not words.isascii() else words


def _number(run: re.Match[str]) -> str:
    """十二 -> 12, 廿三 -> 23, 二〇一〇 -> 2010."""
    tens = next((c for c in run[0] if c in _TENS), None)
    if tens is None:
        return "".join(_DIGITS[c] for c in run[0])
    before, _, after = run[0].partition(tens)
    count = int(_DIGITS.get(before[-1:], "0")) or _TENS[tens]
    return str(count * 10 + int(_DIGITS.get(after[-1:], "0")))


def _aged(words: str, today: date) -> Told | None:
    joined = words.replace(" ", "")
    if said := _NOMINAL.match(joined):
        # Counts the year of birth as one and grows at the lunar new year, so it names a lunar year.
        return _in_year(lunar_day(today) // 10000 - int(said[1] or said[2]) + 1)
    if said := _AGE.match(joined):
        return _in_year(today.year - int(said[1]) - ((today.month, today.day) < (7, 1)))
    return None


def _in_year(year: int) -> Told:
    return Told(ListDate(date(max(year, 1), 1, 1), "about"))


def _lunar(words: str) -> Told | None:
    if not _LUNAR.search(words):
        return None
    for name, number in (("正月", "1月"), ("冬月", "11月"), ("腊月", "12月"), ("臘月", "12月")):
        words = words.replace(name, number)
    numbers = [int(n) for n in re.findall(r"\d+", words)]
    if len(numbers) != 3:
        return Told(None, "unclear")
    first = solar_day(*numbers, is_leap="闰" in words or "閏" in words or "leap" in words)
    return Told(ListDate(first, "day")) if first else Told(None, "impossible")


def _serial(words: str) -> Told | None:
    if (said := re.fullmatch(r"(\d{4,5})(?:\.\d+)?", words)) and len(said[1]) == 5 and int(said[1]) in SERIALS:
        return Told(ListDate(date(1899, 12, 30) + timedelta(days=int(said[1])), "day"))
    return None


def _dated(words: str, day_first: bool, today: date) -> Told:
    """Year, month and day from their digits, in the order that the place of the year tells."""
    words = re.sub(r"(?<!\d)(\d\d)年", lambda said: _long_year(said[1], today), words)
    named = next((number for name, number in _MONTHS.items() if re.search(rf"\b{name}[a-z]*\b", words)), 0)
    found = re.findall(r"\d+", words)
    if len(found) == 1 and len(found[0]) in (6, 8) and found[0][:2] in ("18", "19", "20"):
        found = [part for part in (found[0][:4], found[0][4:6], found[0][6:]) if part]
    years = [n for n, part in enumerate(found) if len(part) == 4]
    if len(years) != 1 or not 1 <= len(found) <= (2 if named else 3) or max(map(len, found)) > 4:
        return Told(None, "unclear")
    year, rest = int(found.pop(years[0])), [int(part) for part in found]
    if named:
        rest = [named, *rest]
    elif years[0] and len(rest) == 2 and day_first and rest[1] <= 12:
        rest.reverse()
    return _assembled(year, rest)


def _long_year(digits: str, today: date) -> str:
    year = today.year // 100 * 100 + int(digits)
    return f"{year if year <= today.year else year - 100}年"


def _assembled(year: int, rest: list[int]) -> Told:
    """2010-13-05 is the fifth month; of 2010-02-30 the month is kept, of 2010-00-00 the year."""
    if len(rest) == 2 and rest[0] > 12 >= rest[1] > 0:
        rest.reverse()
    known = [part for part in rest if part]
    for parts in (known, known[:1], []):
        try:
            first = date(year, *(*parts, 1, 1)[:2])
        except ValueError:
            continue
        return Told(
            ListDate(first, ("year", "month", "day")[len(parts)]), "" if len(parts) == len(known) else "impossible"
        )
    return Told(None, "impossible")
