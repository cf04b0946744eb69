"""Search before create, and the person page."""

import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core import long_lists
from tongxing.core.dates import PartialDate, parse_birth
from tongxing.linkage import names, reasons
from tongxing.linkage.details import Details, Name
from tongxing.organisations.models import Centre, Division
from tongxing.registry import identity, installed, linking, matching
from tongxing.registry.actions import break_glass, protect, see_alert
from tongxing.registry.forms import EmergencyForm, SearchForm
from tongxing.registry.linked import linked_part
from tongxing.registry.models import Alert, Person
from tongxing.registry.page import (
    birth_words,
    consent_part,
    contributed,
    household,
    identity_bar,
    person_or_404,
    sex_word,
    too_many_searches,
)

ALERTS_SHOWN = 100


@allow("search", "read")
def search(request: HttpRequest) -> HttpResponse:
    """Who could it be, here and elsewhere? Nothing typed goes into an address; one look is one logged search."""
    by = request.acting  # type: ignore[attr-defined]
    form = SearchForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "searched": False, "candidates": [], "elsewhere": None, "register_url": ""}
    if request.method != "POST" or not form.is_valid():
        return render(request, "registry/search.html", page, status=422 if form.errors else 200)
    details, problem = details_typed(form.cleaned_data)
    if problem:
        form.add_error("birth", problem)
        return render(request, "registry/search.html", page, status=422)
    try:
        found = identity.search(details)
    except identity.TooManySearches:
        form.add_error(None, too_many_searches())
        return render(request, "registry/search.html", page, status=429)
    shown = [*found.inside, *found.family]
    note_read("search", [candidate.person_id for candidate in shown], by=by)
    version = installed.version() if shown else 0
    linked = linking.known_as([one.person_id for one in shown]) if shown and by.may("link", "read") else {}
    rows = [
        candidate_row(candidate, place, version) | {"linked": linked_words(linked.get(candidate.person_id))}
        for place, candidate in enumerate(shown)
    ]
    page |= {
        "searched": True,
        "surname": _surname_guess(form.cleaned_data["name"]),
        "candidates": [row for row in rows if not row["kin"]],
        "family": [row for row in rows if row["kin"]],
        "elsewhere": {"level": found.elsewhere.level, "fields": agreements(found.elsewhere.levels)},
        "register_url": reverse("procedures:registration_start"),
        "ask_url": reverse("registry:ask") if by.may("search", "add") else "",
        "emergency_url": reverse("registry:emergency") if by.may("glass", "add") else "",
        "seen": identity.seen_ids(shown),
    }
    return render(request, "registry/search.html", page)


def details_typed(typed: dict[str, str]) -> tuple[Details, str]:
    """What linkage compares, or why the birth date cannot be read."""
    birth = parse_birth(typed["birth"], timezone.localdate()) if typed["birth"].strip() else None
    if birth is not None and not isinstance(birth, PartialDate):
        return Details(), _(birth.remedy)
    origin = list(Division.objects.named(typed["origin"]).current()[:2])
    return (
        Details(
            names=(Name(typed["name"]),) if typed["name"].strip() else (),
            birth=birth,
            origin_division=origin[0].code if len(origin) == 1 else "",
            guardian_names=(typed["guardian"],) if typed["guardian"].strip() else (),
            phones=(typed["phone"],) if typed["phone"].strip() else (),
            documents=(typed["document"],) if typed["document"].strip() else (),
        ),
        "",
    )


def _surname_guess(name: str) -> dict[str, str] | None:
    surname, _given = names.split(name.strip()) if name.strip() else ("", "")
    return {"surname": surname, "spoken": names.spoken(name).split(" ")[0]} if surname else None


def candidate_row(candidate: identity.Candidate, place: int, version: int) -> dict[str, Any]:
    """One proposal: who it is as far as the role may read, why it is shown, and the form in which it is answered."""
    person = candidate.person
    row: dict[str, Any] = {
        "id": str(candidate.person_id),
        "kin": kin_words(candidate.verdict) if candidate.is_family else "",
        "is_sibling": candidate.verdict in ("sibling", "twin"),
        "is_likely": candidate.is_likely,
        "proposal": matching.proposal(candidate, version),
        "answer": f"answer_{place}",
        "fields": agreements(candidate.levels),
    }
    if person is None:  # a role that may search and not read persons
        return row | {"name": _("Somebody registered here"), "number": "", "summary": "", "url": "", "same_url": ""}
    origin = person.origin_division.full_name(get_language() or "en") if person.origin_division else ""
    return row | {
        "name": person.name,
        "spoken": person.spoken,
        "number": person.number,
        "summary": " · ".join(filter(None, (sex_word(person.sex), birth_words(person), origin))),
        "url": reverse("registry:person", args=[person.id]),
        "same_url": reverse("registry:same_person", args=[person.id]),
    }


def linked_words(known: tuple[list[uuid.UUID], bool] | None) -> str:
    """That a record shown is linked with others already; empty when it is not."""
    if known is None:
        return ""
    here = Person.objects.filter(id__in=known[0]).order_by("number").values_list("number", flat=True)
    told = [_("Linked with %(numbers)s.") % {"numbers": ", ".join(here)}] if here else []
    return " ".join([*told, *([_("Is also known at another centre.")] if known[1] else [])])


def kin_words(verdict: str) -> str:
    """Why somebody is shown as family, and not as the child."""
    return {
        "sibling": _("Same home: perhaps a brother or sister, not the same child."),
        "twin": _("Same home and birth date: perhaps a twin, not the same child."),
        "parent": _("Same home, a generation apart: perhaps a parent or guardian."),
        "namesake": _("Same home and name, another birth date: perhaps a relative with the same name."),
    }.get(verdict, _("Perhaps of the same family."))


def agreements(levels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which fields agree, in the worker's words: (label, same | near | other). Says nothing of values."""
    if not levels:
        return []
    labels = {
        "name": _("name"),
        "birth": _("birth date"),
        "origin": _("county of origin"),
        "guardian": _("guardian"),
        "phone": _("phone"),
        "document": _("number"),
    }
    told = [a for a in reasons.agreements(levels) if a.field in labels and a.state != "unknown"]
    return [
        (f"{labels[a.field]}: {_(a.reason)}" if a.reason and a.state != "same" else labels[a.field], a.state)
        for a in told
    ]


@require_POST
@allow("person", "read")
def same_person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The worker says that a record shown is the child: kept for training, and the record opens."""
    by = request.acting  # type: ignore[attr-defined]
    found = person_or_404(person_id, request, leaves_trace=False)
    matching.label({signed: "same" for signed in request.POST.getlist("proposal")[:1]}, by=by)
    return HttpResponseRedirect(reverse("registry:person", args=[found.id]))


@allow("glass", "add")
def emergency(request: HttpRequest) -> HttpResponse:
    """Break the glass: number on the card, a reason, four hours; and who is told of it, said before."""
    if request.method != "POST":
        return render(request, "registry/emergency.html", {"form": EmergencyForm()})
    form, status = EmergencyForm(request.POST), 422
    if form.is_valid():
        number = unicodedata.normalize("NFKC", form.cleaned_data["number"]).strip().upper()
        try:
            found = break_glass(number=number, reason=form.cleaned_data["reason"], by=request.acting)  # type: ignore[attr-defined]
            if found:
                return HttpResponseRedirect(reverse("registry:person", args=[found]))
            form.add_error(
                "number", _("No record can be opened under this number. Compare it with the card, or call the centre.")
            )
        except identity.TooManySearches:
            form.add_error(None, too_many_searches())
            status = 429
    return render(request, "registry/emergency.html", {"form": form}, status=status)


@require_POST
@allow("person", "change")
def person_protect(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Put a child in danger under location lock, or lift it."""
    found = person_or_404(person_id, request)
    if (asked := request.POST.get("locked")) in ("yes", "no"):  # an empty form lifts no lock
        protect(found, locked=asked == "yes", by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("registry:person", args=[found.id]))


@allow("alert", "read")
def alerts(request: HttpRequest) -> HttpResponse:
    """For the safeguarding lead: searches from outside that came close to a child under location lock."""
    new_first = (Alert.objects.filter(seen_at=None), Alert.objects.exclude(seen_at=None))
    shown = long_lists.page(new_first, newest="at", older=request.GET.get("older", ""), size=ALERTS_SHOWN)
    rows = shown.rows
    note_read("alert", [row.id for row in rows], by=request.acting)  # type: ignore[attr-defined]
    places = dict(Centre.objects.filter(id__in={row.centre_id for row in rows}).values_list("id", "name"))
    told = [{"row": row, "searched_at": places.get(row.centre_id) if row.centre_id else ""} for row in rows]
    return render(request, "registry/alerts.html", {"alerts": told, "page": shown})


@require_POST
@allow("alert", "change")
def alert_seen(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    if not see_alert(alert_id, by=request.acting):  # type: ignore[attr-defined]
        raise Http404
    return HttpResponseRedirect(reverse("registry:alerts"))


@allow("person", "read")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Everything about one person that the role may see; what to do next comes first."""
    by = request.acting  # type: ignore[attr-defined]
    found = person_or_404(person_id, request, leaves_trace=False)
    home = household(found)
    page = contributed(found, by)
    part, others = linked_part(found, by)
    for name, entries in part.items():
        page[name] = page[name] + entries
    page["timeline"].sort(key=lambda entry: entry["at"], reverse=True)
    note_read("person", [found.id, *(member["id"] for member in home["members"]), *others], by=by)
    page |= {"identity": identity_bar(found, page.pop("flags")), "household": home}
    keeps = found.centre_id == by.centre_id  # a grant opens the record for reading only
    page["lock_url"] = reverse("registry:protect", args=[found.id]) if keeps and by.may("person", "change") else ""
    page["is_locked"] = found.is_location_locked
    if by.may("consent", "read"):
        page |= consent_part(found)
        page["consent_url"] = reverse("procedures:consent", args=[found.id]) if keeps else ""
    return render(request, "registry/person.html", page)
