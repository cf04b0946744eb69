"""A measure through Ibis: the same expressions on DuckDB and on Spark; margins are rolled up here from one scan.

Counts and sums: the engine gives the finest cells, the margins are their sums. Distinct persons do not add up; there
the engine says for every person which margins have not seen that person yet (`expressions.first_seen`), and those add up.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from tongxing.facts import expressions
from tongxing.facts.engines.tables import ABSENT, Data, Tables
from tongxing.facts.measures import Measure, parts
from tongxing.facts.results import Cell, Keys, Scope, subsets


def completed(table: ibis.Table, data: Data) -> ibis.Table:
    """`table` with exactly the columns of its schema: what a file lacks is empty or as `ABSENT` says."""
    types = ibis.Schema.from_pyarrow(data.schema)
    present = set((data.columns or data.schema).names)
    values = {
        name: table[name].cast(kind) if name in present else ibis.literal(ABSENT.get(name), type=kind)
        for name, kind in types.items()
    }
    return table.select(**values)


def evaluate(one: Measure, tables: Tables, scope: Scope, by: tuple[str, ...], margins: bool) -> list[Cell]:
    """Raw cells of one measure; without `margins` only the finest ones."""
    table = tabulate(one, tables, scope, by, margins)
    if one.value == "ratio":
        numbers = zip(_keys(table, by), table["part"].to_pylist(), table["whole"].to_pylist(), strict=True)
        return [_ratio(one, keys, part, whole) for keys, part, whole in numbers]
    values = zip(_keys(table, by), table["value"].to_pylist(), strict=True)
    return [Cell(one.code, one.topic, keys, value) for keys, value in values]


def _ratio(one: Measure, keys: Keys, part: Any, whole: Any) -> Cell:
    return Cell(one.code, one.topic, keys, Decimal(part) / Decimal(whole) if whole else None, part, whole)


def tabulate(one: Measure, tables: Tables, scope: Scope, by: tuple[str, ...], margins: bool) -> pa.Table:
    """One row a cell: `by_<dimension>` (null where a margin takes all of it together) and `value`.

    Of a ratio `part` and `whole`.
    """
    if one.value == "ratio":
        above, below = (tabulate(part, tables, scope, by, margins) for part in parts(one))
        return _beside(above, below, by)
    facts = tables.facts
    if "site" in {*by, *one.where}:
        facts = expressions.located(facts, tables.places)
    facts = expressions.labelled(expressions.living(facts, one, scope), by)
    if one.value == "distinct":
        facts = expressions.identified(facts, tables.identities, scope.as_of)
    if not by or not margins or (one.value == "distinct" and len(by) > expressions.MOST_MARGINS):
        groups = subsets(by) if margins else [by]
        return pa.concat_tables(
            [_whole(_fetched(tables, expressions.counted(facts, one, group)), by) for group in groups]
        )
    if one.value == "distinct":
        return _rolled(_fetched(tables, expressions.first_seen(facts, by)), by)
    return _rolled(_fetched(tables, expressions.counted(facts, one, by)), by)


def _rolled(finest: pa.Table, by: tuple[str, ...]) -> pa.Table:
    """Every margin of the finest cells; where there is a column `seen`, a margin counts only what it has not seen yet."""
    unseen = "where (seen >> {}) & 1 = 0" if "seen" in finest.column_names else ""
    selects = []
    for number, group in _numbered(by):
        labels = [f"by_{name}" if name in group else f"null::varchar as by_{name}" for name in by]
        value = f"coalesce(sum(value) filter ({unseen.format(number)}), 0)" if unseen else "coalesce(sum(value), 0)"
        grouped = f"group by {', '.join(f'by_{name}' for name in group)}" if group else ""
        selects.append(f"select {', '.join(labels)}, {value} as value from finest {grouped}")  # noqa: S608  our names
    # The rows of one calculation, never files: so the roll-up is the same whichever engine gave the finest cells.
    with duckdb.connect() as connection:
        connection.register("finest", finest)
        rolled = connection.sql(" union all ".join(selects)).to_arrow_table()
    whole = finest.schema.field("value").type
    return rolled.set_column(len(by), "value", rolled["value"].cast(whole))


def _numbered(by: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each margin with its number: bit i is set when dimension i is kept."""
    for number in range(2 ** len(by)):
        yield number, tuple(name for place, name in enumerate(by) if number >> place & 1)


def _whole(table: pa.Table, by: tuple[str, ...]) -> pa.Table:
    columns = {f"by_{name}": pa.nulls(table.num_rows, pa.string()) for name in by}
    columns |= {name: table[name].cast(pa.string()) for name in table.column_names if name != "value"}
    return pa.table(columns | {"value": table["value"]})


def _beside(part: pa.Table, whole: pa.Table, by: tuple[str, ...]) -> pa.Table:
    """Both parts of a ratio by cell, 0 where one of them has no such cell."""
    labels = "".join(f"by_{name}, " for name in by)
    selects = f"select {labels}value as part, 0 as whole from above union all select {labels}0, value from below"  # noqa: S608
    with duckdb.connect() as connection:
        connection.register("above", part)
        connection.register("below", whole)
        summed = connection.sql(f"select {labels}sum(part) as part, sum(whole) as whole from ({selects}) group by all")  # noqa: S608
        table = summed.to_arrow_table()
    kinds = {"part": part.schema.field("value").type, "whole": whole.schema.field("value").type}
    return table.cast(pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in table.column_names]))


def _keys(table: pa.Table, by: Sequence[str]) -> Iterator[Keys]:
    columns = [[None if label is None else (name, label) for label in table[f"by_{name}"].to_pylist()] for name in by]
    if not columns:
        yield from [()] * table.num_rows
    for pairs in zip(*columns, strict=True):
        yield tuple(pair for pair in pairs if pair is not None)


def _fetched(tables: Tables, expression: ibis.Table) -> pa.Table:
    # Everything is fetched at once: DuckDB 2 refuses further work on a connection with an unread result.
    return tables.engine.to_pyarrow(expression)
