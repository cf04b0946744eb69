"""Whole lists made comparable: the rows of `normaliser.features` for every record of a table, as Arrow columns."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from tongxing.linkage.dates import ListDate, read_date
from tongxing.linkage.details import COLUMNS, Details, Name
from tongxing.linkage.keys import stored_keys
from tongxing.linkage.normaliser import features

FIELDS = ("name", "sex", "birth_date", "origin_division", "guardian_name", "phone", "id_number", "source")
_ARROW = {"text": pa.string(), "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(),
          "date": pa.date32(), "bigint[]": pa.list_(pa.int64())}  # fmt: skip
SCHEMA = pa.schema(
    [("record", pa.int64()), ("line", pa.int16()), *((name, _ARROW[kind]) for name, kind in COLUMNS.items())]
)
KEYS = pa.field("keys", pa.list_(pa.int64()))


@dataclass
class Counts:
    """What could not be read, by field and reason: {"birth_date": {"unclear": 12}}; and how many records there were."""

    records: int = 0
    unread: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, column: str, reason: str, count: int = 1) -> None:
        self.unread.setdefault(column, Counter())[reason] += count


@dataclass(frozen=True)
class Read:
    """A list made comparable, and what of it could not be read."""

    features: pa.Table
    counts: Counts


def features_of(
    records: pa.Table,
    progress: Callable[[int, int], None] | None = None,
    *,
    as_of: date | None = None,
    keys: bool = False,
) -> pa.Table:
    """`read_list(…).features`."""
    return read_list(records, progress, as_of=as_of, keys=keys).features


def read_list(
    records: pa.Table,
    progress: Callable[[int, int], None] | None = None,
    *,
    as_of: date | None = None,
    keys: bool = False,
) -> Read:
    """Rows of SCHEMA for each record of a table with text columns record_id and any of FIELDS.

    as_of       the day on which ages in the list were true; today when None
    keys        add the column `keys`: the keys under which a record is stored (on its first line)
    progress    called with records done and records in all
    """
    today = as_of or date.today()
    counts = Counts(records.num_rows)
    columns = {name: records[name].to_pylist() if name in records.column_names else None for name in FIELDS}
    rows: list[tuple[Any, ...]] = []
    stored: list[list[int]] = []
    for place in range(records.num_rows):
        found = features(_details({n: c[place] or "" for n, c in columns.items() if c is not None}, today, counts))
        for line, row in enumerate(found):
            rows.append((place, line, *(getattr(row, name) for name in COLUMNS)))
            stored.append(stored_keys(found) if keys and not line else [])
    made = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    table = pa.table([pa.array(c, f.type) for c, f in zip(made, SCHEMA, strict=True)], schema=SCHEMA)
    if progress:
        progress(records.num_rows, records.num_rows)
    return Read(table.append_column(KEYS, pa.array(stored, KEYS.type)) if keys else table, counts)


def _details(record: dict[str, str], today: date, counts: Counts) -> Details:
    said = read_date(record.get("birth_date", ""), today)
    if isinstance(said, str):
        counts.note("birth_date", said)
    return Details(
        names=[Name(text) for text in _parts(record.get("name", ""))],
        sex=record.get("sex", ""),
        birth=said if isinstance(said, ListDate) else None,
        origin_division=record.get("origin_division", ""),
        guardian_names=_parts(record.get("guardian_name", "")),
        phones=_parts(record.get("phone", "")),
        documents=_parts(record.get("id_number", "")),
    )


def _parts(text: str) -> list[str]:
    return [
        part.strip() for part in text.replace("、", ";").replace("/", ";").replace("；", ";").split(";") if part.strip()
    ]
