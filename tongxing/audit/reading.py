"""What the audit administrator reads: the trace, the security log, changes of a record. Numbers and times, no child.

Everything here runs under the reader's own signed context; the database refuses everybody else.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncWeek

from tongxing.access import security
from tongxing.access.models import ReadNote, SecurityEvent
from tongxing.audit.models import Seal
from tongxing.organisations.models import Centre

SIZE = 50
T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Account:
    id: uuid.UUID
    login: str
    name: str


@dataclass(frozen=True)
class Change:
    """One former version of a row that belongs to a record: when, in which table, by whom, which columns. No value."""

    at: datetime
    table: str
    what: str
    acting: uuid.UUID | None
    columns: tuple[str, ...]


def _asked(function: str, *values: Any) -> list[tuple[Any, ...]]:
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"select * from access.{function}({marks})", values)  # noqa: S608
        return list(cursor.fetchall())


def account(login: str) -> Account | None:
    found = _asked("trace_accounts", [], login)
    return Account(*found[0]) if found else None


def accounts(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, Account]:
    named = {one for one in ids if one}
    return {row[0]: Account(*row) for row in _asked("trace_accounts", list(named))} if named else {}


def is_record(number: str) -> bool:
    return bool(_asked("trace_keys", number)[0][0])


def numbers(ids: Iterable[str]) -> dict[str, str]:
    """id in the log → number on the card, for what belongs to a person."""
    return {str(key): number for key, number in _asked("trace_numbers", [uuid.UUID(one) for one in ids])}


def changes(number: str) -> list[Change]:
    """Newest first."""
    found = [
        Change(at, kind, what, who, tuple(names)) for at, kind, what, who, names in _asked("trace_changes", number)
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)


def centres_named(text: str) -> list[uuid.UUID]:
    """Centres in whose name, in any language, `text` occurs."""
    named = Q(name__zh__icontains=text) | Q(name__en__icontains=text) | Q(name__mn__icontains=text)
    return list(Centre.objects.filter(named).values_list("id", flat=True))


def notes(asked: dict[str, Any], who: Account | None) -> QuerySet[ReadNote]:
    """The trace as a cleaned TraceForm narrows it, newest first."""
    found = _within(ReadNote.objects.order_by("-at", "-id"), asked)
    if who:
        found = found.filter(user_id=who.id)
    if asked.get("number"):
        found = found.filter(id__in=RawSQL("select access.trace_about(%s)", [asked["number"]]))
    if asked.get("centre"):
        found = found.filter(centre_id__in=centres_named(asked["centre"]))
    for name in ("role", "kind"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    return found


def events(asked: dict[str, Any], who: Account | None) -> QuerySet[SecurityEvent]:
    """The security log as a cleaned EventsForm narrows it, newest first."""
    found = _within(SecurityEvent.objects.order_by("-at", "-id"), asked)
    if asked.get("login"):
        found = found.filter(Q(login=asked["login"]) | Q(user_id=who.id) if who else Q(login=asked["login"]))
    if asked.get("kind"):
        found = found.filter(kind=asked["kind"])
    return found


def _within(found: QuerySet[T], asked: dict[str, Any]) -> QuerySet[T]:
    if asked.get("since_at"):
        found = found.filter(at__gte=asked["since_at"])
    if asked.get("until_at"):
        found = found.filter(at__lt=asked["until_at"])
    return found


def page(found: QuerySet[T], before: str) -> tuple[list[T], str]:
    """The rows behind the place `before` (moment and id of the last one seen), and the place behind these; both may be
    empty. By key and not by offset: the thousandth page costs what the first does."""
    moment, _mark, key = before.rpartition("_")
    try:
        at, last = datetime.fromisoformat(moment), uuid.UUID(key)
    except ValueError:
        pass
    else:
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=last), at__lte=at)
    rows = list(found[: SIZE + 1])
    more = f"{rows[SIZE - 1].at.isoformat()}_{rows[SIZE - 1].pk}" if len(rows) > SIZE else ""  # type: ignore[attr-defined]
    return rows[:SIZE], more


@dataclass(frozen=True)
class Breach:
    """What one account saw in a time, for the draft of a report. Numbers of records, no name."""

    pages: int
    kinds: list[tuple[str, int]]
    numbers: list[str]
    first_at: datetime | None
    last_at: datetime | None
    roles: list[str]
    centres: list[uuid.UUID]
    taken: list[SecurityEvent]  # files of rows
    signed_in: list[SecurityEvent]  # when and from where


def breach(who: Account, since: datetime, until: datetime) -> Breach:
    """Everything the log says of an account from `since` to before `until`."""
    within = {"since_at": since, "until_at": until}
    seen = list(notes(within, who).exclude(kind="trace"))
    about = {key for note in seen for key in note.ids}
    mine = _within(SecurityEvent.objects.filter(user_id=who.id).order_by("at"), within)
    return Breach(
        pages=len(seen),
        kinds=Counter(note.kind for note in seen).most_common(),
        numbers=sorted(set(numbers(about).values())) if about else [],
        first_at=seen[-1].at if seen else None,
        last_at=seen[0].at if seen else None,
        roles=sorted({note.role for note in seen if note.role}),
        centres=sorted({note.centre_id for note in seen if note.centre_id}),
        taken=list(mine.filter(kind=security.EXTRACT)),
        signed_in=list(mine.filter(kind=security.SIGNED_IN)),
    )


def last_of_weeks(weeks: int = 12) -> list[Seal]:
    """The last seal of each week, newest first: with it everything before is sealed too."""
    found = Seal.objects.annotate(week=TruncWeek("made_at")).order_by("-week", "-number").distinct("week")
    return list(found.defer("leaves")[:weeks])


def last_check() -> SecurityEvent | None:
    """The last nightly comparison of the log with its seals."""
    checks = SecurityEvent.objects.filter(kind__in=(security.VERIFIED, security.NOT_VERIFIED, security.DAMAGED))
    return checks.order_by("-at", "-id").first()
