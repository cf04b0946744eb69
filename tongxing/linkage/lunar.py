"""The lunar calendar for comparing: whoever keeps the lunar birthday writes its month and day as if they were solar."""

from datetime import date
from functools import lru_cache

from lunar_python import LunarYear

FIRST, LAST = 1900, 2100  # years that are known
_JULIAN = 1721425  # Julian day, at noon, of ordinal 0 of datetime.date


@lru_cache(maxsize=LAST - FIRST)
def _months(year: int) -> tuple[tuple[int, int], ...]:
    """(ordinal of the first day, lunar year * 100 + month) of the lunar months that touch a year, the last first."""
    found = {}
    for near in (year - 1, year):
        for month in LunarYear.fromYear(near).getMonths():
            found[round(month.getFirstJulianDay() - _JULIAN)] = month.getYear() * 100 + abs(month.getMonth())
    return tuple(sorted(found.items(), reverse=True))


@lru_cache(maxsize=1 << 16)
def lunar_day(day: date) -> int:
    """yyyymmdd of `day` in the lunar calendar, a leap month as its own; 0 before 1900 and after 2100."""
    if not FIRST <= day.year <= LAST:
        return 0
    ordinal = day.toordinal()
    start, named = next(month for month in _months(day.year) if month[0] <= ordinal)
    return named * 100 + ordinal - start + 1


@lru_cache(maxsize=1 << 14)
def solar_day(year: int, month: int, day: int, *, is_leap: bool = False) -> date | None:
    """The day of a lunar date; None when the year has no such month or the month no such day."""
    if not (FIRST <= year < LAST and 1 <= day <= 30):
        return None
    months = sorted({*_months(year), *_months(year + 1)})
    places = [n for n, (_start, named) in enumerate(months) if named == year * 100 + month]
    if len(places) <= is_leap:  # a leap month comes after the month of the same number
        return None
    place = places[is_leap]
    length = months[place + 1][0] - months[place][0] if place + 1 < len(months) else 30
    return date.fromordinal(months[place][0] + day - 1) if day <= length else None
