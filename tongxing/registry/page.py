"""The person page: what the registry knows, and what the contexts above hang on it."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.core.date_forms import long_date
from tongxing.organisations.models import LANGUAGES
from tongxing.registry import consent_text
from tongxing.registry.models import Consent, Person
from tongxing.registry.models.household import Relation
from tongxing.registry.search_sql import SEARCHES_AN_HOUR

Part = Callable[[Person, Acting], dict[str, Any]]
PARTS: dict[str, tuple[str, Part]] = {}
MERGED = ("acts", "timeline", "flags", "panels")  # lists to which several contexts add


def panel(name: str, *, permission: str, query: Part) -> None:
    """A context hangs its part on the person page, once, at start-up (AppConfig.ready).

    `query(person, by)` gives values for registry/person.html; it runs only for roles that may read `permission`.
    """
    PARTS[name] = (permission, query)


def contributed(person: Person, by: Acting) -> dict[str, Any]:
    """What all contexts say about a person that `by` may read; lists are joined, the rest is laid over."""
    page: dict[str, Any] = {name: [] for name in MERGED}
    for permission, query in PARTS.values():
        if not by.may(permission, "read"):
            continue
        for name, value in query(person, by).items():
            page[name] = page[name] + value if name in MERGED else value
    page["timeline"].sort(key=lambda entry: entry["at"], reverse=True)
    return page


def person_or_404(person_id: uuid.UUID, request: HttpRequest, *, leaves_trace: bool = True) -> Person:
    """Through the wall; what is foreign and what does not exist look the same. Leaves a trace of the look.

    Without `leaves_trace` the page shows more people than this one and notes them all itself, in one trace.
    """
    found = Person.objects.select_related("centre", "origin_division").filter(id=person_id).first()
    if found is None:
        raise Http404
    if leaves_trace:
        note_read("person", [found.id], by=request.acting)  # type: ignore[attr-defined]
    return found


def too_many_searches() -> str:
    """Said where a search was refused."""
    words = _("You have searched %(count)s times within an hour. Wait a while, or ask a colleague.")
    return words % {"count": SEARCHES_AN_HOUR}


def sex_word(sex: str) -> str:
    return {"female": _("F"), "male": _("M")}.get(sex, _("not stated"))


def birth_words(person: Person) -> str:
    """Age and birth date as well as they are known."""
    if person.birth is None:
        return _("not stated")
    age = person.birth.age_on(timezone.localdate())
    return f"{age} ({person.birth.describe(get_language() or 'en')})"


def identity_bar(person: Person, flags: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """First thing on every page about a person."""
    speaks = ", ".join(str(dict(LANGUAGES).get(code, code)) for code in person.languages)
    return {
        "name": person.name,
        "spoken": person.spoken if person.spoken != person.name else "",
        "facts": [
            (_("Age"), birth_words(person), False),
            (_("Sex"), sex_word(person.sex), False),
            (_("Number"), person.number, True),
            (_("Speaks"), speaks or _("not stated"), False),
        ],
        "flags": [
            *(flags or []),
            *([{"text": _("Location locked"), "colour": "purple"}] if person.is_location_locked else []),
        ],
    }


def household(person: Person) -> dict[str, Any]:
    """Guardian, siblings, where from, where now."""
    language = get_language() or "en"
    rows: list[tuple[str, Any]] = []
    rows += [(_("Also called"), other.text) for other in person.names.exclude(kind="official").order_by("id")]
    for guardian in person.guardianships.filter(ends_on=None):
        note = _("lives with the child") if guardian.lives_with else _("does not live with the child")
        rows.append((_("Guardian"), f"{guardian.name} · {relation_word(guardian.relation)} · {note}"))
    if person.hukou:
        rows.append((_("Household registration"), hukou_word(person.hukou)))
    if person.origin_division:
        rows.append((_("Origin"), person.origin_division.full_name(language)))
    for home in person.residences.filter(ends_on=None).select_related("division__parent__parent"):
        place = home.division.full_name(language) if home.division else ""
        rows.append((_("Lives"), " · ".join(filter(None, (home.community, home.address, place)))))
    rows += [(_("Phone"), contact.value) for contact in person.contacts.all()]
    siblings = Person.objects.in_household(person.household_id).exclude(id=person.id).by_name()
    return {"rows": rows, "members": [_member(sibling) for sibling in siblings[:8]]}


def _member(sibling: Person) -> dict[str, Any]:
    age = sibling.age_on(timezone.localdate())
    return {
        "id": sibling.id,
        "name": sibling.name,
        "url": f"../{sibling.id}/",
        "note": f"{sex_word(sibling.sex)} {'' if age is None else age}",
    }


def hukou_word(hukou: str) -> str:
    return {
        "rural": _("Rural hukou"),
        "urban": _("Urban hukou"),
        "none": _("No hukou"),
    }.get(hukou, _("not stated"))


RESTRICTED = gettext_lazy(
    "The family has asked that this record is not used for now. You can read it; what you typed was not saved. Ask the"
    " data protection officer."
)
RELATIONS: dict[str, str | Promise] = {
    Relation.MOTHER: gettext_lazy("mother"),
    Relation.FATHER: gettext_lazy("father"),
    Relation.GRANDPARENT: gettext_lazy("grandparent"),
    Relation.SIBLING: gettext_lazy("brother or sister"),
    Relation.RELATIVE: gettext_lazy("relative"),
    Relation.OTHER: gettext_lazy("somebody else"),
}


def relation_word(relation: str) -> str:
    return str(RELATIONS.get(relation, ""))


def consent_part(person: Person) -> dict[str, Any]:
    """The latest decision for each purpose, and who made the last one."""
    language, today = get_language() or "en", timezone.localdate()
    latest: dict[str, Consent] = {}
    for consent in person.consents.order_by("decided_at", "id"):
        latest[consent.purpose] = consent
    rows = []
    for purpose in consent_text.editions()[-1].purposes:
        given = latest.get(purpose.code)
        state = "undecided" if given is None else given.decision
        if given and given.withdrawn_at:
            state = "withdrawn"
        elif given and given.valid_until < today:
            state = "expired"
        rows.append({"purpose": purpose.title.spoken(language), "state": state})
    last = max(latest.values(), key=lambda c: c.decided_at, default=None)
    note = ""
    if last:
        note = _("By %(name)s on %(date)s; valid to %(until)s") % {
            "name": last.decider_name,
            "date": long_date(timezone.localdate(last.decided_at), language),
            "until": long_date(last.valid_until, language),
        }
    return {"consents": rows, "consent_note": note}
