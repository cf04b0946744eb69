"""Two who deal with one matter at once, and somebody who has much to say: no word is lost, no number is told twice."""

import datetime

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client

from tests import world
from tests.programme.test_voice import HERE, WORDS, quiet, row_of, said  # noqa: F401
from tongxing.core.ids import uuid7
from tongxing.organisations.models import Centre
from tongxing.programme import voice_numbers
from tongxing.programme.actions import voice as actions
from tongxing.programme.models import VoiceStep
from tongxing.programme.views import voices

ANSWER = "已经和窗口谈过，下周多开一个（演示）"
ADDED = "还有一件事（演示）"


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


def heard():
    one = said()
    actions.hear(one, by=None)
    return one


def post(by, one, **typed):
    return world.client(by).post(f"/en/voices/{one.id}/", {"do": "answer", "words": ANSWER} | typed)


def test_an_answer_to_what_was_closed_meanwhile_keeps_its_words(house, coordinator) -> None:
    one = heard()
    with world.as_(coordinator):
        actions.close(one.id, reason="taken_up", words="好（演示）", by=coordinator)
    answered = post(coordinator, one)
    assert answered.status_code == 409
    assert ANSWER in answered.content.decode() and "closed it meanwhile" in answered.content.decode()
    closed = post(coordinator, one, do="close", reason="mended")
    assert closed.status_code == 409 and ANSWER in closed.content.decode()
    assert row_of(one).closed_for == "taken_up"
    assert VoiceStep.objects.using("owner").filter(voice_id=one.id).count() == 1


@pytest.mark.parametrize("is_seen_before", [False, True])
def test_an_answer_to_what_was_passed_on_meanwhile_keeps_its_words(
    house, coordinator, monkeypatch, is_seen_before
) -> None:
    one = heard()
    with world.as_(coordinator):
        shown = voices._voice_or_404(one.id, coordinator)
        actions.raise_up(one.id, words="像是打了孩子（演示）", past=True, by=coordinator)
    if is_seen_before:  # it goes between the look and the step
        monkeypatch.setattr(voices, "_voice_or_404", lambda voice_id, by: shown)
    answered = post(coordinator, one)
    assert answered.status_code == 404
    assert ANSWER in answered.content.decode() and WORDS not in answered.content.decode()
    monkeypatch.undo()
    absent = world.client(coordinator).post(f"/en/voices/{uuid7()}/", {"do": "answer", "words": ANSWER})
    assert (absent.status_code, ANSWER in absent.content.decode()) == (404, True), "absent looks the same"
    assert world.client(coordinator).get(f"/en/voices/{one.id}/").status_code == 404


def test_the_fifty_first_addition_is_told_to_come_anew_and_keeps_its_words(house) -> None:
    one, step = heard(), uuid7()
    house.sql(
        "tx_owner",
        "insert into programme_voicestep (id, voice_id, route, what, sealed, is_shown, at, by_name)"
        " select gen_random_uuid(), %s, 'programme', 'said', '', true, now(), '' from generate_series(1, 49)",
        [one.id],
    )
    client, typed = Client(), {"code": one.code, "words": ADDED}
    for _pressed_twice in range(2):
        assert client.post("/en/voice/answer/", typed | {"step": step}).status_code == 200
    refused = client.post("/en/voice/answer/", typed | {"step": uuid7()})
    assert refused.status_code == 422
    assert "no more fits" in refused.content.decode() and f">\n{ADDED}</textarea>" in refused.content.decode()
    assert VoiceStep.objects.using("owner").filter(voice_id=one.id).count() == 50


def test_two_publications_take_turns(house, coordinator) -> None:
    with psycopg.connect(**house.state.login("tx_owner", house.name)) as other:
        other.execute("select pg_advisory_xact_lock(hashtext('voice numbers'))")
        with pytest.raises(OperationalError, match="lock timeout"), world.as_(coordinator), world.hasty():
            voice_numbers.publish_numbers(until=datetime.date(2026, 11, 22), by=coordinator)


def test_what_is_no_matter_of_a_person_goes_to_the_centre_that_can_mend_it(house, coordinator) -> None:
    one = heard()
    with world.as_(coordinator):
        actions.hand(one.id, centre=Centre.objects.get(slug=HERE), words="", by=coordinator)
    assert row_of(one).assigned_centre == row_of(one).centre
