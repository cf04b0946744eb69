"""The only door to a number that leaves."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.facts.disclosure import Protected, protect, restored
from tongxing.facts.results import Cell

T, BASE = 10, 5


def cell(value: int | None, *keys: tuple[str, str], topic: str = "persons", measure: str = "m") -> Cell:
    return Cell(measure, topic, keys, value)


def table(counts: Mapping[tuple[str, str], int]) -> list[Cell]:
    """Cells by place and sex with all margins."""
    margins: dict[tuple[tuple[str, str], ...], int] = {(): 0}
    for (place, sex), value in counts.items():
        for keys in (
            (("place", place), ("sex", sex)),
            (("place", place),),
            (("sex", sex),),
            (),
        ):
            margins[keys] = margins.get(keys, 0) + value
    return [cell(value, *keys) for keys, value in margins.items()]


@pytest.mark.parametrize(
    ("value", "state", "text"),
    [
        (0, "rounded", "0"),
        (1, "small", "< 10"),
        (9, "small", "< 10"),
        (10, "rounded", "10"),
        (12, "rounded", "10"),
        (13, "rounded", "15"),
        (3512, "rounded", "3,510"),
        (3513, "rounded", "3,515"),
    ],
)
def test_persons_are_rounded_and_small_counts_hidden(value: int, state: str, text: str) -> None:
    number = protect([cell(value)]).only("m")
    assert (number.state, number.text("en")) == (state, text)


@pytest.mark.parametrize("topic", ["money", "centres", "things"])
def test_money_and_centres_are_exact(topic: str) -> None:
    assert protect([cell(7, topic=topic)]).only("m").value == 7


def test_inside_numbers_are_exact() -> None:
    assert protect([cell(7)], "internal").only("m").value == 7


def test_a_topic_without_a_rule_does_not_leave() -> None:
    with pytest.raises(ValueError, match="says nothing about 'souls'"):
        protect([cell(100, topic="souls")])


def test_an_unknown_policy_is_no_policy() -> None:
    with pytest.raises(KeyError):
        protect([cell(100)], "friends")


def test_rates_come_from_the_rounded_parts() -> None:
    number = protect([Cell("r", "persons", (), Decimal(1), 33, 47)]).only("r")
    assert number.value == 78, "35 of 45, not 33 of 47 (70)"


@pytest.mark.parametrize(("part", "whole"), [(3, 50), (50, 9)])
def test_a_rate_over_a_hidden_part_is_hidden(part: int, whole: int) -> None:
    assert protect([Cell("r", "persons", (), Decimal(1), part, whole)]).only("r").state == "hidden"


def test_a_rate_over_nothing_is_nothing() -> None:
    assert protect([Cell("r", "persons", (), None, 0, 0)]).only("r").text("en") == "—"


def test_nobody_makes_a_protected_number_by_hand() -> None:
    with pytest.raises(TypeError, match="facts.protect"):
        Protected("exact", Decimal(3))


def test_a_frozen_number_comes_back_the_same() -> None:
    number = protect([cell(4)]).only("m")
    assert restored(number.as_json()) == number


def test_one_small_cell_takes_a_companion_with_it() -> None:
    safe = protect(table({("a", "f"): 3, ("a", "m"): 30, ("b", "f"): 40, ("b", "m"): 50}))
    hidden = [c.keys for c in safe.cells if c.number.is_withheld]
    assert (("place", "a"), ("sex", "f")) in hidden
    assert not safe.only("m").is_withheld, "the headline stays"


def reader_knows(
    safe_cells: dict[tuple[tuple[str, str], ...], Protected],
) -> dict[tuple[tuple[str, str], ...], tuple[float, float]]:
    known = {}
    for keys, number in safe_cells.items():
        if number.state == "small":
            known[keys] = (1.0, T - 1.0)
        elif number.state == "hidden":
            known[keys] = (1.0, float("inf"))
        elif number.value == 0:
            known[keys] = (0.0, 0.0)
        else:
            known[keys] = (max(float(number.value or 0) - 2, T), float(number.value or 0) + 2)
    return known


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("fmn")), st.integers(0, 60), min_size=1, max_size=12
    )
)
def test_no_row_or_column_gives_a_small_count_away(counts: dict[tuple[str, str], int]) -> None:
    raw = table(counts)
    safe = {c.keys: c.number for c in protect(raw).cells}
    known = reader_knows(safe)
    for keys, value in ((c.keys, int(c.value or 0)) for c in raw):
        if not 0 < value < T:
            continue
        assert safe[keys].is_withheld
        for place, _key in enumerate(keys):
            rest = keys[:place] + keys[place + 1 :]
            line = [
                k
                for k in known
                if len(k) == len(keys) and set(rest) <= set(k) and k != keys and k[place][0] == keys[place][0]
            ]
            most = known[rest][1] - sum(known[k][0] for k in line)
            assert min(known[keys][1], most) >= T - 1, f"{keys} is at most {most}"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_every_shown_count_of_persons_is_a_multiple_of_five(value: int) -> None:
    number = protect([cell(value)]).only("m")
    assert number.is_withheld == (0 < value < T)
    assert number.value is None or number.value % BASE == 0
