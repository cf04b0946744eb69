"""Which facts stand behind each cell: compressed sets of small numbers, the facts' own ids once beside them.

Facts are numbered through the whole table of figures, centre by centre, and so are the persons, by no order that means
anything: a set is a Roaring bitmap of such numbers, and no pseudonym is stored. One pack per centre, because the walls
are the centres'. ADR 19 says why.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow as pa
from pyroaring import BitMap

from tongxing.facts import expressions
from tongxing.facts.bitmaps import set_of
from tongxing.facts.calculation import opened
from tongxing.facts.engines import Tables, evaluate
from tongxing.facts.known import measures
from tongxing.facts.measures import Measure
from tongxing.facts.results import Keys, Period, Scope, subsets

LARGEST = 300_000  # facts behind one table of figures: 5 MB, and a page waits two seconds for it


class TooMany(ValueError):
    """More facts than are kept behind one table."""


@dataclass(frozen=True)
class Sets:
    """The facts and the persons behind one cell, as numbers within the kept table."""

    facts: BitMap = field(default_factory=BitMap)
    persons: BitMap = field(default_factory=BitMap)


@dataclass(frozen=True)
class Pack:
    """What one centre has in the table: `ids` of its facts (16 bytes each), numbered from `first` on, and its sets by number of cell."""

    centre: str
    first: int
    ids: tuple[bytes, ...]
    sets: dict[int, Sets]

    def ids_of(self, cell: int) -> list[uuid.UUID]:
        return [uuid.UUID(bytes=self.ids[number - self.first]) for number in self.sets.get(cell, Sets()).facts]

    def packed(self) -> bytes:
        """As bytes: two compressed Arrow tables, and the first number in the metadata."""
        ids = pa.table({"id": pa.array(self.ids, pa.binary(16))})
        sets = pa.table(
            {
                "cell": pa.array(list(self.sets), pa.int32()),
                "facts": pa.array([one.facts.serialize() for one in self.sets.values()], pa.binary()),
                "persons": pa.array([one.persons.serialize() for one in self.sets.values()], pa.binary()),
            }
        )
        return _written(ids, sets, self.first)

    @classmethod
    def opened(cls, centre: str, packed: bytes) -> "Pack":
        """The pack that `packed` made."""
        ids, sets = _read(packed)
        found = {
            row["cell"]: Sets(BitMap.deserialize(row["facts"]), BitMap.deserialize(row["persons"]))
            for row in sets.to_pylist()
        }
        first = int(ids.schema.metadata[b"first"])
        return cls(centre, first, tuple(ids["id"].to_pylist()), found)


@dataclass(frozen=True)
class Behind:
    """A whole table of figures: the keys of its cells in order, and a pack per centre."""

    cells: tuple[Keys, ...]
    packs: tuple[Pack, ...]


def behind(one: Measure, tables: Tables, scope: Scope, by: Sequence[str] = ()) -> Behind:
    """The facts behind every cell of `one` by `by`, with all margins: those that evaluate() counts, no other.

    Raises ValueError for a ratio or a register (open its parts), TooMany past LARGEST facts.
    """
    if not one.kinds:
        raise ValueError(f"{one.code} is made of other numbers; open the records of its parts")
    rows = _numbered(one, tables, scope, by)
    if rows.num_rows > LARGEST:
        raise TooMany(f"{rows.num_rows} facts stand behind this table; at most {LARGEST} are kept")
    found: dict[str, dict[Keys, Sets]] = {}
    for group in subsets(by):
        for centre, keys, sets in _grouped(rows, group):
            found.setdefault(centre, {})[keys] = sets
    cells = sorted({(), *(keys for sets in found.values() for keys in sets)}, key=lambda keys: (len(keys), keys))
    number = {keys: place for place, keys in enumerate(cells)}
    packs = []
    first = 0
    for centre, run in groupby(rows.select(["at", "id"]).to_pylist(), key=lambda row: row["at"]):
        ids = tuple(bytes.fromhex(row["id"].replace("-", "")) for row in run)
        packs.append(Pack(centre, first, ids, {number[keys]: sets for keys, sets in found[centre].items()}))
        first += len(ids)
    return Behind(tuple(cells), tuple(packs))


def together(packs: Iterable[Pack], cell: int) -> Sets:
    """Facts and persons of one cell over several centres: a person known at two is one."""
    found = [pack.sets[cell] for pack in packs if cell in pack.sets]
    none = BitMap()  # a union of nothing is refused
    return Sets(none.union(*(one.facts for one in found)), none.union(*(one.persons for one in found)))


def differences(period: Period, as_of: datetime.datetime) -> tuple[int, list[str]]:
    """Every set of every measure by each of its dimensions beside its cell: how many cells, and which differ.

    Reads facts over the counter connection; takes as long as all figures together.
    """
    compared, differing = 0, []
    for one in measures().values():
        with opened(set(one.kinds), Scope(period, as_of), "counter") as tables:
            for name in one.dimensions if one.kinds else ():
                values = {
                    cell.keys: cell.value or 0 for cell in evaluate(one, tables, Scope(period, as_of), by=(name,))
                }
                sizes = _sizes(one, behind(one, tables, Scope(period, as_of), (name,)))
                compared += len(values)
                wrong = [keys for keys in values.keys() | sizes.keys() if values.get(keys, 0) != sizes.get(keys, 0)]
                differing += [f"{one.code} {keys}" for keys in wrong]
    return compared, differing


def _sizes(one: Measure, kept: Behind) -> dict[Keys, int]:
    found = {}
    for number, keys in enumerate(kept.cells):
        sets = together(kept.packs, number)
        found[keys] = len(sets.persons if one.value == "distinct" else sets.facts)
    return found


def _numbered(one: Measure, tables: Tables, scope: Scope, by: Sequence[str]) -> pa.Table:
    """Facts in the order of centre and id with `number`, `person` (empty where refused), `at` and the labels."""
    facts = expressions.living(tables.facts, one, scope)
    if "site" in by:
        facts = expressions.located(facts, tables.places)
    facts = expressions.identified(expressions.labelled(facts, by), tables.identities, scope.as_of)
    labels = [f"by_{name}" for name in by]
    rows = tables.engine.to_pyarrow(facts.select("id", "who", *labels, at=facts.centre.fill_null("")))
    rows = rows.sort_by([("at", "ascending"), ("id", "ascending")])
    rows = rows.append_column("number", pa.array(range(rows.num_rows), pa.uint32()))
    persons = rows["who"].combine_chunks().dictionary_encode().indices
    return rows.drop_columns(["who"]).append_column("person", persons)


def _grouped(rows: pa.Table, group: Sequence[str]) -> Iterable[tuple[str, Keys, Sets]]:
    labels = [f"by_{name}" for name in group]
    lists = rows.group_by(["at", *labels]).aggregate([("number", "list"), ("person", "list")]).combine_chunks()
    for place, row in enumerate(lists.select(["at", *labels]).to_pylist()):
        keys = tuple((name, row[f"by_{name}"]) for name in group)
        yield row["at"], keys, Sets(set_of(lists["number_list"][place]), set_of(lists["person_list"][place]))


def _written(ids: pa.Table, sets: pa.Table, first: int) -> bytes:
    out = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for table in (ids.replace_schema_metadata({"first": str(first)}), sets):
        with pa.ipc.new_stream(out, table.schema, options=options) as writer:
            writer.write_table(table)
    return bytes(out.getvalue())


def _read(packed: bytes) -> tuple[pa.Table, pa.Table]:
    source = pa.BufferReader(packed)
    with pa.ipc.open_stream(source) as reader:
        ids = reader.read_all()
    with pa.ipc.open_stream(source) as reader:
        return ids, reader.read_all()
