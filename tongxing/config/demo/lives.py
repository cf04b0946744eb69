"""What became of a registered child, drawn from a seed: the steps of the procedure, a referral, its answer, the service."""

import datetime
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tongxing.procedures.rules import NEEDS

SCALES = Path(__file__).with_name("scales.yaml")
CHAIN = ("verification", "assessment", "plan", "refer", "services", "follow_up")
REFERRED = ("school", "health", "legal")  # needs that standing consents cover
REASONS = ("full", "distance", "not_eligible")
CLOSES_AFTER = 90  # days after the registration, where the chain broke off
WORKED_ON = 28  # days ago began what is still open


@dataclass(frozen=True)
class Event:
    """Something done on a day. `what`: a step of the edition, or refer | answer | deliver; `said`: the words of its action."""

    what: str
    on: datetime.date
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """How many children, and the chances of scales.yaml; no `lives`: the newest cases alone are gone on with."""

    children: int
    lives: Mapping[str, Any] | None = None


@cache
def scales() -> dict[str, Scale]:
    """The scales that there are, smallest first."""
    return {name: Scale(**said) for name, said in YAML(typ="safe").load(SCALES.read_text("utf-8")).items()}


def life(
    dice: random.Random, registered_on: datetime.date, today: datetime.date, chances: Mapping[str, Any]
) -> list[Event]:
    """Events in order, none before the registration and none after `today`. The same dice say the same."""
    is_open = dice.random() < chances["open"]
    day = max(registered_on, today - datetime.timedelta(days=WORKED_ON)) if is_open else registered_on
    events: list[Event] = []
    for what in CHAIN:
        is_reached = dice.random() < chances["reach"][what] or (
            is_open and not events
        )  # what is open was verified lately
        if not is_reached:
            if what == "refer":
                continue  # no service elsewhere was needed
            break
        day = min(day + datetime.timedelta(days=dice.randrange(8)), today)
        events += _referral(dice, day, today, chances) if what == "refer" else [Event(what, day, _said(what, dice))]
        day = events[-1].on
    if not is_open:
        events.append(Event("closure", min(max(day, registered_on + datetime.timedelta(days=CLOSES_AFTER)), today)))
    return events


def _said(what: str, dice: random.Random) -> dict[str, Any]:
    if what != "assessment":
        return {}
    needs = dict.fromkeys(NEEDS, "none") | {dice.choice(REFERRED): dice.choice(("pressing", "some"))}
    return {"needs": needs, "risk": dice.choice(("medium", "low", "low", "high"))}


def _referral(dice: random.Random, day: datetime.date, today: datetime.date, chances: Mapping[str, Any]) -> list[Event]:
    """Sent; perhaps answered within the week; perhaps the service given."""
    events = [Event("refer", day, {"need": dice.choice(REFERRED), "place": dice.random()})]
    if dice.random() < chances["unanswered"]:
        return events
    answered = min(day + datetime.timedelta(days=dice.randrange(7)), today)
    if dice.random() < chances["declined"]:
        return [*events, Event("answer", answered, {"accept": False, "reason": dice.choice(REASONS)})]
    events.append(Event("answer", answered, {"accept": True}))
    if dice.random() < chances["delivered"]:
        given = min(answered + datetime.timedelta(days=dice.randrange(15)), today)
        outcome = "partly" if dice.random() < chances["partly"] else "received"
        events.append(Event("deliver", given, {"outcome": outcome}))
    return events
