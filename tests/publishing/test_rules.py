"""What a claim is beside a record, and what changed between editions."""

from decimal import Decimal

import pytest

from tongxing.publishing.rules import Change, changes, claim_state


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
