"""Facts leave PostgreSQL for Parquet, by kind and month, only when no running transaction can still add below."""

import os
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connections, transaction

from tongxing.facts import store

LOCK = 7_463_001  # one export at a time per database


@transaction.atomic(using="counter")
def export(folder: Path | None = None) -> store.Manifest:
    """Writes all finished, not yet exported facts and identity links below `folder` and returns the new manifest.

    The watermark is `pg_snapshot_xmin`: every transaction below it has ended, so none of its rows can appear later.
    A watermark by id or time would lose the rows of a long transaction. Runs as the counter role; the folder is a copy
    outside the walls and readable by its owner only.
    """
    folder = prepared(folder or settings.FACTS_FOLDER)
    with connections["counter"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        before = store.Manifest.read(folder, store.database_of(cursor))
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text")
        watermark = int(cursor.fetchone()[0])
        span = [str(before.watermark), str(watermark)]
        within = " where xid >= %s::xid8 and xid < %s::xid8"
        facts = store.fetched(cursor, store.SELECT_FACT + within, span, store.FACT)
        links = store.fetched(cursor, store.SELECT_IDENTITY + within, span, store.IDENTITY)
    files = [*before.files, *_written(folder, facts, watermark)]
    if links.num_rows:
        files.append(_file(folder, Path("identity"), links, watermark))
    after = store.Manifest(before.database, watermark, tuple(files))
    after.write(folder)
    return after


def prepared(folder: Path) -> Path:
    """The folder, made if needed, open to its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def _written(folder: Path, facts: pa.Table, watermark: int) -> list[store.File]:
    months = pc.strftime(facts["occurred_on"], format="%Y-%m")
    facts = facts.append_column("month", months)
    groups = facts.group_by(["kind", "month"]).aggregate([]).sort_by([("kind", "ascending"), ("month", "ascending")])
    files = []
    for group in groups.to_pylist():
        mine = facts.filter((pc.field("kind") == group["kind"]) & (pc.field("month") == group["month"]))
        place = Path(f"kind={group['kind']}") / f"month={group['month']}"
        files.append(_file(folder, place, mine.drop_columns(["month"]), watermark, **group))
    return files


def _file(folder: Path, place: Path, rows: pa.Table, watermark: int, **about: Any) -> store.File:
    # The name is new each time: a reader that holds the old manifest never sees a half-written file.
    path = place / f"{watermark}-{uuid.uuid4().hex[:8]}.parquet"
    (folder / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        pq.write_table(rows, out, compression="zstd")
        out.flush()
        os.fsync(out.fileno())
    store.sync(folder / place)
    return store.File(str(path), rows.num_rows, **about)
