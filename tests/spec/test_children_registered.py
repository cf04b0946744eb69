"""children_registered: distinct persons over registrations, everything up to the closing day."""

import datetime

from tests.spec.tables import facts, links, number, rows, tables
from tongxing.facts.calculation import evaluate_funnel
from tongxing.facts.measures import measure
from tongxing.facts.results import Funnel, Period, Scope

REGISTERED = """
    id | kind             | on         | subject | centre | sex    | born
    1  | child_registered | 2026-01-05 | lin     | A      | female | 2017
    2  | child_registered | 2026-01-06 | bat     | A      | male   | 2013
    3  | child_registered | 2026-01-09 | lin     | A      | female | 2017
    4  | child_registered | 2026-02-01 | lin2    | B      | female | 2017
    5  | child_registered | 2026-02-02 | .       | B      | .      | .
    6  | child_registered | 2026-03-01 | su      | B      | .      | 2008
"""
LINKED = """
    subject | identity | from       | to
    lin2    | lin      | 2026-02-10 | .
"""


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def test_a_child_counts_once_however_often_and_wherever_registered() -> None:
    assert number("children_registered", tables(facts(REGISTERED), links(LINKED))) == {"total": 3}


def test_without_the_link_the_two_records_are_two_children() -> None:
    assert number("children_registered", tables(facts(REGISTERED))) == {"total": 4}


def test_a_link_counts_from_the_moment_it_was_made_and_not_before() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    before = Scope(Period.until(datetime.date(2026, 3, 31)), day("2026-02-09"))
    after = Scope(Period.until(datetime.date(2026, 3, 31)), day("2026-02-11"))
    assert number("children_registered", on, before) == {"total": 4}
    assert number("children_registered", on, after) == {"total": 3}


def test_a_link_that_was_undone_no_longer_counts() -> None:
    undone = LINKED + "    lin2 | lin2 | 2026-02-20 | .\n"
    assert number("children_registered", tables(facts(REGISTERED), links(undone))) == {"total": 4}


def test_parts_meet_the_total_because_what_is_not_stated_is_a_part() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    assert number("children_registered", on, by=("sex",)) == {"total": 3, "female": 1, "male": 1, "not_stated": 1}


def test_a_child_at_two_centres_is_in_both_rows_and_once_in_the_total() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    assert number("children_registered", on, by=("centre",)) == {"total": 3, "A": 2, "B": 2}


def test_age_is_counted_in_calendar_years_at_the_event() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    found = number("children_registered", on, by=("age_band",))
    assert found == {"total": 3, "6-11": 1, "12-14": 1, "18+": 1, "not_stated": 0}


def test_only_what_happened_up_to_the_closing_day_counts() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    january = Scope(Period(datetime.date(2026, 1, 6), datetime.date(2026, 1, 31)))
    assert number("children_registered", on, january) == {"total": 2}, (
        "a stock: the 5th of January is before the period"
    )


def test_a_voided_registration_does_not_count() -> None:
    text = REGISTERED + "    7 | child_registered | 2026-01-06 | . | A | . | .\n"
    given = facts(text)
    given[-1]["voids"] = "2"
    assert number("children_registered", tables(given, links(LINKED))) == {"total": 2}


def test_a_void_counts_from_when_it_was_recorded() -> None:
    given = facts(REGISTERED + "    7 | child_registered | 2026-01-06 | . | A | . | .\n")
    given[-1] |= {"voids": "2", "recorded_at": datetime.datetime(2026, 3, 1)}
    as_before = Scope(Period.until(datetime.date(2026, 12, 31)), day("2026-02-28"))
    assert number("children_registered", tables(given), as_before) == {"total": 4}
    assert number("children_registered", tables(given)) == {"total": 3}


def test_one_programme_counts_its_own_facts_only() -> None:
    given = facts(REGISTERED, programme="OTHER")
    given[0]["programme"] = "MDGF"
    assert number(
        "children_registered", tables(given), Scope(Period.until(datetime.date(2026, 12, 31)), None, "MDGF")
    ) == {"total": 1}


def test_the_way_from_records_to_children_adds_up() -> None:
    on = tables(facts(REGISTERED), links(LINKED))
    found = evaluate_funnel(measure("children_registered"), on, Scope(Period.until(datetime.date(2026, 12, 31))))
    assert found == Funnel(gross=6, again_in_one_centre=1, again_elsewhere=1, refused_statistics=1, distinct=3)
    assert found.gross - found.again_in_one_centre - found.again_elsewhere - found.refused_statistics == found.distinct


def test_places_are_the_sites_of_the_centres() -> None:
    places = [{"of_centre": "A", "site": "changzhou"}, {"of_centre": "B", "site": "tianjin"}]
    on = tables(facts(REGISTERED), links(LINKED), places)
    found = number("children_registered", on, by=("site", "sex"))
    expected = rows("""
        cell                  | children
        total                 | 3
        changzhou             | 2
        tianjin               | 2
        female                | 1
        male                  | 1
        not_stated            | 1
        changzhou/female      | 1
        changzhou/male        | 1
        tianjin/female        | 1
        tianjin/not_stated    | 1
    """)
    assert found == {row["cell"]: int(row["children"]) for row in expected}
