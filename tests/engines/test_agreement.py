"""Generated facts and measures: every engine agrees with plain Python in every cell, and a wrong one is noticed."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from ibis import _

from tests.engines.generated import CASES, PARTS, Case, always, data, packed
from tongxing.facts import engines, expressions, measures
from tongxing.facts.engines import Data, Tables
from tongxing.facts.results import Cell

LONG = bool(os.environ.get("TONGXING_LONG_TESTS"))
ALONE, WORLDS, QUESTIONS = (2_000, 400, 60) if LONG else (80, 60, 3)
NOISY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@dataclass
class Compared:
    """How many cells were compared and how many were not those of plain Python."""

    cells: int = 0
    differing: int = 0

    def add(self, found: Sequence[Cell], expected: Sequence[Cell]) -> int:
        ours, theirs = numbers(found), numbers(expected)
        wrong = len({keys for keys in ours.keys() | theirs.keys() if ours.get(keys, ()) != theirs.get(keys, ())})
        self.cells += len(theirs)
        self.differing += wrong
        return wrong


@dataclass(frozen=True)
class World:
    """Many generated cases as one, the questions to it, and what plain Python answers."""

    facts: list[dict[str, Any]]
    links: list[dict[str, Any]]
    questions: list[Case] = field(default_factory=list)
    answers: list[list[Cell]] = field(default_factory=list)


def numbers(cells: Sequence[Cell]) -> dict[Any, Any]:
    return {cell.keys: (cell.numerator, cell.denominator) if cell.is_ratio else cell.value for cell in cells}


def answered(case: Case, facts: list[dict[str, Any]], links: list[dict[str, Any]]) -> list[Cell]:
    with engines.opened("reference", *data(facts, links)) as tables:
        return engines.evaluate(case.measure, tables, case.scope, by=case.by)


@pytest.fixture(autouse=True)
def _parts_of_the_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "SOURCES", [PARTS.get, *measures.SOURCES])


@pytest.fixture(scope="module")
def world() -> World:
    """Some generated cases packed into one world; the last of them give the questions."""
    cases: list[Case] = []

    @settings(max_examples=WORLDS, phases=[Phase.generate], database=None, suppress_health_check=NOISY)
    @given(case=CASES)
    def gather(case: Case) -> None:
        cases.append(case)

    gather()
    facts, links = packed(cases)
    questions = always() + cases[-QUESTIONS:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "SOURCES", [PARTS.get, *measures.SOURCES])
        return World(facts, links, questions, [answered(case, facts, links) for case in questions])


@pytest.fixture(scope="module")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a line of figures even when pytest keeps the output."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(words: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{words}")

    return say


def compare(world: World, tables: Tables) -> Compared:
    compared = Compared()
    for case, expected in zip(world.questions, world.answers, strict=True):
        compared.add(engines.evaluate(case.measure, tables, case.scope, by=case.by), expected)
    return compared


def test_duckdb_agrees_with_plain_python_in_small_worlds(tell: Callable[[str], None]) -> None:
    compared = Compared()

    @settings(max_examples=ALONE, suppress_health_check=NOISY)
    @given(case=CASES)
    def agrees(case: Case) -> None:
        with engines.opened("duckdb", *data(case.facts, case.links)) as tables:
            found = engines.evaluate(case.measure, tables, case.scope, by=case.by)
        assert compared.add(found, answered(case, case.facts, case.links)) == 0

    agrees()
    tell(f"DuckDB, small worlds: {compared.cells:,} cells compared, {compared.differing} differ")


def test_duckdb_agrees_with_plain_python_in_a_large_world(world: World, tell: Callable[[str], None]) -> None:
    with engines.opened("duckdb", *data(world.facts, world.links)) as tables:
        compared = compare(world, tables)
    tell(f"DuckDB, {len(world.facts):,} facts: {compared.cells:,} cells compared, {compared.differing} differ")
    assert compared.cells > 500
    assert compared.differing == 0


@pytest.fixture(scope="module")
def spark(world: World, tmp_path_factory: pytest.TempPathFactory, session: Any) -> Iterator[Tables]:
    """The session on a real master; half of the facts in a file, half beside it."""
    folder = tmp_path_factory.mktemp("facts")
    facts, links, places = data(world.facts, world.links)
    assert facts.rows is not None
    half = facts.rows.num_rows // 2
    path = folder / "kind=one" / "month=2024-01" / "1.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(facts.rows.slice(0, half), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGXING_SPARK_MASTER", session.sparkContext.master)
        with engines.opened("spark", Data(facts.schema, (path,), facts.rows.slice(half)), links, places) as tables:
            yield tables


def test_spark_on_a_real_master_agrees_with_plain_python(
    spark: Tables, world: World, tell: Callable[[str], None]
) -> None:
    compared = compare(world, spark)
    master = spark.engine.session.sparkContext.master
    tell(f"Spark {master}, {len(world.facts):,} facts: {compared.cells:,} cells compared, {compared.differing} differ")
    assert compared.cells > 500
    assert compared.differing == 0


def _links_that_ended_still_hold(facts: ibis.Table, identities: ibis.Table, as_of: Any) -> ibis.Table:
    links = identities.group_by(linked="subject").agg(identity=_.identity.argmax(_.valid_from))
    joined = facts.left_join(links, facts.subject == links.linked)
    return joined.mutate(who=ibis.coalesce(_.identity, _.subject))


WRONG: dict[str, tuple[str, Any]] = {
    "links that ended still hold": ("identified", _links_that_ended_still_hold),
    "an age more in the youngest band": ("AGE_BANDS", ((6, "0-5"), *expressions.AGE_BANDS[1:])),
    "sums of distinct persons": ("EVERY_MARGIN", ibis.literal(0, "int64")),
    "sites left out": ("located", lambda facts, _places: facts.mutate(site=ibis.null("string"))),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_engine_is_noticed(mistake: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, *WRONG[mistake])
    with engines.opened("duckdb", *data(world.facts, world.links)) as tables:
        assert compare(world, tables).differing > 0


def test_parts_meet_the_total_because_what_is_not_stated_is_a_part(world: World) -> None:
    """Of numbers that add up, every margin is the sum of the finest cells below it: nothing falls through."""
    lines = 0
    for case, cells in zip(world.questions, world.answers, strict=True):
        if case.measure.value not in ("count", "sum"):
            continue
        values = numbers(cells)
        finest = {keys: value for keys, value in values.items() if len(keys) == len(case.by)}
        for keys, value in values.items():
            assert value == sum(part for below, part in finest.items() if set(keys) <= set(below))
            lines += 1
    assert lines > 10
