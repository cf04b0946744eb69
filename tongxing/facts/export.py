"""Facts leave PostgreSQL for Parquet, by kind and month, only when no running transaction can still add below."""

import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from tongxing.facts import store

LOCK = 7_463_001  # one export or compaction at a time per database
GRACE = datetime.timedelta(hours=1)  # longer than any figure takes to make

log = logging.getLogger(__name__)


@transaction.atomic(using="counter")
def export(folder: Path | None = None, *, anew: bool = False) -> store.Manifest:
    """Writes all finished, not yet exported facts and identity links below `folder` and returns the new manifest.

    The watermark is `pg_snapshot_xmin`: every transaction below it has ended, so none of its rows can appear later.
    A watermark by id or time would lose the rows of a long transaction. With `anew`, or when a file is missing or
    damaged, everything is written again. Runs as the counter role; the folder is a copy outside the walls and
    readable by its owner only.
    """
    with alone(folder) as (folder, cursor, before):
        if damaged := before.damaged(folder, deep=True):
            log.error("all facts are written again, since %s", "; ".join(damaged))
        is_new = anew or bool(damaged)
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text")
        watermark = int(cursor.fetchone()[0])
        span = [str(0 if is_new else before.watermark), str(watermark)]
        kept = () if is_new else before.files
        files = [*kept, *_facts(cursor, folder, span), *_links(cursor, folder, span)]
        after = before.followed_by(watermark, files)
        after.write(folder)
        return swept(folder, after)


@contextmanager
def alone(folder: Path | None) -> Iterator[tuple[Path, Any, store.Manifest]]:
    """The folder, a cursor of the counter's transaction and the manifest, while nobody else writes there."""
    folder = prepared(folder or settings.FACTS_FOLDER)
    with connections["counter"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        yield folder, cursor, store.Manifest.stored(folder, store.database_of(cursor))


def prepared(folder: Path) -> Path:
    """The folder, made if needed, open to its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def swept(folder: Path, manifest: store.Manifest) -> store.Manifest:
    """Removes what no reader can need: files retired longer than GRACE ago, and those that a crash left unnamed."""
    long_ago = datetime.datetime.now(datetime.UTC) - GRACE
    waiting = [file for file in manifest.retired if datetime.datetime.fromisoformat(file.at) > long_ago]
    needed = {file.path for file in manifest.files} | {file.path for file in waiting}
    for path in folder.rglob("*.parquet"):
        if str(path.relative_to(folder)) not in needed:
            path.unlink()
    if len(waiting) == len(manifest.retired):
        return manifest
    kept = store.Manifest(manifest.database, manifest.watermark, manifest.files, tuple(waiting))
    kept.write(folder)
    return kept


WITHIN = " where xid >= %s::xid8 and xid < %s::xid8"
MONTHS = """
    select kind, date_trunc('month', occurred_on)::date from facts_fact
    where xid >= %s::xid8 and xid < %s::xid8 group by 1, 2 order by 1, 2"""


def _facts(cursor: Any, folder: Path, span: list[str]) -> Iterator[store.File]:
    # A kind and month at a time, so that a full export needs no more memory than a night's.
    cursor.execute(MONTHS, span)
    for kind, first in cursor.fetchall():
        following = (first + datetime.timedelta(days=32)).replace(day=1)
        mine = f"{store.SELECT_FACT}{WITHIN} and kind = %s and occurred_on >= %s and occurred_on < %s"
        rows = store.fetched_in_pieces(cursor, mine, [*span, kind, first, following], store.FACT)
        month = f"{first:%Y-%m}"
        place = Path(f"kind={kind}") / f"month={month}"
        yield store.written(folder, place, rows, store.FACT, kind=kind, month=month)


def _links(cursor: Any, folder: Path, span: list[str]) -> Iterator[store.File]:
    cursor.execute(f"select exists ({store.SELECT_IDENTITY}{WITHIN})", span)
    if cursor.fetchone()[0]:
        rows = store.fetched_in_pieces(cursor, store.SELECT_IDENTITY + WITHIN, span, store.IDENTITY)
        yield store.written(folder, Path("identity"), rows, store.IDENTITY)
