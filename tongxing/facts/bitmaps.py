"""Who was reached by what, as one compressed set of small numbers per cell: any union or intersection in milliseconds.

A cell is a kind of fact, a programme, a centre, a month, a sex and an age band. Persons are numbered anew each time the
sets are made, so that links made or undone meanwhile are in them from then on, and a number means nothing elsewhere.
The sets hold no pseudonym; still they say who shares a cell with whom, so they lie beside the Parquet files, open to
their owner alone, and never leave. ADR 21 says why, ADR 19 what the sets behind kept figures are.
"""

import datetime
import os
import uuid
from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connections
from ibis import _
from pyroaring import BitMap

from tongxing.facts import expressions, store
from tongxing.facts.calculation import opened
from tongxing.facts.engines import Tables, evaluate
from tongxing.facts.export import prepared
from tongxing.facts.kinds import KINDS
from tongxing.facts.known import measures
from tongxing.facts.measures import Measure
from tongxing.facts.results import Period, Scope

FILE = "persons.arrow"
LABELS = ("programme", "centre", "month", "sex", "age_band")
COMPARED = ("centre", "sex", "age_band", "month", "quarter", "year")


class NotMade(LookupError):
    """There are no sets of this database, or a figure needs more than they hold; then the facts are counted."""


@dataclass(frozen=True)
class Bitmaps:
    """All cells: columns `kind`, those of LABELS and `persons`, as known at `as_of` in `database`."""

    cells: pa.Table
    as_of: datetime.datetime
    database: str

    def persons(self, kinds: Collection[str], period: Period | None = None, **wanted: Collection[str]) -> BitMap:
        """The persons of all cells of `kinds` in the months of `period`, where each label is one of those `wanted`.

        Sets of one and the same Bitmaps may be united, intersected and subtracted. Raises NotMade for a period that is
        not of whole months, KeyError for a label that cells do not have.
        """
        asked = {"kind": kinds} | wanted
        if period is not None:
            asked["month"] = _months(period, self.cells["month"])
        chosen = np.ones(self.cells.num_rows, bool)
        for name, values in asked.items():
            column = self.cells[name].combine_chunks()
            known = pc.is_in(column.dictionary, value_set=pa.array(list(values), pa.string()))
            chosen &= known.to_numpy(zero_copy_only=False)[column.indices.to_numpy()]
        packed = self.cells["persons"].combine_chunks().take(pa.array(np.flatnonzero(chosen)))
        return BitMap().union(*(BitMap.deserialize(one.as_buffer().to_pybytes()) for one in packed))

    def reach(self, one: Measure, scope: Scope) -> int:
        """How many persons `one` counts within `scope`, as known when the sets were made. Raises NotMade."""
        if one.value != "distinct" or set(one.where) - set(LABELS) or scope.as_of is not None:
            raise NotMade(f"{one.code} asks for more than the sets hold")
        period = scope.period if one.basis == "during" else Period.until(scope.period.end)
        where: Mapping[str, Collection[str]] = one.where
        if scope.programme:
            where = where | {"programme": [scope.programme]}
        return len(self.persons(one.kinds, period, **where))


def set_of(numbers: pa.ListScalar) -> BitMap:
    """A list of numbers as a set, without a Python number for each; empty entries are in none."""
    stated = numbers.values.drop_null().cast(pa.uint32())
    found = array("I")
    found.frombytes(stated.to_numpy().tobytes())
    return BitMap(found)


def made(tables: Tables, kinds: Collection[str], scope: Scope, database: str = "") -> Bitmaps:
    """The sets of all facts of `kinds` that stand within `scope`."""
    facts = expressions.labelled(expressions.standing(tables.facts, sorted(kinds), scope), LABELS)
    facts = expressions.identified(facts, tables.identities, scope.as_of).filter(_.who.notnull())
    # By no order that means anything: pseudonyms are random.
    persons = facts.select("who").distinct().mutate(number=ibis.row_number().over(order_by="who"))
    labels = {name: facts[f"by_{name}"] for name in LABELS}
    numbered = facts.select("who", "kind", **labels).join(persons, "who")
    grouped = numbered.group_by("kind", *LABELS).agg(numbers=_.number.collect())
    rows = tables.engine.to_pyarrow(grouped).sort_by([("kind", "ascending"), ("month", "ascending")])
    packed = (set_of(one).serialize() for one in rows["numbers"])
    columns = {name: rows[name].combine_chunks().dictionary_encode() for name in ("kind", *LABELS)}
    moment = scope.as_of or datetime.datetime.now(datetime.UTC)
    return Bitmaps(pa.table(columns | {"persons": pa.array(packed, pa.binary())}), moment, database)


def make(folder: Path | None = None) -> Bitmaps:
    """Makes the sets of everything known now and stores them; replaces those of before at once. Runs as the counter."""
    folder = prepared(folder or Path(settings.FACTS_FOLDER))
    now = datetime.datetime.now(datetime.UTC)
    scope = Scope(Period.until(datetime.date.max), now)
    with opened(set(KINDS), scope, "counter") as tables:
        found = made(tables, KINDS, scope, _database())
    _write(found, folder)
    return found


def stored(folder: Path | None = None) -> Bitmaps:
    """The sets that were made last. Raises NotMade when there are none of this database."""
    path = (folder or Path(settings.FACTS_FOLDER)) / FILE
    try:
        about = path.stat()
        found = _read(path, about.st_mtime_ns, about.st_ino)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise NotMade("nobody has made the sets, or their file is damaged") from error
    if found.database != _database():
        raise NotMade("the sets are of another database")
    return found


def differences(kept: Bitmaps) -> tuple[int, list[str]]:
    """Every set beside its figure, counted from the facts as of the same moment: how many cells, and which differ.

    Compared are all measures of persons that the sets can answer, by each of COMPARED and in all. Takes as long as all
    these figures together.
    """
    scope = Scope(Period.until(datetime.date.max), kept.as_of)
    compared, differing = 0, []
    for one in measures().values():
        if one.value != "distinct" or set(one.where) - set(LABELS):
            continue
        with opened(set(one.kinds), scope, "counter") as tables:
            for name in (name for name in COMPARED if name in one.dimensions):
                for cell in evaluate(one, tables, scope, by=(name,)):
                    compared += 1
                    if len(kept.persons(one.kinds, **_where(one, kept, cell.keys))) != cell.value:
                        differing.append(f"{one.code} {cell.keys}")
    return compared, differing


def _where(one: Measure, kept: Bitmaps, keys: tuple[tuple[str, str], ...]) -> dict[str, Collection[str]]:
    """The labels of a cell; a quarter or a year is its months."""
    found: dict[str, Collection[str]] = dict(one.where)
    for name, value in keys:
        if name in ("quarter", "year"):
            months = pc.unique(kept.cells["month"]).to_pylist()
            name, value = "month", [m for m in months if value in (m[:4], f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}")]
        found[name] = [value] if isinstance(value, str) else value
    return found


def _months(period: Period, known: pa.ChunkedArray) -> list[str]:
    following = period.end + datetime.timedelta(days=1) if period.end < datetime.date.max else None
    if period.start.day != 1 or (following and following.day != 1):
        raise NotMade(f"the sets are by month; {period.start} to {period.end} is not of whole ones")
    first, last = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
    return [month for month in pc.unique(known).to_pylist() if first <= month <= last]


def _database() -> str:
    with connections["counter"].cursor() as cursor:
        return store.database_of(cursor)


def _write(found: Bitmaps, folder: Path) -> None:
    about = {"as_of": found.as_of.isoformat(), "database": found.database}
    table = found.cells.replace_schema_metadata(about)
    fresh = folder / f".{FILE}.{uuid.uuid4().hex}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(folder / FILE)
    store.sync(folder)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _inode: int) -> Bitmaps:
    """Mapped and not read: a union touches the cells that it needs. A reader keeps the file it has when a new one comes."""
    cells = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    about = cells.schema.metadata or {}
    as_of = datetime.datetime.fromisoformat(about[b"as_of"].decode())
    return Bitmaps(cells, as_of, about[b"database"].decode())
