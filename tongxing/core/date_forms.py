"""Dates and months as a reader of each language writes them. Pure: no clock, no settings."""

from datetime import date

from babel.dates import format_date

from tongxing.core.dates import FRONT_MONTHS

LONG = {"zh": "y年M月d日", "en": "d MMMM y"}
SHORT = {"zh": "M月d日", "en": "d MMM", "mn": "M сарын d"}
MONTH = {"zh": "y年M月", "en": "MMMM y"}
WEEKDAY = {"zh": "M月d日 EEEE", "en": "EEEE d MMMM", "mn": "M сарын d, EEEE"}
LOCALE = {"zh": "zh_Hans", "en": "en_GB", "mn": "mn"}


def _code(language: str) -> str:
    """`zh-hans` → `zh`; an unknown language reads English."""
    code = language.partition("-")[0].lower()
    return code if code in LOCALE else "en"


def _formatted(day: date, patterns: dict[str, str], code: str) -> str:
    return str(format_date(day, patterns[code], locale=LOCALE[code]))


def _mongolian_month(day: date) -> str:
    ordinal = "дүгээр" if day.month in FRONT_MONTHS else "дугаар"
    return f"{day.year} оны {day.month} {ordinal} сар"


def long_date(day: date, language: str) -> str:
    """2026年11月21日 · 21 November 2026 · 2026 оны 11 дүгээр сарын 21."""
    code = _code(language)
    return f"{_mongolian_month(day)}ын {day.day}" if code == "mn" else _formatted(day, LONG, code)


def short_date(day: date, language: str) -> str:
    """11月24日 · 24 Nov · 11 сарын 24. For lists where the year goes without saying."""
    return _formatted(day, SHORT, _code(language))


def weekday_date(day: date, language: str) -> str:
    """11月21日 星期六 · Saturday 21 November · 11 сарын 21, бямба."""
    return _formatted(day, WEEKDAY, _code(language))


def month_and_year(day: date, language: str) -> str:
    """2017年3月 · March 2017 · 2017 оны 3 дугаар сар."""
    code = _code(language)
    return _mongolian_month(day) if code == "mn" else _formatted(day, MONTH, code)
