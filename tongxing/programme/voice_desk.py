"""Where the matters stand that somebody handles: asked by their pages and by the number in the navigation."""

import datetime

from tongxing.access.acting import Acting
from tongxing.programme.actions.voice import calendar_of, part_of
from tongxing.programme.models import Voice
from tongxing.programme.rules import voice as rules

LOOKED_AT = 200


def may_handle(by: Acting) -> bool:
    """Does this person read voices of either part?"""
    return by.may(part_of(by), "read")


def standing(voice: Voice, today: datetime.date) -> rules.Standing:
    """Where one matter stands, by the working days of its centre."""
    return rules.standing(
        voice.state,
        acknowledge_by=voice.acknowledge_by,
        answer_by=voice.answer_by,
        today=today,
        calendar=calendar_of(voice.centre, voice.language),
    )


def waiting(by: Acting, today: datetime.date) -> tuple[int, bool]:
    """How many wait for a word from who acts, and whether one of them is overdue."""
    if not may_handle(by):
        return 0, False
    found = [standing(voice, today) for voice in Voice.objects.waiting().select_related("centre")[:LOOKED_AT]]
    return len(found), any(one.late for one in found)
