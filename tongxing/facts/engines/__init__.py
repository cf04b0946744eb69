"""Where measures are counted: one definition, on DuckDB, on Spark, and in plain Python to check both.

One door: `with opened(name, …) as tables: evaluate(measure, tables, scope, by=…)`. What an engine cannot do stands in
capabilities.yaml with the reason; it is refused when a measure is stored or an engine is chosen, not while it counts.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
from ruamel.yaml import YAML

from tongxing.facts.engines.tables import Data, Tables, Ties
from tongxing.facts.measures import FIXED_DIMENSIONS, Measure
from tongxing.facts.results import Cell, Scope

__all__ = [
    "DEFAULT",
    "Data",
    "Tables",
    "Ties",
    "Unable",
    "beside",
    "chosen",
    "evaluate",
    "names",
    "opened",
    "reasons",
    "tabulate",
]

DEFAULT = "duckdb"
CAPABILITIES = Path(__file__).parent / "capabilities.yaml"
_HOMES = {"duckdb": "on_duckdb", "spark": "on_spark", "reference": "plain"}  # loaded on first use: Spark is an extra


class Unable(ValueError):
    """An engine that does not exist, is not installed, or cannot do what a measure needs; the message says why."""


@dataclass(frozen=True)
class Capabilities:
    """What one engine can do, and why not what it cannot."""

    can: frozenset[str]
    cannot: Mapping[str, str]
    most_facts: int | None


def names() -> tuple[str, ...]:
    """All engines, the default first."""
    return tuple(_HOMES)


@cache
def capabilities() -> dict[str, Capabilities]:
    """The matrix of capabilities.yaml, by engine."""
    stored = YAML(typ="safe").load(CAPABILITIES.read_text("utf-8"))
    return {
        name: Capabilities(frozenset(said["can"]), said.get("cannot", {}), said.get("most_facts"))
        for name, said in stored.items()
    }


def chosen(environment: Mapping[str, str] = os.environ) -> str:
    """The engine that TONGXING_ENGINE names, else the default. Raises Unable for one that does not exist."""
    return known(environment.get("TONGXING_ENGINE") or DEFAULT)


def known(name: str) -> str:
    """`name` itself. Raises Unable with the engines there are."""
    if name not in _HOMES:
        raise Unable(f"no engine {name!r}; known are {', '.join(_HOMES)}")
    return name


def needs(one: Measure, by: Sequence[str]) -> set[str]:
    """The capabilities that counting `one` by `by` takes."""
    asked = {one.value, "reference" if one.value == "reference" else "facts"}
    if "site" in by:
        asked.add("places")
    if set(by) - set(FIXED_DIMENSIONS) or set(one.where) - set(FIXED_DIMENSIONS):
        asked.add("attributes")
    return asked


def reasons(name: str, one: Measure, by: Sequence[str] = ()) -> list[str]:
    """Why the engine `name` cannot count `one` by `by`; empty when it can."""
    mine = capabilities()[known(name)]
    return [mine.cannot.get(need, f"it does not know {need!r}") for need in sorted(needs(one, by) - mine.can)]


def able(one: Measure) -> list[str]:
    """The engines that can count `one` by all its dimensions. Empty: it may not be stored."""
    return [name for name in names() if not reasons(name, one, one.dimensions)]


@contextmanager
def opened(name: str, facts: Data, identities: Data | None = None, places: Data | None = None) -> Iterator[Tables]:
    """The tables of one calculation on the engine `name`. Raises Unable: unknown, not installed, or too many facts."""
    limit = capabilities()[known(name)].most_facts
    if limit is not None and (found := facts.counted()) > limit:
        raise Unable(f"{name} counts at most {limit:,} facts, here are {found:,}; take {DEFAULT}")
    with _home(name).opened(facts, identities or Data.none("identities"), places or Data.none("places")) as tables:
        yield tables


def evaluate(one: Measure, tables: Tables, scope: Scope, *, by: Sequence[str] = (), margins: bool = True) -> list[Cell]:
    """Raw cells of one measure, sorted; without `margins` only the finest ones.

    Raises ValueError for a dimension that the measure does not have, Unable for what this engine cannot do.
    """
    _check(one, tables, by)
    evaluated: list[Cell] = _home(tables.name).evaluate(one, tables, scope, tuple(by), margins)
    return sorted(evaluated, key=lambda cell: (len(cell.keys), cell.keys))


def tabulate(one: Measure, tables: Tables, scope: Scope, *, by: Sequence[str] = (), margins: bool = True) -> pa.Table:
    """The cells of `evaluate` as Arrow: `by_<dimension>` (null: all of it together), and `value` or `part` and `whole`."""
    _check(one, tables, by)
    table: pa.Table = _home(tables.name).tabulate(one, tables, scope, tuple(by), margins)
    return table


def beside(tables: Tables, rows: pa.Table) -> Any:
    """`rows` as one more table on the engine of `tables`, until the next one. Raises Unable for plain Python."""
    home = _home(tables.name)
    if not hasattr(home, "beside"):
        raise Unable(f"{tables.name} takes no further tables")
    return home.beside(tables.engine, rows)


def _check(one: Measure, tables: Tables, by: Sequence[str]) -> None:
    if unknown := [name for name in by if name not in one.dimensions]:
        raise ValueError(f"{one.code} is not known by {unknown}; it is known by {list(one.dimensions)}")
    if found := reasons(tables.name, one, by):
        raise Unable(f"{tables.name} cannot count {one.code}: {'; '.join(found)}")


def _home(name: str) -> Any:
    return import_module(f"{__name__}.{_HOMES[known(name)]}")
