"""Whole lists made comparable: the rows of `normaliser.features` for every record of a table, as Arrow columns.

Each distinct cell is read once and its result taken for all records that have it; long lists go to two processes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from typing import Any

import numpy as np
import pyarrow as pa

from tongxing.linkage import crowds
from tongxing.linkage.cells import given_names, parts
from tongxing.linkage.dates import day_comes_first, read_date
from tongxing.linkage.details import COLUMNS
from tongxing.linkage.documents import read_document
from tongxing.linkage.normaliser import (
    LINES,
    VERSION,
    Born,
    birth_columns,
    county,
    guardian_keys,
    name_readings,
    numbers_of,
    phone_key,
    sex_of,
)
from tongxing.linkage.rarity import rarity

FIELDS = ("name", "sex", "birth_date", "origin_division", "guardian_name", "phone", "id_number", "source")
CHUNK = 250_000  # records read at a time
_ARROW = {"text": pa.string(), "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(),
          "date": pa.date32(), "bigint[]": pa.list_(pa.int64())}  # fmt: skip
SCHEMA = pa.schema(
    [("record", pa.int64()), ("line", pa.int16()), *((name, _ARROW[kind]) for name, kind in COLUMNS.items())]
)
Progress = Callable[[int, int], None]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass
class Counts:
    """What could not be read, by field and reason: {"birth_date": {"unclear": 12}}; and how many records there were."""

    records: int = 0
    unread: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, column: str, reason: str, count: int = 1) -> None:
        self.unread.setdefault(column, Counter())[reason] += count

    def add(self, other: "Counts") -> None:
        self.records += other.records
        for column, reasons in other.unread.items():
            for reason, count in reasons.items():
                self.note(column, reason, count)


@dataclass(frozen=True)
class Read:
    """A list made comparable (columns of SCHEMA, in the order of the records), and what of it could not be read."""

    features: pa.Table
    counts: Counts


def features_of(records: pa.Table, progress: Progress | None = None, *, as_of: date | None = None) -> pa.Table:
    """`read_list(…).features`."""
    return read_list(records, progress, as_of=as_of).features


def read_list(
    records: pa.Table, progress: Progress | None = None, *, as_of: date | None = None, processes: int | None = None
) -> Read:
    """Rows of SCHEMA for each record of a table with text columns record_id and any of FIELDS; never raises for cells.

    as_of       the day on which ages in the list were true; today when None
    progress    called with records done and records in all
    processes   1 or 2; two for more than CHUNK records when None
    """
    today, counts, made = as_of or date.today(), Counts(), []
    pieces = [(records.slice(start, CHUNK), start, today) for start in range(0, records.num_rows, CHUNK)]
    for table, found in _worked(pieces, processes or (2 if len(pieces) > 1 else 1)):
        made.append(table)
        counts.add(found)
        if progress:
            progress(counts.records, records.num_rows)
    whole = pa.concat_tables(made) if made else SCHEMA.empty_table()
    return Read(crowds.apart(whole), counts)


def _worked(pieces: Sequence[tuple[pa.Table, int, date]], processes: int) -> Iterable[tuple[pa.Table, Counts]]:
    if processes == 1:
        yield from map(_piece, pieces)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_piece, pieces)


def _piece(given: tuple[pa.Table, int, date]) -> tuple[pa.Table, Counts]:
    records, start, today = given
    counts = Counts(records.num_rows)
    cells = {name: _Cells(records, name) for name in FIELDS}
    names = _Names(cells["name"].values, counts)
    births, columns = _births(cells, today, counts)
    record, name, born = _rows(names.starts[cells["name"].index], names.counts[cells["name"].index], births)
    line = np.arange(len(record)) - np.searchsorted(record, record)
    kept = line < LINES
    record, name, born, line = record[kept], name[kept], born[kept], line[kept]
    found = {
        "record": pa.array(record + start), "line": pa.array(line.astype(np.int16)),
        "version": pa.array(np.full(len(record), VERSION, dtype=np.int16)),
        **{column: values.take(pa.array(name)) for column, values in names.columns.items()},
        **{column: values.take(pa.array(born)) for column, values in births.columns().items()},
    }  # fmt: skip
    columns["sex"] = cells["sex"].read(pa.string(), sex_of, counts, lambda text: not sex_of(text))
    columns["origin"] = cells["origin_division"].read(pa.string(), county)
    columns["guardians"] = cells["guardian_name"].listed(lambda text: guardian_keys(given_names(text)))
    columns["phones"] = cells["phone"].listed(_phones, counts)
    at = pa.array(record)
    found |= {column: values.take(at) for column, values in columns.items()}
    found["crowded"] = pa.array([[]] * 1, _ARROW["bigint[]"]).take(pa.array(np.zeros(len(record), dtype=np.int64)))
    return pa.table([found[f.name].cast(f.type) for f in SCHEMA], schema=SCHEMA), counts


def _phones(text: str) -> tuple[int, ...]:
    return tuple(sorted({key for key in map(phone_key, parts(text)) if key}))


class _Cells:
    """One column: its distinct values, and for each record which of them it has."""

    def __init__(self, records: pa.Table, name: str) -> None:
        self.name = name
        if name not in records.column_names:
            self.values, self.index = [""], np.zeros(records.num_rows, dtype=np.int64)
            return
        column = records[name].cast(pa.string()).fill_null("").combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        coded = column.dictionary_encode()
        self.values = coded.dictionary.to_pylist()
        self.index = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)

    def count(self, counts: Counts, which: list[int], reason: str) -> None:
        """Note how many records have one of these values."""
        if which:
            counts.note(self.name, reason, int(np.isin(self.index, which).sum()))

    def read(
        self, kind: pa.DataType, reading: Callable[[str], Any], counts: Counts | None = None,
        is_unread: Callable[[str], bool] = lambda text: False,
    ) -> pa.Array:  # fmt: skip
        """One value per record."""
        if counts:
            self.count(counts, [n for n, v in enumerate(self.values) if v.strip() and is_unread(v)], "unclear")
        return pa.array([reading(value) for value in self.values], kind).take(pa.array(self.index))

    def listed(self, reading: Callable[[str], tuple[int, ...]], counts: Counts | None = None) -> pa.Array:
        """One list of numbers per record."""
        found = [reading(value) if value else () for value in self.values]
        if counts:
            self.count(counts, [n for n, v in enumerate(self.values) if v.strip() and not found[n]], "unclear")
        return _lists(found).take(pa.array(self.index))


def _lists(found: Sequence[Sequence[int]]) -> pa.Array:
    ends = np.cumsum([0, *map(len, found)], dtype=np.int32)
    values = pa.array([number for each in found for number in each], pa.int64())
    return pa.ListArray.from_arrays(pa.array(ends), values)


class _Names:
    """The readings of distinct names: those of value n are the rows from `starts[n]`, `counts[n]` of them."""

    NAMED = tuple(COLUMNS)[1 : tuple(COLUMNS).index("sex")]

    def __init__(self, values: list[str], counts: Counts) -> None:
        found = [name_readings(given_names(value)) for value in values]
        self.counts: Ints = np.array([len(each) for each in found], dtype=np.int64)
        self.starts: Ints = np.cumsum(self.counts) - self.counts
        rows = [(*reading, rarity(reading), key) for each in found for reading, key in each]
        columns = list(zip(*rows, strict=True)) or [()] * len(self.NAMED)
        self.columns = {
            name: pa.array(column, _ARROW[COLUMNS[name]]) for name, column in zip(self.NAMED, columns, strict=True)
        }


class _Births:
    """Birth dates of records: `first[r]` of each, `other[r]` the official one where it differs (−1: none)."""

    def __init__(self, size: int) -> None:
        self.known: dict[Born, int] = {Born(): 0}
        self.first: Ints = np.zeros(size, dtype=np.int64)
        self.other: Ints = np.full(size, -1, dtype=np.int64)

    def number(self, born: Born) -> int:
        return self.known.setdefault(born, len(self.known))

    def columns(self) -> dict[str, pa.Array]:
        listed = list(zip(*self.known, strict=True))
        return {
            name: pa.array(column, _ARROW[COLUMNS[name]]) for name, column in zip(Born._fields, listed, strict=True)
        }


def _births(cells: dict[str, _Cells], today: date, counts: Counts) -> tuple[_Births, dict[str, pa.Array]]:
    """Birth dates, and the columns of documents: both need to look at birth date, sex and number together."""
    dates, sexes, numbers = cells["birth_date"], cells["sex"], cells["id_number"]
    day_first = day_comes_first(dates.values)
    told = [read_date(text, today, day_first=day_first) for text in dates.values]
    for reason in sorted({each.reason for each in told if each.reason}):
        dates.count(counts, [n for n, each in enumerate(told) if each.reason == reason], reason)
    stated = [each.date for each in told]
    births = _Births(len(dates.index))
    births.first = np.array([births.number(birth_columns(each)) for each in stated], dtype=np.int64)[dates.index]
    sex = [sex_of(text) for text in sexes.values]
    read = [tuple(map(read_document, parts(text))) for text in numbers.values]
    has_number = np.array([bool(each) for each in read])[numbers.index] if read else np.zeros(0, dtype=bool)
    documents: list[tuple[int, ...]] = [()]
    kin: list[tuple[int, ...]] = [()]
    place, resident = np.zeros((2, len(dates.index)), dtype=np.int64)
    for at in np.flatnonzero(has_number).tolist():
        known, (own, number, others) = numbers_of(
            stated[dates.index[at]], sex[sexes.index[at]], read[numbers.index[at]]
        )
        births.first[at] = births.number(known[0])
        if len(known) > 1:
            births.other[at] = births.number(known[1])
        place[at], resident[at] = len(documents), number
        documents.append(own)
        kin.append(others)
    return births, {
        "documents": _lists(documents).take(pa.array(place)),
        "resident_id": pa.array(resident),
        "kin_documents": _lists(kin).take(pa.array(place)),
    }


def _rows(starts: Ints, lines: Ints, births: _Births) -> tuple[Ints, Ints, Ints]:
    """(record, reading, birth date) of all rows: the usual name under both dates, then its other readings."""
    record = np.repeat(np.arange(len(lines)), lines)
    inside = np.arange(len(record)) - np.repeat(np.cumsum(lines) - lines, lines)
    name, born = starts[record] + inside, births.first[record]
    twice = np.flatnonzero(births.other >= 0)
    if len(twice):
        order = np.argsort(np.concatenate([record * 8 + inside * 2, twice * 8 + 1]), kind="stable")
        record = np.concatenate([record, twice])[order]
        name = np.concatenate([name, starts[twice]])[order]
        born = np.concatenate([born, births.other[twice]])[order]
    return record, name, born
