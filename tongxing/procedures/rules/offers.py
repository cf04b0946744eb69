"""Which service fits a need: by need, age, language, place and opening hours. Reasons are shown, never a score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tongxing.core.dates import N_
from tongxing.organisations.rules import EVENING, Hours

Agreement = Literal["same", "near", "misfit"]
WEEKEND = ("sat", "sun")
KIN = {"school": "tutoring", "tutoring": "school", "health": "counselling", "counselling": "health", "wages": "legal"}
KIN |= {"legal": "wages", "skills": "work", "work": "skills"}


@dataclass(frozen=True)
class Offer:
    """A service at a place. `hours` as in organisations/rules.py; `division` = code of the place."""

    need: str
    min_age: int | None = None
    max_age: int | None = None
    languages: Sequence[str] = ()
    hours: Hours = field(default_factory=dict)
    division: str = ""
    places_left: int | None = None  # None = not limited
    needs_document: bool = False


@dataclass(frozen=True)
class Wanted:
    """What the family can use. `when` holds any of weekday, weekend, evening; empty = any time."""

    need: str
    age: tuple[int, int] | None  # least and greatest completed years; None = unknown
    languages: Sequence[str] = ()
    when: frozenset[str] = frozenset()
    division: str = ""
    has_document: bool = False


@dataclass(frozen=True)
class Reason:
    """One line of the comparison; `message % args` once translated."""

    code: str
    agreement: Agreement
    message: str
    args: Mapping[str, object] = field(default_factory=dict)


def fits(offer: Offer, wanted: Wanted) -> list[Reason]:
    """Why the service fits or not, in the order shown. A "misfit" puts it under “see why”; the unknown is silent."""
    found = (
        _need(offer, wanted),
        _age(offer, wanted),
        _language(offer, wanted),
        _time(offer, wanted),
        _place(offer, wanted),
        _places_left(offer),
        _document(offer, wanted),
    )
    return [reason for reason in found if reason]


def rank(offers: Iterable[tuple[object, Offer]], wanted: Wanted) -> list[tuple[object, list[Reason]]]:
    """The offers with their reasons: fitting ones first, fewest reservations first, otherwise in the order given."""
    judged = [(key, fits(offer, wanted)) for key, offer in offers]
    return sorted(judged, key=lambda one: (_count(one[1], "misfit"), _count(one[1], "near"), -_count(one[1], "same")))


def _count(reasons: Sequence[Reason], agreement: Agreement) -> int:
    return sum(reason.agreement == agreement for reason in reasons)


def _need(offer: Offer, wanted: Wanted) -> Reason:
    if offer.need == wanted.need:
        return Reason("need", "same", N_("Need: %(need)s"), {"need": offer.need})
    if KIN.get(wanted.need) == offer.need:
        return Reason("need", "near", N_("Need: %(need)s"), {"need": offer.need})
    return Reason("need", "misfit", N_("For another need: %(need)s"), {"need": offer.need})


def _age(offer: Offer, wanted: Wanted) -> Reason | None:
    if offer.min_age is None and offer.max_age is None:
        return None
    low, high = offer.min_age or 0, 120 if offer.max_age is None else offer.max_age
    args = {"low": low, "high": high}
    if wanted.age is None:
        return Reason("age", "near", N_("Ages %(low)s to %(high)s; the child's age is not known"), args)
    least, greatest = wanted.age
    if low <= least and greatest <= high:
        return Reason("age", "same", N_("Ages %(low)s to %(high)s"), args)
    if least <= high and greatest >= low:
        return Reason("age", "near", N_("Ages %(low)s to %(high)s; the birth date is not exact"), args)
    return Reason("age", "misfit", N_("Only ages %(low)s to %(high)s"), args)


def _language(offer: Offer, wanted: Wanted) -> Reason | None:
    if not offer.languages or not wanted.languages:
        return None
    common = [code for code in wanted.languages if code in offer.languages]
    if common:
        return Reason("language", "same", N_("Speaks %(language)s"), {"language": common[0]})
    return Reason("language", "near", N_("An interpreter is needed"))


def _time(offer: Offer, wanted: Wanted) -> Reason | None:
    if not offer.hours or not wanted.when:
        return None
    open_at = frozenset(_open_at(offer.hours))
    if wanted.when <= open_at:
        return Reason("when", "same", N_("Open when the family can come"))
    if wanted.when & open_at:
        return Reason("when", "near", N_("Open at some of the times the family can come"))
    return Reason("when", "misfit", N_("Not open when the family can come"))


def _open_at(hours: Hours) -> Iterable[str]:
    late = EVENING.strftime("%H:%M")
    for day, spans in hours.items():
        for opens, closes in spans:
            yield "weekend" if day in WEEKEND else "weekday"
            if closes > late or closes <= opens:  # ends after midnight
                yield "evening"


def _place(offer: Offer, wanted: Wanted) -> Reason | None:
    here, there = wanted.division, offer.division
    if not here or not there:
        return None
    if here[:6] == there[:6]:
        return Reason("place", "same", N_("In the same county or district"))
    if here[:4] == there[:4] and here[:4].isdigit():  # GB/T 2260: two digits province, two prefecture, two county
        return Reason("place", "near", N_("In the same city"))
    return Reason("place", "misfit", N_("In another city"))


def _places_left(offer: Offer) -> Reason | None:
    if offer.places_left is None:
        return None
    if offer.places_left > 0:
        return Reason("places", "same", N_("Places a week: %(places)s"), {"places": offer.places_left})
    return Reason("places", "near", N_("Waiting list"))


def _document(offer: Offer, wanted: Wanted) -> Reason | None:
    if not offer.needs_document:
        return Reason("document", "same", N_("No document asked"))
    if wanted.has_document:
        return Reason("document", "same", N_("Asks for a document; the family has one"))
    return Reason("document", "misfit", N_("Asks for a document that the family does not have"))
