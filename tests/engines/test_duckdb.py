"""Generated facts and measures: DuckDB and plain Python agree in every cell."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.generated import CASES, Case, data
from tongxing.facts import engines
from tongxing.facts.engines import plain
from tongxing.facts.results import Cell

EXAMPLES = 2_000 if os.environ.get("TONGXING_LONG_TESTS") else 120
COMPARED: dict[str, int] = {"cells": 0, "differing": 0}


def numbers(cells: Sequence[Cell]) -> dict[Any, Any]:
    return {cell.keys: (cell.numerator, cell.denominator) if cell.is_ratio else cell.value for cell in cells}


def differing(case: Case, cells: Sequence[Cell]) -> int:
    """How many cells are not those of plain Python; counted together for the report."""
    facts, links, places = (one.rows.to_pylist() for one in data(case.facts, case.links))
    expected = numbers(plain.calculated(case.measure, facts, links, case.scope, case.by, places=places))
    found = numbers(cells)
    wrong = len(dict(found.items() ^ expected.items()))
    COMPARED["cells"] += len(expected)
    COMPARED["differing"] += wrong
    return wrong


@pytest.fixture(scope="module", autouse=True)
def report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nDuckDB == plain Python: {COMPARED['cells']:,} cells compared, {COMPARED['differing']} differ")


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(case=CASES)
def test_duckdb_agrees_with_plain_python(case: Case) -> None:
    with engines.opened("duckdb", *data(case.facts, case.links)) as tables:
        assert differing(case, engines.evaluate(case.measure, tables, case.scope, by=case.by)) == 0
