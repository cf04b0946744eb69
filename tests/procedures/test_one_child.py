"""One child, from the desk to the outcome, through the actions, as tx_app under signed contexts."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tests import world
from tongxing.access import one_time
from tongxing.casework.actions import assess, deliver
from tongxing.core.ids import uuid7
from tongxing.organisations.models import Service
from tongxing.procedures.actions import AlreadyHere, answer, complete, decide_again, refer, withdraw
from tongxing.procedures.actions.referrals import ConsentMissing, NotNow, withdraw_by_code
from tongxing.procedures.models import Case, Receipt, Referral, Registration, Task
from tongxing.registry.models import Consent, Person


def sent(desk, name):
    with world.as_(desk):
        registration = world.registered(desk, world.child(name, phones=(f"000 {name}",)))
        return world.to_school(registration.person, by=desk)


def test_registering_opens_the_next_step_with_its_due_date(desk):
    with world.as_(desk):
        registration = world.registered(desk, world.child("陈一一", phones=("000 0001",)))
        task = Task.objects.get(registration=registration)
    assert task.code == "verification"
    assert task.due_on == date(2026, 11, 25)  # three working days after Saturday 21 November


def test_the_same_draft_sent_twice_registers_once(desk):
    draft = uuid7()
    with world.as_(desk):
        first = world.registered(desk, world.child("陈二二", phones=("000 0002",)), draft_id=draft)
    with world.as_(desk):
        assert world.registered(desk, world.child("陈二二", phones=("000 0002",)), draft_id=draft).id == first.id
        assert Registration.objects.filter(draft_id=draft).count() == 1


def test_a_child_registered_meanwhile_is_shown_and_not_registered_again(desk):
    with world.as_(desk):
        world.registered(desk, world.child("陈三三", phones=("000 0003",)))
    with pytest.raises(AlreadyHere) as here, world.as_(desk):
        world.registered(desk, world.child("陈三三", phones=("000 0003",)))
    assert here.value.candidates[0].verdict == "likely"


def test_an_assessment_sets_the_risk_and_moves_the_case_on(desk):
    with world.as_(desk):
        registration = world.registered(desk, world.child("陈四四", phones=("000 0004",)))
        complete(registration, "verification", on=world.TODAY, by=desk)
        assess(registration, needs={"school": "pressing"}, risk="high", on=world.TODAY, by=desk)
        assert Case.objects.get(registration=registration).risk == "high"


def test_the_receiver_sees_the_snapshot_and_never_the_person(desk, school):
    referral = sent(desk, "陈五五")
    with world.as_(school):
        seen = Referral.objects.get(id=referral.id)
        assert seen.shared == {
            "name": "陈五五",
            "birth_month": "2017-03",
            "language": "",
            "need": "school",
            "contact": seen.shared["contact"],
        }
        assert not Person.objects.exists()


def test_accepting_delivering_and_the_outcome_at_the_sender(desk, school):
    referral = sent(desk, "陈六六")
    with world.as_(school):
        answer(Referral.objects.get(id=referral.id), accept=True, first_meeting="11-28", by=school)
        deliver(Referral.objects.get(id=referral.id), outcome="received", on=world.TODAY, by=school)
    with world.as_(desk):
        referral = Referral.objects.get(id=referral.id)
        assert (referral.state, referral.outcome, referral.done_on) == ("done", "received", world.TODAY)


def test_withdrawing_by_code_blanks_the_snapshot_and_ends_the_consent(desk, school):
    referral = sent(desk, "陈七七")
    with world.as_(desk):
        code = one_time.unseal(Receipt.objects.get(referral=referral).withdrawal_sealed)
    with transaction.atomic():
        assert withdraw_by_code(f" {code[:3].lower()}-{code[3:]} ").id == referral.id
    with world.as_(school):
        blank = Referral.objects.get(id=referral.id)
        assert blank.shared == {}
        with pytest.raises(NotNow):
            answer(blank, accept=True, by=school)
    with world.as_(desk):
        assert Consent.objects.get(id=referral.consent_id).withdrawn_at is not None
        with pytest.raises(ConsentMissing):
            world.to_school(referral.person, by=desk)


def test_a_wrong_code_withdraws_nothing(desk):
    with transaction.atomic():
        assert withdraw_by_code("2222-2222") is None


def test_who_refused_statistics_is_counted_as_somebody_who_came(desk, house):
    with world.as_(desk):
        refusing = world.child("邰知微", phones=("000 0041",), consent=world.consent(refused=("statistics",)))
        registration = world.registered(desk, refusing)
        referral = world.to_school(registration.person, by=desk)
        agreeing = world.registered(desk, world.child("慕容采薇", phones=("000 0042",)))
    told = "select subject, sex, birth_year, origin_division_id from facts_fact where source_id = '{}'"
    for source in (registration.id, referral.id):
        assert house.sql("tx_owner", told.format(source)) == [(None, "", None, None)]
    [(subject, *rest)] = house.sql("tx_owner", told.format(agreeing.id))  # the control
    assert subject and rest == ["female", 2017, "130921"]


def test_a_refused_purpose_is_never_shared(desk):
    with world.as_(desk):
        enrolment = world.child("陈八八", phones=("000 0008",), consent=world.consent(refused=("school",)))
        registration = world.registered(desk, enrolment)
        with pytest.raises(ConsentMissing):
            world.to_school(registration.person, by=desk)


def test_an_agreement_does_not_come_back_when_a_later_one_is_withdrawn(desk):
    referral = sent(desk, "葛春雷")
    with world.as_(desk):
        decide_again(world.consent(), person=referral.person, by=desk)
        withdraw(Referral.objects.get(id=referral.id), by=desk)
        assert not Consent.objects.filter(person=referral.person, purpose="school").current(timezone.now()).exists()
        with pytest.raises(ConsentMissing):
            world.to_school(referral.person, by=desk)


def test_a_changed_mind_recalls_what_was_shared(desk, school):
    referral = sent(desk, "葛夏雨")
    with world.as_(desk):
        decide_again(world.consent(refused=("school",)), person=referral.person, by=desk)
    with world.as_(school):
        assert Referral.objects.get(id=referral.id).shared == {}


def test_the_same_confirmation_sent_twice_refers_once(desk):
    request_id = uuid7()
    with world.as_(desk):
        registration = world.registered(desk, world.child("陈九九", phones=("000 0009",)))
        one = world.to_school(registration.person, by=desk, request_id=request_id)
        two = world.to_school(registration.person, by=desk, request_id=request_id)
    assert one.id == two.id


def test_the_receiver_may_not_withdraw_for_the_family(desk, school):
    referral = sent(desk, "段明亮")
    with world.as_(school), pytest.raises(PermissionDenied):
        withdraw(Referral.objects.get(id=referral.id), by=school)


def test_a_refused_purpose_is_not_reached_by_calling_the_need_something_else(desk):
    with world.as_(desk):
        enrolment = world.child("童见微", phones=("000 0031",), consent=world.consent(refused=("health",)))
        person = world.registered(desk, enrolment).person
        clinic = Service.objects.filter(need="health").exclude(centre_id=desk.centre_id).first()
        with pytest.raises(PermissionDenied):  # the family agreed to school, and a clinic is no school
            refer(person=person, service=clinic, need="school", request_id=uuid7(), by=desk)
        with pytest.raises(ConsentMissing):
            refer(person=person, service=clinic, need="health", request_id=uuid7(), by=desk)


def test_an_officer_reads_the_registrations_that_the_officer_carried_out(desk, house):
    officer, colleague = (world.somebody("police", "changzhou-2") for _ in range(2))
    with world.as_(desk):
        at_the_desk = world.registered(desk, world.child("岳听松", phones=("000 0032",)))
    with world.as_(officer):
        own = world.registered(officer, world.child("穆清和", phones=("000 0033",)))
        assert list(Registration.objects.values_list("id", flat=True)) == [own.id]
        assert not Case.objects.exists()
    with world.as_(colleague):
        assert not Registration.objects.exists()
    with world.as_(desk):  # the control: both are there
        assert Registration.objects.filter(id__in=[own.id, at_the_desk.id]).count() == 2
