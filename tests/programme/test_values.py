"""Values of manual indicators: how they are read, when parts do not fit, and totals that no order of edits can change."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.programme import plan
from tongxing.programme.actions import BadReference, load_framework
from tongxing.programme.rules import reports, results
from tongxing.programme.rules.results import Given, Tally

numbers = st.decimals(min_value=-1000, max_value=1000, places=3)
ratios = st.tuples(st.integers(0, 50), st.integers(1, 50))
values = st.one_of(
    numbers.map(lambda n: Given(value=n)),
    st.just(Given()),
    st.just(Given(text="words")),
)
rates = ratios.map(lambda parts: Given(numerator=Decimal(parts[0]), denominator=Decimal(parts[1])))


def tallied(given_values):
    tally = Tally()
    for one in given_values:
        tally += Tally.of(one)
    return tally


@settings(max_examples=60)
@given(
    edits=st.lists(st.tuples(st.integers(0, 5), values), max_size=20),
    order=st.randoms(),
    operator=st.sampled_from(["sum", "average", "max", "none"]),
)
def test_any_order_of_late_edits_gives_the_same_total(edits, order, operator):
    """An edit replaces the value of its cell; what counts is the last one of each, in whatever order cells were edited."""
    last = dict(edits)
    cells = list(last.items())
    order.shuffle(cells)
    assert tallied(one for _cell, one in cells).rolled(operator) == tallied(last.values()).rolled(operator)


@settings(max_examples=60)
@given(st.lists(st.one_of(values), max_size=12), st.integers(0, 12))
def test_children_first_or_all_at_once_is_the_same(found, cut):
    assert tallied(found[:cut]) + tallied(found[cut:]) == tallied(found)


@settings(max_examples=60)
@given(st.lists(rates, min_size=1, max_size=8))
def test_a_percentage_is_the_ratio_of_the_sums(found):
    whole = tallied(found).rolled("sum")
    assert whole.number == sum(one.numerator for one in found) / sum(one.denominator for one in found)


def test_adding_to_a_stored_total_would_depend_on_the_order():
    """Control: an engine that increments a total by each edit gives another number."""
    edits = [("changzhou", 10), ("changzhou", 12), ("tianjin", 5)]
    incremented = sum(value for _place, value in edits)
    assert incremented != tallied(Given(value=Decimal(v)) for v in dict(edits).values()).rolled("sum").value == 17


@pytest.mark.parametrize(("operator", "expected"), [("sum", 12), ("max", 7), ("average", 4), ("none", None)])
def test_operators_over_places(operator, expected):
    found = tallied(Given(value=Decimal(n)) for n in (2, 3, 7))
    assert found.rolled(operator).value == expected


def test_over_time_the_last_stock_stands_and_distinct_persons_are_not_added_up():
    periods = [Given(value=Decimal(5)), Given(value=Decimal(9)), Given()]
    assert results.over_time("last", periods).value == 9
    assert results.over_time("none", periods) == Given()
    assert results.over_time("none", periods[:1]).value == 5


@pytest.mark.parametrize(
    ("kind", "additivity", "axes", "why"),
    [
        ("number", "distinct", ("sum", "none"), "over time a distinct number may be none"),
        ("number", "distinct", ("none", "sum"), "over place a distinct number may be none"),
        ("number", "stock", ("sum", "sum"), "may be last or average or max or none, not sum"),
        ("number", "score", ("average", "sum"), "over place a score number may be none"),
        ("number", "ratio", ("sum", "sum"), "a percentage is a ratio"),
        ("percentage", "ratio", ("sum", "average"), "may be sum or none, not average"),
        ("number", "heap", ("sum", "sum"), "unknown additivity"),
    ],
)
def test_unlawful_roll_ups_are_refused_with_the_reason(kind, additivity, axes, why):
    assert why in "; ".join(results.unlawful(kind, additivity, *axes))


def test_lawful_roll_ups_are_not():
    lawful = [
        ("number", "flow", "sum", "sum"),
        ("number", "stock", "last", "sum"),
        ("percentage", "ratio", "sum", "sum"),
    ]
    assert [results.unlawful(*one) for one in [*lawful, ("number", "distinct", "none", "none")]] == [[]] * 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("1,234", 1234),
        ("１２", 12),
        ("12.5", Decimal("12.5")),
        ("-3.125", Decimal("-3.125")),
        ("1 000", 1000),
    ],
)
def test_numbers_are_read_as_people_type_them(text, value):
    assert results.read_number(text) == value


@pytest.mark.parametrize(
    ("text", "topic", "reason"),
    [
        ("about 9", "things", "no_number"),
        ("NaN", "things", "no_number"),
        ("1e40", "things", "too_large"),
        ("0.00001", "things", "too_fine"),
        ("2.5", "persons", "not_whole"),
        ("-1", "centres", "negative"),
    ],
)
def test_what_is_no_such_number_is_refused_and_never_rounded(text, topic, reason):
    with pytest.raises(results.Unreadable, match=reason):
        results.read_number(text, topic)


def cell(**sides):
    return Given(**{side: Decimal(value) for side, value in sides.items()})


FEMALE, MALE = (("sex", "female"),), (("sex", "male"),)
GIRL = (("sex", "female"), ("age", "child"))
BY = [["sex"], ["sex", "age"]]


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ({(): cell(value=10), FEMALE: cell(value=6), MALE: cell(value=4)}, 0),
        ({(): cell(value=10), FEMALE: cell(value=6)}, 0),  # four are not stated
        ({(): cell(value=10), FEMALE: cell(value=6), MALE: cell(value=5)}, 1),
        ({FEMALE: cell(value=6)}, 1),  # parts of nothing
        ({(): cell(value=10), FEMALE: cell(value=2), GIRL: cell(value=3)}, 1),  # more girls than female persons
        ({(): cell(numerator=5, denominator=9), FEMALE: cell(numerator=5, denominator=10)}, 1),
    ],
)
def test_parts_fit_into_what_they_are_parts_of(found, wrong):
    assert len(results.excesses(found, BY)) == wrong


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.integers(0, 40))
def test_parts_and_not_stated_always_meet_the_total(parts, whole):
    keys = results.parts_of(["sex", "age"], {"sex": ["female", "male"], "age": ["child", "adult"]})
    found = {(): cell(value=whole)} | {key: cell(value=n) for key, n in zip(keys, parts, strict=True)}
    rest = results.remainder(Decimal(whole), [Decimal(n) for n in parts])
    assert sum(parts) + rest == whole
    assert (rest < 0) == bool(results.excesses(found, [["sex", "age"]]))


WINDOW = reports.Window(date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 22))


@pytest.mark.parametrize(
    ("day", "state", "timing"),
    [
        (date(2026, 6, 30), "", "not_yet"),
        (date(2026, 7, 1), "", "coming"),
        (date(2026, 9, 30), "draft", "coming"),
        (date(2026, 10, 1), "", "due"),
        (date(2026, 10, 22), "draft", "due"),
        (date(2026, 10, 23), "draft", "overdue"),
        (date(2026, 10, 23), "returned", "overdue"),
        (date(2026, 10, 23), "submitted", "done"),
        (date(2026, 12, 1), "accepted", "done"),
    ],
)
def test_due_and_overdue_by_the_day(day, state, timing):
    assert reports.timing(WINDOW, state, day) == timing


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"additivity": "distinct"}, "a distinct number may be none"),
        ({"topic": "secrets"}, "no policy says"),
        ({"disaggregations": [["colour"]]}, "'colour' is not known"),
        ({"reported_by": {"nobody": []}}, "'nobody' is not known"),
        ({"reported_by": {plan.OURS: ["atlantis"]}}, "'atlantis' is not known"),
        ({"targets": {"2099-Q1": 1}}, "'2099-Q1' is not known"),
        ({"measure": "souls_saved"}, "no measure"),
        ({"measure": "registrations"}, "reported by nobody"),
        ({"over_place": "guess"}, "may be sum or none, not guess"),
        ({"title": {"en": "one language"}}, "no text in mn, zh"),
    ],
)
def test_a_plan_that_contradicts_itself_is_not_loaded(changed, why):
    with pytest.raises(BadReference, match=why):
        load_framework(plan.data(plan.trained(**changed)), "test.yaml")
