"""From facts to raw cells: measures as data, through Ibis, on DuckDB here. What leaves must pass disclosure.protect()."""

import datetime
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from tongxing.facts import engines, expressions, references, store
from tongxing.facts.engines import Data, Tables, Ties, evaluate
from tongxing.facts.measures import Measure, measure, parts
from tongxing.facts.results import Funnel, Period, Result, Scope
from tongxing.linkage.draws import Quality


@dataclass(frozen=True)
class Snapshot:
    """Facts, links and places of one moment; figures that stand beside each other come from one snapshot."""

    scope: Scope
    tables: Tables

    def calculate(self, code: str, by: Sequence[str] = ()) -> Result:
        """Raw cells of one measure by `by`, with all margins. Raises ValueError for a dimension it does not have."""
        one = measure(code)
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
    kinds = {kind for code in codes for part in parts(measure(code)) for kind in part.kinds}
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
    with engines.opened(engines.chosen(), Data.none("facts")) as tables:
        Snapshot(Scope(Period.until(datetime.date.today())), tables).calculate("children_registered", ("site", "sex"))


def evaluate_funnel(one: Measure, tables: Tables, scope: Scope) -> Funnel:
    """The funnel of one distinct measure on any engine."""
    facts = expressions.identified(expressions.living(tables.facts, one, scope), tables.identities, scope.as_of)
    row = tables.rows(expressions.funnel(facts))[0]
    return Funnel(
        gross=row["gross"],
        again_in_one_centre=row["stated"] - row["placed"],
        again_elsewhere=row["placed"] - row["distinct"],
        refused_statistics=row["gross"] - row["stated"],
        distinct=row["distinct"],
    )


@contextmanager
def opened(kinds: set[str], scope: Scope, using: str) -> Iterator[Tables]:
    """Facts of `kinds` up to the end of the period, identity links with their ties, and places, of one moment, on an engine."""
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
        ties = _ties(cursor, scope.as_of)
    files = tuple(folder / path for path in manifest.facts(sorted(kinds), Period.until(last)))
    facts_of_now = Data(store.FACT, files, recent)
    links_of_now = Data(store.IDENTITY, tuple(folder / path for path in manifest.identities()), recent_links)
    with engines.opened(engines.chosen(), facts_of_now, links_of_now, Data(store.PLACE, rows=places)) as tables:
        yield replace(tables, ties=ties)


def _ties(cursor: Any, as_of: datetime.datetime | None) -> Ties:
    moment = as_of or datetime.datetime.now(datetime.UTC)
    rows = store.fetched(cursor, store.SELECT_TIE, {"as_of": moment}, store.TIE)
    cursor.execute(store.SELECT_QUALITY, [moment])
    found = cursor.fetchone()
    return Ties(rows, Quality.read(json.loads(found[0])) if found else Quality())
