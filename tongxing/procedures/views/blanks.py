"""Paper for the day without power: blank forms with the questions, answers and codes of the screen; consent; a ticket."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.organisations.models import Centre
from tongxing.procedures import intake
from tongxing.procedures.actions.registrations import edition_of
from tongxing.procedures.forms import CHILD_ANSWERS, RELATIONS, SECTIONS
from tongxing.procedures.models import Registration
from tongxing.procedures.rules.referral import FIELDS
from tongxing.procedures.rules.registration import ASKED
from tongxing.procedures.views.at_the_desk import Desk
from tongxing.procedures.views.consents import answers, known
from tongxing.procedures.views.papers import HOTLINE, paper_language
from tongxing.procedures.views.registrations import title_of
from tongxing.registry import consent_text
from tongxing.registry.page import person_or_404

BLANK = {
    "registration": "procedures/blank_registration.html",
    "consent": "procedures/consent_sheet.html",
    "referral": "procedures/blank_referral.html",
}


@allow("draft", "read")
def blank_list(request: HttpRequest) -> HttpResponse:
    """Which forms to print and lay beside the desk before the power goes."""
    titles = {
        "registration": _("Registration of a child"),
        "consent": _("Consent, by purpose"),
        "referral": _("Receipt of a referral"),
    }
    forms = [{"title": titles[code], "url": reverse("procedures:blank", args=[code])} for code in BLANK]
    return render(request, "procedures/blank_list.html", {"forms": forms})


@allow("draft", "read")
def blank(request: HttpRequest, form: str) -> HttpResponse:
    """One blank form. Nothing on it is about anybody."""
    if form not in BLANK:
        raise Http404
    desk, language = Desk(request), paper_language(request, "")
    page: dict[str, Any] = {
        "centre": desk.centre,
        "done_url": reverse("procedures:blank_list"),
        "hotline": HOTLINE,
        **language,
    }
    with override(language["paper"]):
        if form == "registration":
            page["sections"] = [{"title": title_of(section.code), "rows": rows} for section, rows in _asked()]
        elif form == "consent":
            page |= consent_sheet(desk, {}, {})
        else:
            page["fields"] = [_(label) for label in FIELDS.values()]
    return render(request, BLANK[form], page)


def _asked() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """The questions of the screen, from the forms themselves: a paper that differs from them cannot be typed in."""
    for section in SECTIONS:
        if section.code == "consent":  # a sheet of its own, which the family signs
            continue
        fields = section.form.base_fields
        rows = [
            {
                "label": field.label,
                "hint": field.help_text,
                "choices": list(getattr(field, "choices", ())),
                "ticks": hasattr(field.widget, "check_test"),
                "code": name,
            }
            for name, field in fields.items()
            if name != "version"
        ]
        yield section, rows


def consent_sheet(desk: Desk, typed: intake.Typed, given: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the consent paper: the text of the edition in force, and a family's answers as far as known."""
    text = consent_text.in_force(desk.today)
    who = intake.decision(typed, desk.law, desk.today)
    return {
        "text": text,
        "text_edition": _("Consent text %(edition)s") % {"edition": text.edition},
        "purposes": [
            {"words": text.purpose(code), "code": code, "answer": given.get(f"consent_{code}", "")} for code in ASKED
        ],
        "decider": who.name,
        "relation": dict(RELATIONS).get(who.relation, ""),
        "valid_until": text.valid_until(desk.today) if typed else None,
        "asks_child": who.asks_child or not typed,
        "age": who.age,
        "readers": [
            ("desk", _("a worker of this centre")),
            ("interpreter", _("an interpreter or relative")),
            ("self", _("the family read it itself")),
        ],
        "child_answers": CHILD_ANSWERS,
    }


@allow("consent", "read")
def consent_paper(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The consent of one child to be signed: A4, in the family's language, with the answers on record."""
    person, desk = person_or_404(person_id, request), Desk(request)
    last = person.consents.order_by("decided_at").last()
    language = paper_language(request, last.language if last else "")
    with override(language["paper"]):
        page = consent_sheet(desk, known(person), answers(person))
    page |= {
        "child": person,
        "centre": person.centre,
        "hotline": HOTLINE,
        "done_url": reverse("procedures:signed_papers", args=[person.id])
        if person.centre_id == desk.by.centre_id
        else reverse("registry:person", args=[person.id]),
        **language,
    }
    return render(request, "procedures/consent_sheet.html", page)


@allow("carried_out", "read")
def ticket(request: HttpRequest, registration_id: uuid.UUID) -> HttpResponse:
    """80 mm: the number, this centre, the day, and what comes next. No name: tickets are lost."""
    registration = Registration.objects.filter(id=registration_id).first()
    if registration is None:
        raise Http404
    by = request.acting  # type: ignore[attr-defined]
    note_read("registration", [registration.id], by=by)
    language = paper_language(request, "")
    step, due = _next(registration, by.may("case", "read"))
    with override(language["paper"]):
        said = step.title.spoken(get_language() or "en") if step else ""
    page = {
        "ticket": {"number": registration.number, "on": registration.registered_on, "next": said, "due": due},
        "centre": Centre.objects.get(id=registration.centre_id),
        "hotline": HOTLINE,
        "done_url": reverse("procedures:card", args=[registration.id]),
        **language,
    }
    return render(request, "procedures/ticket.html", page)


def _next(registration: Registration, reads_case: bool) -> tuple[Any, Any]:
    """The step that waits, and its day; who reads no case learns what always follows a registration, without a day."""
    edition = edition_of(registration)
    if reads_case:
        task = registration.tasks.waiting().order_by("due_on", "id").first()
        return (edition.step(task.code), task.due_on) if task else (None, None)
    following = edition.first.next
    return (edition.step(following[0]) if following else None), None
