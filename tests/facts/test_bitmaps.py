"""Sets of persons per cell: any union of them is what the facts say, and a set that is wrong is noticed."""

import datetime
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from pyroaring import BitMap

from tests import world
from tests.engines.generated import FACTS, LINKS
from tests.facts.tables import ALL_TIME, facts, tables
from tongxing.facts import bitmap_store
from tongxing.facts.bitmap_store import differences, make, stored
from tongxing.facts.bitmaps import FILE, Bitmaps, NotMade, made, save
from tongxing.facts.engines import evaluate
from tongxing.facts.measures import measure
from tongxing.facts.models import SubjectIdentity
from tongxing.facts.results import Period, Scope
from tongxing.facts.tasks import facts_bitmaps
from tongxing.registry.models import Subject

CHILDREN = measure("children_registered")
KINDS = ("one", "two", "three")


@budget(max_examples=8)
@given(
    rows=FACTS,
    linked=LINKS,
    kinds=st.sets(st.sampled_from(KINDS), min_size=1),
    sexes=st.sets(st.sampled_from(["female", "male", "not_stated"]), min_size=1),
    period=st.sampled_from([None, Period(datetime.date(2024, 1, 1), datetime.date(2024, 3, 31))]),
)
def test_any_union_is_what_the_engine_counts(
    rows: list[dict[str, Any]], linked: list[dict[str, Any]], kinds: set[str], sexes: set[str], period: Any
) -> None:
    on = tables(rows, linked)
    asked = CHILDREN.model_copy(update={"kinds": tuple(kinds), "where": {"sex": tuple(sexes)}, "basis": "during"})
    scope = Scope(period or Period.until(datetime.date(2030, 1, 31)), None, "")
    [cell] = evaluate(asked, on, scope)
    assert made(on, KINDS, Scope(ALL_TIME.period)).reach(asked, scope) == cell.value


EXAMPLE = """
    kind             | subject | on
    child_registered | ann     | 2026-01-01
    referral_sent    | ann     | 2026-02-01
    child_registered | bob     | 2026-01-01
    child_registered | .       | 2026-01-01
"""


def test_sets_of_two_kinds_are_intersected_and_subtracted() -> None:
    found = made(tables(facts(EXAMPLE)), ("child_registered", "referral_sent"), ALL_TIME)
    registered, referred = found.persons(["child_registered"]), found.persons(["referral_sent"])
    assert (len(registered), len(registered & referred), len(registered - referred)) == (2, 1, 1)


def test_what_the_sets_do_not_hold_is_refused() -> None:
    found = made(tables(facts(EXAMPLE)), ("child_registered",), ALL_TIME)
    with pytest.raises(NotMade, match="whole ones"):
        found.persons(["child_registered"], Period(datetime.date(2026, 1, 1), datetime.date(2026, 1, 30)))
    with pytest.raises(NotMade, match="more than the sets hold"):
        found.reach(CHILDREN.model_copy(update={"where": {"need": ("school",)}}), ALL_TIME)


@pytest.fixture(scope="module")
def children(desk: Any) -> list[Any]:
    with world.as_(desk):
        for number in range(3):
            enrolment = world.child(f"楝{'一二三'[number]}", phones=(f"000 32{number}",))
            world.registered(desk, enrolment, search_again=False)
    return list(Subject.objects.using("owner").filter(person__name__startswith="楝").values_list("subject", flat=True))


def test_the_stored_sets_equal_the_figures_and_a_link_is_in_the_next_ones(children: list[Any], tmp_path: Any) -> None:
    make(tmp_path)
    before = stored(tmp_path)
    compared, differing = differences(before)
    assert compared > 5
    assert differing == []
    SubjectIdentity.objects.using("owner").create(subject=children[1], identity=children[0])
    assert differences(before)[1] == [], "the sets say what was known when they were made"
    make(tmp_path)
    scope = Scope(Period.until(datetime.date(2030, 1, 31)))
    assert stored(tmp_path).reach(CHILDREN, scope) == before.reach(CHILDREN, scope) - 1
    assert (tmp_path / FILE).stat().st_mode & 0o77 == 0


def test_a_set_that_lost_a_person_is_noticed(children: list[Any], tmp_path: Any) -> None:
    found = make(tmp_path)
    assert differences(_spoiled(found))[1]


def test_the_nightly_job_fails_and_says_so_when_a_set_differs(
    children: list[Any], tmp_path: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.FACTS_FOLDER = tmp_path
    assert facts_bitmaps(0) > 5
    monkeypatch.setattr(bitmap_store, "make", lambda: _spoiled(make(tmp_path)))
    with pytest.raises(ArithmeticError, match="differ from their figures"):
        facts_bitmaps(0)


def _spoiled(found: Bitmaps) -> Bitmaps:
    first, *others = found.cells["persons"].to_pylist()
    less = BitMap.deserialize(first)
    less.pop()
    place = found.cells.schema.get_field_index("persons")
    packed = pa.array([less.serialize(), *others], pa.binary())
    return replace(found, cells=found.cells.set_column(place, "persons", packed))


def test_a_file_that_is_missing_cut_or_of_another_database_is_not_used(children: list[Any], tmp_path: Any) -> None:
    with pytest.raises(NotMade, match="nobody has made"):
        stored(tmp_path)
    make(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(NotMade, match="damaged"):
        stored(tmp_path)
    save(replace(make(tmp_path), database="elsewhere"), tmp_path)
    with pytest.raises(NotMade, match="another database"):
        stored(tmp_path)
