"""Questions without a clock or a database: which backups stay, which moment is quiet, what the card of the drill says."""

import bisect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NAME = re.compile(r"tongxing-(?P<house>[0-9a-f]{8})-(?P<moment>\d{8}T\d{6}Z)\.age")
PIECE = re.compile(r"tongxing-(?P<house>[0-9a-f]{8})-(?P<moment>\d{8}T\d{6}Z)-(?P<segment>[0-9A-F]{24})\.log\.age")
MOMENT = "%Y%m%dT%H%M%SZ"
CARD_HOLDS = timedelta(days=2)
LONGEST = timedelta(days=90)  # what families are told (rights/retention.yaml), whatever the keep rules say


def name_of(house: str, at: datetime) -> str:
    """`tongxing-1f2e3d4c-20261122T184500Z.age`; the house keeps two installations in one place apart."""
    return f"tongxing-{house}-{at.astimezone(UTC):{MOMENT}}.age"


def moment_of(name: str, house: str, kind: re.Pattern[str] = NAME) -> datetime | None:
    """When the backup (or, of PIECE, the piece) of that name was made; None for a name that is none of this house."""
    found = kind.fullmatch(name)
    if found is None or found["house"] != house:
        return None
    try:
        return datetime.strptime(found["moment"], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def piece_name(house: str, at: datetime, segment: str) -> str:
    """`tongxing-1f2e3d4c-20261122T184500Z-00000001000000000000002A.log.age`: which file of the log, and when it left."""
    return f"tongxing-{house}-{at.astimezone(UTC):{MOMENT}}-{segment}.log.age"


def piece_of(name: str, house: str) -> str:
    """The file of the log in the piece of that name; empty for what is no piece of this house."""
    found = PIECE.fullmatch(name)
    return found["segment"] if found and found["house"] == house else ""


def belonging(names: Iterable[str], house: str, made: Iterable[datetime], gone: set[datetime]) -> list[str]:
    """The pieces that go with the backups in `gone`, and those older than all: each belongs to the newest before it."""
    moments = sorted(f"{at:{MOMENT}}" for at in made)
    lost = {f"{at:{MOMENT}}" for at in gone}
    over = []
    for name in names:
        if (found := PIECE.fullmatch(name)) and found["house"] == house:
            before = bisect.bisect_right(moments, found["moment"])
            if not before or moments[before - 1] in lost:
                over.append(name)
    return over


@dataclass(frozen=True)
class Keep:
    """Of how many of the last days, weeks (from Monday) and months that have a backup the newest one stays."""

    daily: int
    weekly: int
    monthly: int


PERIODS: Mapping[str, Callable[[datetime], tuple[int, ...]]] = {
    "daily": lambda at: (at.year, at.month, at.day),
    "weekly": lambda at: tuple(at.isocalendar()[:2]),
    "monthly": lambda at: (at.year, at.month),
}


def kept(made: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Those that stay: the newest of each of the last periods that have one, and of LONGEST. The newest of all stays."""
    newest_first = sorted(set(made), reverse=True)
    newest_first = [at for at in newest_first if newest_first[0] - at <= LONGEST]
    stays = set(newest_first[:1])
    for period, of in PERIODS.items():
        newest: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            newest.setdefault(of(at), at)
        stays |= set(list(newest.values())[: getattr(keep, period)])
    return stays


def is_quiet(before: str, after: str, writers: int) -> bool:
    """Did nothing end between two snapshots? Then the first sees what the log holds up to any point between them.

    Snapshots as `pg_current_snapshot()` writes them, `xmin:xmax:running,running`; `writers`: how many transactions held
    a number when asked before the second. One whose end stands in the log is either over, which the second snapshot
    tells, or still holds its number.
    """
    return before.endswith(":") and before == after and not writers


@dataclass(frozen=True)
class Card:
    """What the operator's page shows: `date` of the last drill that passed or failed, `ok`, tables' rows, seconds."""

    date: datetime | None
    ok: bool
    rows: int
    seconds: float
    reason: str  # "", "never", "old", "failed", "backup" (what it was tried on is old)


def card(drill: Mapping[str, object] | None, now: datetime) -> Card:
    """Red when there was no drill, when the last one failed, or when it or its backup is older than two days."""
    if drill is None:
        return Card(None, False, 0, 0.0, "never")
    at = datetime.fromisoformat(str(drill["at"]))
    rows, seconds = int(str(drill.get("rows", 0))), float(str(drill.get("seconds", 0)))
    if not drill.get("ok"):
        return Card(at, False, rows, seconds, "failed")
    if now - at > CARD_HOLDS:
        return Card(at, False, rows, seconds, "old")
    made = datetime.fromisoformat(str(drill.get("made", drill["at"])))
    if not timedelta(days=-1) < now - made < CARD_HOLDS:
        return Card(at, False, rows, seconds, "backup")
    return Card(at, True, rows, seconds, "")
