"""Referrals from sending to outcome, and taking them back."""

import datetime
import uuid
from dataclasses import asdict, dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.codes import FAMILY, salted
from tongxing.access.context import acting_as
from tongxing.core.ids import spoken_code
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.actions import record
from tongxing.organisations.models import Service
from tongxing.procedures import rules
from tongxing.procedures.actions.registrations import complete, site_date
from tongxing.procedures.facts import as_counted, referral_fact
from tongxing.procedures.models import Receipt, Referral, ReferralCount, Registration, WithdrawalCode
from tongxing.procedures.models.referral import State
from tongxing.procedures.snapshot import Snapshot, snapshot
from tongxing.registry.actions import decide, demand_in_use
from tongxing.registry.models import Consent, Person
from tongxing.registry.rules import ConsentGiven

MONTHS_SHARED = 3
CODE = 8  # of 26 letters each: among a million referrals the next one meets another's code once in 200,000 times
ANSWER_WITHIN = 3  # working days, unless the service says otherwise (SOP 5.2)


class NotNow(Exception):
    """The referral is not in a state that allows this; nothing was changed. `state` says where it stands."""

    def __init__(self, referral: Referral) -> None:
        super().__init__(f"{referral.code} is {referral.state}")
        self.referral = referral


class ConsentMissing(Exception):
    """The family has not agreed, or no longer; `problems` say what to do."""

    def __init__(self, problems: list[rules.Problem]) -> None:
        super().__init__(", ".join(p.code for p in problems))
        self.problems = problems


class SheetTaken(ValueError):
    """This sheet was typed in for another child or another service."""


class TimeIsOver(ValueError):
    """What was agreed on that day is shared no longer: the family is asked anew."""


@dataclass(frozen=True)
class OnPaper:
    """A referral that was made on paper: on which day, by whom, and the number on the sheet."""

    on: datetime.date
    written_by: str
    sheet: str


@transaction.atomic
def refer(
    *,
    person: Person,
    service: Service,
    need: str,
    request_id: uuid.UUID,
    by: Acting,
    agreed_now: Consent | None = None,
    paper: OnPaper | None = None,
) -> Referral:
    """Hand a person to a service with consent: frozen snapshot, receipt, withdrawal code, fact. Once per `request_id`.

    `agreed_now` is the consent to this one referral where no standing purpose covers the need. Raises ConsentMissing.
    `paper`: it was made on that day, and one sheet refers once. Raises SheetTaken, TimeIsOver.
    """
    by.demand("referral", "add")
    by.demand_keeping(person.centre_id)
    _fits(person, service, need, by)
    if sent := _sent_before(request_id, person, service):
        return sent
    if paper and (sent := typed_before(paper, person, service, need, by=by)):
        return sent
    today = site_date(person.centre)
    on = paper.on if paper else today
    standing = Consent.objects.filter(person=person).current(timezone.now())
    consents = [c for c in standing if not paper or site_date(person.centre, c.decided_at) <= on]
    consent = _consent_to(need, on, consents, agreed_now)
    referral = made(person, service, need, consent, request_id, on, by=by)
    if paper:
        referral.written_by, referral.sheet = paper.written_by, paper.sheet
    if referral.expires_on < today:
        raise TimeIsOver
    referral.save(force_insert=True)
    count = _count_as(referral, person, consents)
    _give_receipt(referral, person)
    record([referral_fact("referral_sent", referral, count, on=on)], by=by)
    if registration := person.registrations.open().first():
        complete(registration, "referral_sent", on=on, by=by)
    return referral


def made(
    person: Person,
    service: Service,
    need: str,
    consent: Consent,
    request_id: uuid.UUID,
    on: datetime.date,
    *,
    by: Acting,
) -> Referral:
    """The referral under this consent, with its frozen copy, as it is sent on that day; nothing is written yet."""
    return Referral(
        code=f"R-{spoken_code(CODE)}",
        request_id=request_id,
        person=person,
        consent=consent,
        sender_id=by.place,
        receiver_id=service.centre_id,
        service=service,
        need=need,
        purpose=consent.purpose,
        shared=asdict(snapshot_for(person, need)),
        answer_by=_answer_by(service, person, on),
        expires_on=shared_until(on, consent.valid_until),
        referred_on=on,
        referred_by_id=by.user_id,
    )


def _sent_before(request_id: uuid.UUID, person: Person, service: Service) -> Referral | None:
    sent = Referral.objects.filter(request_id=request_id).first()
    if sent and (sent.person_id, sent.service_id) != (person.id, service.id):
        raise PermissionDenied("this confirmation belongs to another referral")
    return sent


def typed_before(paper: OnPaper, person: Person, service: Service, need: str, *, by: Acting) -> Referral | None:
    """The referral of this sheet, or the same one made on the screen that day, which does not learn the number of the
    sheet. Raises SheetTaken."""
    with connection.cursor() as cursor:  # two who type the same pile take turns
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sheets of {by.place}"])
    that_day = Referral.objects.filter(sender_id=by.place, referred_on=paper.on)
    sheet = that_day.filter(sheet=paper.sheet).first()
    if sheet and (sheet.person_id, sheet.service_id) != (person.id, service.id):
        raise SheetTaken
    return sheet or that_day.filter(person=person, service=service, need=need, sheet="").first()


def _fits(person: Person, service: Service, need: str, by: Acting) -> None:
    demand_in_use(person.pk)
    if not rules.meets(service.need, need):
        raise PermissionDenied(f"{service.slug} does not meet {need}")
    if service.centre_id == by.place:
        raise PermissionDenied("a service of one's own centre needs no referral")


def _consent_to(need: str, on: datetime.date, consents: list[Consent], agreed_now: Consent | None) -> Consent:
    """The consent under which this need may be told. Raises ConsentMissing with what to do about it."""
    agreements = [rules.Agreement(c.purpose, c.decision, c.valid_until) for c in consents]
    if problems := rules.may_refer(agreements, need, on, agreed_now=agreed_now is not None):
        raise ConsentMissing(problems)
    return agreed_now or next(c for c in consents if c.purpose == rules.purpose_of(need))


@transaction.atomic
def answer(
    referral: Referral, *, accept: bool, by: Acting, reason: str = "", first_meeting: str = "", note: str = ""
) -> Referral:
    """The receiver accepts, or declines with a reason from the closed list. Raises NotNow after a withdrawal."""
    by.demand("received", "change")
    referral = _locked(referral, receiver_id=by.centre_id)
    wanted = State.ACCEPTED if accept else State.REJECTED
    if referral.state == wanted:
        return referral  # the same answer sent twice
    if referral.withdrawn_at or not rules.may_become(referral.state, wanted):
        raise NotNow(referral)
    if not accept and reason not in rules.DECLINE_REASONS:
        raise ValueError(f"unknown reason {reason!r}")
    referral.state = wanted
    referral.answered_at = timezone.now()
    referral.decline_reason = "" if accept else reason
    referral.first_meeting = first_meeting[:60] if accept else ""
    referral.note = note[:300]
    referral.save(update_fields=["state", "answered_at", "decline_reason", "first_meeting", "note"])
    declined = {} if accept else {"reason": reason}
    on = site_date(referral.sender, referral.answered_at)
    _return("" if accept else "referral_declined", referral, on=on, by=by, step="referral_answer", **declined)
    return referral


@transaction.atomic
def finish(referral: Referral, *, outcome: str, on: datetime.date, by: Acting) -> Referral:
    """The receiver has given the service (casework.deliver records it): the referral closes, the outcome returns."""
    by.demand("received", "change")
    referral = _locked(referral, receiver_id=by.centre_id)
    if referral.state == State.DONE:
        return referral
    if referral.withdrawn_at or not rules.may_become(referral.state, State.DONE):
        raise NotNow(referral)
    referral.state, referral.outcome, referral.done_on = State.DONE, outcome, on
    referral.save(update_fields=["state", "outcome", "done_on"])
    _return("referral_done", referral, on=on, by=by)
    return referral


@transaction.atomic
def withdraw(referral: Referral, *, by: Acting) -> Referral:
    """The family takes it back: the snapshot is blanked, the consent ends, the receiver is asked to acknowledge."""
    by.demand("referral", "change")
    referral = _locked(referral, sender_id=by.place)
    if referral.withdrawn_at:
        return referral
    for shared in [referral, *_under_the_same(referral)]:
        _recall(shared, by=by)
    # By query, not by object: who withdraws by code reads neither the person nor the consent.
    standing = Q(person_id=referral.person_id, purpose=referral.purpose)
    this_one = Q(id=referral.consent_id)
    given = this_one if referral.purpose == rules.THIS_REFERRAL else standing
    Consent.objects.filter(given, withdrawn_at=None).update(withdrawn_at=referral.withdrawn_at)
    return referral


def _under_the_same(referral: Referral) -> list[Referral]:
    """Other copies given out under the consent that ends."""
    if referral.purpose == rules.THIS_REFERRAL:
        return []
    others = Referral.objects.select_for_update().filter(withdrawn_at=None, purpose=referral.purpose)
    return list(others.filter(person_id=referral.person_id, sender_id=referral.sender_id).exclude(id=referral.id))


def _recall(referral: Referral, *, by: Acting) -> None:
    """Blank the snapshot; the procedure asks the receiver to confirm that copies are gone."""
    referral.state = rules.state_after_recall(referral.state)
    referral.shared = {}
    referral.withdrawn_at = timezone.now()
    referral.save(update_fields=["state", "shared", "withdrawn_at"])
    on = site_date(referral.sender, referral.withdrawn_at)
    _return("referral_withdrawn", referral, on=on, by=by, event="consent_withdrawn")


@transaction.atomic
def decide_again(given: ConsentGiven, *, person: Person, by: Acting) -> list[Consent]:
    """The family decides anew. What it now refuses is recalled wherever it was shared under the earlier answer."""
    decided = decide(given, person=person, by=by)
    refused = [answer.purpose for answer in given.answers if not answer.agreed]
    if len(refused) == len(given.answers):
        refused.append(rules.THIS_REFERRAL)  # who says no to everything means the single ones too
    for referral in Referral.objects.filter(person=person, purpose__in=refused, withdrawn_at=None):
        _recall(_locked(referral), by=by)
    return decided


@transaction.atomic
def acknowledge(referral: Referral, *, by: Acting) -> Referral:
    """The receiver says that printed or saved copies are gone."""
    by.demand("received", "change")
    referral = _locked(referral, receiver_id=by.centre_id)
    if referral.withdrawn_at is None:
        raise NotNow(referral)
    if referral.acknowledged_at is None:
        referral.acknowledged_at = timezone.now()
        referral.save(update_fields=["acknowledged_at"])
        on = site_date(referral.sender, referral.acknowledged_at)
        _return("", referral, on=on, by=by, step="withdrawal_confirm")
    return referral


@transaction.atomic
def withdraw_by_code(typed: str) -> Referral | None:
    """What a family does with the code on its receipt, at any desk or on the public page. None: no such code.

    Looks the code up by hash before there is a context, then acts as `family` at the sending centre for this step.
    """
    with connection.cursor() as cursor:
        cursor.execute("select * from access.referral_of_code(%s)", [code_hash(typed)])
        row = cursor.fetchone()
    if row is None:
        return None
    referral_id, sender_id = row
    family = Acting(user_id=FAMILY, name="", role="family", centre_id=sender_id, purpose="withdrawal by code")
    with acting_as(family):
        return withdraw(Referral.objects.get(id=referral_id), by=family)


def code_hash(typed: str) -> bytes:
    """Of the code on a receipt."""
    return salted("withdrawal", typed)


def _locked(referral: Referral, **side: uuid.UUID | None) -> Referral:
    """The row as it stands now, for the side whose move it is: a desk may do both, but never answer for the other."""
    found = Referral.objects.select_for_update().filter(id=referral.id, **side).first()
    if found is None:
        raise PermissionDenied
    return found


def snapshot_for(person: Person, need: str) -> Snapshot:
    """The copy that a referral for `need` would carry today: the same lines on every page about it."""
    language = person.languages[0] if person.languages else ""
    return snapshot(name=person.name, birth=person.birth, language=language, need=need, contact=person.centre.slug)


def _answer_by(service: Service, person: Person, on: datetime.date) -> datetime.date:
    calendar = jurisdiction(person.centre.jurisdiction).calendar
    return calendar.add_working_days(on, service.answers_within_days or ANSWER_WITHIN)


def shared_until(on: datetime.date, consent_until: datetime.date) -> datetime.date:
    """The last day on which the receiver sees the snapshot: three months, never longer than the consent."""
    month = on.month - 1 + MONTHS_SHARED
    later = datetime.date(on.year + month // 12, month % 12 + 1, min(on.day, 28))
    return min(later, consent_until)


def _count_as(referral: Referral, person: Person, consents: list[Consent]) -> ReferralCount:
    agreed = any(c.purpose == "statistics" and c.decision == "agreed" for c in consents)
    return ReferralCount.objects.create(
        referral=referral,
        sender_id=referral.sender_id,
        **as_counted(person, agreed=agreed),
    )


def _give_receipt(referral: Referral, person: Person) -> Receipt:
    code = spoken_code(8)
    WithdrawalCode.objects.bulk_create([WithdrawalCode(code_hash=code_hash(code), referral=referral)])
    return Receipt.objects.create(
        referral=referral,
        sender_id=referral.sender_id,
        rows=[[code_, value] for code_, value in referral.shared.items() if value],
        withdrawal_sealed=one_time.seal(code),
    )


def _return(
    what: str,
    referral: Referral,
    *,
    on: datetime.date,
    by: Acting,
    step: str = "",
    event: str = "",
    **attributes: str,
) -> None:
    """Carry what the receiver or the family did back to the sender: the fact of that day, and the step of the procedure.

    They may see neither the subject nor the case, so it is done in one step as `returning` at the sending centre.
    """
    with acting_as(returning := by.taking_on("returning", centre_id=referral.sender_id)):
        if what:
            count = ReferralCount.objects.get(referral_id=referral.id)
            record([referral_fact(what, referral, count, on=on, **attributes)], by=returning)
        registration = Registration.objects.open().filter(person_id=referral.person_id).first()
        for code in filter(None, (event, step)):
            if registration and (event or registration.tasks.waiting().filter(code=step).exists()):
                complete(registration, code, on=on, by=returning)
