"""What left between backups, read before a restore: which pieces of the log follow the backup, how far all of them are good.

Every piece is opened before anything is touched. The first that is missing, damaged, foreign or out of its place is named, and
nothing past it is used; whoever restores then says how far: a moment before it, or the backup alone.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tongxing.config.backups import pieces, rules
from tongxing.config.backups.pieces import Piece
from tongxing.config.backups.places import Place
from tongxing.config.backups.restoring import Backup
from tongxing.config.cluster import as_service_user
from tongxing.config.state import Refused, private

NOT_GOOD = (
    "{what}\nThe log is good up to {good}; what was entered later would be lost. Nothing was touched. Find another copy of "
    "that piece, or restore what is good: {ways}."
)


@dataclass(frozen=True)
class Log:
    """The good pieces behind a backup, in order, as sealed files here. `stands`: the moment a restore reaches, ISO."""

    files: tuple[Path, ...]
    keys: Sequence[str]
    stands: str
    recovery: dict[str, str]  # settings of the server that rolls forward
    size: int  # bytes when laid out

    def lay_out(self, data: Path) -> None:
        """Put the pieces where the server over `data` looks for its log. Zeros at a file's end take no room."""
        user = as_service_user()
        for file in self.files:
            piece, content = pieces.opened(file, self.keys)
            path = data / "pg_wal" / piece.segment
            with open(path, "wb", opener=private) as target:
                target.write(content)
                target.truncate(piece.size)
            if "user" in user:
                os.chown(path, user["user"], user["group"])


def alone(found: Backup) -> Log:
    """Nothing behind the backup is used."""
    return Log((), found.keys, str(found.manifest.get("moment") or found.about["at"]), {}, 0)


def behind(found: Backup, place: Place, scratch: Path, until: datetime | None = None) -> Log:
    """The log after the backup that lies at `place`, to its end or to `until`. Raises Refused when that is not all good."""
    if "segment" not in found.manifest:  # made before the log was shipped
        return alone(found)
    if until and until < datetime.fromisoformat(found.manifest["moment"]):
        raise Refused(f"This backup stands at {found.manifest['moment']}. For {until.isoformat()} take an older one.")
    good, trouble = _Reader(found, place, scratch).good(until)
    stands = good[-1][0].at if good else alone(found).stands
    is_reached = until is not None and datetime.fromisoformat(stands) >= until
    if trouble and not is_reached:
        raise Refused(NOT_GOOD.format(what=trouble, good=stands, ways=_ways(stands if good else "")))
    if until and not is_reached:
        raise Refused(
            f"The log beside the backup ends at {stands}. Give --until with a moment up to it, or leave it out."
        )
    if not good:
        return alone(found)
    target = {"recovery_target_time": until.isoformat()} if until else {"recovery_target_lsn": good[-1][0].mark}
    moment = until.astimezone(UTC).isoformat() if until else stands
    size = sum(path.stat().st_size for _, path in good) * 4
    return Log(tuple(path for _, path in good), found.keys, moment, target, size)


def _ways(good: str) -> str:
    return f"--until {good}, or --backup-alone" if good else "--backup-alone"


@dataclass(frozen=True)
class _Reader:
    found: Backup
    place: Place
    scratch: Path

    def good(self, until: datetime | None) -> tuple[list[tuple[Piece, Path]], str]:
        """The pieces up to the last that ends a round (or the first behind `until`), and what is wrong after them."""
        good: list[tuple[Piece, Path]] = []
        trouble = ""
        try:
            for piece, path in self.pieces():
                good.append((piece, path))
                if until and piece.at and datetime.fromisoformat(piece.at) >= until:
                    break
        except Refused as problem:
            trouble = str(problem).replace(" Nothing was touched.", "")
        while good and not good[-1][0].at:  # the rest of a round that was cut off: it has no place to stop at
            good.pop()
        return good, trouble

    def pieces(self) -> Iterator[tuple[Piece, Path]]:
        """Those behind the backup, without a gap. Raises Refused at the first that is not good."""
        about, manifest = self.found.about, self.found.manifest
        timeline, number = manifest["segment"][:8], manifest["segment"]
        names: dict[str, str] = {}
        for name in self.place.names():
            segment = rules.piece_of(name, about["house"])
            if segment.startswith(timeline) and segment > manifest["segment"]:
                names[segment] = name  # sorted by moment: sent again, or by two branches, the later one holds
        previous, size = "", 1 << 24
        while names:
            number = _following(number, size)
            name = names.pop(number, "")
            if not name:
                raise Refused(f"The piece of the log {number} is missing; {min(names)} is the next that is there.")
            piece, path, digest = self._piece(name)
            if piece.system != manifest["system"] or (previous and piece.previous != previous):
                raise Refused(f"{name} is not of this database, or does not follow the piece before it.")
            previous, size = digest, piece.size
            yield piece, path

    def _piece(self, name: str) -> tuple[Piece, Path, str]:
        path = self.place.fetched(name, self.scratch)
        try:
            piece, content = pieces.opened(path, self.found.keys)
        except Refused as problem:
            raise Refused(f"{name}: {problem}") from problem
        return piece, path, pieces.digest(content)


def _following(segment: str, size: int) -> str:
    """The name of the log's file after this one; files have `size` bytes."""
    number = int(segment[8:16], 16) * (2**32 // size) + int(segment[16:], 16) + 1
    high, low = divmod(number, 2**32 // size)
    return f"{segment[:8]}{high:08X}{low:08X}"
