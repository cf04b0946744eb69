"""Lessons are answered; a programme is closed in order, and its coordinator is released last."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from tests import world
from tongxing.core.words import Words
from tongxing.programme.actions import TooEarly, take_back, tick
from tongxing.programme.closing import items
from tongxing.programme.models import Lesson, Programme, Tick
from tongxing.programme.rules.closing import Item, in_order

CODE = "MDGF-1880-H-CHN"
DAY = datetime.date(2012, 2, 11)
CLOSING, LESSONS = f"/en/programme/{CODE}/closing/", f"/en/programme/{CODE}/lessons/"


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def mande(house):
    return world.somebody("mande")


def ticked(code: str, by, note: str = "office (demonstration)") -> Tick:
    with world.as_(by):
        return tick(code, programme=Programme.objects.get(code=CODE), done_on=DAY, note=note, by=by)


def test_the_release_of_the_coordinator_waits_for_everything_that_closes():
    last = items()[-1]
    assert last.code == "coordinator-handed-over"
    assert {"coordinator-kept", "final-report", "financially-closed"} <= set(last.after)


def test_an_item_never_waits_for_what_comes_later():
    words = Words("一", "one", "нэг")
    first, second = Item("a", words, None, ("b",)), Item("b", words, None, ())
    assert in_order([second, first])
    with pytest.raises(ValueError, match="a waits for"):
        in_order([first, second])


def test_ticks_come_in_order_and_an_item_that_asks_gets_an_answer(coordinator):
    with pytest.raises(TooEarly, match="coordinator-kept"):
        ticked("coordinator-handed-over", coordinator)
    with pytest.raises(ValueError, match="say what it asks"):
        ticked("coordinator-kept", coordinator, note=" ")
    first = ticked("coordinator-kept", coordinator)
    assert ticked("coordinator-kept", coordinator).pk == first.pk, "pressed twice"
    with pytest.raises(KeyError):
        ticked("party", coordinator)


def test_a_tick_is_taken_back_unless_something_stands_on_it(coordinator):
    programme = Programme.objects.get(code=CODE)
    ticked("activities-ended", coordinator)
    ticked("accounts-certified", coordinator)
    with pytest.raises(TooEarly, match="accounts-certified"), world.as_(coordinator):
        take_back("activities-ended", programme=programme, by=coordinator)
    with world.as_(coordinator):
        take_back("accounts-certified", programme=programme, by=coordinator)
        left = Tick.objects.get(item="accounts-certified")
        assert left.taken_back_by_id == coordinator.user_id, "a tick that was wrong stays readable"
    assert ticked("accounts-certified", coordinator).pk != left.pk


def test_the_coordinator_ticks_on_the_page_and_the_officer_reads(coordinator, mande):
    client = world.client(coordinator)
    assert client.post(CLOSING, {"item": "lessons-answered", "done_on": "11.2.2012"}).status_code == 422
    early = client.post(CLOSING, {"item": "final-report", "done_on": "2012-02-11"})
    assert early.status_code == 422 and "Something else comes first" in early.content.decode()
    silent = client.post(CLOSING, {"item": "documents-complete", "done_on": "2012-02-11"})
    assert silent.status_code == 422 and "Say what the item asks" in silent.content.decode()
    assert client.post(CLOSING, {"item": "party", "done_on": "2012-02-11"}).status_code == 404
    assert client.post(CLOSING, {"item": "lessons-answered", "done_on": "2012-02-11"}).status_code == 302
    assert client.post(CLOSING, {"item": "lessons-answered", "take_back": "yes"}).status_code == 302
    officer = world.client(mande)
    page = officer.get(CLOSING).content.decode()
    assert "Missing" in page and "Mark as done" not in page
    assert officer.post(CLOSING, {"item": "cases-handed-over", "done_on": "2012-02-11"}).status_code == 404
    with pytest.raises(PermissionDenied):
        ticked("cases-handed-over", mande)


def test_a_lesson_is_written_down_and_answered(mande):
    client = world.client(mande)
    assert client.post(LESSONS, {"kind": "lesson"}).status_code == 422
    said = {"kind": "lesson", "text_mn": "Сургамж (жишээ)", "site": "mdgf-tianjin", "outcome": "3"}
    assert client.post(LESSONS, said).status_code == 302
    lesson = Lesson.objects.get(recorded_by_id=mande.user_id)
    assert (lesson.text, lesson.site.slug, lesson.outcome.number) == ({"mn": "Сургамж (жишээ)"}, "mdgf-tianjin", 3)
    foreign = client.post(LESSONS, said | {"site": "unesco-beijing"})
    assert foreign.status_code == 422, "a site of another programme"
    address = f"{LESSONS}{lesson.pk}/"
    assert client.post(address, {"is_taken_up": "on"}).status_code == 422
    assert client.post(address, {"text_en": "Centres meet", "is_taken_up": "on"}).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.state, lesson.done, lesson.answered_by_id) == ("taken_up", {"en": "Centres meet"}, mande.user_id)


def test_the_words_of_the_page_are_answered_and_never_changed(mande):
    lesson = Lesson.objects.get(code="basket-fund")
    words = dict(lesson.text)
    said = {"text_en": "A comparison (demonstration)", "text_zh": ""}
    assert world.client(mande).post(f"{LESSONS}{lesson.pk}/", said).status_code == 302
    lesson.refresh_from_db()
    assert (dict(lesson.text), lesson.state) == (words, "open")
    assert world.client(mande).get(f"/en/programme/UNESCO-UPAM/lessons/{lesson.pk}/").status_code == 404
