"""The data of an older major version of PostgreSQL into a cluster of today's, by dump as superuser, every row compared.

The new cluster is made beside the old one and takes its place in one step; the old data stay as `postgres.15` until somebody
removes them. Dumped as superuser, since the owner would be shown only what the row policies show.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tongxing.config.backups import rows
from tongxing.config.backups.making import size_of
from tongxing.config.cluster import Cluster, as_service_user, major_version
from tongxing.config.provision import provision
from tongxing.config.state import Refused, State, StateProblem
from tongxing.config.supervisor import only_one

EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
HERE = -100  # AT_FDCWD
SEQUENCES = "select schemaname || '.' || sequencename, last_value from pg_sequences order by 1"

Progress = Callable[[str], None]


def move(state: State, programs: Path, progress: Progress = lambda words: None) -> tuple[int, Path]:
    """Dump with today's programs from a server of the old ones. Returns how many rows, and where the old data lie now.

    Raises Refused before anything is touched; StateProblem when the rows are not equal, and then the old data stand.
    """
    new = Cluster(state)
    made_by = _refuse_unfit(state, programs, new.major)
    kept = state.folder / f"postgres.{made_by}"
    with only_one(state), _beside(state) as unfinished:
        with _running(Cluster(state, programs=programs)):
            progress("reading rows of the old server")
            known, numbers, epoch = _known(state)
            fresh = Cluster(unfinished)
            fresh.prepare()
            _advance(fresh, epoch + 1)
            with _running(fresh):
                provision(unfinished, state.database_name)
                progress("copying")
                _copy(new.binaries, state, unfinished)
                progress("comparing rows")
                after, numbers_after, _ = _known(unfinished)
        others = rows.differing(known, after)
        others += [name for name in {*numbers, *numbers_after} if numbers.get(name) != numbers_after.get(name)]
        if others:
            raise StateProblem(f"Copied, but not equal: {others}. The old data stand as they were.")
        (unfinished.folder / "postgres").rename(kept)
        _exchange(kept, state.folder / "postgres")  # from here on the old data lie there, and nobody removes them
    return sum(content.count for content in known.values()), kept


def _refuse_unfit(state: State, programs: Path, new: int) -> int:
    if state.database_url:
        raise Refused(
            "The database is one of your own (DATABASE_URL); its major version is brought up by its own means."
        )
    made_by = state.folder / "postgres" / "PG_VERSION"
    if not made_by.exists():
        raise Refused(f"There is no database in {state.folder}.")
    old = int(made_by.read_text())
    if old == new:
        raise Refused(f"The data are of PostgreSQL {old} already, as the programs are.")
    if not (programs / "postgres").is_file() or major_version(programs / "postgres") != old:
        raise Refused(f"The data are of PostgreSQL {old}; {programs} does not hold its programs. Give their folder.")
    if (state.folder / f"postgres.{old}").exists():
        raise Refused(f"{state.folder}/postgres.{old} is there from before. Move it away and start again.")
    needed = 2 * size_of(state.folder / "postgres")
    if shutil.disk_usage(state.folder).free < needed:
        raise Refused(f"{needed / 1e9:.1f} GB have to be free at {state.folder}.")
    return old


@contextmanager
def _beside(state: State) -> Iterator[State]:
    """A state folder in the state folder, with the same secrets; gone afterwards."""
    folder = state.folder / "major.unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)
    shutil.copytree(state.folder / "secrets", folder / "secrets")
    try:
        yield State(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(server: Cluster) -> Iterator[None]:
    server.start(patience=300)
    try:
        yield
    finally:
        server.stop(patience=300)


def _known(state: State) -> tuple[dict[str, rows.Rows], dict[str, Any], int]:
    """Rows of every table, the stand of every sequence, the epoch of transaction numbers."""
    with psycopg.connect(**state.administrator(state.database_name)) as connection:  # type: ignore[arg-type]
        [(epoch,)] = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint >> 32").fetchall()
        return rows.hashes(connection), dict(connection.execute(SEQUENCES).fetchall()), int(epoch)


def _advance(server: Cluster, epoch: int) -> None:
    """Facts carry the number of their transaction: the new cluster counts on above all that were given out."""
    command = [str(server.binaries / "pg_resetwal"), f"--epoch={epoch}", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **as_service_user())
    if done.returncode:
        raise StateProblem(f"pg_resetwal failed:\n{done.stderr.strip()}")


def _copy(binaries: Path, old: State, new: State) -> None:
    def connected(state: State) -> tuple[list[str], dict[str, str]]:
        login = state.administrator(state.database_name)
        address = ["--host", login["host"], "--port", login["port"], "--username", login["user"], "--no-password"]
        return address, {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "PGPASSWORD": login["password"],
        }

    given, reading = connected(old)
    dump = [str(binaries / "pg_dump"), *given, "--format=custom", "--compress=0", old.database_name]
    taken, writing = connected(new)
    load = [str(binaries / "pg_restore"), *taken, "--exit-on-error", "--dbname", new.database_name]
    with subprocess.Popen(dump, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=reading, cwd="/") as source:
        done = subprocess.run(load, stdin=source.stdout, stderr=subprocess.PIPE, env=writing, cwd="/")
        words = source.communicate()[1].decode(errors="replace")
    if source.returncode or done.returncode:
        raise StateProblem(
            f"The dump did not go through:\n{words.strip()}\n{done.stderr.decode(errors='replace').strip()}"
        )


def _exchange(one: Path, other: Path) -> None:
    """Both names at once: there is no moment without a database, in which an empty one would be made."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE):
        raise OSError(ctypes.get_errno(), "the old and the new data could not be exchanged", str(other))
