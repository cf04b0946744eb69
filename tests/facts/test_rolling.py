"""Figures become one figure lawfully, or not at all: the reason names what would be counted twice."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from tongxing.facts.disclosure import Protected, restored
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Cell
from tongxing.facts.rolling import IllegalRollUp, roll_up
from tongxing.facts.rules import AXES, LAWFUL, Axis


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def cells(code: str, *values: Any) -> list[Cell]:
    keys = ((("quarter", f"2026-Q{n}"),) for n in range(1, 9))
    made = []
    for value, key in zip(values, keys, strict=False):
        parts = value if isinstance(value, tuple) else (None, None)
        made.append(Cell(code, "persons", key, None if isinstance(value, tuple) else value, *parts))
    return made


def stock(over_time: str) -> Measure:
    return measure("centres_community").model_copy(update={"over_time": over_time})


@pytest.mark.parametrize(
    ("over_time", "value"), [("last", 6), ("max", 9), ("average", Decimal(6)), ("none", IllegalRollUp)]
)
def test_a_stock_over_time(over_time: str, value: Any) -> None:
    series = cells("centres_community", 3, 9, 6)
    if value is IllegalRollUp:
        with pytest.raises(IllegalRollUp, match="a stock may not be summed over time"):
            roll_up(stock(over_time), series, "time")
    else:
        assert roll_up(stock(over_time), series, "time").value == value


def test_a_flow_is_summed_over_both() -> None:
    for over in AXES:
        assert roll_up(measure("registrations"), cells("registrations", 2, 0, 5), over).value == 7


@pytest.mark.parametrize(
    ("over", "words"), [("time", "at the same site again in another period"), ("place", "at another agency")]
)
def test_distinct_persons_are_never_summed(over: Axis, words: str) -> None:
    with pytest.raises(IllegalRollUp, match=words):
        roll_up(measure("children_registered"), cells("children_registered", 2, 3), over)


def test_a_ratio_is_rolled_up_by_its_parts() -> None:
    found = roll_up(measure("referral_success"), cells("referral_success", (1, 1), (0, 3)), "place")
    assert (found.numerator, found.denominator, found.value) == (1, 4, Decimal("0.25"))


def test_a_missing_figure_is_not_passed_over() -> None:
    with pytest.raises(IllegalRollUp, match="1 figure is missing"):
        roll_up(measure("registrations"), cells("registrations", 2, None, 5), "time")


def published(value: int) -> Protected:
    return restored({"state": "rounded", "value": str(value), "threshold": 10})


def test_published_figures_are_not_added_up_but_the_last_of_a_stock_may_be_shown() -> None:
    with pytest.raises(IllegalRollUp, match="rounded one by one"):
        roll_up(measure("registrations"), [published(15), published(20)], "time")
    assert roll_up(stock("last"), [published(15), published(20)], "time") == published(20)


def test_one_figure_is_itself_whatever_it_is() -> None:
    (alone,) = cells("children_registered", 4)
    assert roll_up(measure("children_registered"), [alone], "place") is alone


def test_no_kind_of_number_that_holds_persons_once_may_be_summed() -> None:
    forbidden = {(kind, axis) for kind, axes in LAWFUL.items() for axis, how in axes.items() if "sum" not in how}
    assert forbidden == {
        ("stock", "time"), ("distinct", "time"), ("distinct", "place"), ("ratio", "time"), ("ratio", "place"),
        ("score", "time"), ("score", "place"),
    }  # fmt: skip
