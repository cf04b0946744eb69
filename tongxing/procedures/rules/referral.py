"""Who may be told what. States and verbs of a referral are Primero's, so that records can be exchanged without loss."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from tongxing.core.dates import N_
from tongxing.procedures.rules.registration import Problem

STATES = ("in_progress", "accepted", "rejected", "done", "revoked")

# From a state, the states it may become. What has no arrow is final; a recall of a finished referral blanks its
# snapshot and leaves the state, because the outcome has happened (`state_after_recall`).
TRANSITIONS: dict[str, frozenset[str]] = {
    "in_progress": frozenset({"accepted", "rejected", "revoked"}),
    "accepted": frozenset({"done", "rejected", "revoked"}),
    "rejected": frozenset(),
    "done": frozenset(),
    "revoked": frozenset(),
}

# Why a receiver declines. A closed list: refusals are counted as gaps in services; none tells of health or family.
DECLINE_REASONS: dict[str, str] = {
    "full": N_("No places left"),
    "not_eligible": N_("Age or conditions do not fit"),
    "language": N_("No common language"),
    "distance": N_("Too far away"),
    "ask_first": N_("Something must be asked first"),
}

# The purpose whose consent a need requires; "" = no standing purpose covers it, the family is asked for this referral.
NEEDS: dict[str, str] = {
    "school": "school",
    "tutoring": "school",
    "health": "health",
    "counselling": "health",
    "wages": "legal",
    "legal": "legal",
    "social_security": "legal",
    "housing": "",
    "skills": "",
    "work": "",
    "other": "",
}

THIS_REFERRAL = "referral"  # the purpose of a consent to one referral, where no standing purpose covers the need

FIELDS: dict[str, str] = {
    "name": N_("Name"),
    "birth_month": N_("Month of birth"),
    "language": N_("Language"),
    "need": N_("Need"),
    "contact": N_("How to reach the family: through the centre"),
    "address": N_("Address"),
    "health": N_("Health"),
    "family": N_("Family matters"),
    "documents": N_("Documents and their numbers"),
    "origin": N_("Where the family comes from"),
    "other_services": N_("Other services used"),
}
_SHARED: dict[str, tuple[str, ...]] = {
    "school": ("name", "birth_month", "need", "contact"),
    "health": ("name", "birth_month", "language", "need", "contact"),
    "legal": ("name", "birth_month", "language", "need", "contact"),
    "": ("name", "language", "need", "contact"),
}


@dataclass(frozen=True)
class Agreement:
    """The last decision for one purpose. `decision` = agreed | refused; a withdrawn one is not passed on at all."""

    purpose: str
    decision: str
    valid_until: datetime.date


@dataclass(frozen=True)
class Shared:
    """What a receiver sees and does not see. Same rows on the choice, the confirmation, the snapshot, the receipt."""

    purpose: str
    shown: tuple[str, ...]
    withheld: tuple[str, ...]


def may_become(state: str, wanted: str) -> bool:
    """May a referral in `state` become `wanted`? Unknown states may nothing."""
    return wanted in TRANSITIONS.get(state, frozenset())


def state_after_recall(state: str) -> str:
    """The state once the family takes the information back. The snapshot is blanked in every state."""
    return "revoked" if may_become(state, "revoked") else state


def purpose_of(need: str) -> str:
    """The consent purpose that a need requires; "" = the family is asked for each referral. KeyError if unknown."""
    return NEEDS[need]


def meets(service_need: str, need: str) -> bool:
    """May a service take this need? A need is told under the purpose of what meets it: no clinic is told as a school."""
    return purpose_of(service_need) == purpose_of(need)


def shared_fields(need_or_purpose: str) -> Shared:
    """Which fields a referral carries, by need code or purpose; everything else is withheld. KeyError if unknown."""
    purpose = need_or_purpose if need_or_purpose in _SHARED else NEEDS[need_or_purpose]
    shown = _SHARED[purpose]
    return Shared(purpose, shown, tuple(field for field in FIELDS if field not in shown))


def may_refer(
    agreements: Iterable[Agreement], need: str, on: datetime.date, *, agreed_now: bool = False
) -> list[Problem]:
    """What stands against referring for this need on that day; empty = may be sent.

    `agreed_now` = the family said yes to this one referral at the desk, having seen who gets what and until when. It
    is needed where no standing purpose covers the need; a standing refusal is never overruled, only changed first.
    """
    purpose = purpose_of(need)
    if not purpose:
        return [] if agreed_now else [_ask_now()]
    given = [one for one in agreements if one.purpose == purpose]
    if any(one.decision == "refused" for one in given[-1:]):
        return [_consent(purpose, "refused", N_("The family does not want this to be told"))]
    if not given:
        return [_consent(purpose, "not_asked", N_("The family has not been asked yet"))]
    if given[-1].valid_until < on:
        return [_consent(purpose, "expired", N_("The consent ran out on %(until)s"), given[-1].valid_until)]
    return []


def _consent(purpose: str, code: str, message: str, until: datetime.date | None = None) -> Problem:
    remedy = N_("Give them the address instead, or ask again if they wish and record the new answer under “Consent”.")
    return Problem("consent", f"consent_{code}", message, {"purpose": purpose, "until": until}, remedy)


def _ask_now() -> Problem:
    return Problem(
        "agreed_now",
        "ask_for_this_referral",
        N_("No consent covers this need"),
        remedy=N_("Read out who will see what and until when, and ask the family for this one referral."),
    )
