"""Two desks, one child, one moment; and one desk that presses twice. Real transactions on two connections."""

import threading

import pytest
from django.db import connections

from tests import world
from tongxing.core.dates import PartialDate
from tongxing.core.ids import uuid7
from tongxing.procedures.actions import complete
from tongxing.procedures.actions.referrals import withdraw
from tongxing.procedures.models import Referral, Registration, Step
from tongxing.registry.models import Person
from tongxing.registry.rules import GuardianSaid


@pytest.fixture(scope="module")
def desks(house):
    return [world.somebody("front_desk", "changzhou-2"), world.somebody("case_worker", "changzhou-2")]


def at_once(*steps):
    """Run the steps in threads that start together; their results or exceptions in order."""
    start, results = threading.Barrier(len(steps)), [None] * len(steps)

    def run(place, step):
        start.wait()
        try:
            results[place] = step()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def registering(by, enrolment, **options):
    def step():
        with world.as_(by):
            return world.registered(by, enrolment, **options)

    return step


def unlike(turn, name):
    """A child that resembles no other of this file: other name, birth, guardian, county and phone."""
    return world.child(
        name,
        birth=PartialDate(2009 + turn, 1 + turn, 3 + 2 * turn),
        guardians=(GuardianSaid(f"{name[0]}大{name[1]}", "mother"),),
        origin_division=("130921", "411421", "340122", "511124", "522121", "450921", "430121", "360121")[turn],
        phones=(f"000 77{turn}",),
    )


def test_two_desks_register_the_same_child_once(desks):
    for turn, name in enumerate(("祁嘉禾", "卜沐阳", "麦望舒", "左星河")):
        child = unlike(turn, name)
        results = at_once(*(registering(by, child) for by in desks))
        assert sorted(type(result).__name__ for result in results) == ["AlreadyHere", "Registration"]


def test_without_the_lock_both_would_be_registered(desks, monkeypatch):
    """The control: what keeps the two apart is that the second waits, and then searches again."""
    monkeypatch.setattr("tongxing.registry.identity.lock", lambda _enrolment: None)
    registered = []
    for tried, name in enumerate(("骆知秋", "楚云岫", "晏清和", "易水寒")):
        child = world.child(name, birth=PartialDate(2011, 3 + tried, 20), guardians=(), phones=(f"000 88{tried}",))
        results = at_once(*(registering(by, child) for by in desks))
        registered.append(all(isinstance(result, Registration) for result in results))
    assert any(registered)


def test_one_draft_pressed_twice_is_one_registration(desks):
    child, draft = unlike(5, "詹听雨"), uuid7()
    results = at_once(*(registering(desks[0], child, draft_id=draft) for _ in range(2)))
    assert results[0].id == results[1].id
    with world.as_(desks[0]):
        assert Person.objects.filter(name="詹听雨").count() == 1


def test_two_different_children_do_not_stand_in_each_others_way(desks):
    children = [unlike(6, "柯行舟"), unlike(7, "管南乔")]
    results = at_once(*(registering(by, child) for by, child in zip(desks, children, strict=True)))
    assert all(isinstance(result, Registration) for result in results), results


def test_a_step_that_two_desks_complete_at_once_is_done_once(desks):
    with world.as_(desks[0]):
        registration = world.registered(desks[0], unlike(6, "雷初霁"), search_again=False)

    def completing(by):
        def step():
            with world.as_(by):
                return complete(Registration.objects.get(id=registration.id), "verification", on=world.TODAY, by=by)

        return step

    results = at_once(*(completing(by) for by in desks))
    assert not any(isinstance(result, Exception) for result in results), results
    with world.as_(desks[0]):
        assert Step.objects.filter(registration=registration, code="verification").count() == 1


def test_a_withdrawal_and_an_answer_at_once_leave_a_blank_snapshot(desks, house):
    school = world.somebody("receiver", "changzhou-school-1")
    with world.as_(desks[0]):
        person = world.registered(
            desks[0], world.child("尚辰逸", birth=PartialDate(2008, 12, 30), phones=("000 3",), guardians=())
        ).person
        referral = world.to_school(person, by=desks[0])

    def taking_back():
        with world.as_(desks[0]):
            return withdraw(Referral.objects.get(id=referral.id), by=desks[0])

    def accepting():
        from tongxing.procedures.actions import answer

        with world.as_(school):
            return answer(Referral.objects.get(id=referral.id), accept=True, by=school)

    at_once(taking_back, accepting)
    with world.as_(school):
        now = Referral.objects.get(id=referral.id)
        assert now.shared == {}
        assert now.withdrawn_at is not None
        assert now.state == "revoked"  # an acceptance is not written over it
