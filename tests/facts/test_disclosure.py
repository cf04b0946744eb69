"""The only door to a number that leaves."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.facts.disclosure import Ledger, Protected, ends, protect, restored
from tongxing.facts.results import Cell
from tongxing.facts.suppression import Disclosing

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
        (0, "small", "< 10"),
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


def test_a_rate_over_nobody_is_hidden_as_over_a_few() -> None:
    assert protect([Cell("r", "persons", (), None, 0, 0)]).only("r").state == "hidden"


def test_a_rate_over_no_things_is_nothing() -> None:
    assert protect([Cell("r", "things", (), None, 0, 0)]).only("r").text("en") == "—"


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


@settings(max_examples=200)
@given(st.integers(0, 10**6))
def test_every_shown_count_of_persons_is_a_multiple_of_five(value: int) -> None:
    number = protect([cell(value)]).only("m")
    assert number.is_withheld == (value < T)
    assert number.value is None or number.value % BASE == 0


def test_that_nobody_was_counted_somewhere_does_not_show() -> None:
    safe = protect(table({("a", "f"): 30, ("b", "m"): 40}), listed={"place": ["a", "b", "c"]})
    assert safe.only("m", (("place", "a"), ("sex", "m"))).is_withheld
    assert safe.only("m", (("place", "c"),)).text("en") == "< 10"


def test_a_row_that_is_there_only_with_somebody_in_it_does_not_say_less_than_ten() -> None:
    few = table({("a", "f"): 30, ("a", "m"): 40, ("b", "m"): 4, ("b", "f"): 0})
    assert protect(few).only("m", (("place", "b"),)).state == "hidden", "“< 10” would mean 1 to 9, nine values"
    listed = protect(few, listed={"place": "ab", "sex": "fm"})
    assert listed.only("m", (("place", "b"),)).state == "small"


def test_a_sensitive_topic_is_never_shown_by_place() -> None:
    raw = [cell(500, topic="sensitive"), cell(300, ("site", "a"), topic="sensitive")]
    safe = protect([*raw, cell(200, ("site", "b"), topic="sensitive")])
    assert safe.only("m").value == 500
    assert safe.only("m", (("site", "a"),)).state == "hidden"


def test_some_needs_are_sensitive_and_cannot_be_worked_out_from_the_others() -> None:
    needs = {"school": 80, "counselling": 40, "wages": 60}
    raw = [cell(180), cell(180, ("site", "a"))]
    raw += [cell(n, ("need", need)) for need, n in needs.items()]
    raw += [cell(n, ("site", "a"), ("need", need)) for need, n in needs.items()]
    safe = protect(raw)
    hidden = [dict(c.keys) for c in safe.cells if c.number.state == "hidden"]
    assert {"site": "a", "need": "counselling"} in hidden
    assert len(hidden) > 1, "the total of the place less its other needs would be it"
    assert {c.topic for c in safe.cells} == {"persons", "sensitive"}


def test_exact_tables_show_counts_as_they_are_and_do_not_tell_small_ones_from_their_companions() -> None:
    safe = protect(table({("a", "f"): 3, ("a", "m"): 33, ("b", "f"): 41, ("b", "m"): 52}), "donor")
    assert (safe.only("m").state, safe.only("m").value) == ("exact", 129)
    assert {c.number.state for c in safe.cells} == {"exact", "hidden"}


def test_an_exact_total_that_tells_a_small_count_is_refused() -> None:
    with pytest.raises(Disclosing, match="must be shown"):
        protect(table({("a", "f"): 3, ("a", "m"): 4}), "donor")


def test_a_row_of_nobody_that_is_not_listed_hides_nothing() -> None:
    raw = table({("a", "f"): 30, ("a", "m"): 40, ("a", "not_stated"): 0})
    safe = protect(raw, listed={"place": "a", "sex": "fm"})
    assert not any(c.number.is_withheld for c in safe.cells)
    assert not any(("sex", "not_stated") in c.keys for c in safe.cells)


def test_a_row_that_was_there_once_stays_when_nobody_is_left_in_it() -> None:
    few = protect(table({("a", "f"): 30, ("b", "f"): 40}), listed={"place": "a", "sex": "f"})
    before = [Ledger(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), few.said)]
    assert protect(table({("a", "f"): 30}), listed={"place": "a", "sex": "f"}, ledgers=before).only(
        "m", (("place", "b"), ("sex", "f"))
    )


@pytest.mark.parametrize("parts", [(2, 1, 1), (3, 3), (2, 1), (1, 0, 40)])
def test_rows_that_are_there_only_because_somebody_was_counted_take_the_label_from_a_small_total(parts) -> None:
    """ "< 10" of a total with three such rows would mean 3 to 9: too few for ten."""
    rows = [Cell("m", "persons", (("sex", str(n)),), count) for n, count in enumerate(parts) if count]
    table = protect([Cell("m", "persons", (), sum(parts)), *rows])
    assert all(cell.number.state in ("hidden", "rounded") for cell in table.cells)
    assert table.only("m").state == ("hidden" if sum(parts) < 10 else "rounded")


def told(count: int, below: int, above: int) -> tuple[Protected, Protected]:
    return ends(protect([cell(count)]).only("m"), below, above, cell(count))


@given(count=st.integers(0, 400), other=st.integers(0, 400), below=st.integers(0, 40), above=st.integers(0, 40))
def test_counts_that_are_shown_alike_have_the_same_ends(count: int, other: int, below: int, above: int) -> None:
    """Ends rounded by themselves would tell a count: from 102, one more says 105, from 101 it says 100."""
    shown, also = (protect([cell(one)]).only("m") for one in (count, other))
    if shown == also:
        assert told(count, below, above) == told(other, below, above)


@given(count=st.integers(10, 400), below=st.integers(0, 40), above=st.integers(0, 40))
def test_ends_enclose_the_ends_behind_them(count: int, below: int, above: int) -> None:
    low, high = told(count, below, above)
    if below or above:
        assert (low.value if low.value is not None else 0) <= (max(count - below, 0) if below else count + 2)
        assert high.value is None or high.value >= (count + above if above else count - 2)


def test_an_end_below_the_threshold_is_withheld_like_a_count() -> None:
    low, high = told(16, 8, 3)
    assert (low.text("en"), high.text("en")) == ("< 10", "20")


def test_a_withheld_number_has_no_ends() -> None:
    low, high = told(7, 2, 2)
    assert (low.state, high.state) == ("small", "small")


def test_inside_ends_are_exact() -> None:
    low, high = ends(protect([cell(16)], "internal").only("m"), 8, 3, cell(16), "internal")
    assert (low.value, high.value) == (8, 19)
