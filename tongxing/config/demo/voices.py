"""Complaints and suggestions of the demonstration (voices.yaml): said and dealt with through the actions of the pages."""

import datetime
import random
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from ruamel.yaml import YAML

from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.config.demo.papers import DEMONSTRATION
from tongxing.core.i18n import Text
from tongxing.core.ids import spoken_code, uuid7
from tongxing.organisations.models import Centre, Site
from tongxing.programme import voice_numbers, voicing
from tongxing.programme.actions import voice as actions
from tongxing.programme.models import Programme, VoiceNumbers
from tongxing.programme.rules import voice as rules

SOURCE = Path(__file__).with_name("voices.yaml")
PAUSE = datetime.timedelta(minutes=10)
Account = Callable[[str, str, uuid.UUID | None], Acting]  # (login, role, centre) → who acts


def voices(account: Account, today: datetime.date, programme: str) -> None:
    """All that was said, what was done about it, and what changed; in one transaction, so that it is whole or absent."""
    said: dict[str, Any] = YAML(typ="safe").load(SOURCE.read_text("utf-8"))
    places = {centre.slug: centre for centre in Centre.objects.using("owner")}
    with transaction.atomic():
        for number, entry in enumerate(said["voices"]):
            _Matter(entry, today, random.Random(number), places, account).live()
        _changes(said["changes"], programme, account("lead", "coordinator", None))


def numbers(account: Account, today: datetime.date) -> None:
    """Published once: how many were heard and how soon they were answered. What is counted must have been committed."""
    lead = account("lead", "coordinator", None)
    with transaction.atomic(), acting_as(lead):
        if not VoiceNumbers.objects.exists():
            voice_numbers.publish_numbers(until=today, by=lead)


class _Matter:
    """One matter on its way from who said it to whoever deals with it."""

    def __init__(
        self,
        entry: dict[str, Any],
        today: datetime.date,
        dice: random.Random,
        places: dict[str, Centre],
        account: Account,
    ) -> None:
        self.entry, self.today, self.dice, self.places, self.account = entry, today, dice, places, account
        self.id = uuid7()
        self.tongue = entry["tongue"]
        self.centre = places.get(entry.get("at", ""))
        self.heard_on = today - datetime.timedelta(days=entry["heard"])
        self.calendar = actions.calendar_of(self.centre, self.tongue)
        kind = voicing.kinds()[entry["kind"]]
        self.is_safe = rules.route(kind, in_danger=entry.get("danger", False)) == rules.Route.SAFEGUARDING
        self.handed_to: Centre | None = None
        self.last = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    def live(self) -> None:
        entry = self.entry
        way = entry.get("way", "public")
        desk = self.account("desk", "front_desk", self.centre.id if self.centre else None) if way != "public" else None
        said = actions.Said(
            id=self.id,
            code=spoken_code(actions.CODE_LENGTH),
            kind=entry["kind"],
            words=self._labelled(entry["words"]),
            language=self.tongue,
            centre=self.centre,
            in_danger=entry.get("danger", False),
            channel=way,
            said_on=self.heard_on - datetime.timedelta(days=4) if way == "paper" else self.heard_on,
            heard_at=self._moment(self.heard_on),
        )
        if desk is None:
            actions.hear(said, by=None)
        else:
            with acting_as(desk):
                actions.hear(said, by=desk)
        for step in entry["then"]:
            self._step(*step)

    def _step(self, after: int, do: str, words: str = "", extra: str = "") -> None:
        by, at = self._handler(), self._moment(self.calendar.add_working_days(self.heard_on, after))
        words = self._labelled(words)
        with acting_as(by):
            if do == "hand":
                self.handed_to = self.places[extra]
                actions.hand(self.id, centre=self.handed_to, words=words, by=by, at=at)
            elif do == "close":
                actions.close(self.id, reason=extra, words=words, by=by, at=at)
            elif do == "raise":
                self.handed_to = None
                actions.raise_up(self.id, words=words, past=False, by=by, at=at)
            else:
                plain = {"acknowledge": actions.acknowledge, "answer": actions.answer, "note": actions.note}
                plain[do](self.id, words=words, by=by, at=at)

    def _handler(self) -> Acting:
        if self.is_safe:
            return self.account("guard", "safeguarding", None)
        if self.handed_to:
            return self.account("case", "case_worker", self.handed_to.id)
        return self.account("lead", "coordinator", None)

    def _labelled(self, words: str) -> str:
        return f"{words}{DEMONSTRATION[self.tongue]}" if words else ""

    def _moment(self, day: datetime.date) -> datetime.datetime:
        """Some time of the working day, after what was before; near a long holiday early, for nothing lies ahead."""
        hour, minute = self.dice.randrange(1, 9), self.dice.randrange(60)
        at = datetime.datetime.combine(min(day, self.today), datetime.time(hour, minute), datetime.UTC)
        self.last = min(max(at, self.last + PAUSE), timezone.now())
        return self.last


def _changes(entries: list[dict[str, Any]], code: str, lead: Acting) -> None:
    programme = Programme.objects.get(code=code)
    sites = {site.slug: site for site in Site.objects.of_programme(code)}
    with acting_as(lead):
        for entry in entries:
            said, done = (
                Text({tongue: f"{words}{DEMONSTRATION[tongue]}" for tongue, words in entry[side].items()})
                for side in ("said", "done")
            )
            made = actions.draft_change(
                programme=programme, site=sites.get(entry["site"]), said=said, done=done, by=lead
            )
            if entry["approved"]:
                actions.approve_change(made.id, by=lead)
