"""Where facts are read from: Parquet files up to a watermark, and the rest from PostgreSQL as Arrow.

The manifest names the files and the watermark; it is replaced whole, so a reader sees either all of an export or
nothing of it. Files hold exactly the rows of transactions below the watermark, the tail exactly the others.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
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


@dataclass(frozen=True)
class File:
    """One Parquet file: of one kind and month (`2026-11`), or of identities when both are empty."""

    path: str
    rows: int
    kind: str = ""
    month: str = ""


@dataclass(frozen=True)
class Manifest:
    """`database` is the cluster and database the files come from: a watermark means nothing anywhere else."""

    database: str
    watermark: int = 0
    files: tuple[File, ...] = ()

    @classmethod
    def read(cls, folder: Path, database: str) -> "Manifest":
        """The manifest of `folder`; an empty one when there is none yet or it belongs to another database."""
        try:
            stored = json.loads((folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            return cls(database)
        if stored["database"] != database:
            return cls(database)
        return cls(database, stored["watermark"], tuple(File(**file) for file in stored["files"]))

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


def fetched(cursor: Any, select: str, parameters: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """The rows of one SELECT as Arrow, in the order and types of `schema`."""
    out = BytesIO()
    # COPY as text is parsed by Arrow in C++, many times faster than rows through Python.
    with cursor.copy(f"copy ({select}) to stdout (format csv, header true)", parameters) as copy:
        for block in copy:
            out.write(block)
    out.seek(0)
    options = csv.ConvertOptions(
        column_types=schema,
        include_columns=schema.names,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(out, convert_options=options, parse_options=csv.ParseOptions(newlines_in_values=True))
