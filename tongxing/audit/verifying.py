"""Is the log what was sealed? Names what was changed, deleted, reordered, cut off, rolled back or forged, and when."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from tongxing.audit import keys, roots, sealing
from tongxing.audit.models import Seal
from tongxing.audit.rules import merkle
from tongxing.audit.rules.differences import DELETED, differences

WORDS = {
    "changed": "rows were changed after they were sealed",
    "deleted": "rows were deleted after they were sealed",
    "added": "rows were put among sealed ones",
    "reordered": "rows stand in another order than they were sealed in",
    "truncated": "the end of the sealed log is missing",
    "leaves": "the list of leaves beside the seal was changed",
    "forged": "a seal is not signed with the key of this house",
    "chain": "a seal does not follow the one before it",
    "missing seals": "seals are missing from the chain",
    "rolled back": "the database is older than the roots outside",
    "replaced": "a seal differs from the root outside",
    "key": "the key of this house is not the one beside the roots",
}


@dataclass(frozen=True)
class Trouble:
    """`what` is a key of WORDS; `when` the moments of the batch or of the rows; `rows` ids of rows that are there."""

    what: str
    seals: tuple[int, ...]
    when: str
    source: str = ""
    count: int = 0
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        numbers = f"seal {self.seals[0]}" if len(self.seals) == 1 else f"seals {self.seals[0]} to {self.seals[-1]}"
        parts = [f"{self.what.upper()}: {WORDS[self.what]}", numbers, self.source, self.when]
        parts += [f"{self.count} rows" if self.count else "", " ".join(self.rows[:5])]
        return "; ".join(part for part in parts if part)


@dataclass
class Verified:
    """What was looked at and what is wrong; `notes` are facts that explain, not faults."""

    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    retired: int = 0  # batches whose rows were let go
    fingerprint: str = ""
    trouble: list[Trouble] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.trouble

    def as_json(self) -> dict[str, Any]:
        told = [asdict(one) | {"words": WORDS[one.what]} for one in self.trouble]
        return asdict(self) | {"trouble": told, "is_intact": self.is_intact}


@dataclass(frozen=True)
class _Link:
    """A seal with what it says; nothing when that cannot be read."""

    row: Seal
    said: dict[str, Any]
    is_signed: bool

    @property
    def when(self) -> str:
        span = [self.said.get(name, "") for name in ("first_at", "last_at")]
        return " to ".join(span) if all(span) else str(self.said.get("made_at", ""))


def verify(folder: Path | None = None) -> Verified:
    """Compare the log with its seals, and the seals with the roots in `folder`. Reads as tx_sealer, writes nothing.

    The key is the one beside the roots when they are given, for then it was out of reach of whoever changed the
    database; else that of the state folder.
    """
    done = Verified()
    outside = roots.copied(folder) if folder else {}
    key = (roots.public_key(folder) if folder else None) or keys.public_key()
    done.fingerprint = keys.fingerprint(key)
    if key != keys.public_key():
        done.trouble.append(Trouble("key", (0,), keys.fingerprint(keys.public_key())))
    with transaction.atomic(using="sealer"), connections["sealer"].cursor() as cursor:
        # One picture of seals and rows, whatever is sealed meanwhile.
        cursor.execute("set transaction isolation level repeatable read")
        chain = list(_links(key, done))
        _chain(chain, done)
        _against(chain, outside, key, done)
        _rows(list(_trusted(chain, outside, key)), cursor, done)
    return done


def _links(key: bytes, done: Verified) -> Iterator[_Link]:
    """All seals. One that is not signed by this house, or stands at another place, is named and believed in nothing."""
    for seal in Seal.objects.using("sealer").order_by("number").iterator(1000):
        done.seals += 1
        said = _read(seal.statement)
        is_signed = keys.is_signed(seal.statement.encode(), bytes(seal.signature), key)
        is_signed = is_signed and said.get("number") == seal.number
        if not is_signed:
            done.trouble.append(Trouble("forged", (seal.number,), str(seal.made_at)))
        yield _Link(seal, said, is_signed)


def _trusted(chain: list[_Link], outside: dict[int, roots.Copied], key: bytes) -> Iterator[_Link]:
    """The seals with what this house signed: here, or where that was overwritten, in the copy outside."""
    for link in chain:
        copy = outside.get(link.row.number)
        if link.is_signed:
            yield link
        elif copy and keys.is_signed(copy.statement.encode(), copy.signature, key):
            yield _Link(link.row, _read(copy.statement), True)


def _read(statement: str) -> dict[str, Any]:
    """What a statement says; nothing when it is none."""
    try:
        said = json.loads(statement)
        if said["kind"] == "rows":
            _columns = sealing.FORMS[said["form"]][said["source"]]
            int(said["from_xid"]), int(said["to_xid"]), int(said["rows"]), said["root"]
        return {"number": int(said["number"]), "prior": str(said["prior"])} | said
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return {}


def _excused(chain: list[_Link]) -> set[int]:
    """Numbers that were lost with a restore which was said so."""
    spans = [link.said for link in chain if link.is_signed and link.said["kind"] == "restored"]
    return {number for said in spans for number in range(said["lost_from"], said["lost_to"] + 1)}


def _chain(chain: list[_Link], done: Verified) -> None:
    before: _Link | None = None
    excused = _excused(chain)
    for link in chain:
        number = link.row.number
        gap = [n for n in range((before.row.number if before else 0) + 1, number) if n not in excused]
        if gap:
            done.trouble.append(Trouble("missing seals", tuple(gap), f"before {link.said.get('made_at', '')}"))
        elif link.said.get("prior") != (sealing.digest(before.row.statement) if before else ""):
            done.trouble.append(Trouble("chain", (number,), link.when))
        if link.is_signed and link.said["kind"] == "restored":
            done.notes.append(
                f"{link.said['made_at']}: restored from a backup, seals {link.said['lost_from']} to"
                f" {link.said['lost_to']} lost: {link.said['reason']}"
            )
        before = link


def _against(chain: list[_Link], outside: dict[int, roots.Copied], key: bytes, done: Verified) -> None:
    here, excused = {link.row.number: link for link in chain}, _excused(chain)
    end = max(here, default=0)
    gone = [number for number in outside if number not in here and number not in excused]
    behind = tuple(number for number in gone if number > end)
    if behind:
        said = _read(outside[behind[-1]].statement)
        done.trouble.append(Trouble("rolled back", behind, f"until {said.get('made_at', '')}"))
    if removed := tuple(number for number in gone if number < end):
        said = _read(outside[removed[0]].statement)
        done.trouble.append(Trouble("missing seals", removed, str(said.get("made_at", ""))))
    for number, copy in outside.items():
        if not keys.is_signed(copy.statement.encode(), copy.signature, key):
            done.trouble.append(Trouble("forged", (number,), "in the folder of roots"))
        elif number in here and here[number].row.statement != copy.statement:
            done.trouble.append(Trouble("replaced", (number,), here[number].when))
    if outside and (waiting := sum(number > max(outside) for number in here)):
        done.notes.append(f"{waiting} seals are not copied out yet")


def _rows(chain: list[_Link], cursor: Any, done: Verified) -> None:
    retired = max((link.said["up_to"] for link in chain if link.said["kind"] == "retired"), default=0)
    sources = {source for columns in sealing.FORMS.values() for source in columns}
    for source in sorted(sources):
        links = [link for link in chain if link.said.get("source") == source]
        kept = [link for link in links if link.row.number > retired]
        done.retired += len(links) - len(kept)
        _source(source, kept, int(links[-1].said["to_xid"]) if links else 0, cursor, done)


def _source(source: str, links: list[_Link], end: int, cursor: Any, done: Verified) -> None:
    empty: list[_Link] = []
    gone, new = Counter[bytes](), Counter[bytes]()
    for link, leaves, rows in _allotted(source, links, cursor):
        done.rows += len(rows)
        sealed = merkle.pieces(bytes(link.row.leaves))
        if len(leaves) == link.said["rows"] and merkle.root(leaves).hex() == link.said["root"]:
            if [leaf[: merkle.SHORT] for leaf in leaves] != sealed:
                done.trouble.append(Trouble("leaves", (link.row.number,), link.when, source))
            empty = []
            continue
        done.trouble += _told(source, link, sealed, sealing.Batch(leaves, rows, 0))
        today = Counter(leaf[: merkle.SHORT] for leaf in leaves)
        gone, new = gone + (Counter(sealed) - today), new + (today - Counter(sealed))
        empty = [*empty, link] if not rows else []
    if gone and gone == new:  # the same rows, in other batches
        moved = [one for one in done.trouble if one.source == source and one.what in ("changed", "deleted", "added")]
        done.trouble = [one for one in done.trouble if one not in moved]
        numbers = tuple(sorted({number for one in moved for number in one.seals}))
        done.trouble.append(Trouble("reordered", numbers, moved[0].when, source, gone.total()))
    if empty:  # nothing is left from some batch on
        numbered = {link.row.number for link in empty}
        done.trouble = [one for one in done.trouble if not (one.source == source and set(one.seals) <= numbered)]
        count = sum(link.said["rows"] for link in empty)
        when = f"from {empty[0].said['first_at']} to {empty[-1].said['last_at']}"
        done.trouble.append(Trouble("truncated", tuple(link.row.number for link in empty), when, source, count))
    cursor.execute(f"select count(*) from {source} where xid >= %s::xid8", [str(end)])  # noqa: S608
    done.unsealed += cursor.fetchone()[0]


def _allotted(source: str, links: list[_Link], cursor: Any) -> Iterator[tuple[_Link, list[bytes], list[bytes]]]:
    """Each seal with the leaves and texts of the rows that lie in its span today. One pass over the table."""
    mark = source.encode() + b"\t"
    for form, group in _by_form(links):
        since, until = int(group[0].said["from_xid"]), int(group[-1].said["to_xid"])
        stream = sealing.read_rows(cursor, source, form, since, until)
        end_of_rows = (math.inf, b"")  # behind every span, whatever a seal says
        xid, row = next(stream, end_of_rows)
        for link in group:
            start, end = int(link.said["from_xid"]), int(link.said["to_xid"])
            while xid < start:  # under a seal that is missing, which is told
                xid, row = next(stream, end_of_rows)
            rows: list[bytes] = []
            while xid < end:
                rows.append(row)
                xid, row = next(stream, end_of_rows)
            yield link, [merkle.leaf(mark + text) for text in rows], rows
        for _rest in stream:  # the connection is free again only when all was read
            pass


def _by_form(links: list[_Link]) -> list[tuple[int, list[_Link]]]:
    groups: list[tuple[int, list[_Link]]] = []
    for link in links:
        if not groups or groups[-1][0] != link.said["form"]:
            groups.append((link.said["form"], []))
        groups[-1][1].append(link)
    return groups


def _told(source: str, link: _Link, sealed: list[bytes], batch: sealing.Batch) -> Iterator[Trouble]:
    number, found = (link.row.number,), [leaf[: merkle.SHORT] for leaf in batch.leaves]
    if len(sealed) != link.said["rows"]:
        yield Trouble("leaves", number, link.when, source)
        yield Trouble("changed", number, link.when, source)
        return
    told = differences(sealed, found)
    if not told:  # the rows and the list beside the seal were changed alike; the root gives it away
        yield Trouble("changed", number, link.when, source)
    for one in told:
        if one.what == DELETED:
            yield Trouble(one.what, number, _between(batch, sealed, one.places, link), source, len(one.places))
            continue
        named = [batch.id_and_moment(place) for place in one.places]
        when = f"{named[0][1]} to {named[-1][1]}" if len(named) > 1 else named[0][1]
        yield Trouble(one.what, number, when, source, len(named), tuple(name for name, _moment in named))


def _between(batch: sealing.Batch, sealed: list[bytes], places: tuple[int, ...], link: _Link) -> str:
    """The moments of the rows that stand before and behind what is gone."""
    still = {leaf[: merkle.SHORT]: place for place, leaf in enumerate(batch.leaves)}
    before = next((still[one] for one in reversed(sealed[: places[0]]) if one in still), None)
    behind = next((still[one] for one in sealed[places[-1] + 1 :] if one in still), None)
    since = link.said["first_at"] if before is None else batch.id_and_moment(before)[1]
    until = link.said["last_at"] if behind is None else batch.id_and_moment(behind)[1]
    return f"{since} to {until}"
