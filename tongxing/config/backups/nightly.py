"""What happens every night, and what a person asks for by hand: a backup with its keep rules, and the drill."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tongxing.config.backups import erased, journey, keys, making, places, record, restoring, rolling, rules
from tongxing.config.state import Refused, State, StateProblem

# How many of the last days, weeks and months keep a backup; TONGXING_BACKUP_KEEP="7,4,3" changes it; none stays
# for more than rules.LONGEST.
KEEP = rules.Keep(daily=7, weekly=4, monthly=3)
SCRATCH = "tongxing-scratch-"
NO_TARGET = "It is not said where backups go. Give --to FOLDER or s3://…, or set TONGXING_BACKUP_TO."

Progress = Callable[[str], None]


def target(given: str | None = None) -> str:
    """Where backups go: what was given, else TONGXING_BACKUP_TO. Raises Refused without either."""
    if address := given or os.environ.get("TONGXING_BACKUP_TO", ""):
        return address.rstrip("/") if not address.startswith("s3://") else address
    raise Refused(NO_TARGET)


def keep() -> rules.Keep:
    """Raises Refused for a setting that is not three numbers."""
    given = os.environ.get("TONGXING_BACKUP_KEEP")
    if not given:
        return KEEP
    try:
        daily, weekly, monthly = (int(part) for part in given.split(","))
    except ValueError as error:
        raise Refused(f"TONGXING_BACKUP_KEEP is {given!r}; it should be three numbers, as 7,4,3.") from error
    return rules.Keep(daily, weekly, monthly)


def back_up(state: State, address: str, progress: Progress = lambda words: None) -> making.Made:
    """One backup at `address`, then the keep rules there. Success and failure leave a line; raises what making raises."""
    try:
        place, rule = places.place(address), keep()
        if isinstance(place, places.Folder) and place.path.resolve().is_relative_to(state.folder.resolve()):
            raise Refused(f"{place} lies in the state folder, which is backed up. Choose another place.")
        _sweep(place, making.house_code(state))
        made = making.backup(state, place, progress)
        erased.send(state, place, making.house_code(state), keys.recipients(state))
    except Exception as problem:
        record.note(state, "backup", ok=False, words=_words(problem))
        raise
    record.note(state, "backup", ok=True, to=str(place), same_disk=_same_disk(address, state), **asdict(made))
    prune(state, place, rule)
    return made


def prune(state: State, place: places.Place, rule: rules.Keep) -> list[str]:
    """Remove this installation's backups that the rule does not keep, with the log behind them. Returns the backups.

    Nothing goes with the first backup after a gap in which all before it would have grown too old.
    """
    house, names = making.house_code(state), place.names()
    found = _found(names, house)
    newest = sorted(found)[-2:]
    if newest and newest[-1] - newest[0] > rules.LONGEST:
        return []  # the clock may have jumped, and would call all others too old
    over = set(found) - rules.kept(found, rule)
    gone = [found[at] for at in sorted(over)]
    for name in [*rules.belonging(names, house, found, over), *gone]:  # the log first: its backup tells whose it is
        place.delete(name)
    return gone


def _found(names: list[str], house: str) -> dict[datetime, str]:
    """This installation's backups by their moment. A name from later was given by a wrong clock, and rules over no other."""
    latest = datetime.now(UTC) + timedelta(days=1)
    return {at: name for name in names if (at := rules.moment_of(name, house)) and at <= latest}


def _sweep(place: places.Place, house: str) -> None:
    """What a backup that was killed left half written. One of the last day may still be running, started by hand."""
    for name in place.names():
        whole = name.removesuffix(places.UNFINISHED)
        at = rules.moment_of(whole, house) or rules.moment_of(whole, house, rules.PIECE)
        if name.endswith(places.UNFINISHED) and at and datetime.now(UTC) - at > timedelta(days=1):
            place.delete(name)


def newest(state: State, address: str) -> str:
    """The address of this installation's newest backup there. Raises Refused when there is none."""
    place = places.place(address)
    found = _found(place.names(), making.house_code(state))
    if not found:
        raise Refused(f"There is no backup of this installation at {place}.")
    return f"{address.rstrip('/')}/{found[max(found)]}"


@dataclass(frozen=True)
class Wanted:
    """How far a restore goes: to the end of the log, to a moment (aware), or not past the backup."""

    until: datetime | None = None
    is_backup_alone: bool = False


@dataclass(frozen=True)
class Read:
    """A backup with the log behind it, every byte found good, and who was erased since. Nothing is touched yet."""

    backup: restoring.Backup
    log: rolling.Log
    erased: set[str]

    def restore(self, target: Path, progress: Progress = lambda words: None) -> float:
        """Seconds. Raises as restoring.restore does."""
        return restoring.restore(self.backup, target, progress, self.log, self.erased)

    def looked_over(self, target: Path) -> str:
        """What the log of who looked at what says in the restored folder, in words; it is started and stopped once."""
        with restoring.recovered(self.backup, State(target)) as state:
            try:
                return ", ".join(journey.tried(state.folder, self.backup.about["database"], is_log_only=True))
            except RuntimeError as problem:
                return f"LOOK AT THE LOG (tongxing audit verify): {problem}"


@contextmanager
def read(address: str, secrets: list[str], wanted: Wanted = Wanted()) -> Iterator[Read]:  # frozen
    """The file and what lies beside it, on this machine for as long as the block lasts. Raises Refused."""
    where, name = places.split(address)
    place = places.place(where)
    with scratch() as folder:
        found = restoring.examined(place.fetched(name, folder), secrets)
        alone = wanted.is_backup_alone
        log = rolling.alone(found) if alone else rolling.behind(found, place, folder, wanted.until)
        yield Read(found, log, erased.fetched(place, found.about["house"], secrets, folder))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder to restore into and throw away, in TONGXING_BACKUP_SCRATCH or where temporary files go.

    Everything lies in it in clear: what a killed process left there goes with the next use. The lock says who lives, as
    process numbers repeat, and are others in another container.
    """
    place = Path(os.environ.get("TONGXING_BACKUP_SCRATCH") or tempfile.gettempdir())
    for left in place.glob(f"{SCRATCH}*"):
        with suppress(OSError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=place))
    with _locked(folder):
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # under root the database's user passes through
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Raises OSError when somebody else holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def verify(
    address: str,
    secrets: list[str],
    progress: Progress = lambda words: None,
    wanted: Wanted = Wanted(),  # frozen
) -> dict[str, Any]:
    """Restore into a fresh cluster, compare every table, serve it and walk through it; then throw it away.

    Returns tables, rows, seconds, steps and the moment at which it stood. Raises Refused for what cannot be used,
    StateProblem when what came out is not what went in.
    """
    began = time.monotonic()
    progress("reading every byte")
    with read(address, secrets, wanted) as given, scratch() as folder:
        given.restore(folder / "copy", progress)
        restored, found = time.monotonic() - began, given.backup
        with restoring.recovered(found, State(folder / "copy")) as copy:
            progress("reading the sealed log, signing in, searching, opening a person")
            try:
                steps = journey.tried(copy.folder, found.about["database"])
            except RuntimeError as problem:
                raise StateProblem(f"Restored with equal rows, but the pages do not work: {problem}") from problem
    return {
        "backup": found.path.name, "made": found.about["at"], "stands": given.log.stands, "pieces": len(given.log.files),
        "tables": len(found.tables), "rows": found.count,
        "restored": round(restored, 2), "seconds": round(time.monotonic() - began, 2), "steps": steps,
    }  # fmt: skip


def drill(state: State, address: str, progress: Progress = lambda words: None) -> dict[str, Any]:
    """Verify the newest backup at `address` with this machine's own key. Success and failure leave a dated line."""
    try:
        result = verify(newest(state, address), keys.secrets_of(state, None), progress)
    except Exception as problem:
        record.note(state, "drill", ok=False, words=_words(problem))
        raise
    return record.note(state, "drill", ok=True, **result)


def _words(problem: Exception) -> str:
    """Our own problems say in words what is wrong; of others only the kind, since their words may quote a record."""
    known = isinstance(problem, StateProblem) and not isinstance(problem.__cause__, psycopg.Error)
    return str(problem)[:300] if known else type(problem).__name__


def _same_disk(address: str, state: State) -> bool:
    return places.is_on_the_same_disk(address, state.folder)
