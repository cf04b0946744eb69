"""Unduplicated reach: the figure of the measure between ends that follow from all states of the uncertain ties."""

import datetime
import uuid
from collections import defaultdict
from dataclasses import replace
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests import world
from tests.engines.generated import FACTS, LINKS, SCOPES
from tests.facts.tables import ALL_TIME, facts, links, tables
from tongxing.facts import store
from tongxing.facts.actions import note_uncertain
from tongxing.facts.calculation import snapshot
from tongxing.facts.engines import Tables, Ties, evaluate
from tongxing.facts.measures import measure
from tongxing.facts.models import LinkageRun
from tongxing.facts.reach import Reach, reach, reached
from tongxing.facts.results import Period
from tongxing.linkage.draws import Quality
from tongxing.registry.models import Subject

CHILDREN = measure("children_registered")
EXAMPLE = """
    subject | centre
    a       | A
    a       | B
    b       | A
    c       | B
    d       | B
    e       | B
    f       | B
    .       | B
"""
LINKED = """
    subject | identity
    b       | a
    d       | c
    f       | e
"""


def tied(rows: list[dict[str, Any]], linked: list[dict[str, Any]], ties: list[tuple[str, str, float]]) -> Tables:
    """Ties at their word: half a million known pairs say that the probabilities are right."""
    columns = zip(*ties, strict=True) if ties else ([], [], [])
    table = pa.table(dict(zip(store.TIE.names, map(list, columns), strict=True)), schema=store.TIE)
    return replace(tables(rows, linked), ties=Ties(table))


def example(*ties: tuple[str, str, float]) -> Tables:
    return tied(facts(EXAMPLE, kind="child_registered"), links(LINKED), list(ties))


def only(found: list[Reach], **keys: str) -> Reach:
    return next(cell for cell in found if dict(cell.keys) == keys)


def test_without_an_uncertain_tie_both_ends_are_the_figure() -> None:
    whole = only(reached(CHILDREN, example(), ALL_TIME))
    assert (whole.distinct, whole.low, whole.high, whole.gross, whole.stated, whole.uncertain) == (3, 3, 3, 8, 7, 0)


def test_an_uncertain_link_may_be_undone_and_what_waits_for_review_may_be_one() -> None:
    whole = only(reached(CHILDREN, example(("a", "b", 0.9), ("c", "e", 0.3)), ALL_TIME))
    assert (whole.distinct, whole.low, whole.high, whole.uncertain) == (3, 2, 4, 2)


def test_what_no_tie_explains_in_an_identity_holds_for_certain() -> None:
    """c, d and f are linked; only c–d is uncertain, so f hangs on whatever becomes of them."""
    linked = links("subject | identity\nd | c\nf | c")
    rows = facts("subject | centre\nc | A\nd | A\nf | A", kind="child_registered")
    whole = only(reached(CHILDREN, tied(rows, linked, [("c", "d", 0.5)]), ALL_TIME))
    assert (whole.distinct, whole.low, whole.high) == (1, 1, 2)


def test_a_place_is_moved_only_by_ties_between_its_own_records() -> None:
    found = reached(CHILDREN, example(("a", "b", 0.5), ("c", "e", 0.5)), ALL_TIME, ("centre",))
    at_a, at_b = only(found, centre="A"), only(found, centre="B")
    assert (at_a.distinct, at_a.low, at_a.high, at_a.uncertain) == (1, 1, 2, 1)
    assert (at_b.distinct, at_b.low, at_b.high, at_b.uncertain) == (3, 2, 3, 1)


def test_pairs_never_looked_at_lower_the_low_end_alone() -> None:
    names = [f"s{n}" for n in range(400)]
    rows = facts("subject | centre\n" + "\n".join(f"{name} | A" for name in names), kind="child_registered")
    linked = links("subject | identity\n" + "\n".join(f"s{n + 1} | s{n}" for n in range(0, 400, 2)))
    sure = tied(rows, linked, [])
    known = replace(sure, ties=Ties(quality=Quality(found=950, missed=50)))
    without, with_ = only(reached(CHILDREN, sure, ALL_TIME)), only(reached(CHILDREN, known, ALL_TIME))
    assert (without.low, without.high) == (200, 200)
    assert with_.low < 195
    assert with_.high == 200


def test_a_measure_that_counts_no_persons_has_no_reach() -> None:
    with pytest.raises(ValueError, match="no persons"):
        reached(measure("registrations"), example(), ALL_TIME)


TIES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from([0.0, 0.3, 0.5, 1.0])).filter(
        lambda tie: tie[0] < tie[1]
    ),
    max_size=5,
    unique_by=lambda tie: tie[:2],
)


@settings(max_examples=6, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(rows=FACTS, linked=LINKS, scope=SCOPES, ties=TIES)
def test_generated_cells_have_the_figure_of_the_measure_and_the_ends_of_all_states(
    rows: list[dict[str, Any]], linked: list[dict[str, Any]], scope: Any, ties: list[tuple[str, str, float]]
) -> None:
    rows = [row | {"kind": "child_registered"} for row in rows]
    on = tied(rows, linked, ties)
    found = reached(CHILDREN, on, scope, ("centre",))
    told = {cell.keys: cell.value for cell in evaluate(CHILDREN, on, scope, by=("centre",))}
    assert {cell.keys: cell.distinct for cell in found} == told
    for cell in found:
        smallest, largest = _all_states(on, scope, cell, ties)
        assert min(smallest, cell.distinct) <= cell.low <= cell.distinct <= cell.high <= max(largest, cell.distinct)


def _all_states(on: Tables, scope: Any, cell: Reach, ties: list[tuple[str, str, float]]) -> tuple[int, int]:
    """The fewest and the most persons that any state of the ties gives, walked in plain Python."""
    from tongxing.facts.engines.plain import _identities, _living, label

    living = _living(CHILDREN, on.facts.to_pyarrow().to_pylist(), scope, {})
    inside = [row for row in living if all(label(row, name, {}) == value for name, value in cell.keys)]
    who = _identities(on.identities.to_pyarrow().to_pylist(), scope)
    counts = []
    for state in product((False, True), repeat=len(ties)):
        if any(taken != bool(p) for taken, (_a, _b, p) in zip(state, ties, strict=True) if p in (0, 1)):
            continue
        counts.append(len({_walked(row["subject"], who, ties, state) for row in inside if row["subject"]}))
    return min(counts), max(counts)


def _walked(
    subject: str, who: dict[str, str], ties: list[tuple[str, str, float]], state: tuple[bool, ...]
) -> frozenset[str]:
    """Whom `subject` is one with: over ties that are taken, and over what holds an identity besides its ties."""
    everybody = {*"abcde", subject}
    same: dict[str, set[str]] = defaultdict(set)
    explained = [set(one) for one in everybody]
    for (a, b, p), taken in zip(ties, state, strict=True):
        if taken:
            same[a].add(b)
            same[b].add(a)
        if p and who.get(a, a) == who.get(b, b):
            joined = [part for part in explained if part & {a, b}]
            explained = [part for part in explained if not part & {a, b}] + [set().union(*joined)]
    heads = sorted(min(part) for part in explained)
    for one, other in product(heads, heads):
        if who.get(one, one) == who.get(other, other):
            same[one].add(other)
    seen, waiting = {subject}, [subject]
    while waiting:
        fresh = same[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return frozenset(seen)


NOW = Period.until(datetime.date(2030, 1, 1))


@pytest.fixture(scope="module")
def subjects(desk) -> list[uuid.UUID]:
    with world.as_(desk):
        for number in range(4):
            enrolment = world.child(f"椴{'一二三四'[number]}", phones=(f"000 31{number}",))
            world.registered(desk, enrolment, search_again=False)
    return list(Subject.objects.using("owner").filter(person__name__startswith="椴").values_list("subject", flat=True))


def now(as_of: datetime.datetime | None = None) -> tuple[int, int, int, int]:
    with snapshot(["children_registered"], period=NOW, as_of=as_of) as taken:
        [whole] = reach("children_registered", taken)
    return whole.distinct, whole.low, whole.high, whole.uncertain


def test_ties_noted_by_a_run_are_read_back_and_an_earlier_moment_keeps_its_ends(desk, subjects) -> None:
    a, b, c, d = subjects
    before = datetime.datetime.now(datetime.UTC)
    distinct, low, high, ties = now()
    assert (low, high, ties) == (distinct, distinct, 0)
    with world.as_(desk) as by:
        assert note_uncertain([(a, b, 0.5), (d, c, 0.5)], run=LinkageRun(), by=by) == 2
    assert now() == (distinct, distinct - 2, distinct, 2)
    with world.as_(desk) as by:
        note_uncertain([(b, a, 0.0)], by=by)
    assert now() == (distinct, distinct - 1, distinct, 1)
    with world.as_(desk) as by:
        note_uncertain([], run=LinkageRun(is_full=True), by=by)
    assert now() == (distinct, distinct, distinct, 0)
    assert now(before) == (distinct, distinct, distinct, 0)


def test_a_tie_of_a_subject_to_itself_is_refused(desk, subjects) -> None:
    with world.as_(desk) as by, pytest.raises(ValueError, match="between two subjects"):
        note_uncertain([(subjects[0], subjects[0], 0.5)], by=by)
