"""Who is who, as the desk and the review say it: link, unlink, relink, decide; and what is told of it.

All of it goes through functions of the database (sql/links.sql): they see both sides, and tell each only its own.
"""

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.utils import IntegrityError

from tongxing.access.acting import Acting
from tongxing.registry.models.links import Kind, ReviewPair


class NotAgreed(Exception):
    """A family has not agreed to be linked across centres, or has taken it back."""


@dataclass(frozen=True)
class Said:
    """One assertion about a record, as far as it may be told. `other` is None when that record is not open here."""

    id: uuid.UUID
    kind: str
    source: str
    model_version: str
    weight: float | None
    levels: Mapping[str, str]
    reason: str
    asserted_at: datetime.datetime
    ended_at: datetime.datetime | None
    ended_reason: str
    is_asked: bool  # somebody has asked that it end, and a second person has not yet
    asked_by_me: bool
    is_sensitive: bool
    other: uuid.UUID | None


@transaction.atomic
def assert_link(
    one: uuid.UUID,
    other: uuid.UUID,
    kind: str,
    *,
    by: Acting,
    model_version: str = "",
    weight: float | None = None,
    levels: Mapping[str, str] | None = None,
    reason: str = "",
) -> uuid.UUID | None:
    """The desk says that two records open to it are the same person, siblings, or different; replaces what stood.

    Returns the assertion; None when a child in danger is concerned: then it waits for a second person. Raises NotAgreed,
    PermissionDenied, ValueError for an unknown kind, DatabaseError when a record is not open here.
    """
    by.demand("link", "add")
    values = (one, other, Kind(kind).value, model_version, weight, json.dumps(dict(levels or {})), reason)
    with _asked("select access.assert_link(%s, %s, %s, %s, %s::float8, %s::jsonb, %s)", values) as cursor:
        made: uuid.UUID | None = cursor.fetchone()[0]
    return made


@transaction.atomic
def end_link(link: uuid.UUID, *, reason: str, by: Acting) -> str | None:
    """Take an assertion back. What was one person is two again, and no job joins them anew; nothing is lost.

    "ended"; "asked" where a child is in danger and a second person has to ask too; None: none stands, or not for you.
    """
    by.demand("link", "change")
    with _asked("select access.end_link(%s, %s)", (link, reason)) as cursor:
        told: str | None = cursor.fetchone()[0]
    return told


@transaction.atomic
def relink(one: uuid.UUID, other: uuid.UUID, *, reason: str, by: Acting) -> uuid.UUID | None:
    """The same person after all. A new assertion; what was said before stays readable. Raises as `assert_link`."""
    by.demand("link", "change")
    return assert_link(one, other, Kind.SAME, reason=reason, by=by)


@transaction.atomic
def decide_pair(pair: uuid.UUID, says: str, *, by: Acting, reason: str = "") -> str | None:
    """What a waiting pair is: same, sibling, different; or deferred. Makes the assertion.

    "decided"; "first" where two persons have to say the same; "deferred"; None: none waits, or not for you.
    Raises NotAgreed, PermissionDenied, ValueError for another word.
    """
    by.demand("pair", "change")
    if says not in (*Kind.values, ReviewPair.State.DEFERRED):
        raise ValueError(f"a pair is not {says!r}")
    with _asked("select access.decide_pair(%s, %s, %s)", (pair, says, reason)) as cursor:
        told: str | None = cursor.fetchone()[0]
    return told


@contextmanager
def _asked(statement: str, values: tuple[Any, ...]) -> Iterator[Any]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            yield cursor
    except IntegrityError as error:
        if "not agreed" in str(error):
            raise NotAgreed from error
        raise


def links_of(person: uuid.UUID) -> list[Said]:
    """What was said of a record that is open here, the latest first. Nothing about who is in danger elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.links_of(%s)", [person])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [Said(id=row.pop("link"), **row | {"levels": _loaded(row["levels"])}) for row in rows]


def one_with(person: uuid.UUID, at: datetime.datetime | None = None) -> tuple[list[uuid.UUID], bool]:
    """The other records of the same identity that are open here, and whether there are others elsewhere; at any date."""
    with connection.cursor() as cursor:
        cursor.execute("select person_id from access.one_with(%s, %s)", [person, at])
        found = [row[0] for row in cursor.fetchall()]
    return sorted(one for one in found if one), None in found


def known_as(persons: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[list[uuid.UUID], bool]]:
    """`one_with` of each of these that has any; for lists."""
    told: dict[uuid.UUID, tuple[list[uuid.UUID], bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.id, o.person_id from unnest(%s::uuid[]) p(id) cross join lateral access.one_with(p.id, null) o",
            [list(persons)],
        )
        for person, other in cursor.fetchall():
            others, is_elsewhere = told.get(person, ([], False))
            told[person] = (sorted([*others, *([other] if other else [])]), is_elsewhere or other is None)
    return told


@dataclass(frozen=True)
class Told:
    """One assertion as a lead reads it: numbers of the two records, no names."""

    link: uuid.UUID
    kind: str
    source: str
    model_version: str
    reason: str
    asserted_at: datetime.datetime
    ended_at: datetime.datetime | None
    ended_reason: str
    is_asked: bool
    asked_by_me: bool
    asked_reason: str
    one: str
    other: str


def links_told(number: str = "") -> list[Told]:
    """For a lead: what was said of the record under a number; without one, what waits for a second person to end."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.links_told(%s)", [number.strip().upper()])
        return [Told(*row) for row in cursor.fetchall()]


def numbered(number: str) -> uuid.UUID | None:
    """The record under a programme number, if it is open here. Numbers of linked records all keep leading to their own."""
    with connection.cursor() as cursor:
        cursor.execute("select access.numbered(%s)", [number.strip().upper()])
        found: uuid.UUID | None = cursor.fetchone()[0]
    return found


def _loaded(levels: Any) -> Mapping[str, str]:
    return dict(json.loads(levels)) if isinstance(levels, str) else levels
