from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.organisations import rules
from tongxing.organisations.rules import Open, has_evening_or_weekend, open_at, problems_with_hours, rank, suits

OFFICE = {day: [["08:30", "12:00"], ["13:30", "17:30"]] for day in rules.WEEKDAYS[:5]}
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in rules.WEEKDAYS}
SHANGHAI = "Asia/Shanghai"


def at(text: str, zone: str = "+08:00") -> datetime:
    return datetime.fromisoformat(f"{text}{zone}")


def test_an_open_desk_says_until_when():
    assert open_at(OFFICE, at("2026-11-20T09:15"), SHANGHAI) == Open(True, until=datetime(2026, 11, 20, 12, 0))


def test_a_desk_at_lunch_opens_again_today():
    opening = open_at(OFFICE, at("2026-11-20T12:00"), SHANGHAI)
    assert not opening.is_open
    assert (opening.opens_next, opening.next_until) == (datetime(2026, 11, 20, 13, 30), datetime(2026, 11, 20, 17, 30))
    assert opening.days_ahead == 0


def test_on_friday_evening_the_desk_opens_on_monday():
    opening = open_at(OFFICE, at("2026-11-20T18:00"), SHANGHAI)
    assert opening.opens_next == datetime(2026, 11, 23, 8, 30)
    assert opening.days_ahead == 3


def test_the_clock_on_the_wall_is_that_of_the_place_and_not_of_the_server():
    moment = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, 08:00 in Khovd
    assert open_at(OFFICE, moment, SHANGHAI).is_open
    assert not open_at(OFFICE, moment, "Asia/Hovd").is_open


def test_a_hotline_past_midnight_is_open_after_midnight():
    night = {"fri": [["20:00", "02:00"]]}
    opening = open_at(night, at("2026-11-21T01:30"), SHANGHAI)
    assert opening == Open(True, until=datetime(2026, 11, 21, 2, 0))


def test_a_hotline_that_never_closes_has_no_closing_time():
    opening = open_at(ROUND_THE_CLOCK, at("2026-11-21T23:59"), SHANGHAI)
    assert opening.is_round_the_clock


def test_a_holiday_is_closed_and_a_make_up_day_runs_mondays_hours():
    special = {date(2026, 11, 20): None, date(2026, 11, 21): "mon"}
    opening = open_at(OFFICE, at("2026-11-20T09:00"), SHANGHAI, special)
    assert (opening.opens_next, opening.days_ahead) == (datetime(2026, 11, 21, 8, 30), 1)


def test_who_works_on_saturdays_anyway_keeps_saturday_hours_on_a_make_up_day():
    week = {**OFFICE, "sat": [["10:00", "11:00"]]}
    opening = open_at(week, at("2026-11-21T08:45"), SHANGHAI, {date(2026, 11, 21): "mon"})
    assert opening.opens_next == datetime(2026, 11, 21, 10, 0)


def test_without_hours_nothing_is_promised():
    assert open_at({}, at("2026-11-20T09:00"), SHANGHAI) == Open(False)


CLOCKS = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)]
WEEKS = st.dictionaries(
    st.sampled_from(rules.WEEKDAYS),
    st.lists(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True), max_size=3),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))


@given(WEEKS, MOMENTS)
def test_every_answer_is_true_one_minute_later_too_or_the_door_moved(week, moment):
    opening = open_at(week, moment, SHANGHAI)
    here = (moment + timedelta(hours=8)).replace(tzinfo=None)
    if opening.is_open and opening.until:
        assert here < opening.until
        assert not open_at(week, at(opening.until.isoformat()), SHANGHAI).is_open
    if opening.opens_next:
        assert here < opening.opens_next
        assert open_at(week, at(opening.opens_next.isoformat()), SHANGHAI).is_open
        just_before = opening.opens_next - timedelta(seconds=1)
        assert here == opening.opens_next or not open_at(week, at(just_before.isoformat()), SHANGHAI).is_open


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"monday": []}, "is not a weekday"),
        ({"mon": [["9", "17:00"]]}, "is not two times"),
        ({"mon": [["09:00"]]}, "is not two times"),
        ({"mon": [["24:30", "25:00"]]}, "is not two times"),
        ({"mon": [["09:00", "09:00"]]}, "starts when it ends"),
        ({"mon": [["13:00", "17:00"], ["09:00", "14:00"]]}, "begins before"),
    ],
)
def test_wrong_hours_are_named(hours, words):
    assert words in problems_with_hours(hours)[0]


def test_right_hours_have_no_problems():
    assert problems_with_hours(OFFICE | {"fri": [["20:00", "02:00"]]}) == []


def test_evenings_and_weekends_are_for_those_who_work_by_day():
    assert not has_evening_or_weekend(OFFICE)
    assert has_evening_or_weekend({"sun": [["09:00", "10:00"]]})
    assert has_evening_or_weekend({"tue": [["14:00", "18:30"]]})
    assert has_evening_or_weekend({"tue": [["20:00", "02:00"]]})


def test_a_service_suits_when_one_of_the_wished_languages_is_spoken():
    wish = rules.Wish(languages=frozenset({"mn", "bo"}))
    assert suits(wish, Open(False), OFFICE, ["zh", "mn"])
    assert not suits(wish, Open(False), OFFICE, ["zh"])


def test_open_comes_before_near_and_near_before_soon():
    soon, later = datetime(2026, 11, 21, 9), datetime(2026, 11, 23, 9)
    order = [
        rank(Open(True), 1, "far but open"),
        rank(Open(False, opens_next=later), 0, "near"),
        rank(Open(False, opens_next=soon), 1, "far, soon"),
        rank(Open(False, opens_next=later), 1, "far, later"),
        rank(Open(False), 1, "never"),
    ]
    assert order == sorted(order)
