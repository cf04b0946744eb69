"""Counts of records add up; a ratio is the ratio of sums."""

import datetime

import pytest

from tests.spec.tables import ALL_TIME, facts, number, tables
from tongxing.facts.calculation import evaluate
from tongxing.facts.measures import measure
from tongxing.facts.results import Period, Scope

EVENTS = """
    id | kind              | on         | subject | centre | sex    | attributes
    1  | child_registered  | 2026-01-05 | lin     | A      | female | .
    2  | child_registered  | 2026-04-06 | lin     | B      | female | .
    3  | child_registered  | 2026-04-07 | .       | B      | .      | .
    4  | referral_sent     | 2026-01-06 | lin     | A      | female | need=school
    5  | referral_sent     | 2026-01-07 | bat     | A      | male   | need=health
    6  | referral_sent     | 2026-01-08 | bat     | B      | male   | need=health
    7  | referral_done     | 2026-01-20 | lin     | A      | female | need=school
    8  | service_delivered | 2026-01-20 | lin     | S      | female | need=school
    9  | service_delivered | 2026-01-21 | lin     | S      | female | need=school
"""


@pytest.mark.parametrize(
    ("code", "total"),
    [("registrations", 3), ("referrals_sent", 3), ("referrals_done", 1), ("services_delivered", 2)],
)
def test_each_record_counts(code: str, total: int) -> None:
    assert number(code, tables(facts(EVENTS))) == {"total": total}


def test_registrations_count_also_those_who_refused_statistics() -> None:
    assert number("registrations", tables(facts(EVENTS)), by=("sex",)) == {"total": 3, "female": 2, "not_stated": 1}


def test_a_flow_counts_within_the_period_only() -> None:
    second_quarter = Scope(Period(datetime.date(2026, 4, 1), datetime.date(2026, 6, 30)))
    assert number("registrations", tables(facts(EVENTS)), second_quarter) == {"total": 2}


def test_quarters_and_months_carry_their_year() -> None:
    found = number("registrations", tables(facts(EVENTS)), by=("quarter", "month"))
    assert found["2026-Q1"] == 1
    assert found["2026-04"] == 2
    assert found["2026-Q2/2026-04"] == 2


def test_an_attribute_is_a_dimension() -> None:
    found = number("referrals_sent", tables(facts(EVENTS)), by=("need",))
    assert found == {"total": 3, "health": 2, "school": 1}


def test_a_ratio_divides_the_sums_and_never_averages() -> None:
    cells = evaluate(measure("referral_success"), tables(facts(EVENTS)), ALL_TIME, by=("centre",))
    assert [(cell.keys, cell.numerator, cell.denominator) for cell in cells] == [
        ((), 1, 3),
        ((("centre", "A"),), 1, 2),
        ((("centre", "B"),), 0, 1),
    ]


def test_a_ratio_over_nothing_is_nothing() -> None:
    cells = evaluate(measure("referral_success"), tables([]), ALL_TIME)
    assert [(cell.value, cell.denominator) for cell in cells] == [(None, 0)]


def test_no_facts_are_zero_and_not_nothing() -> None:
    assert number("children_registered", tables([])) == {"total": 0}
