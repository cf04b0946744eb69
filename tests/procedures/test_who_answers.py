"""Who answers for a child is derived anew whenever somebody is asked, from what is known of its birth, and no better."""

import re
import uuid
from datetime import date

import pytest
from django.utils import timezone

from tests import world
from tests.rights import child as asking
from tongxing.core.dates import PartialDate
from tongxing.core.ids import uuid7
from tongxing.organisations.models import Service
from tongxing.procedures.models import Referral
from tongxing.procedures.rules.registration import ASKED
from tongxing.registry.models import Consent, Person
from tongxing.registry.rules import GuardianSaid
from tongxing.rights import actions

MOTHER = (GuardianSaid("温山（演示）", "mother"),)
READ = {"agreed_now": "on", "read_by": "interpreter", "read_in": "mn"}


def registered(desk, birth: PartialDate | None, **changed) -> Person:
    with world.as_(desk):
        mark = uuid.uuid4().hex[:6]
        given = {"birth": birth, "phones": (f"000 {mark}",), "guardians": MOTHER} | changed
        return world.registered(desk, world.child(f"温{mark}", **given), search_again=False).person


def years_ago(years: int) -> PartialDate:
    return PartialDate(timezone.localdate().year - years, None, None, "year")


def about(years: int) -> PartialDate:
    return PartialDate(timezone.localdate().year - years, None, None, "about")


def housing(desk) -> Service:
    found = Service.objects.filter(need__in=("skills", "work", "housing")).exclude(centre_id=desk.centre_id).first()
    assert found is not None
    return found


def ask(desk, person: Person, **typed: str):
    service = housing(desk)
    address = f"/en/people/{person.id}/refer/{service.id}/?need={service.need}"
    return world.client(desk).post(address, {"request_id": str(uuid7())} | typed)


def consent_to_the_referral(person: Person) -> Consent:
    return Consent.objects.using("owner").get(person_id=person.id, purpose="referral")


def test_the_yes_to_one_referral_is_that_of_who_decides_on_that_day(desk):
    person = registered(desk, years_ago(15), consent=world.consent(decider_name="温山（演示）", relation="mother"))
    assert ask(desk, person, **READ).status_code == 302
    given = consent_to_the_referral(person)
    assert (given.decided_by_whom, given.decider_name, given.relation) == ("young_person", person.name, "")
    assert (given.read_by, given.language, given.assent) == ("interpreter", "mn", "")


def test_below_that_age_the_guardian_on_record_agrees_and_the_child_is_heard(desk):
    person = registered(desk, years_ago(12))
    assert ask(desk, person, **READ, assent="refused").status_code == 302
    given = consent_to_the_referral(person)
    assert (given.decided_by_whom, given.decider_name, given.assent) == ("guardian", MOTHER[0].name, "refused")


def test_nobody_agrees_for_a_young_child_who_is_here_alone(desk):
    person = registered(desk, years_ago(9), guardians=(), is_unaccompanied=True)
    answered = ask(desk, person, **READ)
    assert answered.status_code == 422
    assert "No guardian is here to agree" in answered.content.decode()
    assert not Consent.objects.using("owner").filter(person_id=person.id, purpose="referral").exists()
    assert not Referral.objects.using("owner").filter(person_id=person.id).exists()


@pytest.mark.parametrize("birth", [about(15), about(13)])
def test_where_the_age_is_only_about_the_guardian_answers_and_the_child_is_asked(desk, birth):
    person = registered(desk, birth)
    answers = {f"consent_{purpose}": "agreed" for purpose in ASKED} | {"read_by": "desk", "assent": "agreed"}
    asked = world.client(desk).get(f"/en/people/{person.id}/consent/").content.decode()
    assert 'name="assent"' in asked
    assert world.client(desk).post(f"/en/people/{person.id}/consent/", answers).status_code == 302
    given = Consent.objects.using("owner").filter(person_id=person.id).latest("decided_at")
    assert (given.decided_by_whom, given.decider_name, given.assent) == ("guardian", MOTHER[0].name, "agreed")


@pytest.mark.parametrize("language", ["en", "zh-hans", "mn"])
def test_a_corrected_telephone_leaves_a_birth_year_as_unsure_as_it_was(desk, language):
    person, who = registered(desk, about(15)), world.somebody("protection")
    with world.as_(desk) as by:
        request = actions.take(asking.asked("correct"), person=person, by=by)
    with world.as_(who) as by:
        actions.rule(request.pk, by=by)
    browser = world.client(desk)
    page = browser.get(f"/{language}/requests/{request.pk}/correct/").content.decode()
    shown = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert "birth" in shown
    typed = shown | {"sex": "female", "phone": "000 9999"}
    assert browser.post(f"/{language}/requests/{request.pk}/correct/", typed).status_code == 302
    after = Person.objects.using("owner").get(id=person.id)
    assert after.birth == about(15)
    assert after.contacts.filter(value="000 9999").exists()
    assert isinstance(after.birth_from, date)
