"""Registering a child: the list of sections, one section a page, consent, check, done."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core import long_lists
from tongxing.core.dates import PartialDate
from tongxing.procedures import intake
from tongxing.procedures.actions import (
    AlreadyHere,
    Ready,
    StaleForm,
    discard,
    refuse,
    register,
    save_draft,
    start_draft,
)
from tongxing.procedures.actions.drafts import content
from tongxing.procedures.forms import PAPER, READ_IN, SECTIONS, DraftForm, Section
from tongxing.procedures.models import Draft, Registration
from tongxing.procedures.understood import about_birth, about_name
from tongxing.procedures.views.at_the_desk import Desk, draft_entry, edition_name, said, step_panel
from tongxing.procedures.views.consents import consent_page
from tongxing.procedures.views.sections import OPTIONAL, form_of, judged, problems_of, sections_of, typed_in, uuids
from tongxing.registry import consent_text, identity, matching
from tongxing.registry.forms import SearchForm
from tongxing.registry.page import too_many_searches

SHOWN = 50  # registrations on the officer's list


def _draft(draft_id: uuid.UUID) -> Draft:
    draft = Draft.objects.filter(id=draft_id).first()
    if draft is None:
        raise Http404
    return draft


@require_POST
@allow("draft", "add")
def registration_start(request: HttpRequest) -> HttpResponse:
    """Begin a draft with what the search already knows."""
    form = SearchForm(request.POST)
    form.is_valid()
    typed = {field: form.data.get(field, "") for field in ("name", "birth", "origin", "document", "phone")}
    typed |= {"guardian_name": form.data.get("guardian", "")}
    typed["seen"] = [str(one) for one in uuids(request.POST.getlist("seen"))]
    typed["household_of"] = "".join(str(one) for one in uuids([request.POST.get("household_of", "")]))
    # Whoever goes on to register has looked at the proposals: somebody else, or a brother or sister.
    answers = {signed: request.POST.get(f"answer_{n}", "different")
               for n, signed in enumerate(request.POST.getlist("proposal"))}  # fmt: skip
    matching.label(answers, by=request.acting)  # type: ignore[attr-defined]
    draft = start_draft({k: v for k, v in typed.items() if v}, by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("procedures:registration_tasks", args=[draft.id]))


@allow("draft", "read")
def registration_tasks(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """All sections with their state; any order."""
    draft = _draft(draft_id)
    typed = content(draft)
    desk = Desk(request).of(typed)
    sections = [_section_row(draft, section, typed, desk) for section in sections_of(typed)]
    ready = all(row["state"] == "done" for row in sections)
    sections.append(
        {
            "title": _("Check and register"),
            "hint": "" if ready else _("When the other steps are done"),
            "url": reverse("procedures:registration_check", args=[draft.id]) if ready else "",
            "state": "todo" if ready else "blocked",
        }
    )
    page = {
        "draft": draft,
        "sections": sections,
        "done_count": sum(row["state"] == "done" for row in sections),
        "edition": desk.edition.title,
        "step": step_panel(desk.edition, desk.edition.first.code),
        "back_url": reverse("registry:search"),
        "later_url": reverse("desk:start"),
        "paper_url": ""
        if sections_of(typed) is not SECTIONS
        else reverse("procedures:registration_section", args=[draft.id, PAPER.code]),
        "discard_url": reverse("procedures:registration_discard", args=[draft.id]),
    }
    return render(request, "procedures/registration_tasks.html", page)


def title_of(section: str) -> str:
    return {
        "paper": _("Written down on paper"),
        "name": _("Name and birth"),
        "guardian": _("Guardian and relation"),
        "move": _("Where from, and when"),
        "consent": _("Consent: the family decides"),
        "address": _("Where they live, how to reach them"),
        "language": _("Language"),
    }[section]


def _section_row(draft: Draft, section: Section, typed: intake.Typed, desk: Desk) -> dict[str, Any]:
    wrong = judged(section, typed, desk).errors
    visited = section.code in typed.get("visited", [])
    state = "todo"
    if visited:
        state = "error" if wrong else "done"
    elif any(typed.get(field) for field in section.required):
        state = "started"
    return {
        "title": title_of(section.code),
        "hint": " · ".join(str(value) for value in _summary(section, typed) if value),
        "url": reverse("procedures:registration_section", args=[draft.id, section.code]),
        "state": state,
        "text": _("%(count)s to mend") % {"count": len(wrong)} if state == "error" else "",
    }


def _summary(section: Section, typed: intake.Typed) -> list[str]:
    shown = [
        field for field in section.fields if field not in ("surname", "spoken") and not field.startswith("consent_")
    ]
    values = []
    for field in shown:
        value = typed.get(field)
        if isinstance(value, bool) or not value:
            continue
        words = section.words(field)
        several = value if isinstance(value, list) else [value]
        values.append(", ".join(str(words.get(one, one)) for one in several))
    return values


@allow("draft", "change")
def registration_section(request: HttpRequest, draft_id: uuid.UUID, section: str) -> HttpResponse:
    """One section: what was typed is kept in the draft even when something is to be mended."""
    known = {one.code: one for one in (PAPER, *SECTIONS)}
    if section not in known:
        raise Http404
    draft = _draft(draft_id)
    typed = content(draft)
    desk = Desk(request).of(typed)
    if request.method != "POST":
        typed |= {"read_in": request.GET["read_in"]} if request.GET.get("read_in") in dict(READ_IN) else {}
        form = form_of(known[section], typed, desk, initial={**typed, "version": draft.version})
        if section in typed.get("visited", []):
            form = judged(known[section], typed, desk, draft.version)
        return _section_page(request, draft, known[section], typed, form, desk)
    form = form_of(known[section], typed, desk, data=request.POST)
    form.is_valid()
    fresh = typed_in(form) | {"visited": sorted({*typed.get("visited", []), section})}
    if "undecided" in request.POST:
        fresh |= {name: "refused" for name in fresh if name in OPTIONAL and not fresh[name]}
    try:
        draft = save_draft(draft_id, fresh, version=form.cleaned_data.get("version", 0), by=desk.by)
    except StaleForm as stale:
        return _overtaken(request, stale.draft, known[section], form, desk)
    typed = content(draft)
    desk.of(typed)
    if typed.get("consent_registration") == "refused":
        return HttpResponseRedirect(reverse("procedures:registration_refused", args=[draft.id]))
    form = judged(known[section], typed, desk, draft.version)
    if form.errors:
        return _section_page(request, draft, known[section], typed, form, desk, status=422)
    return HttpResponseRedirect(reverse("procedures:registration_tasks", args=[draft.id]))


def _section_page(
    request: HttpRequest,
    draft: Draft,
    section: Section,
    typed: intake.Typed,
    form: DraftForm,
    desk: Desk,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    page: dict[str, Any] = {
        "title": title_of(section.code),
        "form": form,
        "back_url": reverse("procedures:registration_tasks", args=[draft.id]),
        "step": step_panel(desk.edition, desk.edition.first.code),
        **more,
    }
    if section.code == "name":
        page["understood"] = [*about_name(typed), *about_birth(typed, desk.today)]
    template = "procedures/registration_section.html"
    if section.code == "consent":
        template = "procedures/registration_consent.html"
        page |= consent_page(request, typed, form, desk)
    return render(request, template, page, status=status)


def _overtaken(request: HttpRequest, draft: Draft, section: Section, form: DraftForm, desk: Desk) -> HttpResponse:
    """The draft was saved elsewhere meanwhile: keep what was typed here, and let the worker decide."""
    again = form_of(section, content(draft), desk, data=typed_in(form) | {"version": draft.version})
    again.is_valid()
    again.add_error(
        None,
        _("This draft was saved in another window meanwhile. Below is what you typed; save again to keep it."),
    )
    return _section_page(request, draft, section, content(draft), again, desk, status=409)


@allow("draft", "change")
def registration_check(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Read it to the family, then register."""
    by = request.acting  # type: ignore[attr-defined]
    if request.method == "POST" and (done := Registration.objects.filter(draft_id=draft_id).first()):
        return _registered(request, done)  # pressed twice
    draft = _draft(draft_id)
    typed = content(draft)
    desk = Desk(request).of(typed)
    problems = _everything_wrong(typed, desk)
    page: dict[str, Any] = {
        "rows": _rows(draft, typed, desk),
        "problems": problems,
        "back_url": reverse("procedures:registration_tasks", args=[draft.id]),
        "step": step_panel(desk.edition, desk.edition.first.code),
    }
    if request.method != "POST":
        return render(request, "procedures/registration_check.html", page)
    if problems:
        return render(request, "procedures/registration_check.html", page, status=422)
    ready = Ready(
        enrolment=intake.enrolment(typed, desk.law, desk.today),
        draft_id=draft.id,
        seen=frozenset([*uuids(typed.get("seen", [])), *uuids(request.POST.getlist("seen"))]),
        written_by=typed.get("written_by", ""),
    )
    try:
        [registration] = register([ready], under=desk.edition, by=by, channel=desk.channel)
    except identity.TooManySearches:
        page["problems"] = [{"message": too_many_searches(), "field": ""}]
        return render(request, "procedures/registration_check.html", page, status=429)
    except AlreadyHere as here:
        note_read("search", [candidate.person_id for candidate in here.candidates], by=by)
        page["possible"] = [_possible(candidate) for candidate in here.candidates]
        return render(request, "procedures/registration_check.html", page, status=409)
    return _registered(request, registration)


def _everything_wrong(typed: intake.Typed, desk: Desk) -> list[dict[str, str]]:
    """What stands against registering, from every section: what the fields refuse, and what the rules find."""
    found = [
        {"message": str(message), "field": _row_id(section)}
        for section in sections_of(typed)
        for messages in judged(section, typed, desk).errors.values()
        for message in messages
    ]
    elsewhere = [
        {"message": said(p), "field": ""}
        for p in problems_of(typed, desk)
        if not any(p.field in section.fields for section in sections_of(typed))
    ]
    return [*found, *elsewhere]


def _row_id(section: Section) -> str:
    return f"answers-{section.code}"


def _possible(candidate: identity.Candidate) -> dict[str, str]:
    """Who was registered meanwhile; an officer who reads no persons learns only that there is somebody."""
    person = candidate.person
    if person is None:
        return {"id": str(candidate.person_id), "name": _("Somebody registered here"), "number": "", "url": ""}
    url = reverse("registry:person", args=[person.id])
    return {"id": str(person.id), "name": person.name, "number": person.number, "url": url}


def _registered(request: HttpRequest, registration: Registration) -> HttpResponse:
    return HttpResponseRedirect(reverse("procedures:card", args=[registration.id]))


def _rows(draft: Draft, typed: intake.Typed, desk: Desk) -> list[dict[str, Any]]:
    judged = intake.details(typed, desk.today)
    born = judged.birth.describe(get_language() or "en") if isinstance(judged.birth, PartialDate) else ""
    rows = []
    for section in sections_of(typed):
        change = reverse("procedures:registration_section", args=[draft.id, section.code])
        values = _summary(section, typed)
        if section.code == "name" and born and born not in values:
            values.append(born)  # how the words about the birth were understood
        lines = [" · ".join(values)] if values else []
        lines += about_name(typed) if section.code == "name" else []
        if section.code == "consent":
            lines += _answers(typed, desk)
        rows.append({"id": _row_id(section), "label": title_of(section.code), "lines": lines, "change_url": change})
    return rows


def _answers(typed: intake.Typed, desk: Desk) -> list[str]:
    language = get_language() or "en"
    words = {"agreed": _("Yes"), "refused": _("No")}
    colon = pgettext("label", ": ")
    unasked = _("not answered yet")  # a question that nobody answered is not a no
    return [
        f"{purpose.title.spoken(language)}{colon}{words.get(typed.get(f'consent_{purpose.code}', ''), unasked)}"
        for purpose in consent_text.in_force(desk.today).purposes
    ]


@allow("draft", "remove")
def registration_refused(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The family does not want to be registered: a valid answer. Only that somebody said no is counted."""
    draft = _draft(draft_id)
    typed = content(draft)
    desk = Desk(request).of(typed)
    if typed.get("consent_registration") != "refused":
        return HttpResponseRedirect(reverse("procedures:registration_tasks", args=[draft.id]))
    if request.method == "POST":
        refuse(draft.id, on=desk.today, by=desk.by)
        return HttpResponseRedirect(reverse("organisations:find"))
    section = reverse("procedures:registration_section", args=[draft.id, "consent"])
    return render(request, "procedures/registration_refused.html", {"back_url": section})


@require_POST
@allow("draft", "remove")
def registration_discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    _draft(draft_id)
    discard(draft_id, by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("registry:search"))


@allow("carried_out", "read")
def registration_list(request: HttpRequest) -> HttpResponse:
    """For the registering officer: the registration row and nothing after it."""
    by = request.acting  # type: ignore[attr-defined]
    # The wall says so too; said here, the index is entered by it.
    found = Registration.objects.filter(centre_id=by.centre_id)
    if not by.may("registration", "read"):
        found = found.filter(registered_by_id=by.user_id)
    shown = long_lists.page([found], newest="registered_at", older=request.GET.get("older", ""), size=SHOWN)
    rows = shown.rows
    note_read("registration", [row.id for row in rows], by=by)
    page = {
        "drafts": [draft_entry(draft) for draft in Draft.objects.order_by("-saved_at")[:SHOWN]],
        "page": shown,
        "registrations": [
            {
                "number": row.number,
                "registered_on": row.registered_on,
                "edition": edition_name(row.edition),
                "name": row.shown.get("name", ""),
                "on_paper": row.channel == "paper",
                "by": by.name if row.registered_by_id == by.user_id else "",
            }
            for row in rows
        ],
    }
    return render(request, "procedures/registration_list.html", page)
