"""The fact kinds of this context: that something was heard, and in how many days it was answered. Never where.

A place would tell a centre that somebody spoke about it, so facts of voices carry none, and nothing of the person.
"""

from django.utils import timezone

from tongxing.core.i18n import Text
from tongxing.core.jurisdiction import Calendar
from tongxing.facts.kinds import Draft, kind
from tongxing.programme import voicing
from tongxing.programme.models import Voice, VoiceStep
from tongxing.programme.rules import voice as rules

MATTERS = tuple(voicing.kinds())
WITHIN = (*(code for _days, code in rules.BANDS), rules.SLOWEST)

kind(
    "voice_heard",
    attributes={"matter": MATTERS},
    source="programme.Voice",
    title=Text(zh="收到意见或投诉", en="Voice heard", mn="Санал гомдол хүлээн авсан"),
    derived="""
    select v.id, v.heard_on, null::uuid, null::uuid, '', '', null::smallint, null, jsonb_build_object('matter', v.kind)
    from programme_voice v""",
)
kind(
    "voice_answered",
    attributes={"matter": MATTERS, "within": WITHIN},
    source="programme.VoiceStep",
    title=Text(zh="意见或投诉已答复", en="Voice answered", mn="Санал гомдолд хариулсан"),
    why_not="the days are those of the working calendar on that day, which the database does not know",
)


def heard(voice: Voice) -> Draft:
    return Draft(
        kind="voice_heard",
        occurred_on=voice.heard_on,
        source="programme.Voice",
        source_id=voice.id,
        attributes={"matter": voice.kind},
    )


def answered(voice: Voice, step: VoiceStep, calendar: Calendar) -> Draft:
    """The first answer, on the day on which it was given."""
    day = timezone.localdate(step.at)
    return Draft(
        kind="voice_answered",
        occurred_on=day,
        source="programme.VoiceStep",
        source_id=step.id,
        attributes={"matter": voice.kind, "within": rules.band(voice.heard_on, day, calendar)},
    )
