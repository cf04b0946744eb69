"""kill -9 of the database while four desks write: what was acknowledged is there afterwards."""

import threading
import time
import uuid
from dataclasses import dataclass, field

import psycopg

from tests.browser import answers, free_port
from tests.faults.serving import LONG, Serving, as_role, serving, wait_for

WRITERS = 4
KILLS = 12 if LONG else 3
SETTLE = 1.0  # seconds of writing between kills


@dataclass
class Desk(threading.Thread):
    """Writes as tx_app, one row a transaction, and remembers what the server acknowledged."""

    server: Serving
    acknowledged: list[uuid.UUID] = field(default_factory=list)
    errors: int = 0
    enough: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.enough.is_set():
            try:
                with as_role(self.server, "tx_app") as connection:
                    self._write(connection)
            except psycopg.Error:
                self.errors += 1
                self.enough.wait(0.02)

    def _write(self, connection: psycopg.Connection) -> None:
        while not self.enough.is_set():
            row = uuid.uuid4()
            connection.execute("insert into acknowledged values (%s)", [row])
            self.acknowledged.append(row)


def _prepare(server: Serving) -> None:
    with as_role(server, "tx_owner") as owner:
        owner.execute("create table acknowledged (id uuid primary key)")
        owner.execute("grant insert on acknowledged to tx_app")


def _kill_and_time(server: Serving, desks: list[Desk]) -> float:
    """Kill the database; seconds until every desk has written again."""
    time.sleep(SETTLE)  # let them write; nothing is waited for here
    server.kill_database()
    before = [len(desk.acknowledged) for desk in desks]
    return wait_for(
        lambda: all(len(d.acknowledged) > n + 1 for d, n in zip(desks, before, strict=True)), 30, server.log
    )


def _lost(server: Serving, desks: list[Desk]) -> int:
    with as_role(server, "postgres") as connection:
        kept = {row[0] for row in connection.execute("select id from acknowledged")}
    return len({row for desk in desks for row in desk.acknowledged} - kept)


def _desks(server: Serving) -> list[Desk]:
    desks = [Desk(server) for _ in range(WRITERS)]
    for desk in desks:
        desk.start()
    return desks


def _send_home(desks: list[Desk]) -> None:
    for desk in desks:
        desk.enough.set()
        desk.join(20)


def test_nothing_acknowledged_is_lost_when_the_database_is_killed() -> None:
    with serving() as server:
        _prepare(server)
        desks = _desks(server)
        outages = [_kill_and_time(server, desks) for _ in range(KILLS)]
        _send_home(desks)
        acknowledged = sum(len(desk.acknowledged) for desk in desks)
        print(
            f"\n{KILLS} kills, {acknowledged} rows acknowledged, {_lost(server, desks)} lost, "
            f"{sum(d.errors for d in desks)} errors, back in {', '.join(f'{s:.2f}' for s in outages)} s"
        )
        assert acknowledged > 100
        assert _lost(server, desks) == 0
        assert max(outages) < 10


def test_the_same_loses_rows_when_commits_do_not_wait_for_the_disk() -> None:
    """The control: with synchronous_commit=off the test above must be able to see a loss."""
    with serving() as server:
        _prepare(server)
        with as_role(server, "postgres") as connection:
            connection.execute("alter system set synchronous_commit = off")
            connection.execute("alter system set wal_writer_delay = '10s'")
            connection.execute("select pg_reload_conf()")
        desks = _desks(server)
        kills = lost = 0
        while lost == 0 and kills < 6:
            _kill_and_time(server, desks)
            kills += 1
            lost = _lost(server, desks)
        _send_home(desks)
        print(f"\ncontrol: {lost} rows lost after {kills} kill(s)")
        assert lost > 0


def test_pages_answer_again_after_the_database_was_killed() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/en/"
    with serving(arguments=("--port", str(port))) as server:
        wait_for(lambda: answers(address), 20, server.log)
        web = server.processes()
        server.kill_database()
        seconds = wait_for(lambda: answers(address), 30, server.log)
        print(
            f"\npages answer again {seconds:.2f} s after the kill; {len(web & server.processes())} processes lived on"
        )
        assert seconds < 15
