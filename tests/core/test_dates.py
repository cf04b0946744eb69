"""What guardians say about birth dates, and what is kept of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.core.dates import PRECISIONS, REMEDIES, PartialDate, Problem, parse_birth

TODAY = date(2026, 11, 21)


def read(text: str) -> PartialDate:
    found = parse_birth(text, TODAY)
    assert isinstance(found, PartialDate), (text, found)
    return found


def refused(text: str) -> str:
    found = parse_birth(text, TODAY)
    assert isinstance(found, Problem), (text, found)
    assert found.typed == text
    return found.code


@pytest.mark.parametrize(
    "text",
    [
        "2017-03-02", "2017.3.2", "2017/3/2", "2017 3 2", "20170302", "2017年3月2日", "2017年3月2号", "２０１７年３月２日",
        "二〇一七年三月二日", "生于2017年3月2日", "17年3月2日", "2 March 2017", "March 2, 2017", "2nd of March 2017",
        "2017 оны 3 сарын 2", "2017 оны 3 дугаар сарын 2", "2017 оны 3-р сарын 2-ны өдөр", " 2017-03-02 。",
        "2017年农历二月初五", "农历2017年二月初五", "阴历二〇一七年二月初五", "lunar 2017-2-5",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read(text) == PartialDate(2017, 3, 2)


@pytest.mark.parametrize(
    "text", ["2017年3月", "March 2017", "2017 3", "3/2017", "201703", "2017 оны 3 дугаар сар", "17年3月"]
)
def test_a_month_stays_a_month(text: str) -> None:
    assert read(text) == PartialDate(2017, 3, None, "month")


@pytest.mark.parametrize("text", ["2017", "2017年", "2017 он", "二〇一七年"])
def test_a_year_stays_a_year(text: str) -> None:
    assert read(text) == PartialDate(2017, None, None, "year")


@pytest.mark.parametrize(
    "text",
    [
        "9",
        "９",
        "9岁",
        "九岁",
        "about 9",
        "约 9 岁",
        "大约9岁",
        "9 настай",
        "9 years old",
        "10虚岁",
        "虚岁 10",
        "10 sui",
    ],
)
def test_an_age_is_a_year_more_or_less(text: str) -> None:
    assert read(text) == PartialDate(2017, None, None, "about")
    assert read(text).age_on(TODAY) == 9


def test_the_calendar_that_was_said_is_noted() -> None:
    assert read("2017年农历二月初五").calendar == "lunar"
    assert read("10虚岁").calendar == "sui"
    assert read("9岁").calendar == "age"


def test_months_of_age_give_a_month() -> None:
    assert read("18个月").precision == "month"
    assert read("18 months old").age_on(TODAY) == 1


def test_a_leap_month_and_the_twelfth_month_are_found() -> None:
    assert read("2017年农历闰六月初二") == PartialDate(2017, 7, 24)
    assert read("农历2017年腊月初一") == PartialDate(2018, 1, 17)
    assert read("2017年农历二月") == PartialDate(2017, 3, None, "month")


def test_about_costs_one_step_of_precision() -> None:
    assert read("about 2017") == PartialDate(2017, None, None, "about")
    assert read("2017年3月左右") == PartialDate(2017, None, None, "year")
    assert read("about 2 March 2017") == PartialDate(2017, 3, None, "month")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("  ", "empty"), ("spring", "unclear"), ("2017 3 2 5", "unclear"), ("1" * 5000, "unclear"),
        ("3/2/2017", "ambiguous"), ("农历二月", "no_year"), ("2 March", "no_year"),
        ("2017-02-31", "impossible_day"), ("31 February 2016", "impossible_day"), ("2017年13月", "impossible_day"),
        ("2017年农历闰七月初二", "impossible_lunar_day"), ("2026-11-22", "future"), ("2027", "future"),
        ("1890", "too_old"), ("150岁", "too_old"), ("2017-99999999999", "impossible_day"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_with_its_remedy(text: str, code: str) -> None:
    assert refused(text) == code
    found = parse_birth(text, TODAY)
    assert isinstance(found, Problem)
    assert found.remedy == REMEDIES[code]


def test_a_day_over_twelve_settles_which_is_the_month() -> None:
    assert read("13/2/2017") == read("2/13/2017") == PartialDate(2017, 2, 13)


def test_it_is_said_in_three_languages() -> None:
    assert [read("2017-03-02").describe(each) for each in ("zh-hans", "en", "mn")] == [
        "2017年3月2日", "2 March 2017", "2017 оны 3 дугаар сарын 2"
    ]  # fmt: skip
    assert [read("2017-3").describe(each) for each in ("zh", "en", "mn")] == [
        "2017年3月", "March 2017", "2017 оны 3 дугаар сар"
    ]  # fmt: skip
    assert [read("about 2017").describe(each) for each in ("zh", "en", "mn")] == [
        "约2017年", "about 2017", "ойролцоогоор 2017 он"
    ]  # fmt: skip
    assert read("2017-11").describe("mn") == "2017 оны 11 дүгээр сар"


def test_age_counts_completed_years() -> None:
    assert PartialDate(2017, 11, 21).age_on(TODAY) == 9
    assert PartialDate(2017, 11, 22).age_on(TODAY) == 8
    assert PartialDate(2016, 2, 29).age_on(date(2017, 2, 28)) == 0
    assert PartialDate(2017, None, None, "about").ages_on(TODAY) == (7, 10)


def test_the_two_columns_of_a_database_bring_it_back() -> None:
    for text in ("2017-03-02", "2017-3", "2017", "about 9"):
        found = read(text)
        assert PartialDate.of(found.first, found.precision) == found


def test_it_is_written_as_precisely_as_it_is_known() -> None:
    written = {"day": "2017-03-02", "month": "2017-03", "year": "2017", "about": "2017"}
    for precision, whole in written.items():
        born = PartialDate.of(date(2017, 3, 2), precision)
        assert (born.iso(), born.iso(upto="month")) == (whole, whole[:7])


def test_a_precision_that_does_not_fit_is_refused() -> None:
    for wrong in (
        (2017, 3, None, "day"),
        (2017, None, None, "month"),
        (2017, 3, 2, "year"),
        (2017, None, None, "week"),
    ):
        with pytest.raises(ValueError, match="do not fit precision"):
            PartialDate(*wrong)


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(parse_birth(text, TODAY), PartialDate | Problem)


@given(st.text(alphabet="0123456789年月日岁虚农历初十廿闰腊 -/.约about", max_size=20))
def test_no_words_about_dates_make_it_raise(text: str) -> None:
    found = parse_birth(text, TODAY)
    assert isinstance(found, Problem) or (found.first <= TODAY and found.precision in PRECISIONS)


@given(st.dates(min_value=date(1930, 1, 1), max_value=TODAY), st.sampled_from(["day", "month", "year", "about"]))
def test_what_is_said_in_chinese_and_english_is_read_back(day: date, precision: str) -> None:
    born = PartialDate.of(day, precision)
    assert read(born.describe("zh")) == born
    assert read(born.describe("en")) == born
    assert read(born.describe("mn")) == born


@given(st.dates(min_value=date(1930, 1, 1), max_value=TODAY), st.sampled_from(PRECISIONS))
def test_what_a_field_shows_is_read_again_as_the_very_same_date(day: date, precision: str) -> None:
    born = PartialDate.of(day, precision)
    assert [read(born.typed(language)) for language in ("en", "zh-hans", "mn")] == [born] * 3


@given(st.dates(min_value=date(1950, 1, 1), max_value=TODAY), st.integers(0, 90))
def test_an_age_said_today_is_that_age_today(today: date, age: int) -> None:
    found = parse_birth(f"{age}岁", today)
    assert isinstance(found, PartialDate)
    assert found.age_on(today) == age
    least, most = found.ages_on(today)
    assert least <= age <= most
