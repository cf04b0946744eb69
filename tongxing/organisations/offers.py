"""How a service that was found is said on the public page, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.core.date_forms import weekday_date
from tongxing.organisations.directory import SHOWN, Answer, Found
from tongxing.organisations.models import LANGUAGES, Centre, Service
from tongxing.organisations.rules import Open

LANGUAGE_NAMES = dict(LANGUAGES)


@dataclass(frozen=True)
class Offer:
    """One row of the list. Texts are in the reader's language; times are the centre's wall clock."""

    service: Service
    centre: Centre
    open_now: bool
    until: str  # "18:00"; empty when closed, or open round the clock
    opens_next: str  # "tomorrow 09:00–12:00"; empty when open, or not within two weeks
    languages: str
    ages: str
    cost: str
    is_elsewhere: bool


def offer(found: Found) -> Offer:
    """A found service in words."""
    service, opening = found.service, found.opening
    return Offer(
        service=service,
        centre=service.centre,
        open_now=opening.is_open,
        until=f"{opening.until:%H:%M}" if opening.until and opening.is_open else "",
        opens_next=opens_next(opening),
        languages=_listed([str(LANGUAGE_NAMES.get(code, code)) for code in service.languages]),
        ages=ages(service.min_age, service.max_age),
        cost=_listed([str(service.cost), _document(service)]),
        is_elsewhere=found.is_elsewhere,
    )


def opens_next(opening: Open) -> str:
    """`today 13:30–17:30`, `tomorrow 09:00–12:00`, `Monday 23 November 09:00–12:00`; empty when open or unknown."""
    start = opening.opens_next
    if start is None:
        return ""
    hours = f"{start:%H:%M}" + (f"–{opening.next_until:%H:%M}" if opening.next_until else "")
    return f"{_day(start, opening.days_ahead)} {hours}"


def _day(start: datetime, days_ahead: int) -> str:
    if days_ahead == 0:
        return _("today")
    if days_ahead == 1:
        return _("tomorrow")
    return weekday_date(start.date(), get_language() or "en")


def ages(youngest: int | None, oldest: int | None) -> str:
    """`6–15 years`, `16 years and older`, `up to 14 years`, `any age`; both ends belong to it."""
    if not youngest and oldest is None:
        return _("any age")
    if oldest is None:
        return _("%(age)s years and older") % {"age": youngest}
    if not youngest:
        return _("up to %(age)s years") % {"age": oldest}
    return _("%(youngest)s–%(oldest)s years") % {"youngest": youngest, "oldest": oldest}


def _document(service: Service) -> str:
    return _("a document is needed") if service.needs_document else _("no document needed")


def _listed(words: list[str]) -> str:
    return ("，" if (get_language() or "").startswith("zh") else ", ").join(word for word in words if word)


def hint(answer: Answer, place: str) -> str:
    """What the reader should know about the answer as a whole; often nothing."""
    if place.strip() and not answer.places:
        return _("We do not know a place called “%(place)s”. Write the county or city, in characters or pinyin.") % {
            "place": place.strip()
        }
    if answer.found and all(found.is_elsewhere for found in answer.found):
        return _("Nothing in this county or district itself; these are in the same city.")
    if answer.total > len(answer.found):
        return _("The first %(shown)s are shown. Name a place or a need to see fewer.") % {"shown": SHOWN}
    return ""
