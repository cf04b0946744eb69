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
from types import MappingProxyType

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from pyroaring import BitMap

from tongxing.facts import expressions, store
from tongxing.facts.engines import Tables
from tongxing.facts.measures import Measure
from tongxing.facts.results import Period, Scope

FILE = "persons.arrow"
NOWHERE: Mapping[str, Collection[str]] = MappingProxyType({})
LABELS = ("programme", "centre", "month", "sex", "age_band")


class NotMade(LookupError):
    """There are no sets of this database, or a figure needs more than they hold; then the facts are counted."""


@dataclass(frozen=True)
class Bitmaps:
    """All cells: columns `kind`, those of LABELS and `persons`, as known at `as_of` in `database`."""

    cells: pa.Table
    as_of: datetime.datetime
    database: str

    def persons(
        self, kinds: Collection[str], period: Period | None = None, where: Mapping[str, Collection[str]] = NOWHERE
    ) -> BitMap:
        """The persons of all cells of `kinds` in the months of `period`, each label one of those that `where` allows.

        Sets of one and the same Bitmaps may be united, intersected and subtracted. Raises NotMade for a period that is
        not of whole months, KeyError for a label that cells do not have.
        """
        asked = {"kind": kinds, **where}
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
        where: dict[str, Collection[str]] = dict(one.where)
        if scope.programme:
            where["programme"] = [scope.programme]
        return len(self.persons(one.kinds, period, where))


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


def _months(period: Period, known: pa.ChunkedArray) -> list[str]:
    following = period.end + datetime.timedelta(days=1) if period.end < datetime.date.max else None
    if period.start.day != 1 or (following and following.day != 1):
        raise NotMade(f"the sets are by month; {period.start} to {period.end} is not of whole ones")
    first, last = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
    return [month for month in pc.unique(known).to_pylist() if first <= month <= last]


def opened_file(path: Path) -> Bitmaps:
    """The sets in a file, mapped and not read. Raises OSError, ArrowInvalid or KeyError for what is none."""
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_ino)


def save(found: Bitmaps, folder: Path) -> Path:
    """Writes the sets below `folder`, durable and for their owner alone, in place of those of before."""
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
    return folder / FILE


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _inode: int) -> Bitmaps:
    """Mapped and not read: a union touches the cells that it needs. A reader keeps the file it has when a new one comes."""
    cells = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    about = cells.schema.metadata or {}
    as_of = datetime.datetime.fromisoformat(about[b"as_of"].decode())
    return Bitmaps(cells, as_of, about[b"database"].decode())
