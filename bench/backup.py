"""A sealed backup and its restore, beside plain pg_basebackup of the same house in the same run.

python3 dev.py bench backup [--children 3500] [--facts 0] [--runs 3] [--json]      loads a demonstration first

Goals: a backup takes at most 10 × as long as pg_basebackup into a file, which neither packs nor seals nor counts rows;
what is kept is at most 0.4 × as large; a restore with every row compared takes at most 30 minutes.
"""

import os
import subprocess
from pathlib import Path

import psycopg

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator, folder, house, say
from bench.export import FILL
from tongxing.config.backups import keys, making, places, restoring
from tongxing.config.cluster import Cluster
from tongxing.config.state import State

SLOWER, LARGER, RESTORED = 10.0, 0.4, 1800.0


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

    say(f"Loading {children:,} children and {facts:,} facts")
    loader.staff(lambda *_: None)
    loader.registrations(children, timezone.localdate(), lambda *_: None)
    for start in range(0, facts, 100_000):
        with psycopg.connect(**state.login("tx_owner"), autocommit=True) as owner:  # type: ignore[arg-type]
            owner.execute(FILL, [min(100_000, facts - start)])
    with administrator(state) as connection:
        connection.execute("checkpoint")


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=3500)
    parser.add_argument("--facts", type=int, default=0)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    os.environ["TONGXING_DEMO"] = "1"
    ours, theirs, read, restored = Times(), Times(), Times(), Times()
    with folder() as made, folder() as copies:
        with house(made) as state:
            filled(state, asked.children, asked.facts)
            keys.make(state, copies / "key")
            for _ in range(asked.runs):
                size = theirs.run(lambda: plain(state, copies / "plain.tar"))
                done = ours.run(lambda: making.backup(state, places.place(str(copies))))
        secrets = keys.secrets_of(state, copies / "key")
        for run in range(asked.runs):
            found = read.run(lambda: restoring.examined(copies / done.name, secrets))
            restored.run(lambda found=found, run=run: restoring.restore(found, copies / f"restored{run}"))
    slower, larger = ours.median / theirs.median, done.size / size
    lines = [
        f"{done.rows:,} rows of {done.tables} tables, {found.size / 1e6:.0f} MB laid out",
        f"backup: {ours}, {done.size / 1e6:.1f} MB",
        f"pg_basebackup: {theirs}, {size / 1e6:.1f} MB",
        f"reading and proving every byte: {read}",
        f"restore with every row compared: {restored}",
    ]
    goals = [
        Goal("backup beside pg_basebackup", slower, SLOWER, "×"),
        Goal("bytes beside pg_basebackup", larger, LARGER, "×"),
        Goal("restore", read.median + restored.median, RESTORED, "s"),
    ]
    figures = {"rows": done.rows, "bytes": done.size, "plain_bytes": size, "backup": ours.milliseconds()}
    tell(lines, goals, asked.json, **figures, plain=theirs.milliseconds(), restore=restored.milliseconds())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
