"""One child with canaries in every personal field of every table, at a desk of a `house`; written by the real actions."""

import uuid
from dataclasses import dataclass, replace
from datetime import date

from django.db import connections
from django.utils import timezone

from tests import world
from tests.access import cast as people
from tests.access.canary import CANARY_HERE
from tests.access.lists import worked
from tests.procedures import lists
from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.casework.actions import assess, deliver
from tongxing.organisations.models import Centre
from tongxing.procedures.actions import answer, complete, start_draft
from tongxing.procedures.models import Referral, Registration, RosterRow
from tongxing.registry import identity, matching
from tongxing.registry.actions import let_in
from tongxing.registry.linking import assert_link
from tongxing.registry.models import Alert, Compared, Consent, Contact, Guardianship, Person, Residence
from tongxing.rights import actions
from tongxing.rights.models import Request

CANARY = replace(
    CANARY_HERE,
    name="霍鹪鹩",
    spoken="Hooo Jiaoliaooo",
    other_name="鹪宝宝",
    guardian="霍鹡鸰",
    decider="霍鹡鸰",
    phone="139 5528 1372",
    document="DOC-5528-GONE",
    community="鹡鸰里社区（演示）",
    address="鹡鸰里 528 号（演示）",
    birth_said="说是鸡年腊月",
    draft="霍鹪鹩草稿",
    note="鹪鹩之约带户口簿",
    birth=date(2013, 11, 19),
)
REQUESTER, WORDS = "霍鸲鹆", "请删去鹪鹩的一切"


@dataclass
class Staff:
    desk: Acting
    worker: Acting
    school: Acting
    elsewhere: Acting
    officer: Acting
    lead: Acting


def staff() -> Staff:
    return Staff(
        desk=world.somebody("front_desk", "changzhou-2"),
        worker=world.somebody("case_worker", "changzhou-2"),
        school=world.somebody("receiver", "changzhou-school-1"),
        elsewhere=world.somebody("front_desk", "zhongshan-1"),
        officer=world.somebody("protection"),
        lead=world.somebody("safeguarding"),
    )


def asked(kind: str, **changed: str) -> actions.Asked:
    given = {
        "kind": kind,
        "requester": REQUESTER,
        "by_whom": "guardian",
        "relation": "father",
        "identity": "known",
        "language": "zh-hans",
        "words": WORDS,
    }
    return actions.Asked(**given | changed)


def canary_child(who: Staff) -> Registration:
    """The child, everything about it, and another child of the centre that has nothing to do with it but a link."""
    enrolment = people.enrolment(CANARY)
    with world.as_(who.desk) as by:
        registration = world.registered(by, enrolment)
        person = registration.person
        other = world.registered(by, world.child("麦穗儿"), search_again=False)
        complete(registration, "verification", on=world.TODAY, by=by)
        assess(registration, needs={"school": "pressing"}, risk="high", on=world.TODAY, by=by)
        start_draft({"name": CANARY.draft, "household_of": str(person.id)}, by=by)
        start_draft({"name": CANARY.name}, by=by)
        start_draft({"name": "另一个孩子"}, by=by)
        for table, change in (
            (Contact, {"belongs_to": "household"}),
            (Guardianship, {"lives_with": False}),
            (Residence, {"verified_on": world.TODAY}),
        ):
            table.objects.filter(person=person).update(**change)
        Person.objects.filter(id=person.id).update(hukou="rural")
        Consent.objects.filter(person=person, purpose="contact").update(withdrawn_at=timezone.now())
        let_in(person=person, centre=Centre.objects.get(slug="changzhou-1"), purpose="visit", ends_at=None, by=by)
        note_read("person", [person.id], by=by)
    _asked_elsewhere(who, enrolment)
    _referred(who, person)
    _linked(who, person.id, other.person_id)
    _on_lists(who, registration)
    return registration


def _on_lists(who: Staff, registration: Registration) -> None:
    """Two rosters name the child: the row that became the record, one that looks like it, and one twice in its list."""
    alike = {"姓名": CANARY.name, "出生日期": CANARY.birth.isoformat(), "监护人姓名": CANARY.guardian}
    for numbers in ((61,), (62, 63)):
        brought = worked(lists.as_csv([lists.child(n, **alike) for n in numbers]), who.desk)
    rows = RosterRow.objects.using("owner").filter(roster=brought)
    assert str(registration.person_id) in rows.earliest("number").candidates
    rows.filter(number=rows.earliest("number").number).update(registration=registration, state="imported")


def _asked_elsewhere(who: Staff, enrolment) -> None:
    """This desk asked whoever may know the child, and another desk asked about it."""
    words = {"name": CANARY.name, "guardian": CANARY.guardian}
    for by in (who.elsewhere, who.desk):
        with world.as_(by):
            matching.ask(identity.details_of(enrolment), words, by=by)


def _referred(who: Staff, person: Person) -> None:
    for _ in range(2):
        with world.as_(who.desk) as by:
            sent = world.to_school(Person.objects.get(id=person.id), by=by)
        with world.as_(who.school) as by:
            answer(Referral.objects.get(id=sent.id), accept=True, note=CANARY.note, by=by)
    with world.as_(who.school) as by:
        deliver(Referral.objects.get(id=sent.id), outcome="received", on=world.TODAY, by=by)


def _linked(who: Staff, one: uuid.UUID, other: uuid.UUID) -> None:
    with world.as_(who.worker) as by:
        assert_link(one, other, "different", reason=f"{CANARY.name}（演示）", by=by)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select access.put_pair(%s, %s, 'uncertain', '2', 3, 0.5, '{}', '{}', 1, null, '')", sorted([one, other])
        )
    Compared.objects.using("owner").create(person_id=one, version="2/2", across=True)
    Alert.objects.using("owner").create(
        person_id=one, searched_by=who.desk.user_id, kind="emergency", reason=CANARY.note
    )


def requested(who: Staff, person: Person, kind: str, **changed: str) -> Request:
    with world.as_(who.desk) as by:
        return actions.take(asked(kind, **changed), person=person, by=by)


def granted(who: Staff, request: Request) -> Request:
    with world.as_(who.officer) as by:
        return actions.rule(request.pk, by=by)
