"""Writes about requests: taken down at a desk, ruled on, seconded, carried out by the worker, handed over."""

import datetime
import uuid
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from tongxing.access.acting import Acting
from tongxing.access.codes import FAMILY
from tongxing.access.context import acting_as
from tongxing.core.ids import spoken_code
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.models import Centre
from tongxing.procedures.actions import withdraw
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.models import Referral
from tongxing.registry.models import Consent, Halt, Person
from tongxing.rights.models import Identity, Kind, Refusal, Request, State

KEPT_PURPOSE = "registration"  # a restricted record is still one that the family agreed to be written down


class NotNow(Exception):
    """The request stands elsewhere than the page showed; nothing was changed."""


class NotKept(Exception):
    """The centre keeps no record under the number any more; nothing was changed."""


@dataclass(frozen=True)
class Asked:
    """What a family asks, as the desk writes it down."""

    kind: str
    requester: str
    by_whom: str  # guardian | young_person
    relation: str
    identity: str
    language: str
    words: str = ""


def due(centre: Centre, asked_on: datetime.date) -> tuple[datetime.date, bool]:
    """The last day for an answer under the law of the centre's country, a working day; and whether that is confirmed."""
    law = jurisdiction(centre.jurisdiction)
    last = law.calendar.add_working_days(asked_on + datetime.timedelta(days=law.answers_within.days), 0)
    return last, law.answers_within.confirmed


@transaction.atomic
def take(asked: Asked, *, person: Person, by: Acting) -> Request:
    """Write down what a family asks about a child whose record this centre keeps."""
    by.demand("request", "add")
    by.demand_keeping(person.centre_id)
    return _written(asked, person.id, person.number, person.centre, by)


@transaction.atomic
def take_by_number(asked: Asked, *, number: str, by: Acting) -> Request | None:
    """The data protection officer writes down what came by telephone or letter. None: no such number."""
    by.demand("ruling", "change")
    found = kept_under(number)
    if found is None:
        return None
    person_id, centre_id = found
    return _written(asked, person_id, number.strip(), Centre.objects.get(pk=centre_id), by)


def kept_under(number: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Person and keeping centre under a programme number, for the data protection officer; nothing else is told."""
    with connection.cursor() as cursor:
        cursor.execute("select person, centre from access.kept_under(%s)", [number.strip()])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _written(asked: Asked, person_id: uuid.UUID, number: str, centre: Centre, by: Acting) -> Request:
    on = site_date(centre)
    last, confirmed = due(centre, on)
    return Request.objects.create(
        code=f"Q-{spoken_code(5)}",
        centre=centre,
        person_id=person_id,
        child=number,
        kind=Kind(asked.kind),
        asked_by_whom=asked.by_whom,
        requester=asked.requester[:120],
        relation=asked.relation,
        identity=Identity(asked.identity),
        language=asked.language,
        words=asked.words[:1000],
        asked_on=on,
        due_on=last,
        is_due_confirmed=confirmed,
        recorded_by_id=by.user_id,
    )


@transaction.atomic
def rule(request_id: uuid.UUID, *, by: Acting, refused_for: str = "", words: str = "") -> Request:
    """The data protection officer grants, or refuses with a reason from the list. Raises NotNow when it is ruled on,
    NotKept when there is nothing to grant: the number that the officer read is not that child's at that centre.

    What is granted goes to the worker; a correction goes to the desk, an erasure waits for the second word.
    """
    by.demand("ruling", "change")
    asked = _locked(request_id, State.ASKED)
    if not refused_for and kept_under(asked.child) != (asked.person_id, asked.centre_id):
        raise NotKept
    asked.decided_at, asked.decided_by_id = timezone.now(), by.user_id
    asked.refused_for = Refusal(refused_for) if refused_for else ""
    asked.answer_words = words[:1000]
    asked.state = State.REFUSED if refused_for else State.GRANTED
    _save(asked, "decided_at", "decided_by", "refused_for", "answer_words", "state")
    if asked.state == State.GRANTED and asked.kind == Kind.RESTRICT:
        _restrict(asked, by)
    elif asked.state == State.GRANTED and asked.kind in (Kind.COPY, Kind.SEEN):
        _defer(asked)
    return asked


@transaction.atomic
def second(request_id: uuid.UUID, *, by: Acting) -> Request:
    """The second person says yes to an erasure, and the worker carries it out.

    Raises NotNow when nothing waits for it, PermissionDenied to whoever ruled.
    """
    by.demand("erasure", "change")
    asked = _locked(request_id, State.GRANTED)
    if asked.kind != Kind.DELETE or asked.second_by_id:
        raise NotNow
    if asked.decided_by_id == by.user_id:
        raise PermissionDenied("two persons decide about an erasure")
    asked.second_at, asked.second_by_id = timezone.now(), by.user_id
    _save(asked, "second_at", "second_by")
    _defer(asked)
    return asked


@transaction.atomic
def close(request_id: uuid.UUID, *, by: Acting) -> Request:
    """The desk has handed the answer over, or has corrected what was wrong. Raises NotNow."""
    by.demand("request", "change")
    asked = Request.objects.select_for_update().filter(pk=request_id).first()
    if asked is None or not (asked.state == State.MADE or (asked.state, asked.kind) == (State.GRANTED, Kind.CORRECT)):
        raise NotNow
    by.demand_keeping(asked.centre_id)
    asked.state, asked.done_at = State.DONE, timezone.now()
    _save(asked, "state", "done_at")
    return asked


@transaction.atomic
def hold(*, number: str, reason: str, until_on: datetime.date | None, by: Acting) -> Halt | None:
    """A law or a court forbids to erase this child's record for now. None: no such number."""
    by.demand("halt", "add")
    found = kept_under(number)
    if found is None:
        return None
    # The officer reads no person: the number says whose record it is when the hold is to end.
    return _halt(*found, Halt.Kind.HOLD, f"{number.strip()} · {reason}", by, until_on)


@transaction.atomic
def end_halt(halt_id: uuid.UUID, *, by: Acting) -> bool:
    """A hold or a restriction ends; after a restriction the desk asks the family for its agreements anew."""
    by.demand("halt", "change")
    standing = Halt.objects.filter(pk=halt_id, ended_at=None)
    return bool(standing.update(ended_at=timezone.now(), ended_by_id=by.user_id))


def _halt(
    person: uuid.UUID, centre: uuid.UUID, kind: str, reason: str, by: Acting, until_on: datetime.date | None = None
) -> Halt:
    return Halt.objects.create(
        person_id=person,
        centre_id=centre,
        kind=kind,
        reason=reason[:300],
        starts_on=timezone.localdate(),
        until_on=until_on,
        recorded_by_id=by.user_id,
    )


def _restrict(asked: Request, by: Acting) -> None:
    """Every agreement but that to the registration ends, what was shared is taken back, and the mark stands.

    With them end search from outside, linkage across centres, referrals and further counting: all ask for agreement.
    """
    if asked.person_id is None:
        raise NotNow
    _halt(asked.person_id, asked.centre_id, Halt.Kind.RESTRICTION, asked.code, by)
    family = Acting(FAMILY, "", "family", asked.centre_id)
    with acting_as(family):
        for referral in Referral.objects.filter(person_id=asked.person_id, withdrawn_at=None):
            withdraw(referral, by=family)
        standing = Consent.objects.filter(person_id=asked.person_id, withdrawn_at=None)
        standing.exclude(purpose=KEPT_PURPOSE).update(withdrawn_at=timezone.now())
    _defer(asked)


def _locked(request_id: uuid.UUID, state: str) -> Request:
    found = Request.objects.select_for_update().filter(pk=request_id).first()
    if found is None or found.state != state:
        raise NotNow
    return found


def _save(asked: Request, *fields: str) -> None:
    asked.save(update_fields=fields)


def _defer(asked: Request) -> None:
    # By its name: tasks stand above what they call.
    app.configure_task("tongxing.rights.tasks.carry_out").defer(request=str(asked.pk))
