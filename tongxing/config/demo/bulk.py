"""Many lives written at once: the rows that the actions would write one after the other, in a dozen statements.

Rows are worked out by the same rules and objects as the actions use (`procedures.rules.open_steps`, snapshots, facts);
tests/config/test_demo_bulk.py holds both beside each other, table by table. Under the same signed contexts as a desk.
"""

import datetime
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.casework.actions import delivered
from tongxing.casework.models import Assessment, Delivery
from tongxing.config.demo.lives import Event
from tongxing.core.ids import spoken_code, uuid7
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.actions import record
from tongxing.facts.kinds import Draft
from tongxing.organisations.models import Centre, Service
from tongxing.procedures import rules
from tongxing.procedures.actions import referrals
from tongxing.procedures.actions.registrations import edition_of
from tongxing.procedures.facts import as_counted, referral_fact
from tongxing.procedures.models import Receipt, Referral, ReferralCount, Registration, Step, Task, WithdrawalCode
from tongxing.procedures.models.referral import State
from tongxing.registry.models import Consent

NOON = datetime.time(12)
SECONDS = 600  # how long a signed context holds: a batch on a busy machine
TASKS_DONE = """
    update procedures_task t set done_on = v.done_on
    from unnest(%s::uuid[], %s::date[]) v(id, done_on) where t.id = v.id"""
# Two statements, as two actions: the risk first, so that the history of each case has both former rows.
CASE_RISK = """
    update procedures_case c set risk = v.risk
    from unnest(%s::uuid[], %s::text[]) v(id, risk) where c.registration_id = v.id"""
CASE_CLOSED = """
    update procedures_case c set closed_on = v.closed_on
    from unnest(%s::uuid[], %s::date[]) v(id, closed_on) where c.registration_id = v.id"""
Receiver = Callable[[uuid.UUID], Acting]


@dataclass
class Course:
    """One case while its life is written: what was done, what waits. `complete` does what the action of that name does."""

    registration: Registration
    tasks: list[Task]
    risk: str = ""
    closed_on: datetime.date | None = None
    done: list[rules.DoneStep] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    fresh: list[Task] = field(default_factory=list)
    ended: list[Task] = field(default_factory=list)  # those that were there before

    def __post_init__(self) -> None:
        self.under = edition_of(self.registration)
        self.calendar = jurisdiction(self.registration.person.centre.jurisdiction).calendar
        self.known = {task.id for task in self.tasks}
        self.done.append(rules.DoneStep(self.under.first.code, self.registration.registered_on))

    def waits(self, code: str) -> Task | None:
        """The most pressing open task of this code."""
        found = [task for task in self.tasks if task.code == code]
        return min(found, key=lambda task: task.due_on or datetime.date.max) if found else None

    def complete(self, code: str, on: datetime.date, by: uuid.UUID, risk: str = "") -> None:
        """Record a step or an event and open what follows; a closing step ends a case from wherever it stands."""
        waiting = self.waits(code)
        row = self.registration
        self.steps.append(
            Step(
                registration=row,
                centre_id=row.centre_id,
                code=code,
                due_on=waiting.due_on if waiting else None,
                done_on=on,
                done_by_id=by,
            )
        )
        self.done.append(rules.DoneStep(code, on))
        self.risk = risk or self.risk
        if rules.is_closed(self.under, self.done):
            self.closed_on = on
        self._bring_tasks_up_to_date(on)

    def _bring_tasks_up_to_date(self, on: datetime.date) -> None:
        noon = datetime.datetime.combine(on, NOON, tzinfo=datetime.UTC)  # only its date matters
        wanted = rules.open_steps(self.under, self.done, noon, self.calendar, self.risk)
        missing = Counter((one.step.code, one.opened_on) for one in wanted)
        staying = []
        for task in self.tasks:
            if missing[task.code, task.opened_on]:
                missing[task.code, task.opened_on] -= 1
                staying.append(task)
                continue
            task.done_on = on
            if task.id in self.known:
                self.ended.append(task)
        self.tasks = staying
        for one in wanted:
            if missing[one.step.code, one.opened_on]:
                missing[one.step.code, one.opened_on] -= 1
                row = self.registration
                task = Task(
                    registration=row,
                    person_id=row.person_id,
                    centre_id=row.centre_id,
                    code=one.step.code,
                    opened_on=one.opened_on,
                    due_on=one.due_on,
                )
                self.tasks.append(task)
                self.fresh.append(task)


class Batch:
    """Lives of registrations just made at one centre, gathered and written together. Within a context of `by`."""

    def __init__(
        self, made: Sequence[Registration], services: Sequence[Service], *, by: Acting, receiver_of: Receiver
    ) -> None:
        self.by, self.services, self.receiver_of = by, services, receiver_of
        waiting: dict[uuid.UUID, list[Task]] = defaultdict(list)
        for task in Task.objects.waiting().filter(registration__in=made):
            waiting[task.registration_id].append(task)
        self.courses = {row.id: Course(row, waiting[row.id]) for row in made}
        self.consents: dict[uuid.UUID, list[Consent]] = defaultdict(list)
        persons = [row.person_id for row in made]
        for consent in Consent.objects.filter(person__in=persons).current(timezone.now()):
            self.consents[consent.person_id].append(consent)
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.drafts: list[Draft] = []
        self.given: dict[uuid.UUID, list[tuple[Delivery, Draft]]] = defaultdict(list)

    def live(self, registration: Registration, events: Iterable[Event]) -> None:
        """Work out the rows of one life; nothing is written yet."""
        course, sent = self.courses[registration.id], None
        for event in events:
            if event.what == "refer":
                sent = self._refer(course, event)
            elif event.what in ("answer", "deliver"):
                if sent:
                    self._heard_back(course, sent, event)
            else:
                if event.what == "assessment":
                    self._assess(course, event)
                course.complete(event.what, event.on, self.by.user_id, event.said.get("risk", ""))
        if sent:
            self._former_rows(sent)

    def write(self) -> None:
        """All rows of all lives, those that are pointed at first."""
        courses = self.courses.values()
        for table in (Assessment, Referral, ReferralCount, WithdrawalCode, Receipt):
            table._default_manager.bulk_create(self.rows[table])
        Step.objects.bulk_create([step for course in courses for step in course.steps])
        Task.objects.bulk_create([task for course in courses for task in course.fresh])
        _update(TASKS_DONE, [(task.id, task.done_on) for course in courses for task in course.ended])
        _update(CASE_RISK, [(course.registration.id, course.risk) for course in courses if course.risk])
        _update(CASE_CLOSED, [(course.registration.id, course.closed_on) for course in courses if course.closed_on])
        # Its role may add to the history and not read it back: ignoring conflicts is what keeps Django from asking.
        former = apps.get_model("procedures", "ReferralEvent")
        former._default_manager.bulk_create(self.rows[former], ignore_conflicts=True)
        record(self.drafts, by=self.by)
        for centre_id, given in self.given.items():
            receiver = self.receiver_of(centre_id)
            with acting_as(receiver, seconds=SECONDS):
                Delivery.objects.bulk_create([delivery for delivery, _draft in given])
                record([draft for _delivery, draft in given], by=receiver)

    def _assess(self, course: Course, event: Event) -> None:
        row = course.registration
        self.rows[Assessment].append(
            Assessment(
                registration=row,
                person_id=row.person_id,
                centre_id=row.centre_id,
                needs=dict(event.said["needs"]),
                risk=event.said["risk"],
                assessed_on=event.on,
                assessed_by_id=self.by.user_id,
            )
        )

    def _refer(self, course: Course, event: Event) -> Referral | None:
        """None where the family has not agreed, or nobody near offers it: then nothing is sent."""
        person, need = course.registration.person, event.said["need"]
        offered = [service for service in self.services if service.need == need]
        consents = self.consents[person.id]
        agreements = [rules.Agreement(c.purpose, c.decision, c.valid_until) for c in consents]
        if not offered or rules.may_refer(agreements, need, event.on):
            return None
        service = offered[int(event.said["place"] * len(offered))]
        consent = next(c for c in consents if c.purpose == rules.purpose_of(need))
        referral = referrals.made(person, service, need, consent, uuid7(), event.on, by=self.by)
        referral.referred_at = _noon(event.on, person.centre)  # lists put the newest first
        agreed = any(c.purpose == "statistics" and c.decision == "agreed" for c in consents)
        count = ReferralCount(referral=referral, sender_id=referral.sender_id, **as_counted(person, agreed=agreed))
        code = spoken_code(8)
        self.rows[Referral].append(referral)
        self.rows[ReferralCount].append(count)
        self.rows[WithdrawalCode].append(WithdrawalCode(code_hash=referrals.code_hash(code), referral=referral))
        self.rows[Receipt].append(
            Receipt(
                referral=referral,
                sender_id=referral.sender_id,
                rows=[[name, value] for name, value in referral.shared.items() if value],
                withdrawal_sealed=one_time.seal(code),
            )
        )
        self.drafts.append(referral_fact("referral_sent", referral, count, on=event.on))
        course.complete("referral_sent", event.on, self.by.user_id)
        return referral

    def _heard_back(self, course: Course, referral: Referral, event: Event) -> None:
        count: ReferralCount = referral.count
        receiver = self.receiver_of(referral.receiver_id)
        if event.what == "answer":
            referral.answered_at = _noon(event.on, course.registration.person.centre)
            referral.state = State.ACCEPTED if event.said["accept"] else State.REJECTED
            referral.decline_reason = event.said.get("reason", "")
            if referral.decline_reason:
                said = {"reason": referral.decline_reason}
                self.drafts.append(referral_fact("referral_declined", referral, count, on=event.on, **said))
            if course.waits("referral_answer"):
                course.complete("referral_answer", event.on, receiver.user_id)
            return
        referral.state, referral.outcome, referral.done_on = State.DONE, event.said["outcome"], event.on
        self.drafts.append(referral_fact("referral_done", referral, count, on=event.on))
        delivery = Delivery(
            referral=referral,
            centre_id=referral.receiver_id,
            service_id=referral.service_id,
            delivered_on=event.on,
            outcome=referral.outcome,
            recorded_by_id=receiver.user_id,
        )
        self.given[referral.receiver_id].append((delivery, delivered(delivery, referral, count)))

    def _former_rows(self, referral: Referral) -> None:
        """What the trigger keeps of a referral that is answered, and then done: what it was before each."""
        former = apps.get_model("procedures", "ReferralEvent")
        kept = {f.attname for f in former._meta.concrete_fields} & {f.attname for f in Referral._meta.concrete_fields}
        now = {name: getattr(referral, name) for name in kept}
        unfinished = {"state": State.ACCEPTED, "outcome": "", "done_on": None}
        sent = unfinished | {"state": State.IN_PROGRESS, "answered_at": None, "decline_reason": ""}
        versions = [sent] if referral.answered_at else []
        versions += [unfinished] if referral.done_on else []
        acting = self.receiver_of(referral.receiver_id).user_id
        about = {"pgh_label": "update", "pgh_created_at": timezone.now(), "pgh_obj_id": referral.id, "acting": acting}
        self.rows[former] += [former(**now | version | about) for version in versions]


def _noon(on: datetime.date, centre: Centre) -> datetime.datetime:
    return datetime.datetime.combine(on, NOON, tzinfo=ZoneInfo(centre.time_zone))


def _update(statement: str, rows: Sequence[tuple[object, object]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
