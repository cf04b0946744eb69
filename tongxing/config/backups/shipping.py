"""The log of the database leaves for the place of the backups every two minutes: `python -m tongxing.config.backups.shipping`.

A child of `tongxing serve` where TONGXING_BACKUP_TO is set. A slot keeps what has not left yet, up to a bound (config/
cluster.py), so that a place that is away never fills the disk; past it the log has a gap, which is said, and the next
backup begins anew. What was acknowledged before a round began is in its last piece.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tongxing.config.backups import erased, keys, pieces, places, record, rules
from tongxing.config.backups.making import house_code
from tongxing.config.cluster import Cluster
from tongxing.config.finding import Finding
from tongxing.config.lifeline import follow_parent
from tongxing.config.state import State, StateProblem, write_whole
from tongxing.core.egress import guard

EVERY = 120.0  # seconds between two rounds; one may fail and five minutes are still kept
LATEST = timedelta(minutes=5)  # what may be lost with the disk
AGAIN = 20.0  # seconds after a round that failed
SLOT = "tongxing_shipping"
FILE = "shipping.json"  # how far this machine is; never in a backup
GAP = "The log has a gap: what was written meanwhile is not beside the backups. Run `tongxing backup` now."

HERE = """
select system_identifier::text, left(pg_walfile_name(pg_current_wal_lsn()), 8), clock_timestamp(),
       (select setting::bigint from pg_settings where name = 'wal_segment_size')
from pg_control_system()"""
HOLDS = "select wal_status <> 'lost' from pg_replication_slots where slot_name = %s"


@dataclass(frozen=True)
class Standing:
    """How far the log has left. `since`: unbroken from here; `at`: everything acknowledged before it is away; `words`:
    why the last round failed, empty when it did not. Moments are ISO, empty for never."""

    system: str = ""
    timeline: str = ""
    since: str = ""
    next: int = 0  # number of the file of the log that leaves next
    previous: str = ""
    at: str = ""
    erased: int = 0
    words: str = ""


@dataclass
class Round:
    """One connection to the server and what it says of itself."""

    state: State
    connection: psycopg.Connection[Any]
    system: str = field(init=False)
    timeline: str = field(init=False)
    now: datetime = field(init=False)
    size: int = field(init=False)  # bytes of a file of the log

    def __post_init__(self) -> None:
        self.system, self.timeline, self.now, self.size = self._one(HERE)

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        [row] = self.connection.execute(statement, values or None).fetchall()
        return tuple(row)

    def continued(self, before: Standing) -> Standing:
        """Where it goes on: after `before`, or from now on when the slot is gone, lost its hold, or the cluster is another."""
        holds = self.connection.execute(HOLDS, [SLOT]).fetchone()
        if holds == (True,) and (before.system, before.timeline) == (self.system, self.timeline):
            return before
        if before.since:
            record.note(self.state, "shipping", ok=False, words=GAP)
        if holds is not None:
            self.connection.execute("select pg_drop_replication_slot(%s)", [SLOT])
        (start,) = self._one("select (pg_create_physical_replication_slot(%s, true)).lsn - '0/0'::pg_lsn", SLOT)
        return Standing(self.system, self.timeline, self.now.isoformat(), int(start) // self.size, erased=before.erased)

    def closed(self) -> tuple[str, str, int]:
        """End the log's file at a place behind everything acknowledged: moment, place, number of that file.

        The transaction in between holds nothing; its end stands in the log later than the moment, so that a restore to
        any moment up to it finds where to stop.
        """
        with self.connection.transaction():
            at, _ = self._one("select clock_timestamp(), pg_current_xact_id()")
        (mark,) = self._one("select pg_current_wal_insert_lsn()::text")
        (end,) = self._one("select pg_create_restore_point('tongxing shipping') - '0/0'::pg_lsn")
        self.connection.execute("select pg_switch_wal()")
        return at.astimezone(UTC).isoformat(), mark, (int(end) - 1) // self.size

    def name(self, number: int) -> str:
        high, low = divmod(number, 2**32 // self.size)
        return f"{self.timeline}{high:08X}{low:08X}"

    def let_go(self, number: int) -> None:
        """The server may throw away what comes before the file of that number."""
        high, low = divmod(number * self.size, 2**32)
        self.connection.execute("select pg_replication_slot_advance(%s, %s::pg_lsn)", [SLOT, f"{high:X}/{low:X}"])


def ship(state: State, address: str) -> Standing:
    """One round: everything acknowledged before it is at `address` when it returns. Raises Refused, StateProblem."""
    place, recipients, house = places.place(address), keys.recipients(state), house_code(state)
    with psycopg.connect(**state.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
        turn = Round(state, connection)
        standing = turn.continued(standing_of(state))
        _keep(state, standing)
        at, mark, last = turn.closed()
        for number in range(standing.next, last + 1):
            segment, ends = turn.name(number), number == last
            content = _content(state, segment)
            piece = pieces.Piece(house, turn.system, segment, standing.previous, turn.size)
            piece = replace(piece, at=at, mark=mark) if ends else piece
            name = rules.piece_name(house, datetime.now(UTC), segment)
            pieces.send(place, name, piece, content, recipients)
            standing = replace(standing, next=number + 1, previous=pieces.digest(content))
            _keep(state, standing)
            turn.let_go(number + 1)
    if len(erased.ids(state)) != standing.erased:
        standing = replace(standing, erased=erased.send(state, place, house, recipients))
    standing = replace(standing, at=at, words="")
    _keep(state, standing)
    return standing


def _content(state: State, segment: str) -> bytes:
    try:
        return (Cluster(state).data / "pg_wal" / segment).read_bytes().rstrip(b"\0")
    except FileNotFoundError as error:
        record.note(state, "shipping", ok=False, words=GAP)
        _keep(state, Standing())  # from now on, with the next round
        raise StateProblem(GAP) from error


def standing_of(state: State) -> Standing:
    """What the last round left; nothing known when there was none."""
    try:
        return Standing(**json.loads((state.folder / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return Standing()


def _keep(state: State, standing: Standing) -> None:
    write_whole(state.folder / FILE, json.dumps(asdict(standing)))


def findings(standing: Standing, made: datetime | None, now: datetime) -> Iterator[Finding]:
    """For the doctor: does the log leave in time, and is there a backup on which it stands? `made`: the newest backup."""
    at = datetime.fromisoformat(standing.at) if standing.at else None
    if at is None or now - at > LATEST:
        age = f"{(now - at).total_seconds() // 60:.0f} minutes ago" if at else "never"
        why = f": {standing.words}" if standing.words else ""
        yield Finding("log", "fault", f"what is entered last left {age}{why}", "Look at the place of the backups.")
    elif made is None or made < datetime.fromisoformat(standing.since):
        words = f"it leaves without a gap since {standing.since[:16]}, and no backup was made after that"
        yield Finding("log", "fault", words, "Run `tongxing backup` now.")
    else:
        yield Finding("log", "ok", f"everything entered until {at:%H:%M:%S} has left")


def tried(state: State, address: str) -> bool:
    """One round whose failure is kept in words, without the words of others, which may quote a record."""
    try:
        ship(state, address)
    except Exception as problem:  # whatever it is, the next round tries again and the doctor says it
        words = str(problem)[:300] if isinstance(problem, StateProblem) else type(problem).__name__
        with suppress(OSError):
            _keep(state, replace(standing_of(state), words=words))
        return False
    return True


def keep_on(state: State, address: str, over: threading.Event, every: float = EVERY) -> None:
    """Rounds until `over` is set, and one more then: an orderly stop loses nothing."""
    is_last = False
    while not is_last:
        is_last, began = over.is_set(), time.monotonic()
        pause = every if tried(state, address) else min(AGAIN, every)
        over.wait(max(pause - (time.monotonic() - began), 0.0))


def main() -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    follow_parent()
    state = State.load()
    guard(state.egress())
    keep_on(state, os.environ["TONGXING_BACKUP_TO"].rstrip("/"), over)


if __name__ == "__main__":
    main()
