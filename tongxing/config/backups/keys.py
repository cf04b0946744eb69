"""For whom backups are sealed: the recovery keys, whose secrets lie elsewhere, and this machine's key of the drill."""

import os
from datetime import UTC, datetime
from pathlib import Path

from tongxing.config.backups import sealing
from tongxing.config.state import Refused, State, private, write_whole

RECIPIENTS = "backup-recipients"  # public keys of the recovery keys, one a line
DRILL = "backup-drill"  # a secret key that opens only what this machine sealed; never in a backup
NO_KEY = (
    "No recovery key is known, so nothing could open a backup when this machine is lost. Make one with "
    "`tongxing backup-key FILE`, and keep FILE away from this machine."
)


def make(state: State, path: Path) -> str:
    """Write a new secret recovery key to `path`, and from now on seal for it as well. Returns its public key."""
    secret, public = sealing.new_key()
    words = f"# Recovery key of Tongxing, {datetime.now(UTC):%Y-%m-%d}. Whoever has it can read every backup.\n"
    try:
        with open(path, "x", opener=private) as file:
            file.write(f"{words}# public key: {public}\n{secret}\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Refused(
            f"{path} is there already and is not overwritten: it may be the only key to older backups."
        ) from error
    known = _lines(_path(state, RECIPIENTS))
    _write(_path(state, RECIPIENTS), [*known, public])
    return public


def recipients(state: State) -> list[str]:
    """Public keys for which a backup is sealed: the recovery keys and the drill's. Raises Refused without the first."""
    known = _lines(_path(state, RECIPIENTS))
    if not known:
        raise Refused(NO_KEY)
    if not _lines(_path(state, DRILL)):
        _write(_path(state, DRILL), [sealing.new_key()[0]])
    return [*known, *(sealing.public_key(secret) for secret in _lines(_path(state, DRILL)))]


def secrets_of(state: State, path: Path | None) -> list[str]:
    """Secret keys to open with: those of the file, else this machine's own. Raises Refused."""
    if path is None:
        if found := _lines(_path(state, DRILL)):
            return found
        raise Refused("This machine has no key that opens a backup. Give the recovery key: --key FILE.")
    try:
        found = _lines(path)
        for secret in found:
            sealing.public_key(secret)
    except (OSError, ValueError) as error:
        raise Refused(f"{path} holds no readable key ({error}). It should have a line AGE-SECRET-KEY-1….") from error
    if not found:
        raise Refused(f"{path} holds no key. It should have a line AGE-SECRET-KEY-1….")
    return found


def _path(state: State, name: str) -> Path:
    return state.folder / "secrets" / name


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, "".join(f"{line}\n" for line in lines))
