"""A backup becomes an installation again: read whole once, laid out beside, recovered, compared row by row, renamed.

Nothing appears at the target before the last step, and a target that holds anything is refused.
"""

import gzip
import io
import json
import os
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tongxing.config.backups import erased, rows, sealing
from tongxing.config.backups.making import FORMAT
from tongxing.config.cluster import Cluster, as_service_user
from tongxing.config.state import Refused, State, StateProblem, private

if TYPE_CHECKING:
    from tongxing.config.backups.rolling import Log

SMALL = {"shared_buffers": "64MB"}  # beside the real server of the same machine
LOCAL = {"restore_command": "false"}  # the log that is needed lies in pg_wal
MOST_SPREAD = 1 << 20  # bytes read ahead

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What a sealed file says of itself, after every byte of it was found authentic."""

    path: Path
    keys: Sequence[str]
    about: dict[str, Any]
    manifest: dict[str, Any]
    size: int  # bytes when laid out

    @property
    def tables(self) -> dict[str, rows.Rows]:
        return {
            name: rows.Rows(content["count"], content["hash"], tuple(content["columns"]))
            for name, content in self.manifest["tables"].items()
        }

    @property
    def count(self) -> int:
        return sum(content.count for content in self.tables.values())


def examined(path: Path, keys: Sequence[str]) -> Backup:
    """Read the file from the first to the last byte, writing nothing. Raises Refused for any that is not as it was made."""
    said: dict[str, Any] = {}
    size = 0
    with _members(path, keys) as members:
        for archive, member in members:
            _refuse_odd(member)
            size += member.size
            if member.name in ("about.json", "manifest.json"):
                content = archive.extractfile(member)
                said[member.name] = json.loads(content.read()) if content else None
    if "about.json" not in said or "manifest.json" not in said:
        raise Refused(sealing.DAMAGED.format(what="its last part is missing"))
    if said["about.json"]["format"] != FORMAT:
        raise Refused(
            f"The backup has format {said['about.json']['format']}, this program reads {FORMAT}. Use the program that made it."
        )
    return Backup(path, keys, said["about.json"], said["manifest.json"], size)


def restore(
    found: Backup,
    target: Path,
    progress: Progress = lambda words: None,
    log: "Log | None" = None,
    erased_since: AbstractSet[str] = frozenset(),
) -> float:
    """Make `target`, which must be absent or empty, an installation with exactly the rows of the backup.

    With `log` the rows are compared where the backup stands, and then the log rolls them forward. Who was `erased_since`
    (ids) is erased again by the first night.

    Returns seconds. Raises Refused before anything is touched, StateProblem when the rows are not those recorded; then
    the target is as it was.
    """
    began = time.monotonic()
    refuse_target(target)
    _refuse_programs(found, State(target))
    unfinished = target.with_name(f"{target.name}.unfinished")
    if unfinished.exists():
        raise Refused(f"{unfinished} is left from a restore that was cut off. Remove it and start again.")
    room = shutil.disk_usage(_parent_that_is_there(target)).free
    needed = (found.size + (log.size if log else 0)) * 1.2
    if room < needed:
        raise Refused(f"{needed / 1e9:.1f} GB are needed at {target.parent}, {room / 1e9:.1f} GB are free.")
    try:
        progress("laying out")
        _lay_out(found, unfinished)
        progress("recovering")
        if log and log.files:
            log.lay_out(unfinished / "postgres")
            with _stopped_at_the_point(found, State(unfinished)) as state:
                progress("comparing rows")
                compare(found, state)
            progress(f"rolling forward to {log.stands}")
            _promoted(State(unfinished), log.recovery)
        else:
            with recovered(found, State(unfinished)) as state:
                progress("comparing rows")
                compare(found, state)
        erased.add(State(unfinished), erased_since)
        _settle(unfinished, target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return time.monotonic() - began


def refuse_target(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(
            f"{target} is not empty, and a restore never writes over anything. Give a folder that is not there yet: --into FOLDER."
        )


def compare(found: Backup, state: State) -> None:
    """Raises StateProblem when a table's rows are not those recorded at backup."""
    database = found.about["database"]
    with psycopg.connect(**state.administrator(database), autocommit=True) as connection:  # type: ignore[arg-type]
        others = rows.differing(found.tables, rows.hashes(connection))
    if others:
        raise StateProblem(f"Restored, but not equal to what was backed up: {', '.join(others)}. Nothing was kept.")


@contextmanager
def recovered(found: Backup, state: State) -> Iterator[State]:
    """The server over a laid-out backup, recovered to the fixed point and open for writing; stopped at the end."""
    if (state.folder / "postgres" / "recovery.signal").exists():
        _promoted(state, {"recovery_target_lsn": found.manifest["point"]})
    server = Cluster(state, settings=SMALL)
    server.start(patience=600)
    try:
        yield state
    finally:
        server.stop(patience=300)


@contextmanager
def _stopped_at_the_point(found: Backup, state: State) -> Iterator[State]:
    """The server recovered to the fixed point and open for reading only; it can go on from there."""
    target = {"recovery_target_lsn": found.manifest["point"], "recovery_target_action": "pause"}
    server = Cluster(state, settings=SMALL | LOCAL | target)
    try:
        _recover(state, server, "select pg_get_wal_replay_pause_state() = 'paused'")
        yield state
    finally:
        server.stop(patience=300)


def _promoted(state: State, target: dict[str, str]) -> None:
    """Recover exactly to `target`, and end recovery there. Raises StateProblem when the log does not lead there."""
    server = Cluster(state, settings=SMALL | LOCAL | {"recovery_target_action": "promote"} | target)
    try:
        _recover(state, server, "select not pg_is_in_recovery()")
        with psycopg.connect(**state.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("checkpoint")
    finally:
        server.stop(patience=300)


def _recover(state: State, server: Cluster, until: str) -> None:
    """However long it takes, unless the server ends: then its last words are raised."""
    server.prepare()
    process = server.spawn()
    while not _says(state, until):
        if process.poll() is not None:
            raise StateProblem(f"The database did not recover:\n{server.last_words()}")
        time.sleep(0.05)


def _says(state: State, question: str) -> bool:
    """False too while the server does not answer, or ends as it is asked."""
    try:
        with psycopg.connect(**state.administrator(), autocommit=True, connect_timeout=5) as connection:  # type: ignore[arg-type]
            return connection.execute(question).fetchone() == (True,)
    except psycopg.OperationalError:
        return False


@contextmanager
def _members(path: Path, keys: Sequence[str]) -> Iterator[Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]]:
    """Every member in order; at the end the rest of the file is read too. Raises Refused for what cannot be read."""
    try:
        with path.open("rb") as file:
            opened = io.BufferedReader(sealing.Opened(file, keys), MOST_SPREAD)
            with gzip.GzipFile(fileobj=opened) as packed:
                with tarfile.open(fileobj=packed, mode="r|", bufsize=MOST_SPREAD) as archive:
                    yield ((archive, member) for member in archive)
                while packed.read(MOST_SPREAD):
                    pass
    except FileNotFoundError as error:
        raise Refused(f"There is no file {path}.") from error
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, ValueError, KeyError) as error:
        raise Refused(sealing.DAMAGED.format(what=f"its content cannot be read ({type(error).__name__})")) from error


def _refuse_odd(member: tarfile.TarInfo) -> None:
    """Only plain files and folders below the three known places: nothing can be written elsewhere."""
    parts = Path(member.name).parts
    is_known = member.name in ("about.json", "manifest.json") or parts[:1] in (("postgres",), ("state",))
    if not is_known or ".." in parts or member.name.startswith("/") or not (member.isreg() or member.isdir()):
        raise Refused(f"The backup holds something that does not belong in one ({member.name!r}). Nothing was touched.")


def _refuse_programs(found: Backup, state: State) -> None:
    made_by, here = found.about["postgres"], Cluster(state).major
    if made_by != here:
        raise Refused(
            f"The backup is of PostgreSQL {made_by}, the programs here are of {here}. Restore with the programs of "
            f"{made_by} (TONGXING_PG_BIN), then `tongxing upgrade --from-programs` brings the data to {here}."
        )


def _lay_out(found: Backup, folder: Path) -> None:
    """`postgres/…` belongs to the database's user, everything else to who restores; nobody else reads any of it."""
    user = as_service_user()
    folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    (folder / "static").mkdir()
    with _members(found.path, found.keys) as members:
        for archive, member in members:
            _refuse_odd(member)
            if member.name in ("about.json", "manifest.json"):
                continue
            path = folder / member.name.removeprefix("state/")
            if member.isdir():
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            else:
                _write(archive, member, path)
            if member.name.startswith("postgres") and "user" in user:
                os.chown(path, user["user"], user["group"])
    top = folder / "postgres"
    (top / "recovery.signal").touch(0o600)
    if "user" in user:
        for path in (top, top / "recovery.signal"):
            os.chown(path, user["user"], user["group"])
    top.chmod(0o700)


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content: Any = archive.extractfile(member)
    with open(path, "wb", opener=private) as file:
        shutil.copyfileobj(content, file, MOST_SPREAD)


def _settle(unfinished: Path, target: Path) -> None:
    for leftover in ("run", "logs"):
        shutil.rmtree(unfinished / leftover, ignore_errors=True)
    if target.exists():
        target.rmdir()  # empty: looked at before, and the system refuses another
    os.sync()
    unfinished.rename(target)


def _parent_that_is_there(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())
