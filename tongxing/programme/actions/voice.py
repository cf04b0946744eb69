"""Writes about what people say: heard, acknowledged, answered, handed to a centre, raised, closed; and what changed."""

import datetime
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.codes import FAMILY, salted
from tongxing.access.context import acting_as
from tongxing.core.i18n import Text
from tongxing.core.ids import uuid7
from tongxing.core.jurisdiction import Calendar, jurisdiction
from tongxing.facts.actions import record
from tongxing.organisations.models import Centre, Site
from tongxing.programme import voicing
from tongxing.programme.facts import answered, heard
from tongxing.programme.models import Programme, Voice, VoiceChange, VoiceCode, VoiceStep
from tongxing.programme.rules import voice as rules

CODE_LENGTH = 10
What = VoiceStep.What
Moment = datetime.datetime | None


class CodeTaken(ValueError):
    """Another paper with this code was recorded already."""


class EnoughAdded(ValueError):
    """So much was added to one matter that it takes no more; nothing was kept."""


class NotNow(ValueError):
    """It is closed; nothing was changed. Whoever holds the code opens it again."""


class NotForACentre(ValueError):
    """It is about a person of the staff: no centre deals with it."""


@dataclass(frozen=True)
class Said:
    """What somebody said, as it was written down. `centre`: about which, None when not stated."""

    id: uuid.UUID
    code: str
    kind: str
    words: str
    language: str
    centre: Centre | None = None
    in_danger: bool = False
    channel: str = Voice.Channel.PUBLIC
    said_on: datetime.date | None = None
    heard_at: datetime.datetime | None = None  # None: now; else a time that has passed, as every `at` below


def calendar_of(centre: Centre | None, language: str = "") -> Calendar:
    """Working days of the centre it is about; without one, of the country in which the language is at home."""
    country = centre.jurisdiction if centre else {"mn": "MN"}.get(language, "CN")
    return jurisdiction(country).calendar


@transaction.atomic
def hear(said: Said, *, by: Acting | None) -> None:
    """Keeps what was said; the same `said.id` twice is kept once. Nothing comes back: who writes it down cannot read it.

    `by` is None on the public page. Raises CodeTaken, KeyError for an unknown kind, PermissionDenied.
    """
    acting = by or Acting(FAMILY, "", "family", None, purpose="voice")
    acting.demand("voice", "add")
    kind = voicing.kinds()[said.kind]
    heard_at = said.heard_at or timezone.now()
    today = timezone.localdate(heard_at)
    first, answer = rules.due(kind, today, calendar_of(said.centre, said.language))
    voice = Voice(
        id=said.id,
        route=rules.route(kind, in_danger=said.in_danger),
        kind=kind.code,
        about_person=kind.about_person or said.in_danger,
        in_danger=said.in_danger,
        channel=said.channel,
        language=said.language,
        centre=said.centre,
        sealed=one_time.seal(said.words),
        said_on=said.said_on or today,
        heard_on=today,
        heard_at=heard_at,
        acknowledge_by=first,
        answer_by=answer,
    )
    with nullcontext() if by else acting_as(acting):
        try:
            with transaction.atomic():
                voice.save(force_insert=True)
        except IntegrityError:
            return  # a button pressed twice
        try:
            with transaction.atomic():
                VoiceCode.objects.bulk_create([VoiceCode(code_hash=code_hash(said.code), voice=voice)])
        except IntegrityError as error:
            raise CodeTaken from error
        record([heard(voice)], by=acting)


def code_hash(typed: str) -> bytes:
    """Of the code on the slip."""
    return salted("voice", typed)


@transaction.atomic
def say_again(code: str, words: str, *, step: uuid.UUID, kind: rules.Kind, calendar: Calendar) -> bool:
    """Adds to what was said with the code; False for a code that opens nothing. The same `step` twice is added once.

    Raises EnoughAdded.
    """
    until = calendar.add_working_days(timezone.localdate(), kind.answer)
    with connection.cursor() as cursor:
        cursor.execute(
            "select access.voice_said_again(%s, %s, %s, %s)", [code_hash(code), step, one_time.seal(words), until]
        )
        [became] = cursor.fetchone()
    if became == "full":
        raise EnoughAdded
    return bool(became == "added")


@transaction.atomic
def acknowledge(voice: uuid.UUID, *, words: str, by: Acting, at: Moment = None) -> Voice:
    """Tells the person that it was read, and by when an answer comes. Raises Voice.DoesNotExist."""
    found = _locked(voice, by)
    if found.acknowledged_at is None:
        step = _step(found, What.ACKNOWLEDGED, words, by, at, is_shown=True)
        _change(found, acknowledged_at=step.at)
    return found


@transaction.atomic
def answer(voice: uuid.UUID, *, words: str, by: Acting, at: Moment = None) -> Voice:
    """The answer that the person reads with the code; the first one is counted. Raises ValueError without words."""
    found = _locked(voice, by)
    _require(words)
    is_first = not VoiceStep.objects.filter(voice=found, what=What.ANSWERED).exists()
    step = _step(found, What.ANSWERED, words, by, at, is_shown=True)
    _change(found, acknowledged_at=found.acknowledged_at or step.at, answered_at=step.at)
    if is_first:
        record([answered(found, step, calendar_of(found.centre, found.language))], by=by)
    return found


@transaction.atomic
def note(voice: uuid.UUID, *, words: str, by: Acting, at: Moment = None) -> Voice:
    """A note among those who handle it; the person does not read it."""
    found = _locked(voice, by)
    _require(words)
    _step(found, What.NOTED, words, by, at)
    return found


@transaction.atomic
def hand(voice: uuid.UUID, *, centre: Centre, words: str, by: Acting, at: Moment = None) -> Voice:
    """Lets a centre deal with it; the coordinator goes on seeing it. Raises NotForACentre for what is about a person."""
    found = _locked(voice, by)
    if found.about_person or found.route != rules.Route.PROGRAMME or not by.is_national:
        raise NotForACentre
    _change(found, assigned_centre=centre)
    _step(found, What.HANDED, words, by, at)
    return found


@transaction.atomic
def raise_up(voice: uuid.UUID, *, words: str, past: bool, by: Acting, at: Moment = None) -> None:
    """A centre gives it back to the coordinator; `past`: to the safeguarding lead alone, who then keeps it.

    Afterwards who raised it no longer sees it, or (a coordinator) no more than before. Raises ValueError without words.
    """
    found = _locked(voice, by)
    _require(words)
    _step(found, What.PASSED_ON if past else What.RAISED, words, by, at)
    onward = rules.Route.SAFEGUARDING if past else rules.Route.PROGRAMME
    with connection.cursor() as cursor:
        cursor.execute("select access.voice_passed(%s, %s)", [found.id, onward.value])


@transaction.atomic
def close(voice: uuid.UUID, *, reason: str, words: str, by: Acting, at: Moment = None) -> Voice:
    """Ends it with a reason that the person reads. Raises ValueError without words, KeyError for an unknown reason."""
    found = _locked(voice, by)
    _require(words)
    voicing.closed_for()[reason]
    step = _step(found, What.CLOSED, words, by, at, is_shown=True)
    _change(found, acknowledged_at=found.acknowledged_at or step.at, closed_at=step.at, closed_for=reason)
    return found


@transaction.atomic
def draft_change(*, programme: Programme, site: Site | None, said: Text, done: Text, by: Acting) -> VoiceChange:
    """An entry for the public page, not public yet. Raises ValueError when either side is in no language."""
    by.demand("what_changed", "add")
    if not any(said.values()) or not any(done.values()):
        raise ValueError("say both what was said and what was done")
    change = VoiceChange(programme=programme, site=site, said=said, done=done, drafted_by_id=by.user_id)
    change.save(force_insert=True)
    return change


@transaction.atomic
def approve_change(change: uuid.UUID, *, by: Acting) -> VoiceChange:
    """Makes it public; pressed twice is approved once. Raises VoiceChange.DoesNotExist, PermissionDenied."""
    by.demand("what_changed", "change")
    found = VoiceChange.objects.select_for_update().get(id=change)
    if found.approved_at is None:
        found.approved_at, found.approved_by_id = timezone.now(), by.user_id
        found.save(update_fields=["approved_at", "approved_by"])
    return found


def part_of(by: Acting) -> str:
    """The part of the matrix under which `by` handles voices: that of harm, or of everything else."""
    return "safe_voice" if by.may("safe_voice", "read") else "voice"


def _locked(voice: uuid.UUID, by: Acting) -> Voice:
    """As it stands now, for whoever handles it. Raises Voice.DoesNotExist when it went elsewhere, NotNow when closed."""
    by.demand(part_of(by), "change")
    found = Voice.objects.select_for_update(of=("self",)).select_related("centre").get(id=voice)
    if found.closed_at:
        raise NotNow
    return found


def _require(words: str) -> None:
    if not words.strip():
        raise ValueError("say something")


def _change(voice: Voice, **changed: Any) -> None:
    for name, value in changed.items():
        setattr(voice, name, value)
    voice.save(update_fields=list(changed))


def _step(voice: Voice, what: str, words: str, by: Acting, at: Moment, *, is_shown: bool = False) -> VoiceStep:
    step = VoiceStep(
        id=uuid7(),
        voice=voice,
        route=voice.route,
        centre_id=voice.assigned_centre_id,
        what=what,
        sealed=one_time.seal(words) if words.strip() else "",
        is_shown=is_shown,
        at=at or timezone.now(),
        by_id=by.user_id,
        by_name=by.name,
    )
    step.save(force_insert=True)
    return step
