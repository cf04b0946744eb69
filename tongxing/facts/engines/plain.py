"""The measures in plain Python, slow and short: what the other engines are checked against.

Written from the definition of a measure and not from the expressions, so that a mistake is not made twice.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.engines.tables import ABSENT, Data, Tables
from tongxing.facts.measures import Measure, parts
from tongxing.facts.results import NOT_STATED, Cell, Keys, Scope, subsets

Row = dict[str, Any]


@contextmanager
def opened(facts: Data, identities: Data, places: Data) -> Iterator[Tables]:
    """The tables as Arrow; every row is taken into memory when it is counted."""
    yield Tables(None, _table(facts), _table(identities), _table(places), "reference")


def evaluate(one: Measure, tables: Tables, scope: Scope, by: tuple[str, ...], margins: bool) -> list[Cell]:
    """Raw cells of one measure; without `margins` only the finest ones."""
    facts, links, places = (table.to_pylist() for table in (tables.facts, tables.identities, tables.places))
    return calculated(one, facts, links, scope, by, places=places, margins=margins)


def tabulate(one: Measure, tables: Tables, scope: Scope, by: tuple[str, ...], margins: bool) -> pa.Table:
    """One row a cell: `by_<dimension>` (null where a margin takes all of it together) and `value`."""
    cells = evaluate(one, tables, scope, by, margins)
    labels = {f"by_{name}": pa.array([dict(cell.keys).get(name) for cell in cells], pa.string()) for name in by}
    if one.value == "ratio":
        parts_of = {"part": [cell.numerator for cell in cells], "whole": [cell.denominator for cell in cells]}
        return pa.table(labels | parts_of)
    return pa.table(labels | {"value": [cell.value for cell in cells]})


def calculated(
    one: Measure,
    facts: Sequence[Row],
    links: Sequence[Row],
    scope: Scope,
    by: tuple[str, ...] = (),
    *,
    places: Sequence[Row] = (),
    margins: bool = True,
) -> list[Cell]:
    """The cells of `one` over rows as dictionaries with the columns of `store`."""
    if one.value == "ratio":
        counts = [calculated(part, facts, links, scope, by, places=places, margins=margins) for part in parts(one)]
        above, below = ({cell.keys: cell.value or 0 for cell in cells} for cells in counts)
        return [_ratio(one, keys, above.get(keys, 0), below.get(keys, 0)) for keys in above.keys() | below.keys()]
    sites = {place["of_centre"]: place["site"] for place in places}
    groups = subsets(by) if margins else [by]
    cells: dict[Keys, list[Row]] = defaultdict(list)
    if () in groups:
        cells[()] = []
    for fact in _living(one, facts, scope, sites):
        labels = {name: label(fact, name, sites) for name in by}
        for group in groups:
            cells[tuple((name, labels[name]) for name in group)].append(fact)
    who = _identities(links, scope)
    return [Cell(one.code, one.topic, keys, _value(one, found, who)) for keys, found in cells.items()]


def _value(one: Measure, facts: list[Row], who: dict[str, str]) -> int | Decimal:
    if one.value == "distinct":
        return len({who.get(fact["subject"], fact["subject"]) for fact in facts if fact["subject"]})
    if one.value == "sum":
        return sum((fact["quantity"] for fact in facts), Decimal(0))
    return len(facts)


def _ratio(one: Measure, keys: Keys, part: Any, whole: Any) -> Cell:
    return Cell(one.code, one.topic, keys, Decimal(part) / Decimal(whole) if whole else None, part, whole)


def _living(one: Measure, facts: Sequence[Row], scope: Scope, sites: dict[str, str]) -> list[Row]:
    """What was known, not taken back, of the right kind, time and programme, and passes the filter."""
    moment = scope.as_of.replace(tzinfo=None) if scope.as_of else None
    known = [fact for fact in facts if moment is None or fact["recorded_at"] <= moment]
    gone = {fact["voids"] for fact in known if fact["voids"]}
    start = scope.period.start if one.basis == "during" else None
    return [
        fact
        for fact in known
        if fact["kind"] in one.kinds
        and fact["id"] not in gone
        and not fact["voids"]
        and fact["occurred_on"] <= scope.period.end
        and (start is None or fact["occurred_on"] >= start)
        and (not scope.programme or fact["programme"] == scope.programme)
        and all(label(fact, name, sites) in allowed for name, allowed in one.where.items())
    ]


def _identities(links: Sequence[Row], scope: Scope) -> dict[str, str]:
    """Whose record each subject was at the moment: of the links that held then the latest."""
    moment = scope.as_of.replace(tzinfo=None) if scope.as_of else None
    found = {}
    for link in sorted(links, key=lambda link: link["valid_from"]):
        ended = link["valid_to"] is not None and (moment is None or link["valid_to"] <= moment)
        if not ended and (moment is None or link["valid_from"] <= moment):
            found[link["subject"]] = link["identity"]
    return found


def label(fact: Row, name: str, sites: dict[str, str]) -> str:
    """What `fact` is in the dimension `name`, `not_stated` where nothing is."""
    day = fact["occurred_on"]
    if name in ("month", "quarter", "year"):
        return {"month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "year": f"{day.year}"}[name]
    if name == "age_band":
        if fact["birth_year"] is None:
            return NOT_STATED
        age = day.year - fact["birth_year"]
        return next((band for upper, band in AGE_BANDS if age <= upper), OLDER)
    if name == "site":
        return sites.get(fact["centre"]) or NOT_STATED
    stated = fact if name in fact else json.loads(fact["attributes"])
    return str(stated.get(name) or NOT_STATED)


def _table(data: Data) -> pa.Table:
    found = [] if data.rows is None else [data.rows]
    for path in data.files:
        file = pq.read_table(path, columns=[name for name in data.schema.names if name in pq.read_schema(path).names])
        for name in data.schema.names:
            if name not in file.column_names:
                absent = pa.array([ABSENT.get(name)] * file.num_rows, data.schema.field(name).type)
                file = file.append_column(name, absent)
        found.append(file.select(data.schema.names).cast(data.schema))
    return pa.concat_tables(found) if found else data.schema.empty_table()
