"""Registering under an SOP edition, and completing its steps."""

import datetime
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.actions import record
from tongxing.organisations.models import Centre
from tongxing.procedures import rules
from tongxing.procedures.edition import Edition
from tongxing.procedures.facts import refused, registered
from tongxing.procedures.models import Case, Draft, Registration, Step, Task
from tongxing.procedures.sop import edition
from tongxing.registry import identity
from tongxing.registry.actions import demand_in_use, enrol
from tongxing.registry.models import Person
from tongxing.registry.rules import Enrolment

BATCH = 2000


@dataclass(frozen=True)
class Ready:
    """An enrolment that the worker has checked. `seen`: the candidates shown, and judged to be somebody else."""

    enrolment: Enrolment
    draft_id: uuid.UUID
    seen: frozenset[uuid.UUID] = frozenset()
    written_by: str = ""  # who wrote it on paper, where it was typed in later


class AlreadyHere(Exception):
    """Somebody very like this child was registered at this centre while the form was open; nothing was saved."""

    def __init__(self, candidates: Sequence[identity.Candidate]) -> None:
        super().__init__("a close match was registered meanwhile")
        self.candidates = candidates


@transaction.atomic
def register(
    ready: Sequence[Ready],
    *,
    under: Edition,
    by: Acting,
    channel: str = "desk",
    search_again: bool = True,
) -> list[Registration]:
    """Register children at the acting centre, in order; all or none. The same draft twice is registered once.

    With `search_again`, two desks that register one child at the same moment are kept
    apart: the second raises AlreadyHere. Imports search beforehand and turn it off. Raises PermissionDenied.
    """
    by.demand("carried_out", "add")
    _one_at_a_time([one.draft_id for one in ready])
    known = {r.draft_id: r for r in Registration.objects.filter(draft_id__in=[one.draft_id for one in ready])}
    fresh = [one for one in ready if one.draft_id not in known]
    if search_again:
        for one in fresh:
            _refuse_if_here_meanwhile(one)
    centre = Centre.objects.get(id=by.place)
    persons = enrol([one.enrolment for one in fresh], by=by)
    made = [_registration(one, person, under, channel, by) for one, person in zip(fresh, persons, strict=True)]
    Registration.objects.bulk_create(made, batch_size=BATCH)
    Case.objects.bulk_create([Case(registration=one, centre_id=one.centre_id) for one in made], batch_size=BATCH)
    first = [_step(registration, under.first.code, registration.registered_on, by) for registration in made]
    Step.objects.bulk_create(first, batch_size=BATCH)
    tasks = [task for registration in made for task in _opening_tasks(registration, under, centre)]
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    record((registered(r, one.enrolment) for r, one in zip(made, fresh, strict=True)), by=by)
    if by.may("draft", "remove"):
        Draft.objects.filter(id__in=[one.draft_id for one in fresh]).delete()
    known |= {registration.draft_id: registration for registration in made}
    return [known[one.draft_id] for one in ready]


@transaction.atomic
def refuse(draft_id: uuid.UUID, *, on: datetime.date, by: Acting) -> None:
    """The family does not want to be registered: the draft goes, and only that somebody said no is counted."""
    by.demand("draft", "remove")
    if Draft.objects.filter(id=draft_id).delete()[0]:
        record([refused(draft_id, on=on, by=by)], by=by)


@transaction.atomic
def complete(
    registration: Registration,
    code: str,
    *,
    on: datetime.date,
    by: Acting,
    opened: Sequence[str] | None = None,
    risk: str = "",
) -> Step:
    """Record that a step was done (or an event happened) and open what follows.

    A step that is not waiting was done already, by a second press or a colleague: the one recorded is returned.
    Raises KeyError for a code that is not in the edition, LookupError for a step that was never opened, Restricted
    while the family has asked that the record is not used.
    """
    by.demand("case", "add")
    under = edition_of(registration)
    is_event = code in {event.code for event in under.events}
    if not is_event:
        under.step(code)
    case = Case.objects.select_for_update().get(registration=registration)  # one after the other
    waiting = registration.tasks.waiting().filter(code=code).order_by("due_on").first()
    if waiting is None and not is_event:
        return _already_done(registration, code)
    demand_in_use(registration.person_id)
    step = _step(registration, code, on, by)
    step.opened = list(opened) if opened is not None else None
    step.due_on = waiting.due_on if waiting else None
    step.save(force_insert=True)
    case.risk = risk or case.risk
    done = _done_steps(registration)
    if rules.is_closed(under, done):
        case.closed_on = on
    case.save(update_fields=["risk", "closed_on"])
    _bring_tasks_up_to_date(case, under, done, on)
    return step


def _already_done(registration: Registration, code: str) -> Step:
    done = registration.steps.filter(code=code).order_by("-done_at").first()
    if done is None:
        raise LookupError(f"{code} is not open yet")
    return done


@transaction.atomic
def close(cases: Sequence[Case], *, code: str, by: Acting) -> int:
    """Close many cases at once by their closing step, each on its own `closed_on`: old cases, or those that left.

    Returns how many tasks ended with them. Raises ValueError for a step that does not close a case.
    """
    by.demand("case", "add")
    steps = []
    for case in cases:
        if not edition_of(case.registration).step(code).closes or case.closed_on is None:
            raise ValueError(f"{code} does not close a case, or no day is given")
        steps.append(_step(case.registration, code, case.closed_on, by))
    Step.objects.bulk_create(steps, batch_size=BATCH)
    Case.objects.bulk_update(cases, ["closed_on"], batch_size=BATCH)
    waiting = Task.objects.waiting().filter(registration__case__in=cases)
    own_day = Case.objects.filter(registration=OuterRef("registration_id")).values("closed_on")
    return waiting.update(done_on=Subquery(own_day))


def edition_of(registration: Registration) -> Edition:
    """The edition on which the case was opened; it stays on it."""
    code, _, number = registration.edition.rpartition("/")
    return edition(code, int(number))


def _one_at_a_time(drafts: Sequence[uuid.UUID]) -> None:
    """Two posts of the same draft wait for each other, so that the second finds the first's registration."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "select pg_advisory_xact_lock(%s)",
            [(int.from_bytes(draft.bytes[8:], "big", signed=True),) for draft in sorted(drafts)],
        )


def _refuse_if_here_meanwhile(one: Ready) -> None:
    identity.lock(one.enrolment)
    found = identity.search(identity.details_of(one.enrolment))
    close = [c for c in found.inside if c.is_likely and c.person_id not in one.seen]
    if close:
        raise AlreadyHere(close)


def _registration(one: Ready, person: Person, under: Edition, channel: str, by: Acting) -> Registration:
    birth = one.enrolment.birth
    return Registration(
        draft_id=one.draft_id,
        person=person,
        centre_id=by.place,
        number=person.number,
        edition=f"{under.code}/{under.number}",
        shown={
            "name": person.name,
            "spoken": person.spoken,
            "sex": person.sex,
            "birth": birth.first.isoformat() if birth else "",
            "precision": birth.precision if birth else "",
        },
        channel=channel,
        written_by=one.written_by[:120],
        registered_on=one.enrolment.on,
        registered_by_id=by.user_id,
    )


def _step(registration: Registration, code: str, on: datetime.date, by: Acting) -> Step:
    return Step(
        registration=registration, centre_id=registration.centre_id, code=code, done_on=on, done_by_id=by.user_id
    )


def _done_steps(registration: Registration) -> list[rules.DoneStep]:
    rows = registration.steps.order_by("done_at", "id").values_list("code", "done_on", "opened")
    return [rules.DoneStep(code, on, None if opened is None else tuple(opened)) for code, on, opened in rows]


def _opening_tasks(registration: Registration, under: Edition, centre: Centre) -> list[Task]:
    on = registration.registered_on
    done = [rules.DoneStep(under.first.code, on)]
    return [_task(registration, open_step) for open_step in _open(under, done, on, centre, risk="")]


def _open(
    under: Edition, done: Sequence[rules.DoneStep], on: datetime.date, centre: Centre, risk: str
) -> list[rules.OpenStep]:
    noon = datetime.datetime.combine(on, datetime.time(12), tzinfo=datetime.UTC)  # only its date matters
    return rules.open_steps(under, done, noon, jurisdiction(centre.jurisdiction).calendar, risk)


def _task(registration: Registration, open_step: rules.OpenStep) -> Task:
    return Task(
        registration=registration,
        person_id=registration.person_id,
        centre_id=registration.centre_id,
        code=open_step.step.code,
        opened_on=open_step.opened_on,
        due_on=open_step.due_on,
    )


def _bring_tasks_up_to_date(case: Case, under: Edition, done: Sequence[rules.DoneStep], on: datetime.date) -> None:
    registration = case.registration
    centre = Centre.objects.get(id=registration.centre_id)
    wanted = _open(under, done, on, centre, case.risk)
    missing = Counter((o.step.code, o.opened_on) for o in wanted)
    for task in registration.tasks.waiting():
        key = (task.code, task.opened_on)
        if missing[key]:
            missing[key] -= 1
            continue
        task.done_on = on
        task.save(update_fields=["done_on"])
    fresh = []
    for open_step in wanted:
        key = (open_step.step.code, open_step.opened_on)
        if missing[key]:
            missing[key] -= 1
            fresh.append(_task(registration, open_step))
    Task.objects.bulk_create(fresh)


def site_date(centre: Centre, moment: datetime.datetime | None = None) -> datetime.date:
    """The date on the wall of the centre at `moment`; without one, today."""
    return jurisdiction(centre.jurisdiction).day_at(moment or timezone.now(), centre.time_zone)
