"""From facts to raw cells: measures as data, through Ibis, on DuckDB here. What leaves must pass disclosure.protect()."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from django.conf import settings
from django.db import connections, transaction

from tongxing.facts import expressions, references, store
from tongxing.facts.known import measure
from tongxing.facts.measures import Measure
from tongxing.facts.references import subsets
from tongxing.facts.results import Cell, Funnel, Period, Result, Scope


@dataclass(frozen=True)
class Tables:
    """One engine and the tables on it: facts, identity links, sites of centres."""

    engine: Any
    facts: ibis.Table
    identities: ibis.Table
    places: ibis.Table


@dataclass(frozen=True)
class Snapshot:
    """Facts, links and places of one moment; figures that stand beside each other come from one snapshot."""

    scope: Scope
    tables: Tables

    def calculate(self, code: str, by: Sequence[str] = ()) -> Result:
        """Raw cells of one measure by `by`, with all margins. Raises ValueError for a dimension it does not have."""
        one = measure(code)
        if unknown := set(by) - set(one.dimensions):
            raise ValueError(f"{code} is not known by {sorted(unknown)}; it is known by {one.dimensions}")
        if one.reference:
            cells = references.cells(one, by, self.scope)
        else:
            cells = evaluate(one, self.tables, self.scope, by=by)
        return Result((code,), self.scope, tuple(by), datetime.datetime.now(datetime.UTC), tuple(cells))

    def funnel(self, code: str) -> Funnel:
        """How facts become persons. Raises ValueError for a measure that counts no persons."""
        one = measure(code)
        if one.value != "distinct":
            raise ValueError(f"{code} counts no persons, so it has no way from records to persons")
        return evaluate_funnel(one, self.tables, self.scope)


@contextmanager
def snapshot(
    codes: Sequence[str],
    *,
    period: Period,
    as_of: datetime.datetime | None = None,
    programme: str = "",
    using: str = "counter",
) -> Iterator[Snapshot]:
    """Everything that the measures `codes` need, read once, seconds old. Raises KeyError for an unknown measure."""
    scope = Scope(period, as_of, programme)
    kinds = {kind for code in codes for part in _parts(measure(code)) for kind in part.kinds}
    with opened(kinds, scope, using) as tables:
        yield Snapshot(scope, tables)


def calculate(
    measures: str | Sequence[str],
    *,
    period: Period,
    as_of: datetime.datetime | None = None,
    by: Sequence[str] = (),
    programme: str = "",
    using: str = "counter",
) -> Result:
    """Raw cells of `measures` over `period`, by `by` and with all its margins, seconds old.

    `as_of` counts what was known at that moment: facts recorded and links made until then. `programme` counts one
    programme only. Raises KeyError for an unknown measure, ValueError for a dimension that a measure does not have.
    """
    codes = (measures,) if isinstance(measures, str) else tuple(measures)
    with snapshot(codes, period=period, as_of=as_of, programme=programme, using=using) as taken:
        results = [taken.calculate(code, by) for code in codes]
    return replace(results[0], measures=codes, cells=tuple(cell for result in results for cell in result.cells))


def warm() -> None:
    """Loads the engine and everything it loads on first use (seconds), so that the first figure need not wait for it."""
    engine = ibis.duckdb.connect()
    try:
        schemas = (store.FACT, store.IDENTITY, store.PLACE)
        facts, links, places = (ibis.memtable(schema.empty_table()) for schema in schemas)
        scope = Scope(Period.until(datetime.date.today()))
        Snapshot(scope, Tables(engine, facts, links, places)).calculate("children_registered", ("site", "sex"))
    finally:
        engine.disconnect()


def evaluate_funnel(one: Measure, tables: Tables, scope: Scope) -> Funnel:
    """The funnel of one distinct measure on any engine."""
    facts = expressions.identified(expressions.living(tables.facts, one, scope), tables.identities, scope.as_of)
    row = _rows(tables, expressions.funnel(facts))[0]
    return Funnel(
        gross=row["gross"],
        again_in_one_centre=row["stated"] - row["placed"],
        again_elsewhere=row["placed"] - row["distinct"],
        refused_statistics=row["gross"] - row["stated"],
        distinct=row["distinct"],
    )


def evaluate(one: Measure, tables: Tables, scope: Scope, *, by: Sequence[str] = (), margins: bool = True) -> list[Cell]:
    """Raw cells of one measure on any engine; without `margins` only the finest ones."""
    if one.value == "ratio":
        return _ratios(one, tables, scope, by, margins)
    facts = expressions.living(tables.facts, one, scope)
    if "site" in by:
        facts = expressions.located(facts, tables.places)
    facts = expressions.labelled(facts, by)
    if one.value == "distinct":
        facts = expressions.identified(facts, tables.identities, scope.as_of)
    found = []
    for group in subsets(by) if margins else [tuple(by)]:
        for row in _rows(tables, expressions.counted(facts, one, group)):
            keys = tuple((name, row[f"by_{name}"]) for name in group)
            found.append(Cell(one.code, one.topic, keys, row["value"]))
    return sorted(found, key=lambda cell: (len(cell.keys), cell.keys))


def _ratios(one: Measure, tables: Tables, scope: Scope, by: Sequence[str], margins: bool) -> list[Cell]:
    above, below = (
        {cell.keys: cell.value for cell in evaluate(part, tables, scope, by=by, margins=margins)}
        for part in _parts(one)
    )
    found = []
    for keys in sorted(above.keys() | below.keys(), key=lambda keys: (len(keys), keys)):
        part, whole = above.get(keys) or 0, below.get(keys) or 0
        found.append(Cell(one.code, one.topic, keys, Decimal(part) / Decimal(whole) if whole else None, part, whole))
    return found


def _parts(one: Measure) -> list[Measure]:
    return [measure(one.numerator), measure(one.denominator)] if one.value == "ratio" else [one]


def _rows(tables: Tables, expression: ibis.Table) -> list[dict[str, Any]]:
    # Everything is fetched at once: DuckDB 2 refuses further work on a connection with an unread result.
    found: list[dict[str, Any]] = tables.engine.to_pyarrow(expression).to_pylist()
    return found


@contextmanager
def opened(kinds: set[str], scope: Scope, using: str) -> Iterator[Tables]:
    """Facts of `kinds` up to the end of the period, identity links and places, all of one moment, on an engine."""
    folder, last = Path(settings.FACTS_FOLDER), scope.period.end
    facts = f"{store.SELECT_FACT} where kind = any(%s) and occurred_on <= %s and xid >= %s::xid8"
    links = f"{store.SELECT_IDENTITY} where xid >= %s::xid8"
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        if outermost:
            cursor.execute("set transaction isolation level repeatable read read only")
        # First the manifest, then the rest by its watermark: an export that ends meanwhile changes neither, because
        # the files that this manifest names stay as they are.
        manifest = store.Manifest.read(folder, store.database_of(cursor))
        mark = str(manifest.watermark)
        recent = store.fetched(cursor, facts, [sorted(kinds), last, mark], store.FACT)
        recent_links = store.fetched(cursor, links, [mark], store.IDENTITY)
        places = store.fetched(cursor, store.SELECT_PLACE, [], store.PLACE)
    engine = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    try:
        yield Tables(
            engine,
            _joined(engine, [folder / path for path in manifest.facts(sorted(kinds), Period.until(last))], recent),
            _joined(engine, [folder / path for path in manifest.identities()], recent_links),
            ibis.memtable(places),
        )
    finally:
        engine.disconnect()


def _joined(engine: Any, paths: list[Path], recent: pa.Table) -> ibis.Table:
    tail = ibis.memtable(recent)
    if not paths:
        return tail
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    columns = ", ".join(recent.column_names)
    # The schema is ours, so that the engine need not open the files to learn it.
    files = engine.sql(
        f"select {columns} from read_parquet([{names}])",  # noqa: S608  paths of our own manifest, quoted
        schema=ibis.Schema.from_pyarrow(recent.schema),
        dialect="duckdb",
    )
    return files.union(tail)
