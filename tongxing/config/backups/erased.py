"""Who was erased is remembered beside the backups too, so that no restore, of whatever age, brings anybody back for good.

The list holds ids and nothing else (`rights/erasure.py:ERASED`), sealed like a backup; each machine writes its own, so that
one restored from a stick replaces nobody's. A restore joins all to the list of the restored folder; the next night erases
again whoever came back.
"""

import hashlib
from collections.abc import Sequence, Set
from pathlib import Path

from tongxing.config.backups import sealing
from tongxing.config.backups.places import Place
from tongxing.config.state import Refused, State, write_whole

FILE = "erased"
UNREADABLE = (
    "{name} says who was erased since, and cannot be read: {why} Nothing was touched. Take another copy of it; restored "
    "without it (move it away), the records of those children may be back. A list of an earlier recovery key is opened by"
    " that key: both may stand in one file."
)


def name_of(house: str, recipients: Sequence[str]) -> str:
    """`recipients`: public keys of the backups of a machine; the last is its own."""
    return f"tongxing-{house}-erased-{hashlib.sha256(recipients[-1].encode()).hexdigest()[:8]}.age"


def ids(state: State) -> set[str]:
    path = state.folder / FILE
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def send(state: State, place: Place, house: str, recipients: Sequence[str]) -> int:
    """Put the list at `place`, an empty one too: it says that this machine knows nobody. Returns how many ids it holds."""
    known = ids(state)
    with place.writing(name_of(house, recipients)) as sink:
        sealed = sealing.Sealed(sink, recipients)
        sealed.write("".join(f"{one}\n" for one in sorted(known)).encode())
        sealed.finish()
    return len(known)


def fetched(place: Place, house: str, keys: Sequence[str], scratch: Path) -> set[str]:
    """The ids in all lists at `place`; none without a list. Raises Refused for one that cannot be read.

    With a machine's own key only its own is read: it knows what the others knew when it was restored.
    """
    lists = [name for name in place.names() if name.startswith(f"tongxing-{house}-erased") and name.endswith(".age")]
    own = name_of(house, [sealing.public_key(keys[-1])])
    found: set[str] = set()
    for name in [own] if own in lists else lists:
        found |= _read(place, name, keys, scratch)
    return found


def _read(place: Place, name: str, keys: Sequence[str], scratch: Path) -> set[str]:
    try:
        with place.fetched(name, scratch).open("rb") as file:
            return set(sealing.Opened(file, keys).readall().decode().split())
    except (Refused, ValueError) as error:
        raise Refused(UNREADABLE.format(name=name, why=error)) from error


def add(state: State, more: Set[str]) -> None:
    """Join `more` to the list of `state`."""
    if not more:
        return
    write_whole(state.folder / FILE, "".join(f"{one}\n" for one in sorted(ids(state) | more)))
