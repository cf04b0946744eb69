"""A sealed backup and its restore, beside plain pg_basebackup of the same house in the same run.

python3 dev.py bench backup [--children 3500] [--facts 0] [--runs 3] [--every 20] [--scale full] [--json]
                                                       loads a demonstration first, or copies the country of `full`

Then somebody writes without a pause while the log leaves every so many seconds (in service 120), everything is killed, and the
age of the newest row that comes back is what a lost disk costs.

Goals: at most five minutes lost, reckoned for service; a backup takes at most 10 × as long as pg_basebackup into a file,
which neither packs nor seals nor counts rows; what is kept is at most 0.4 × as large; a restore with every row compared
takes at most 30 minutes.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.common.country import built
from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator, copied, folder, house, say
from bench.export import FILL
from tongxing.config.backups import keys, making, nightly, places, restoring, shipping
from tongxing.config.cluster import Cluster
from tongxing.config.state import State

SLOWER, LARGER, RESTORED, LOST = 10.0, 0.4, 1800.0, 300.0


def plain(state: State, to: Path) -> int:
    """pg_basebackup as it is, with the log it needs, into a tar file. Returns bytes."""
    login = state.administrator()
    command = [
        str(Cluster(state).binaries / "pg_basebackup"), "--pgdata=-", "--format=tar", "--wal-method=fetch",
        "--checkpoint=fast", "--no-password", "--host", login["host"], "--port", login["port"], "--username", "postgres",
    ]  # fmt: skip
    with to.open("wb") as file:
        subprocess.run(command, stdout=file, env=os.environ | {"PGPASSWORD": login["password"]}, check=True)
        os.fsync(file.fileno())
    return to.stat().st_size


def filled(state: State, children: int, facts: int) -> None:
    from django.utils import timezone

    from tongxing.config.demo import loader
    from tongxing.config.demo.loader import Run

    say(f"Loading {children:,} children and {facts:,} facts")
    loader.staff(lambda *_: None)
    loader.registrations(Run("full", children, timezone.localdate()), lambda *_: None)
    for start in range(0, facts, 100_000):
        with psycopg.connect(**state.login("tx_owner"), autocommit=True) as owner:  # type: ignore[arg-type]
            owner.execute(FILL, [min(100_000, facts - start)])
    with administrator(state) as connection:
        connection.execute("checkpoint")


@dataclass
class Writing(threading.Thread):
    """Commits rows without a pause until the server is gone; knows when each was acknowledged."""

    state: State
    acknowledged: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        with administrator(self.state) as connection:
            connection.execute("create table steady (n bigint primary key)")
            with contextlib.suppress(psycopg.Error):
                while True:
                    connection.execute("insert into steady values (%s)", [len(self.acknowledged)])
                    self.acknowledged.append(time.time())


def lost(state: State, copies: Path, every: float) -> tuple[Writing, float]:
    """Write and ship for two rounds and a half, then stop the server as a fault does.

    Returns the writer and the moment of the stop.
    """
    over, writing = threading.Event(), Writing(state)
    shipping.ship(state, str(copies))
    making.backup(state, places.place(str(copies)))
    child = threading.Thread(target=shipping.keep_on, args=(state, str(copies), over, every), daemon=True)
    writing.start()
    child.start()
    time.sleep(every * 2.5)
    killed = time.time()
    pid = int((state.folder / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)  # every process of it at once, without a checkpoint
    over.set()
    writing.join()
    child.join()
    return writing, killed


def rolled(state: State, copies: Path, secrets: list[str], writing: Writing, killed: float) -> tuple[float, float, int]:
    """Restore with the log. Returns the age of the newest row that came back, the seconds, and how many pieces."""
    began = time.perf_counter()
    with nightly.read(nightly.newest(state, str(copies)), secrets) as given:
        given.restore(copies / "rolled")
        seconds = time.perf_counter() - began
        with restoring.recovered(given.backup, State(copies / "rolled")) as copy, administrator(copy) as connection:
            [(count, last)] = connection.execute("select count(*), max(n) from steady").fetchall()
        if count != last + 1:
            raise SystemExit(f"{count} rows came back and the last is number {last}: some before it are lost")
        shutil.rmtree(copies / "rolled")
        return killed - writing.acknowledged[last], seconds, len(given.log.files)


def _asked() -> argparse.Namespace:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=3500)
    parser.add_argument("--facts", type=int, default=0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two rounds of the log")
    parser.add_argument("--scale", choices=["full"], help="the country of 350,000 children, in place of --children")
    return parser.parse_args()


def main() -> int:
    asked = _asked()
    os.environ["TONGXING_DEMO"] = "1"
    ours, theirs, read, restored = Times(), Times(), Times(), Times()
    with folder() as made, folder() as copies:
        if asked.scale:
            copied(built(asked.scale), made)
        with house(made) as state:
            if not asked.scale:
                filled(state, asked.children, asked.facts)
            keys.make(state, copies / "key")
            for _ in range(asked.runs):
                size = theirs.run(lambda: plain(state, copies / "plain.tar"))
                done = ours.run(lambda: making.backup(state, places.place(str(copies))))
            say(f"Writing for {asked.every * 2.5:.0f} s, then the server is killed")
            writing, killed = lost(state, copies, asked.every)
        secrets = keys.secrets_of(state, copies / "key")
        for run in range(asked.runs):
            found = read.run(lambda: restoring.examined(copies / done.name, secrets))
            restored.run(lambda found=found, run=run: restoring.restore(found, copies / f"restored{run}"))
        age, seconds, many = rolled(state, copies, secrets, writing, killed)
    slower, larger = ours.median / theirs.median, done.size / size
    lines = [
        f"{done.rows:,} rows of {done.tables} tables, {found.size / 1e6:.0f} MB laid out",
        f"backup: {ours}, {done.size / 1e6:.1f} MB",
        f"pg_basebackup: {theirs}, {size / 1e6:.1f} MB",
        f"reading and proving every byte: {read}",
        f"restore with every row compared: {restored}",
        f"{len(writing.acknowledged):,} rows written, one after the other, until the server was killed; the newest that came "
        f"back was {age:.1f} s old, with a round every {asked.every:.0f} s. Restored with {many} pieces of the log: {seconds:.1f} s",
    ]
    goals = [
        Goal("backup beside pg_basebackup", slower, SLOWER, "×"),
        Goal("bytes beside pg_basebackup", larger, LARGER, "×"),
        Goal("restore", max(read.median + restored.median, seconds), RESTORED, "s"),
        Goal("lost with the disk, at the rhythm of service", age - asked.every / 2 + shipping.EVERY, LOST, "s"),
    ]
    figures = {"rows": done.rows, "bytes": done.size, "plain_bytes": size, "backup": ours.milliseconds()}
    figures |= {"newest_age_s": round(age, 2), "every_s": asked.every, "pieces": many, "rolled_s": round(seconds, 2)}
    tell(lines, goals, asked.json, **figures, plain=theirs.milliseconds(), restore=restored.milliseconds())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
