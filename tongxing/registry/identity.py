"""Search before create: what is known at the desk, against every register, through a function that tells little."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import OperationalError

from tongxing.access import security
from tongxing.linkage import keys, normaliser
from tongxing.linkage.details import Details, Features, Name
from tongxing.registry import installed
from tongxing.registry.installed import install, restore
from tongxing.registry.models import Person, SearchKey, SearchRow
from tongxing.registry.rules import Enrolment

__all__ = ["Candidate", "Elsewhere", "Found", "Match", "Probed", "TooManySearches", "details_of", "here", "install", "lock", "probe",
           "question", "restore", "search", "search_rows", "seen_ids"]  # fmt: skip

SHOWN = 5
SAME_PERSON = ("likely", "possible")
QUESTION = "%s::bigint[], %s, %s::smallint[], %s::jsonb"  # keys, how many are strong, tags, rows looked for
PROBE = f"""
select p.number, c.verdict, c.total, c.levels
  from (select distinct on (person_id) * from access.candidates({QUESTION})) c join registry_person p on p.id = c.person_id
 order by c.verdict not in ('likely', 'possible'), c.total desc limit %s"""  # noqa: S608
SEARCH = f"select person_id, is_inside, verdict, total, levels from access.search({QUESTION})"  # noqa: S608

HERE = f"select person_id, verdict, total from access.here({QUESTION})"  # noqa: S608


class TooManySearches(Exception):
    """As many searches within an hour by one user as are allowed: this one was not made."""


@contextmanager
def counted_searches() -> Iterator[CursorWrapper]:
    """A cursor for the functions that count searches; one that is refused raises TooManySearches and spoils nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            yield cursor
    except OperationalError as error:
        if "too many searches" in str(error):
            raise TooManySearches from error
        raise


@dataclass(frozen=True)
class Candidate:
    """A person at this centre who may be the one looked for. `levels`: how each field agrees (linkage/levels.py)."""

    person_id: uuid.UUID
    verdict: str  # likely | possible: could be the same person; else a word of scoring.KIN_WORDS: family
    total: float
    levels: Mapping[str, str]

    @property
    def is_likely(self) -> bool:
        return self.verdict == "likely"

    @property
    def is_family(self) -> bool:
        return self.verdict not in SAME_PERSON

    @cached_property
    def person(self) -> Person | None:
        """Through the wall: None for a role that may search and not read persons."""
        return Person.objects.filter(id=self.person_id).first()


@dataclass(frozen=True)
class Elsewhere:
    """All that is told about other centres: none, possible or many, and which fields agree with the closest."""

    level: str
    levels: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """`inside`: who could be the person looked for, the likeliest first; `family`: who is of the same home."""

    inside: tuple[Candidate, ...]
    elsewhere: Elsewhere
    family: tuple[Candidate, ...] = ()


def details_of(enrolment: Enrolment) -> Details:
    """What linkage compares, from what is enrolled."""
    names = [Name(enrolment.name, surname=enrolment.surname or None)]
    names += [Name(other) for other in enrolment.other_names]
    if enrolment.spoken:
        names.append(Name(enrolment.spoken, kind="pinyin"))
    return Details(
        names=tuple(names),
        sex=enrolment.sex,
        birth=enrolment.birth,
        origin_division=enrolment.origin_division,
        guardian_names=tuple(g.name for g in enrolment.guardians),
        phones=enrolment.phones,
        documents=enrolment.documents,
    )


def search(details: Details) -> Found:
    """Who could it be: at most five persons here, as many of the family, and none, possible or many elsewhere.

    One logged search. Raises TooManySearches; any database error is passed on.
    """
    with counted_searches() as cursor:
        cursor.execute(SEARCH, question(details))
        answers = cursor.fetchall()
    here = [Candidate(i, verdict, total, _loaded(levels)) for i, here, verdict, total, levels in answers if here]
    outside = next((verdict, _loaded(levels)) for _i, here, verdict, _total, levels in answers if not here)
    return Found(
        tuple(one for one in here if not one.is_family)[:SHOWN],
        Elsewhere(*outside),
        tuple(one for one in here if one.is_family)[:SHOWN],
    )


def question(details: Details) -> tuple[Any, ...]:
    """The arguments (QUESTION) of every function that looks persons up."""
    rows = normaliser.features(details, installed.frequencies())
    asked = keys.asked(rows)
    return asked.keys, asked.strong, asked.tags, json.dumps([as_json(row) for row in rows])


def here(details: Details) -> list[uuid.UUID]:
    """Whom of those at the acting centre it may be, the likeliest first. For lists: counts as no search, tells nothing
    of other centres, needs the part `roster`.
    """
    with connection.cursor() as cursor:
        cursor.execute(HERE, question(details))
        return [person for person, _verdict, _total in cursor.fetchall()]


def lock(*enrolments: Enrolment) -> None:
    """Make desks that register the same child wait for each other: one lock per strong key, until the end."""
    probes = [probe for enrolment in enrolments for probe in keys.probes(details_of(enrolment))]
    with connection.cursor() as cursor:
        # In one order everywhere, so that two desks cannot hold what the other waits for.
        cursor.execute(
            "select pg_advisory_xact_lock(k) from (select unnest(%s::bigint[]) as k order by 1) as sorted", (probes,)
        )


def search_rows(enrolment: Enrolment, person: Person) -> tuple[list[SearchRow], list[SearchKey]]:
    """What search will read of this person; nothing is written yet."""
    rows = normaliser.features(details_of(enrolment), installed.frequencies())
    own: dict[str, Any] = {"person": person, "centre_id": person.centre_id}
    return (
        [SearchRow(**own, **_columns(row)) for row in rows],
        [SearchKey(**own, k=k, tag=keys.tag(rows[0])) for k in keys.stored_keys(rows)],
    )


def _columns(row: Features) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(row).items()}


def as_json(row: Features) -> dict[str, Any]:
    columns = _columns(row)
    columns["birth_from"] = row.birth_from.isoformat() if row.birth_from else None
    return columns


def _loaded(levels: Any) -> Mapping[str, str]:
    return dict(json.loads(levels)) if levels else {}  # Django hands jsonb over as text


def seen_ids(found: Sequence[Candidate]) -> list[str]:
    """The candidates that a worker has been shown, for the form that goes on."""
    return [str(candidate.person_id) for candidate in found]


@dataclass(frozen=True)
class Match:
    """A record that could be the one looked for, or its family's; for the owner's command, which knows no walls."""

    number: str
    verdict: str
    weight: float
    levels: Mapping[str, str]


@dataclass(frozen=True)
class Probed:
    """What one probe found, the heaviest first, and how long the database took, in milliseconds."""

    matches: tuple[Match, ...]
    ms: float


def probe(looked_for: Sequence[Details], top: int = SHOWN) -> Iterator[Probed]:
    """Search the whole register, past all walls, once for each of `looked_for`. The owner's command; logged.

    The same function of the database answers as at a desk. It raises no alert: nobody at a desk is searching.
    """
    security.note(security.PROBED, path=f"{len(looked_for)} probes")
    with connections["owner"].cursor() as cursor:
        for details in looked_for:
            asked = question(details)
            began = time.perf_counter()
            cursor.execute(PROBE, (*asked, top))
            found = cursor.fetchall()
            took = (time.perf_counter() - began) * 1000
            yield Probed(tuple(Match(n, verdict, total, _loaded(levels)) for n, verdict, total, levels in found), took)
