"""Where facts are read from: Parquet files up to a watermark, and the rest from PostgreSQL as Arrow.

The manifest names the files and the watermark; it is replaced whole, so a reader sees either all of an export or
nothing of it. Files hold exactly the rows of transactions below the watermark, the tail exactly the others.
"""

import datetime
import hashlib
import json
import logging
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from tongxing.facts.results import Period

MANIFEST = "manifest.json"

FACT = pa.schema(
    {
        "id": pa.string(),
        "kind": pa.string(),
        "occurred_on": pa.date32(),
        "recorded_at": pa.timestamp("us"),
        "subject": pa.string(),
        "centre": pa.string(),
        "division": pa.string(),
        "organisation": pa.string(),
        "programme": pa.string(),
        "sex": pa.string(),
        "birth_year": pa.int16(),
        "origin_division": pa.string(),
        "quantity": pa.decimal128(14, 2),
        "attributes": pa.string(),
        "voids": pa.string(),
    }
)
IDENTITY = pa.schema(
    {
        "subject": pa.string(),
        "identity": pa.string(),
        "valid_from": pa.timestamp("us"),
        "valid_to": pa.timestamp("us"),
    }
)
TIE = pa.schema({"subject_a": pa.string(), "subject_b": pa.string(), "probability": pa.float64()})
PLACE = pa.schema({"of_centre": pa.string(), "site": pa.string(), "area": pa.string()})
SELECT_PLACE = """
    select c.id as of_centre, s.slug as site, c.area
    from organisations_centre c left join organisations_site s on s.id = c.site_id"""
SELECT_FACT = """
    select id, kind, occurred_on, recorded_at at time zone 'UTC' as recorded_at, subject, centre_id as centre,
           division_id as division, organisation_id as organisation, programme, sex, birth_year,
           origin_division_id as origin_division, quantity, attributes, voids_id as voids
    from facts_fact"""
SELECT_IDENTITY = """
    select subject, identity, valid_from at time zone 'UTC' as valid_from, valid_to at time zone 'UTC' as valid_to
    from facts_subjectidentity"""
# Of each pair what was said last, since the last run that looked at all records.
SELECT_TIE = """
    select distinct on (subject_a, subject_b) subject_a, subject_b, probability
    from facts_uncertaintie
    where recorded_at <= %(as_of)s and recorded_at >= coalesce(
        (select max(recorded_at) from facts_linkagerun where is_full and recorded_at <= %(as_of)s), '-infinity')
    order by subject_a, subject_b, recorded_at desc, id desc"""
SELECT_QUALITY = """
    select quality from facts_linkagerun where recorded_at <= %s and quality <> '{}' order by recorded_at desc limit 1"""


GROUP = 200_000  # rows of a row group: what is held in memory while a file is written

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """One Parquet file: of one kind and month (`2026-11`), or of identities when both are empty."""

    path: str
    rows: int
    kind: str = ""
    month: str = ""
    size: int = 0  # bytes
    digest: str = ""  # SHA-256 of the file


@dataclass(frozen=True)
class Retired:
    """A file that the manifest no longer names, since `at` (UTC); a reader may still hold the manifest that does."""

    path: str
    at: str


@dataclass(frozen=True)
class Manifest:
    """`database` is the cluster and database the files come from: a watermark means nothing anywhere else."""

    database: str
    watermark: int = 0
    files: tuple[File, ...] = ()
    retired: tuple[Retired, ...] = ()

    @classmethod
    def stored(cls, folder: Path, database: str) -> "Manifest":
        """The manifest of `folder` as written; an empty one when there is none yet or it belongs to another database."""
        try:
            stored = json.loads((folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            return cls(database)
        if stored["database"] != database:
            return cls(database)
        files = tuple(File(**file) for file in stored["files"])
        return cls(database, stored["watermark"], files, tuple(Retired(**file) for file in stored.get("retired", ())))

    @classmethod
    def read(cls, folder: Path, database: str) -> "Manifest":
        """What a figure is made from. When a file is missing or cut short, an empty one: then all rows come from the
        table, so that a figure is slower and never wrong; the log names the file, and the next export writes all anew."""
        found = cls.stored(folder, database)
        if damaged := found.damaged(folder):
            log.error("facts are read from the table, since %s; mend it: tongxing facts export --full", damaged[0])
            return cls(database)
        return found

    def damaged(self, folder: Path, *, deep: bool = False) -> list[str]:
        """What is wrong with which file, in words; `deep` reads every byte. Empty when all is as it was written."""
        return [words for file in self.files if (words := _damage(folder / file.path, file, deep))]

    def followed_by(self, watermark: int, files: Iterable[File]) -> "Manifest":
        """The next manifest: of `files` alone. Those that it no longer names are retired now."""
        files = tuple(files)
        gone = {file.path for file in self.files} - {file.path for file in files}
        now = datetime.datetime.now(datetime.UTC).isoformat()
        retired = (*self.retired, *(Retired(path, now) for path in sorted(gone)))
        return Manifest(self.database, watermark, files, retired)

    def write(self, folder: Path) -> None:
        """Replaces the manifest at once; survives a power cut."""
        fresh = folder / f".{MANIFEST}.{os.getpid()}"
        with fresh.open("w", encoding="utf-8") as out:
            json.dump(asdict(self), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        fresh.rename(folder / MANIFEST)
        sync(folder)

    def facts(self, kinds: Sequence[str], period: Period) -> list[str]:
        """Files that may hold facts of `kinds` within `period`."""
        first, last = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
        return [file.path for file in self.files if file.kind in kinds and first <= file.month <= last]

    def identities(self) -> list[str]:
        return [file.path for file in self.files if not file.kind]


def _damage(path: Path, file: File, deep: bool) -> str:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return f"{path} is missing"
    if file.size and size != file.size:
        return f"{path} has {size} bytes, {file.size} were written"
    if deep and file.digest and digest(path) != file.digest:
        return f"{path} is not what was written"
    return ""


def digest(path: Path) -> str:
    """SHA-256 of a file, in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def written(folder: Path, place: Path, tables: Iterable[pa.Table], schema: pa.Schema, **about: str) -> File:
    """One new Parquet file below `folder`, durable; of `tables` one is held in memory at a time."""
    # The name is new each time: a reader that holds the old manifest never sees a half-written file.
    path, rows = place / f"{uuid.uuid4().hex}.parquet", 0
    (folder / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)
                rows += table.num_rows
        out.flush()
        os.fsync(out.fileno())
    sync(folder / place)
    return File(str(path), rows, size=(folder / path).stat().st_size, digest=digest(folder / path), **about)


def sync(folder: Path) -> None:
    """Makes renames in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def database_of(cursor: Any) -> str:
    """Which cluster and database this is."""
    cursor.execute(
        "select (select system_identifier from pg_control_system()) || '/' || oid"
        " from pg_database where datname = current_database()"
    )
    return str(cursor.fetchone()[0])


def fetched(cursor: Any, select: str, parameters: Sequence[Any] | Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """The rows of one SELECT as Arrow, in the order and types of `schema`."""
    out = BytesIO()
    # COPY as text is parsed by Arrow in C++, many times faster than rows through Python.
    with cursor.copy(f"copy ({select}) to stdout (format csv, header true)", parameters) as copy:
        for block in copy:
            out.write(block)
    out.seek(0)
    return csv.read_csv(out, convert_options=_as(schema), parse_options=PARSED)


def fetched_in_pieces(cursor: Any, select: str, parameters: Sequence[Any], schema: pa.Schema) -> Iterator[pa.Table]:
    """The same in tables of some 200,000 rows; what waits lies in an unnamed file, not in memory."""
    with tempfile.TemporaryFile() as out:
        with cursor.copy(f"copy ({select}) to stdout (format csv, header true)", parameters) as copy:
            for block in copy:
                out.write(block)
        out.seek(0)
        waiting: list[pa.RecordBatch] = []
        with csv.open_csv(out, convert_options=_as(schema), parse_options=PARSED) as reader:
            for batch in reader:
                waiting.append(batch)
                if sum(one.num_rows for one in waiting) >= GROUP:
                    yield pa.Table.from_batches(waiting)
                    waiting = []
        if waiting:
            yield pa.Table.from_batches(waiting)


PARSED = csv.ParseOptions(newlines_in_values=True)


def _as(schema: pa.Schema) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        column_types=schema,
        include_columns=schema.names,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
