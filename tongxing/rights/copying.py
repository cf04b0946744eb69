"""Everything held about one child, and who has looked at it, as plain data: for the printed page and the machine file."""

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import ForeignKey, Model
from django.utils import timezone

from tongxing.access.models import ReadNote, Session
from tongxing.casework.models import Delivery
from tongxing.organisations.models import Centre, Division
from tongxing.procedures.models import Receipt, Referral, RosterRow
from tongxing.registry.models import (
    Alert,
    Contact,
    Grant,
    Halt,
    Link,
    MatchRequest,
    Movement,
    Person,
    Residence,
    ReviewPair,
    SearchKey,
    SearchRow,
    Subject,
)
from tongxing.rights import erasure
from tongxing.rights.keeper import KEEPER
from tongxing.rights.policy import is_history, table_of
from tongxing.rights.walk import found, tied

VERSION = 1
LONGEST_BYTES = 64  # of a hash
# What is no word about the child: hashes to find it by, bookkeeping of jobs, and what would tell of other people or of
# where a child in danger was looked for. The tables are named in the copy, their rows are not printed.
NAMED_ONLY: tuple[type[Model], ...] = (
    *(SearchKey, SearchRow, Subject, Link, ReviewPair, MatchRequest, Alert),
    RosterRow,  # says of the child what became the record, and of whom else it reminded
)
# Where a child is: left out of paper and file while its home is under location lock. Whoever asks may not be the family.
WHERE: tuple[type[Model], ...] = (Residence, Contact, Movement, Grant, Referral, Delivery, Receipt)
INNER = (
    "id",
    "content",
    "sha256",
    "written_by",
    "sort_key",
    "request_id",
    "draft_id",
    "withdrawal_sealed",
    "code_hash",
    "pgh_id",
    "pgh_created_at",
)


def copy(person_id: uuid.UUID, *, using: str = KEEPER) -> dict[str, Any]:
    """All rows that hang on a child: `{"version", "made_at", "tables": [{"table", "is_former", "rows": [{field: value}]}],
    "named_only": [tables]}`. Staff are not named: who recorded it is no word about the child."""
    ids = found(person_id, using=using)
    tables, named_only = [], []
    is_hidden = hidden(person_id, using=using)
    for one in tied():
        if is_hidden and _current(one.model) in WHERE:
            continue
        if one.model in NAMED_ONLY:
            named_only += [one.model._meta.label] if ids[one.model] else []
            continue
        if one.model is Halt or not ids[one.model]:
            continue  # a legal hold is between the officer and the law
        rows = one.model._default_manager.using(using).filter(pk__in=ids[one.model]).order_by("pk")
        told = [dict(_fields(row, is_hidden, using)) for row in rows]
        if told := [row for row in told if row]:
            tables.append({"table": table_of(one.model).label, "is_former": is_history(one.model), "rows": told})
    known = erasure.known_by(Person.objects.using(using).get(pk=person_id), using)
    for model, mine in erasure.mentioning(known):
        if model._meta.label not in named_only and model._default_manager.using(using).filter(mine).exists():
            named_only.append(model._meta.label)
    return {
        "version": VERSION,
        "made_at": plain(timezone.now()),
        "tables": tables,
        "named_only": named_only,
        "is_hidden": is_hidden,
    }


def hidden(person_id: uuid.UUID, *, using: str) -> bool:
    """Is the child, or somebody who lives with it, under location lock?"""
    home = Person.objects.using(using).filter(pk=person_id).values("household_id")
    return Person.objects.using(using).filter(household_id__in=home, is_location_locked=True).exists()


def _current(model: type[Model]) -> type[Model]:
    """The table itself, for one of former versions."""
    return model._meta.get_field("pgh_obj").related_model if is_history(model) else model  # type: ignore[return-value]


def _fields(row: Model, is_hidden: bool, using: str) -> Iterator[tuple[str, Any]]:
    for field in row._meta.local_fields:
        if field.name in INNER or field.name.startswith("pgh_") or field.name == "acting":
            continue
        value = getattr(row, field.attname)
        if value in (None, "", [], {}):
            continue
        if isinstance(value, bytes | memoryview) and len(value) > LONGEST_BYTES:
            continue  # a picture: the family looks at it at the centre
        if isinstance(field, ForeignKey):
            if field.related_model is Division:
                yield field.name, dict(Division.objects.using(using).get(pk=value).name)
            elif field.related_model is Centre and not is_hidden:
                yield field.name, dict(Centre.objects.using(using).get(pk=value).name)
            continue
        yield field.name, plain(value)


def plain(value: Any) -> Any:
    """A value as JSON writes it; a moment by the clock of the house, for its day is printed."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(timezone.get_current_timezone()).isoformat(timespec="minutes")
    if isinstance(value, datetime.date | uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def seen(person_id: uuid.UUID, *, using: str = KEEPER) -> dict[str, Any]:
    """Who has looked at the record: day, centre, role, what for; and to whom it was referred. Never a person's name.

    Why: the worker acted for the centre, which answers for it; a name would make the family's question a danger to the
    one who helped it, or the answer a way to find them. The audit administrator knows who it was.
    """
    number = Person.objects.using(using).values_list("number", flat=True).get(pk=person_id)
    ids = found(person_id, using=using)
    about = {str(key) for one in tied() if one.model not in NAMED_ONLY for key in ids[one.model]}
    notes = _notes(about, using)
    is_hidden = hidden(person_id, using=using)
    if is_hidden:  # a centre is a place
        notes = [note | {"centre": {}} for note in notes]
    referrals = Referral.objects.using(using).filter(person_id=person_id).order_by("referred_on")
    return {
        "version": VERSION,
        "made_at": plain(timezone.now()),
        "number": number,
        "looks": notes,
        "is_hidden": is_hidden,
        "referrals": [
            {
                "on": str(one.referred_on),
                "centre": _centre(one.receiver_id, using),
                "need": one.need,
                "until": str(one.expires_on),
                "withdrawn": str(timezone.localdate(one.withdrawn_at)) if one.withdrawn_at else "",
            }
            for one in referrals
            if not is_hidden
        ],
    }


def _notes(about: set[str], using: str) -> list[dict[str, Any]]:
    """Looks, day by day: the same role of the same centre for the same purpose is one line with a number."""
    lines: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    rows = ReadNote.objects.using(using).filter(ids__has_any_keys=sorted(about)).order_by("at")
    roles: Mapping[Any, str] = dict(
        Session.objects.using(using).filter(pk__in=rows.values("session_id")).values_list("pk", "role")
    )
    for note in rows:
        day = str(timezone.localdate(note.at))
        key = (day, str(note.centre_id), roles.get(note.session_id, ""), note.purpose)
        line = lines.setdefault(
            key,
            {
                "on": day,
                "centre": _centre(note.centre_id, using),
                "role": key[2],
                "purpose": note.purpose,
                "kind": note.kind,
                "times": 0,
            },
        )
        line["times"] += 1
    return list(lines.values())


def _centre(centre_id: uuid.UUID | None, using: str) -> dict[str, str]:
    found_one = Centre.objects.using(using).filter(pk=centre_id).first() if centre_id else None
    return dict(found_one.name) if found_one else {}
