"""A ruling is carried out for the child it was given for, and for no other; its paper tells nobody where a child is."""

import uuid
from contextlib import contextmanager

import pytest
from django.db.utils import Error
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from tests import world
from tests.rights import child
from tongxing.organisations.models import Centre
from tongxing.registry.models import Person
from tongxing.rights import actions, carrying, copying, erasure
from tongxing.rights.models import Answer, Request


@pytest.fixture(scope="module")
def who(house) -> child.Staff:
    return child.staff()


@pytest.fixture(scope="module")
def person(who) -> Person:
    with world.as_(who.desk) as by:
        return world.registered(by).person


@pytest.fixture(scope="module")
def stranger(who) -> Person:
    """A child that another centre keeps."""
    with world.as_(who.elsewhere) as by:
        return world.registered(by, world.child("闻人远")).person


def answer(by, name: str, request: Request):
    with override("en"):
        return world.client(by).get(reverse(f"rights:{name}", args=[request.pk]) + "?paper=en")


def sheet(by, request: Request) -> str:
    page = answer(by, "request_paper", request).content.decode()
    return page[page.index("tx-sheet") : page.index("</article>")]


@contextmanager
def locked(person: Person):
    rows = Person.objects.using("owner").filter(pk=person.pk)
    rows.update(is_location_locked=True)
    try:
        yield
    finally:
        rows.update(is_location_locked=False)


def made_up(about: Person, by, **changed: object) -> Request:
    """A request that somebody writes past the pages, for a child of whichever centre."""
    today = timezone.localdate()
    given = {"code": f"Q-{uuid.uuid4().hex[:6]}", "centre_id": world.centre_id("changzhou-2"), "person_id": about.pk}
    given |= {"child": about.number, "kind": "delete", "asked_by_whom": "guardian", "identity": "known"}
    given |= {"language": "en", "asked_on": today, "due_on": today, "is_due_confirmed": False}
    return Request(**given | {"recorded_by_id": by.user_id} | changed)


def test_nobody_writes_a_request_that_is_ruled_on_already(house, who, person) -> None:
    ruled = {"state": "granted", "decided_at": timezone.now(), "decided_by_id": who.officer.user_id}
    seconded = ruled | {"second_at": timezone.now(), "second_by_id": who.worker.user_id}
    for by in (who.desk, who.worker):
        for changed in (ruled, seconded, {"recorded_by_id": who.officer.user_id}, {"refused_for": "legal"}):
            with pytest.raises(Error), world.as_(by):
                made_up(person, by, **changed).save(force_insert=True)
        with world.as_(by):
            made_up(person, by).save(force_insert=True)  # the control


def test_a_refusal_stays_one_and_no_step_is_taken_twice(house, who, person) -> None:
    request = child.requested(who, person, "delete")
    with world.as_(who.officer) as by:
        actions.rule(request.pk, refused_for="running", by=by)
    again = {"state": "granted", "refused_for": "", "decided_at": timezone.now()}
    second = {"second_at": timezone.now(), "second_by_id": who.worker.user_id}
    for by, change in (
        (who.worker, {"state": "granted"}),
        (who.worker, {"state": "done"}),
        (who.worker, second),
        (who.officer, again | {"decided_by_id": who.officer.user_id}),
    ):
        with pytest.raises(Error), world.as_(by):
            Request.objects.filter(pk=request.pk).update(**change)
    request = child.granted(who, child.requested(who, person, "delete"))
    for by, change in ((who.worker, {"state": "done", "done_at": timezone.now()}), (who.desk, {"state": "made"})):
        with pytest.raises(Error), world.as_(by):
            Request.objects.filter(pk=request.pk).update(**change)
    with world.as_(who.worker):
        assert Request.objects.filter(pk=request.pk).update(**second) == 1, "the control"


def test_a_request_for_another_centres_child_is_neither_granted_nor_carried_out(house, who, person, stranger) -> None:
    for child_is in (stranger.number, person.number):  # the officer reads the number, the keeper would take the id
        with world.as_(who.desk) as by:
            request = made_up(stranger, by, kind="copy", child=child_is)
            request.save(force_insert=True)
        with override("en"):
            url = reverse("rights:request_rule", args=[request.pk])
            said = world.client(who.officer).post(url, {"ruling": "granted"})
        assert said.status_code == 409
        assert "keeps no record under this number" in said.content.decode()
        ruled = {"state": "granted", "decided_at": timezone.now(), "decided_by_id": who.officer.user_id}
        Request.objects.using("owner").filter(pk=request.pk).update(**ruled)
        with pytest.raises(carrying.NotKept):
            carrying.carry_out(request.pk)
        assert not Answer.objects.using("owner").filter(request=request).exists()
        Request.objects.using("owner").filter(pk=request.pk).delete()


def test_a_copy_made_before_the_lock_opens_no_more(house, who, person) -> None:
    request = child.granted(who, child.requested(who, person, "copy"))
    carrying.carry_out(request.pk)
    address = house.sql("tx_owner", "select address from registry_residence where person_id = %s", [person.pk])[0][0]
    pages = ("request_paper", "request_file")
    with locked(person):
        for name in pages:
            said = answer(who.desk, name, request)
            assert said.status_code == 409
            assert address not in said.content.decode()
            assert "has been locked since" in said.content.decode()
    for name in pages:
        assert address in answer(who.desk, name, request).content.decode(), "the control"


def test_no_paper_names_the_centre_to_a_caller_or_of_a_locked_home(house, who, person) -> None:
    """Who reads a number over the telephone and is refused learns nothing from the letter."""
    with world.as_(who.officer) as by:
        called = actions.take_by_number(child.asked("delete", identity="called"), number=person.number, by=by)
        actions.rule(called.pk, refused_for="identity", by=by)
        known = actions.take_by_number(child.asked("delete"), number=person.number, by=by)
        actions.rule(known.pk, refused_for="running", by=by)
    name, phone = str(known.centre.name["en"]), known.centre.phone
    papers = [sheet(who.desk, called), sheet(who.officer, called), sheet(who.officer, known)]
    with locked(person):
        papers.append(sheet(who.desk, known))
    for paper in papers:
        assert name not in paper
        assert phone not in paper
        assert "Data protection officer" in paper
    assert name in sheet(who.desk, known), "the control"


def test_a_paper_whose_answer_has_gone_says_so_and_claims_nothing(house, who, person) -> None:
    request = child.granted(who, child.requested(who, person, "copy"))
    carrying.carry_out(request.pk)
    assert "Requests of families" in sheet(who.desk, request), "the copy says that questions are kept"
    Answer.objects.using("owner").filter(request=request).delete()
    said = answer(who.desk, "request_paper", request)
    assert said.status_code == 404
    assert "for 30 days" in said.content.decode()
    with override("en"):
        url = reverse("rights:request_close", args=[request.pk])
        pressed = [world.client(who.desk).post(url) for _ in range(2)]
    assert [one.status_code for one in pressed] == [302, 409]
    assert "done already" in pressed[1].content.decode()


def test_what_failed_once_is_carried_out_by_the_night_when_the_hold_has_ended(house, who, person, monkeypatch) -> None:
    monkeypatch.setattr(erasure, "tidied", lambda: None)
    with world.as_(who.desk) as by:
        mine = world.registered(by, world.child("闻人待"), search_again=False).person
    request = child.granted(who, child.requested(who, mine, "delete"))
    with world.as_(who.worker) as by:
        actions.second(request.pk, by=by)
    with world.as_(who.officer) as by:
        held = actions.hold(number=mine.number, reason="法院调查（演示）", until_on=None, by=by)
    assert carrying.carry_out_waiting() == (1, []), "held: it waits"
    assert Person.objects.using("owner").filter(pk=mine.pk).exists()
    with world.as_(who.officer) as by:
        actions.end_halt(held.pk, by=by)
    carrying.carry_out_waiting()
    assert Request.objects.using("owner").get(pk=request.pk).state == "done"
    assert not Person.objects.using("owner").filter(pk=mine.pk).exists()
    assert Centre.objects.get(id=request.centre_id).name["en"] not in sheet(who.desk, request), "was its home locked?"


def test_one_that_cannot_be_carried_out_keeps_no_other_from_it(house, who, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(copying, "seen", broken)
    with world.as_(who.desk) as by:
        mine = world.registered(by, world.child("闻人接"), search_again=False).person
    waits, other = [child.granted(who, child.requested(who, mine, kind)) for kind in ("seen", "copy")]
    assert carrying.carry_out_waiting() == (1, ["OSError"]), "the night tells it at its end"
    state = dict(Request.objects.using("owner").filter(pk__in=(waits.pk, other.pk)).values_list("pk", "state"))
    assert state == {waits.pk: "granted", other.pk: "made"}
