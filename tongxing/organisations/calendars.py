"""Days on which a place does not keep its usual hours: public holidays, and weekend days worked to make up for them."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.rules import LOOK_AHEAD

BACK = 1  # hours of yesterday may run past midnight
MAKE_UP_HOURS = "mon"  # no notice says which weekday a make-up day follows


@lru_cache(maxsize=64)
def special_days(country: str, around: date) -> dict[date, str | None]:
    """From the day before `around` to the end of the look-ahead: None is closed, "mon" runs Monday's hours.

    Raises UnknownJurisdiction for a country without rules, ValueError outside the years its calendar knows.
    """
    calendar = jurisdiction(country).calendar
    special: dict[date, str | None] = {}
    for n in range(-BACK, LOOK_AHEAD.days + 2):
        day = around + timedelta(days=n)
        if calendar.is_make_up_day(day):
            special[day] = MAKE_UP_HOURS
        elif _is_weekend_holiday(country, day) if day.weekday() > 4 else not calendar.is_working_day(day):
            special[day] = None
    return special


def _is_weekend_holiday(country: str, day: date) -> bool:
    # A working-day calendar has no word for a holiday that falls on a weekend.
    return day in holidays.country_holidays(country, years=day.year)
