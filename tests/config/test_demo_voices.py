"""The demonstration has complaints and suggestions: said, dealt with in and out of time, and published."""

import datetime
from collections import Counter

import pytest
from django.test import Client
from django.utils import timezone

from tests import world
from tongxing.access import one_time
from tongxing.config.demo import loader, voices
from tongxing.facts.models import Fact
from tongxing.programme.models import Voice, VoiceChange, VoiceStep
from tongxing.programme.voice_desk import standing


@pytest.fixture(scope="module")
def today():
    return timezone.localdate()


@pytest.fixture(scope="module")
def spoken(house, today):
    loader.staff(lambda *_: None)
    voices.voices(loader._acting, today, loader.PROGRAMME)
    voices.numbers(loader._acting, today)
    return list(Voice.objects.using("owner").select_related("centre"))


def test_they_come_every_way_in_three_languages_and_say_that_they_are_made_up(spoken) -> None:
    assert len(spoken) >= 40
    assert {voice.channel for voice in spoken} == {"public", "desk", "paper"}
    assert {voice.language for voice in spoken} == {"zh", "en", "mn"}
    steps = VoiceStep.objects.using("owner").exclude(sealed="")
    for sealed in [*(voice.sealed for voice in spoken), *(step.sealed for step in steps)]:
        assert one_time.unseal(sealed).endswith(("（演示）", "(demonstration)", "(жишээ)"))


def test_harm_passed_every_centre_and_was_handled_by_the_safeguarding_lead_alone(spoken) -> None:
    harm = [voice for voice in spoken if voice.route == "safeguarding"]
    assert len(harm) >= 5
    assert not any(voice.assigned_centre_id for voice in harm)
    by = set(VoiceStep.objects.using("owner").filter(voice__in=harm).values_list("by__login", flat=True))
    assert by == {"guard"}


def test_answers_came_in_time_and_out_of_time_and_some_are_owed(spoken, today) -> None:
    answered = [voice for voice in spoken if voice.answered_at]
    late = [voice for voice in answered if timezone.localdate(voice.answered_at) > voice.answer_by]
    assert late and len(late) < len(answered)
    assert {bool(standing(voice, today).late) for voice in spoken if not voice.answered_at} == {True, False}
    facts = Fact.objects.using("owner").filter(kind="voice_answered")
    within = Counter(facts.values_list("attributes__within", flat=True))
    assert len(within) >= 3 and sum(within.values()) == len(answered)


def test_nothing_lies_ahead_and_each_step_follows_the_one_before(spoken) -> None:
    for voice in spoken:
        moments = [voice.heard_at, *voice.steps.using("owner").values_list("at", flat=True)]
        assert moments == sorted(moments) and moments[-1] <= timezone.now()


@pytest.mark.parametrize("day", ["2026-02-24", "2026-10-08", "2027-01-02"])
def test_on_any_day_the_steps_are_those_of_working_days(day) -> None:
    """After a long holiday too: what is late by the calendar is late in the demonstration."""
    one = {"kind": "service", "tongue": "zh", "heard": 60, "then": []}
    matter = voices._Matter(one, datetime.date.fromisoformat(day), voices.random.Random(1), {}, loader._acting)
    first = matter._moment(matter.calendar.add_working_days(matter.heard_on, 3))
    assert matter.calendar.working_days_between(matter.heard_on, first.date()) == 3


def test_the_public_page_shows_what_changed_and_protected_numbers_and_the_desk_its_own(spoken, house) -> None:
    page = Client().get("/en/voice/what-changed/").content.decode()
    assert "Others hear what is said at the desk" not in page and "The form was in Chinese only" in page
    assert VoiceChange.objects.using("owner").filter(approved_at=None).count() == 1
    assert 'class="n">' in page or "tx-num" in page
    handled = world.client(world.somebody("case_worker", "changzhou-2")).get("/en/voices/").content.decode()
    assert "A service went wrong" in handled and "hurt or threatened" not in handled


def test_a_second_filling_publishes_no_second_time(spoken, today) -> None:
    voices.numbers(loader._acting, today)
    assert voices.VoiceNumbers.objects.using("owner").count() == 1
