"""Search rows that an older normaliser made are made anew, some at a time, while desks go on searching.

What is found by its old rows meanwhile stays findable: a batch of persons changes in one transaction. Killed at any
moment, it goes on with what is still stale. Runs as the owner: it reads names of all centres, which no other job may.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections, transaction

from tongxing.core.dates import PartialDate
from tongxing.core.ids import uuid7
from tongxing.linkage import keys, names, normaliser
from tongxing.linkage.details import Details, Name
from tongxing.registry import identity, installed

OWNER = "owner"
BATCH = 500
EVERYTHING_NEWER = uuid.UUID(int=0)


@dataclass(frozen=True)
class Progress:
    """`done` of `waiting` persons have got new rows in this run."""

    done: int
    waiting: int


def rekey(report: Callable[[Progress], None] = lambda _progress: None, *, everything: bool = False) -> int:
    """Renew all stale rows, telling `report` after each batch; returns how many persons. `everything`: all that are here.

    `everything` is for a model that counts names otherwise: rows carry how rare their name is.
    """
    before = uuid7() if everything else EVERYTHING_NEWER
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select access.count_stale(%s, %s)", [normaliser.VERSION, before])
        waiting = int(cursor.fetchone()[0])
    done = 0
    while made := _one_batch(before):
        done += made
        report(Progress(done, max(waiting, done)))
    return done


def _one_batch(before: uuid.UUID) -> int:
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(
            "select person_id, known from access.stale_persons(%s, %s, %s)", [normaliser.VERSION, before, BATCH]
        )
        found = [(person, _loaded(known)) for person, known in cursor.fetchall()]
        rows: list[dict[str, Any]] = []
        stored: list[dict[str, Any]] = []
        for person, known in found:
            made = normaliser.features(details_of(known), installed.frequencies())
            rows += [identity.as_json(row) | {"id": str(uuid7()), "person_id": str(person)} for row in made]
            tag = keys.tag(made[0])
            stored += [
                {"id": str(uuid7()), "person_id": str(person), "k": k, "tag": tag} for k in keys.stored_keys(made)
            ]
        if found:
            persons = [person for person, _known in found]
            cursor.execute(
                "select access.rekey(%s, %s::jsonb, %s::jsonb)", [persons, json.dumps(rows), json.dumps(stored)]
            )
    return len(found)


def details_of(known: dict[str, Any]) -> Details:
    """What linkage compares, from what the tables hold; as `identity.details_of` says it of an enrolment.

    A stored surname or reading that the program itself would guess is left to be guessed anew.
    """
    name, surname = known["name"], known["surname"]
    stated = surname if surname and surname != names.split(name)[0] else None
    said = [Name(name, surname=stated), *(Name(other) for other in known["others"])]
    if known["spoken"] and known["spoken"] != names.spoken(name, stated)[:200]:
        said.append(Name(known["spoken"], kind="pinyin"))
    birth = None
    if known["birth_from"]:
        birth = PartialDate.of(date.fromisoformat(known["birth_from"]), known["birth_precision"])
    return Details(
        names=tuple(said),
        sex=known["sex"],
        birth=birth,
        origin_division=known["origin_division"],
        guardian_names=tuple(known["guardians"]),
        phones=tuple(known["phones"]),
        documents=tuple(known["documents"]),
    )


def _loaded(known: Any) -> dict[str, Any]:
    return dict(json.loads(known)) if isinstance(known, str) else dict(known)
