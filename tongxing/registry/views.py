"""Search before create, and the person page."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core.dates import PartialDate, parse_birth
from tongxing.linkage import names
from tongxing.linkage.details import Details, Name
from tongxing.organisations.models import Division
from tongxing.registry import identity
from tongxing.registry.forms import SearchForm
from tongxing.registry.page import (
    birth_words,
    consent_part,
    contributed,
    household,
    identity_bar,
    person_or_404,
    sex_word,
)



@allow("search", "read")
def search(request: HttpRequest) -> HttpResponse:
    """Who could it be, here and elsewhere? Nothing typed goes into an address; one look is one logged search."""
    by = request.acting  # type: ignore[attr-defined]
    form = SearchForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "searched": False, "candidates": [], "elsewhere": None, "register_url": ""}
    if request.method != "POST" or not form.is_valid():
        return render(request, "registry/search.html", page, status=422 if form.errors else 200)
    details, problem = _details(form.cleaned_data)
    if problem:
        form.add_error("birth", problem)
        return render(request, "registry/search.html", page, status=422)
    try:
        found = identity.search(details)
    except identity.TooManySearches:
        form.add_error(None, _("You have searched 60 times within an hour. Wait a while, or ask a colleague to search."))
        return render(request, "registry/search.html", page, status=429)
    note_read("person", [candidate.person_id for candidate in found.inside], by=by)
    page |= {
        "searched": True,
        "surname": _surname_guess(form.cleaned_data["name"]),
        "candidates": [_candidate(candidate) for candidate in found.inside],
        "elsewhere": {"level": found.elsewhere.level, "fields": agreements(found.elsewhere.levels)},
        "register_url": reverse("procedures:registration_start"),
        "seen": identity.seen_ids(found.inside),
    }
    return render(request, "registry/search.html", page)


def _details(typed: dict[str, str]) -> tuple[Details, str]:
    """What linkage compares, or why the birth date cannot be read."""
    birth = parse_birth(typed["birth"], timezone.localdate()) if typed["birth"].strip() else None
    if birth is not None and not isinstance(birth, PartialDate):
        return Details(), _(birth.remedy)
    origin = Division.objects.named(typed["origin"]).current()[:2] if typed["origin"].strip() else []
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


def _candidate(candidate: identity.Candidate) -> dict[str, Any]:
    person = candidate.person
    row: dict[str, Any] = {
        "id": str(candidate.person_id),
        "kind": "sibling" if candidate.verdict == "sibling" else "same",
        "fields": agreements(candidate.levels),
    }
    if person is None:  # a role that may search and not read persons
        return row | {"name": _("Somebody registered here"), "number": "", "summary": "", "url": ""}
    origin = person.origin_division.full_name(get_language() or "en") if person.origin_division else ""
    return row | {
        "name": person.name,
        "spoken": person.spoken,
        "number": person.number,
        "summary": " · ".join(filter(None, (sex_word(person.sex), birth_words(person), origin))),
        "url": reverse("registry:person", args=[person.id]),
    }


def agreements(levels: Any) -> list[tuple[str, str]]:
    """Which fields agree, in the worker's words: (label, same | near | other | unknown). Says nothing of values."""
    labels = {
        "name": _("name"),
        "birth": _("birth date"),
        "origin": _("county of origin"),
        "guardian": _("guardian"),
        "phone": _("phone"),
        "document": _("number"),
    }
    rows = []
    for field, label in labels.items():
        level = levels.get(field, "unknown")
        if level == "unknown":
            continue
        kind = "same" if level in ("same", "same_written", "same_day") else "other" if level == "other" else "near"
        how = _how_near(level) if kind == "near" else ""
        rows.append((f"{label}: {how}" if how else label, kind))
    return rows


def _how_near(level: str) -> str:
    return {
        "same_sound": _("same sound"),
        "near_sound": _("similar sound"),
        "nickname": _("perhaps a nickname"),
        "given_alone": _("same given name"),
        "other_surname": _("same given name, other surname"),
        "shared_last": _("one character in common"),
        "shared_first": _("one character in common"),
        "surname_only": _("only the surname"),
        "swapped": _("day and month swapped"),
        "near_day": _("a few days apart"),
        "same_month": _("same month"),
        "lunar": _("perhaps the lunar date"),
        "year_off": _("one year apart"),
        "new_year": _("same year, 1 January"),
        "same_year": _("same year"),
        "about_year": _("about the same year"),
        "year_only": _("same year"),
        "next_year": _("one year apart"),
    }.get(level, "")


@allow("person", "read")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Everything about one person that the role may see; what to do next comes first."""
    by = request.acting  # type: ignore[attr-defined]
    found = person_or_404(person_id, request)
    page = contributed(found, by)
    page |= {"identity": identity_bar(found, page.pop("flags")), "household": household(found)}
    if by.may("consent", "read"):
        page |= consent_part(found)
        page["consent_url"] = reverse("procedures:consent", args=[found.id])
    return render(request, "registry/person.html", page)
