"""Dates of lists: every form has one meaning, and what has none is said."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from tests.linkage.cases import TODAY
from tongxing.linkage.dates import ListDate, day_comes_first, read_date
from tongxing.linkage.lunar import lunar_day, solar_day


@pytest.mark.parametrize(
    "text",
    ["2010-03-05", "2010-3-5", "2010/03/05", "2010.3.5", "20100305", "05.03.2010", "5/3/2010", "2010年3月5日", "10年3月5日",
     "二〇一〇年三月五日", "２０１０－３－５", "2010-03-05 00:00:00", "2010-03-05T08:30:00Z", "40242", "40242.0", "5 Mar 2010",
     "March 5, 2010", "2010 оны 3 сарын 5", "农历二〇一〇年正月二十", "2010-01-20(农历)"],
)  # fmt: skip
def test_one_day_is_read_in_every_form(text: str) -> None:
    assert read_date(text, TODAY) == (ListDate(date(2010, 3, 5), "day"), "")


@pytest.mark.parametrize(
    ("text", "first", "precision", "reason"),
    [
        ("2010", date(2010, 1, 1), "year", ""), ("2010年", date(2010, 1, 1), "year", ""), ("2010-03", date(2010, 3, 1), "month", ""),
        ("201003", date(2010, 3, 1), "month", ""), ("2010-00-00", date(2010, 1, 1), "year", ""),
        ("约2010年", date(2010, 1, 1), "about", ""),
        ("15岁", date(2011, 1, 1), "about", ""), ("15", date(2011, 1, 1), "about", ""), ("虚岁15", date(2012, 1, 1), "about", ""),
        ("15 sui", date(2012, 1, 1), "about", ""), ("十五岁", date(2011, 1, 1), "about", ""), ("2010-13-05", date(2010, 5, 13), "day", ""),
        ("2010-02-30", date(2010, 2, 1), "month", "impossible"), ("农历2020年闰四月十五", date(2020, 6, 6), "day", ""),
    ],
)  # fmt: skip
def test_what_is_known_of_a_date_is_kept(text: str, first: date, precision: str, reason: str) -> None:
    assert read_date(text, TODAY) == (ListDate(first, precision), reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", ""), ("  ", ""), ("abc", "unclear"), ("10-03-05", "unclear"), ("2027-01-01", "future"), ("1800-01-01", "too_old"),
     ("农历2010年二月三十一", "impossible"), ("农历二月初五", "unclear"), ("1/2/3/2010", "unclear")],
)  # fmt: skip
def test_what_says_nothing_is_named(text: str, reason: str) -> None:
    assert read_date(text, TODAY) == (None, reason)


def test_a_list_shows_whether_its_days_come_first() -> None:
    assert day_comes_first(["5/3/2010", "25/3/2010"])
    assert not day_comes_first(["5/3/2010", "3/25/2010"])
    assert read_date("5/3/2010", TODAY, day_first=False).date == ListDate(date(2010, 5, 3), "day")


@given(st.text(alphabet="0123456789-/.年月日农历闰初十岁 abc", max_size=20))
def test_no_cell_is_refused(text: str) -> None:
    told = read_date(text, TODAY)
    assert told.reason in ("", "unclear", "impossible", "future", "too_old")
    assert told.date is None or told.date.first <= TODAY


@given(st.dates(date(1930, 1, 1), date(2060, 1, 1)))
def test_the_lunar_calendar_is_the_librarys_and_turns_back(day: date) -> None:
    known = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    year, month, number = known.getYear(), known.getMonth(), known.getDay()
    assert lunar_day(day) == year * 10000 + abs(month) * 100 + number
    assert solar_day(year, abs(month), number, is_leap=month < 0) == day


def test_a_lunar_month_has_no_more_days_than_it_has() -> None:
    ends = [solar_day(2010, month, 30) for month in range(1, 13)]
    assert 0 < ends.count(None) < 12
    assert solar_day(2010, 5, 3, is_leap=True) is None
    assert solar_day(2010, 1, 1) == date(2010, 2, 14) == date(2010, 2, 13) + timedelta(days=1)
