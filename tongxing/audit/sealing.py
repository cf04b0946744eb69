"""Sealing the log: batches of finished rows, each with a signed root that names the one before (ADR 26).

A statement is JSON with
number, kind, made_at, prior   its place, what it says, when, the SHA-256 of the statement before it
of kind `rows`                 source, form, from_xid, to_xid, rows, first_at, last_at, root
of kind `retired`              up_to: batches up to this number are old enough to be without their rows
of kind `restored`             lost_from, lost_to, reason: the database was brought back from a backup
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from tongxing.access import security
from tongxing.audit import keys, roots
from tongxing.audit.models import Seal
from tongxing.audit.rules import merkle

LOCK = 7_463_026  # one sealer at a time per database
LARGEST = 50_000  # rows of a batch, so that neither sealing nor verifying needs more memory than this
# form → table → columns whose text is sealed, `id` and `at` first. A new column is a new form; old seals keep theirs.
FORMS = {
    1: {
        "access_readnote": "id, at, user_id, session_id, centre_id, role, kind, ids, purpose",
        "access_securityevent": "id, at, kind, login, user_id, address, path",
    }
}
FORM = 1


class NotSealed(Exception):
    """The log cannot be sealed as it stands; the words say what to do."""


@dataclass(frozen=True)
class Batch:
    """Rows of one table, in order: their leaves, their text, and the highest transaction among them."""

    leaves: list[bytes]
    rows: list[bytes]
    last_xid: int

    def id_and_moment(self, place: int) -> tuple[str, str]:
        name, moment = self.rows[place].split(b"\t", 2)[:2]
        return name.decode(), moment.decode()


def read_rows(cursor: Any, source: str, form: int, since: int, until: int) -> Iterator[tuple[int, bytes]]:
    """(transaction, text) of the rows written by finished transactions from `since` to before `until`, in sealed order."""
    cursor.execute("set local timezone to 'UTC'; set local datestyle to 'ISO'; set local bytea_output to 'hex'")
    statement = (
        f"copy (select xid, {FORMS[form][source]} from {source}"  # noqa: S608
        f" where xid >= '{since}'::xid8 and xid < '{until}'::xid8 order by xid, id) to stdout"
    )
    seen, number = b"", 0
    with cursor.copy(statement) as stream:
        for line in stream:
            xid, _tab, row = bytes(line).partition(b"\t")
            if xid != seen:
                seen, number = xid, int(xid)
            yield number, row


def batches(rows: Iterator[tuple[int, bytes]], source: str) -> Iterator[Batch]:
    """The rows in pieces of LARGEST; a transaction is never divided."""
    mark = source.encode() + b"\t"
    leaves: list[bytes] = []
    texts: list[bytes] = []
    last = 0
    for xid, row in rows:
        if len(leaves) >= LARGEST and xid != last:
            yield Batch(leaves, texts, last)
            leaves, texts = [], []
        leaves.append(merkle.leaf(mark + row))
        texts.append(row)
        last = xid
    if leaves:
        yield Batch(leaves, texts, last)


def seal() -> int:
    """Seal every finished row that is not sealed yet and copy new roots out. Returns how many rows. Runs as tx_sealer.

    The watermark is `pg_snapshot_xmin`: each transaction below it has ended, so no row can appear there later. Raises
    NotSealed when the database is behind its own seals or behind the roots outside: then it was brought back.
    """
    with transaction.atomic(using="sealer"), connections["sealer"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        _refuse_going_back()
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text")
        watermark = int(cursor.fetchone()[0])
        done = sum(_seal_source(cursor, source, watermark) for source in FORMS[FORM])
    copy_new()
    return done


def _seal_source(cursor: Any, source: str, watermark: int) -> int:
    since = sealed_until(source)
    if since > watermark:
        raise NotSealed(
            f"Transaction numbers went back ({watermark} after {since}): rows of {source} would not be sealed. After a"
            " dump was read into a new server, raise its counter: docs/guides/audit.md."
        )
    # All is read before anything is written: the connection speaks of one thing at a time.
    told = []
    for batch in batches(read_rows(cursor, source, FORM, since, watermark), source):
        told.append((merkle.shortened(batch.leaves), _said_of(batch, source, since)))
        since = batch.last_xid + 1
    for leaves, said in told:
        put("rows", leaves=leaves, **said)
    return sum(said["rows"] for _leaves, said in told)


def _said_of(batch: Batch, source: str, since: int) -> dict[str, Any]:
    moments = [row.split(b"\t", 2)[1] for row in batch.rows]
    return {
        "source": source,
        "form": FORM,
        "from_xid": str(since),
        "to_xid": str(batch.last_xid + 1),
        "rows": len(batch.rows),
        "first_at": min(moments).decode(),
        "last_at": max(moments).decode(),
        "root": merkle.root(batch.leaves).hex(),
    }


def put(kind: str, *, leaves: bytes = b"", number: int = 0, **told: Any) -> Seal:
    """Add one signed statement to the chain, as tx_sealer inside its transaction."""
    last = Seal.objects.using("sealer").order_by("-number").defer("leaves").first()
    now = timezone.now()
    said = {
        "number": number or (last.number + 1 if last else 1),
        "kind": kind,
        "made_at": now.isoformat(),
        "prior": digest(last.statement) if last else "",
        **told,
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return Seal.objects.using("sealer").create(
        number=said["number"], made_at=now, statement=text, signature=keys.sign(text.encode()), leaves=leaves
    )


def digest(statement: str) -> str:
    return hashlib.sha256(statement.encode()).hexdigest()


def sealed_until(source: str, using: str = "sealer") -> int:
    """The first transaction of a table that no seal covers."""
    for seal in Seal.objects.using(using).defer("leaves").order_by("-number").iterator(50):
        said = json.loads(seal.statement)
        if said.get("source") == source:
            return int(said["to_xid"])
    return 0


def _refuse_going_back() -> None:
    outside, here = roots.last(settings.ROOTS_FOLDER), _last_number()
    if outside > here:
        raise NotSealed(
            f"The roots outside go to {outside}, the database to {here}. If it was restored from a backup, say so:"
            " tongxing audit restored --reason …; if not, somebody rolled it back."
        )


def _last_number() -> int:
    last = Seal.objects.using("sealer").order_by("-number").defer("leaves").first()
    return last.number if last else 0


def copy_new() -> int:
    """Copy statements that are not outside yet; after a failure the next run makes up for it. Returns how many."""
    new = (
        Seal.objects.using("sealer")
        .filter(number__gt=roots.last(settings.ROOTS_FOLDER))
        .order_by("number")
        .defer("leaves")
    )
    statements = [(one.made_at, one.statement, bytes(one.signature)) for one in new]
    roots.copy_out(statements, settings.ROOTS_FOLDER)
    return len(statements)


def note_restored(reason: str) -> tuple[int, int]:
    """Say that the database was brought back from a backup, and go on behind the roots outside.

    Returns the first and last number that were lost. Raises NotSealed when nothing was lost.
    """
    with transaction.atomic(using="sealer"), connections["sealer"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        here, there = _last_number(), roots.last(settings.ROOTS_FOLDER)
        if there <= here:
            raise NotSealed("Nothing was lost: the database goes as far as the roots outside.")
        put("restored", number=there + 1, lost_from=here + 1, lost_to=there, reason=reason)
    copy_new()
    security.note(security.RESTORED, path=f"seals {here + 1} to {there}")
    return here + 1, there


def retire(now: datetime | None = None) -> int:
    """Let rows go that are older than the setting and lie in batches that are wholly so. Returns how many rows.

    First it is said, signed; then the rows are deleted as the owner. The database refuses any younger than 180 days.
    """
    limit = (now or timezone.now()) - timedelta(days=settings.TRACE_DAYS)
    with transaction.atomic(using="sealer"), connections["sealer"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        up_to, until = _wholly_before(limit)
        if up_to:
            put("retired", up_to=up_to)
    copy_new()
    done = 0
    with connections["owner"].cursor() as cursor:
        for source, xid in until.items():
            cursor.execute(f"delete from {source} where xid < %s::xid8", [str(xid)])  # noqa: S608
            done += cursor.rowcount
    return done


def _wholly_before(limit: datetime) -> tuple[int, dict[str, int]]:
    """The last number up to which all batches are older, when that is news, and how far each table goes with it."""
    up_to, retired, until = 0, 0, dict[str, int]()
    is_open = True
    for seal in Seal.objects.using("sealer").defer("leaves").order_by("number").iterator(1000):
        said = json.loads(seal.statement)
        if said["kind"] == "retired":
            retired = max(retired, said["up_to"])
        is_open = is_open and (said["kind"] != "rows" or datetime.fromisoformat(said["last_at"]) < limit)
        if is_open and said["kind"] == "rows":
            up_to = seal.number
            until[said["source"]] = int(said["to_xid"])
    return (up_to, until) if up_to > retired and until else (0, until)
