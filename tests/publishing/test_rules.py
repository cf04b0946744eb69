"""What a claim is beside a record, and what changed between editions."""

from datetime import date
from decimal import Decimal

import pytest

from tongxing.publishing.rules import Change, changes, claim_state, last_quarter, standing


@pytest.mark.parametrize(
    ("claim_class", "recorded", "state"),
    [
        ("delivered", Decimal(19), "agrees"),
        ("delivered", Decimal(18), "claim_only"),
        ("delivered", None, "claim_only"),
        ("adopted_by_others", Decimal(19), "adopted_by_others"),
        ("planned", None, "planned"),
    ],
)
def test_a_claim_agrees_only_with_the_same_number(claim_class: str, recorded: Decimal | None, state: str) -> None:
    assert claim_state(claim_class, Decimal(19), recorded) == state


def test_changes_keep_the_order_of_the_next_edition_and_name_what_goes() -> None:
    found = changes({"a": "1", "gone": "2"}, {"b": "3", "a": "1"})
    assert found == [Change("b", None, "3"), Change("a", "1", "1"), Change("gone", "2", None)]
    assert [change.is_changed for change in found] == [True, False, True]


@pytest.mark.parametrize(
    ("until", "known_on", "stands"),
    [
        ("2026-09-30", "2026-10-05", "final"),
        ("2026-09-30", "2026-10-04", "settling"),
        ("2026-09-30", "2026-09-30", "settling"),
        ("2026-11-22", "2026-11-22", "open"),
        ("2026-08-31", "2027-05-01", "open"),
        ("2025-12-31", "2026-04-30", "final"),
    ],
)
def test_figures_are_final_when_their_quarter_has_ended_and_settled(until: str, known_on: str, stands: str) -> None:
    assert standing(date.fromisoformat(until), date.fromisoformat(known_on)) == stands


@pytest.mark.parametrize(
    ("day", "end"), [("2026-11-22", "2026-09-30"), ("2026-01-01", "2025-12-31"), ("2026-07-01", "2026-06-30")]
)
def test_the_last_quarter_is_the_one_that_has_ended(day: str, end: str) -> None:
    assert last_quarter(date.fromisoformat(day)) == date.fromisoformat(end)
