"""Voices for the leak tests: a complaint handed to each centre, a report of harm about each; and every form about them."""

import time
from typing import Any

from tests import world
from tongxing.core.i18n import Text
from tongxing.core.ids import spoken_code, uuid7
from tongxing.organisations.models import Centre
from tongxing.programme import voice_gate, voice_numbers
from tongxing.programme.actions import voice as actions
from tongxing.programme.models import Programme, Voice, VoiceChange
from tongxing.programme.voice_gate import Ticket

PROGRAMME = "MDGF-1880-H-CHN"


def spoken(cast: Any) -> None:
    """On each side: a complaint that the centre deals with, and a report of harm of which it must learn nothing."""
    voice_gate.speaking, voice_gate.guessing = voice_gate.Crowd(), voice_gate.Crowd()  # of this process, for all tests
    for side in (cast.here, cast.there):
        centre = Centre.objects.get(id=side.centre.id)
        told = {"complaint": ("service", side.canary.complaint), "harm": ("harm", side.canary.harm)}
        for name, (kind, words) in told.items():
            side.ids[name] = uuid7()
            said = actions.Said(side.ids[name], spoken_code(10), kind, words, "zh", centre)
            actions.hear(said, by=None)
        side.ids["voice"] = side.ids["complaint"]
        with world.as_(cast.coordinator) as by:
            actions.hand(side.ids["voice"], centre=centre, words="请核实（演示）", by=by)
        with world.as_(side.case_worker) as by:
            actions.note(side.ids["voice"], words="已问过（演示）", by=by)
        with world.as_(cast.safeguarding) as by:
            actions.note(side.ids["harm"], words="已联系（演示）", by=by)
    _published(cast)


def _published(cast: Any) -> None:
    programme, words = Programme.objects.get(code=PROGRAMME), Text(en="Something (demonstration)")
    with world.as_(cast.mande) as by:
        entries = [
            actions.draft_change(programme=programme, site=None, said=words, done=words, by=by) for _n in range(2)
        ]
    cast.national["change"] = entries[0].id
    with world.as_(cast.coordinator) as by:
        actions.approve_change(entries[1].id, by=by)
        voice_numbers.publish_numbers(until=world.TODAY, by=by)


def opened() -> str:
    """What a form carries that was opened a minute ago."""
    return Ticket(uuid7(), spoken_code(10), time.time() - 60, 2, 3).sealed()


def every_form(run: Any) -> None:
    """Speaks on the public page and at the desk, adds with the code, handles, drafts, approves, publishes."""
    new = {"programme__Voice": "new", "programme__VoiceCode": "new", "facts__Fact": "new"}
    words = {"kind": "service", "words": "窗口关得太早（演示）", "in_danger": "", "place": "", "total": ""}
    public = words | {"ticket": opened(), "leave_empty": ""}
    answer = run.post("nobody", "programme:voice_say", [], public, status=200, **new)
    code = answer.context["slip"]["code"]
    first = Voice.objects.using("owner").latest("heard_at")
    assert (first.route, first.channel, first.centre_id) == ("programme", "public", None)
    added = {"code": code, "words": "还有（演示）", "step": str(uuid7())}
    run.post("nobody", "programme:voice_answer", [], added, status=200, programme__VoiceStep="new")
    desk = words | {"ticket": opened(), "channel": "desk", "said_on": "2026-11-20", "paper_code": ""}
    run.post("front_desk", "programme:voice_take", [], desk, status=200, **new)
    done = {"do": "answer", "words": "已加开窗口（演示）", "to_centre": "", "reason": ""}
    changed = {"programme__Voice": "acknowledged_at answered_at", "programme__VoiceStep": "new", "facts__Fact": "new"}
    run.post("coordinator", "programme:voice", [first.id], done, **changed)
    _changes(run)


def _changes(run: Any) -> None:
    programme = Programme.objects.get(code=PROGRAMME)
    sides = {f"{side}_{tongue}": "一句（演示）" for side in ("said", "done") for tongue in ("zh", "en", "mn")}
    entry = sides | {"programme": str(programme.pk), "site": ""}
    run.post("mande", "programme:voice_changes", [], entry, programme__VoiceChange="new")
    draft = VoiceChange.objects.using("owner").filter(approved_at=None).latest("drafted_at")
    assert draft.drafted_by_id == run.cast.mande.user_id
    approved = {"programme__VoiceChange": "approved_at approved_by_id"}
    run.post("coordinator", "programme:voice_change_approve", [draft.id], {}, **approved)
    run.post("coordinator", "programme:voice_numbers_publish", [], {}, programme__VoiceNumbers="new")
