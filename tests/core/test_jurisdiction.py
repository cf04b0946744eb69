"""Ages and working days by country."""

import datetime
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.core import jurisdiction as rules
from tongxing.core.jurisdiction import jurisdiction

CHINA, MONGOLIA = jurisdiction("CN").calendar, jurisdiction("MN").calendar
DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))
CALENDARS = st.sampled_from([CHINA, MONGOLIA])


def test_in_china_the_young_person_decides_from_14_and_the_law_says_so() -> None:
    rule = jurisdiction("CN").decides_from
    assert (rule.age, rule.confirmed) == (14, True)
    assert "art. 28 and 31" in rule.source


def test_the_age_of_mongolia_is_marked_as_not_confirmed() -> None:
    rule = jurisdiction("MN").decides_from
    assert not rule.confirmed
    assert "Civil Code" in rule.source


@pytest.mark.parametrize("country", ["CN", "MN"])
def test_the_term_of_an_answer_is_marked_as_not_confirmed(country: str) -> None:
    term = jurisdiction(country).answers_within
    assert (term.days, term.confirmed) == (15, False)


def test_a_country_without_rules_names_the_file_to_write() -> None:
    with pytest.raises(rules.UnknownJurisdiction, match=r"write jurisdictions/XX\.yaml"):
        jurisdiction("XX")


def test_the_day_at_a_site_follows_its_time_zone() -> None:
    late = datetime.datetime(2026, 11, 21, 16, 30, tzinfo=datetime.UTC)
    assert jurisdiction("CN").day_at(late) == date(2026, 11, 22)
    assert jurisdiction("MN").day_at(late, "Asia/Hovd") == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 6), False),  # a Tuesday off, made up on 20 September
        (date(2026, 9, 20), True),  # that Sunday
        (date(2026, 10, 10), True),  # a Saturday worked
        (date(2026, 10, 11), False),  # a Sunday like others
        (date(2026, 11, 21), False),  # a Saturday like others
        (date(2026, 11, 23), True),
    ],
)
def test_china_works_its_make_up_days(day: date, is_worked: bool) -> None:
    assert CHINA.is_working_day(day) is is_worked
    assert CHINA.is_make_up_day(day) is (is_worked and day.weekday() >= 5)


def test_three_working_days_after_a_holiday_week_count_the_made_up_saturday() -> None:
    assert CHINA.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)


def test_mongolia_rests_at_naadam_and_makes_nothing_up() -> None:
    assert MONGOLIA.add_working_days(date(2026, 7, 9), 1) == date(2026, 7, 16)
    assert not any(MONGOLIA.is_make_up_day(date(2026, 1, 1) + datetime.timedelta(days=n)) for n in range(365))


def test_a_year_without_announced_make_up_days_is_provisional_in_china_only() -> None:
    assert not CHINA.is_provisional(date(2026, 6, 1))
    assert CHINA.is_provisional(date(2029, 6, 1))
    assert not CHINA.is_working_day(date(2029, 10, 1))  # statutory holidays are known nevertheless
    assert not MONGOLIA.is_provisional(date(2029, 6, 1))


def test_a_year_beyond_the_source_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no working-day calendar for 1999"):
        CHINA.is_working_day(date(1999, 5, 1))


def test_working_days_do_not_run_backward() -> None:
    with pytest.raises(ValueError, match="cannot count -1"):
        CHINA.add_working_days(date(2026, 1, 5), -1)


@given(CALENDARS, DAYS, st.integers(0, 40))
def test_a_due_date_is_a_working_day_that_many_working_days_away(calendar: rules.Calendar, start: date, n: int) -> None:
    due = calendar.add_working_days(start, n)
    assert calendar.is_working_day(due)
    assert due >= start
    if n:
        assert calendar.working_days_between(start, due) == n


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_working_days_add_up(calendar: rules.Calendar, a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    between = calendar.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(b, a) == 0 or a == b


OWN_YEAR = """
country: CN
name: {zh: 中国, en: China, mn: Хятад}
time_zones: [Asia/Shanghai]
decides_from: {age: 14, source: a law, confirmed: true}
assent_from: {age: 8, source: a law, confirmed: true}
registered_under: {age: 18, source: a law, confirmed: true}
answers_within: {days: 15, source: a law, confirmed: false}
calendar:
  make_up_days_announced_yearly: true
  source: a notice
  years:
    2029: {days_off: [2029-10-01], make_up_days: [2029-09-29]}
"""


def test_a_year_in_the_rule_file_replaces_the_package(tmp_path: Path) -> None:
    path = tmp_path / "CN.yaml"
    path.write_text(OWN_YEAR, encoding="utf-8")
    calendar = rules.read(path).calendar
    assert calendar.is_make_up_day(date(2029, 9, 29))
    assert calendar.is_working_day(date(2029, 10, 2))
    assert not calendar.is_provisional(date(2029, 9, 29))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("age: 14,", "age: fourteen,", "decides_from: the age must be a whole number"),
        ("mn: Хятад", "mn: ''", r"name: missing \['mn'\]"),
        ("Asia/Shanghai", "Asia/Nowhere", "Nowhere"),
        ("[2029-09-29]", "[2029-09-28]", "calendar 2029"),
        ("decides_from:", "decides:", "'decides_from' is missing"),
    ],
)
def test_a_wrong_rule_file_is_refused_by_name(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "CN.yaml"
    path.write_text(OWN_YEAR.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"CN\.yaml: .*{told}"):
        rules.read(path)
