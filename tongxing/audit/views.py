"""Pages of the audit administrator: who looked at what, what is unusual, whether the log is whole, the draft of a report.

No page shows a child. Each reading of the log leaves a trace of its own, and that of nobody else.
"""

import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxing.access import security
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.audit import actions, breaching, keys, reading, sealing, words
from tongxing.audit.breaching import account_of, role_name
from tongxing.audit.forms import AnswerForm, BreachForm, EventsForm, TraceForm
from tongxing.audit.models import Finding
from tongxing.core.i18n import html_tag
from tongxing.organisations.models import Centre


def _noted(request: HttpRequest, ids: Iterable[uuid.UUID]) -> None:
    """A reading that found nothing is a reading too: it stands under the reader's own id."""
    by = request.acting  # type: ignore[attr-defined]
    note_read("trace", list(ids) or [by.user_id], by=by)


def _older(request: HttpRequest, more: str) -> str:
    asked = {name: value for name, value in request.GET.items() if value and name != "before"}
    return f"{request.path}?{urlencode(asked | {'before': more})}" if more else ""


def _places(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, Any]:
    return dict(Centre.objects.filter(id__in={one for one in ids if one}).values_list("id", "name"))


@require_GET
@allow("trace", "read")
def trace(request: HttpRequest) -> HttpResponse:
    """Who looked at what, newest first; about one record also what was changed in it."""
    form = TraceForm(request.GET)
    rows: list[Any] = []
    more, changed = "", []
    if form.is_valid():
        who, number = account_of(form), form.cleaned_data["number"]
        if number and not reading.is_record(number):
            form.add_error("number", _("No record has this number. Compare it with the card."))
        if not form.errors:
            rows, more = reading.page(reading.notes(form.cleaned_data, who), request.GET.get("before", ""))
            changed = reading.changes(number) if number else []
    _noted(request, [row.id for row in rows])
    people = reading.accounts([row.user_id for row in rows] + [one.acting for one in changed])
    places = _places(row.centre_id for row in rows)
    page = {
        "form": form,
        "number": form.data.get("number", ""),
        "rows": [
            {
                "at": row.at,
                "account": people.get(row.user_id),
                "role": role_name(row.role),
                "centre": places.get(row.centre_id, ""),
                "kind": words.KINDS.get(row.kind, row.kind),
                "count": len(row.ids),
                "purpose": row.purpose,
            }
            for row in rows
        ],
        "changes": [{"change": one, "account": people.get(one.acting)} for one in changed],
        "older_url": _older(request, more),
    }
    return render(request, "audit/trace.html", page, status=422 if form.errors else 200)


@require_GET
@allow("trace", "read")
def security_events(request: HttpRequest) -> HttpResponse:
    """Failed log-ins, refusals, emergencies, and what the house says of its own log."""
    form = EventsForm(request.GET)
    rows: list[Any] = []
    more = ""
    if form.is_valid():
        login = form.cleaned_data["login"]  # also one that nobody has: that is what somebody typed
        who = reading.account(login) if login else None
        rows, more = reading.page(reading.events(form.cleaned_data, who), request.GET.get("before", ""))
    _noted(request, [row.id for row in rows])
    people = reading.accounts(row.user_id for row in rows)
    page = {
        "form": form,
        "rows": [
            {
                "row": row,
                "kind": words.EVENTS.get(row.kind, row.kind),
                "account": people.get(row.user_id),
                "detail": role_name(row.path) if row.kind == security.SIGNED_IN else row.path,
            }
            for row in rows
        ],
        "older_url": _older(request, more),
    }
    return render(request, "audit/events.html", page, status=422 if form.errors else 200)


@require_GET
@allow("trace", "read")
def findings(request: HttpRequest) -> HttpResponse:
    """Unusual look-ups: those that wait for an answer, or those that were answered."""
    is_answered = request.GET.get("state") == "answered"
    found = Finding.objects.exclude(state="open") if is_answered else Finding.objects.waiting()
    rows = list(found.order_by("-reached_at", "-id")[: reading.SIZE])
    _noted(request, [row.id for row in rows])
    people = reading.accounts(row.user_id for row in rows)
    places = _places(row.centre_id for row in rows)
    told = [_told(row, people, places) for row in rows]
    page = {"rows": told, "is_answered": is_answered, "waiting": Finding.objects.waiting().count()}
    return render(request, "audit/findings.html", page)


def _told(row: Finding, people: dict[Any, reading.Account], places: dict[uuid.UUID, Any]) -> dict[str, Any]:
    return {
        "row": row,
        "words": words.RULES.get(row.rule),
        "account": people.get(row.user_id),
        "role": role_name(row.role),
        "centre": places.get(row.centre_id, "") if row.centre_id else "",
    }


@allow("trace", "read")
def finding(request: HttpRequest, finding_id: uuid.UUID) -> HttpResponse:
    """One finding with what happened around it, and the answer to it."""
    by = request.acting  # type: ignore[attr-defined]
    row = Finding.objects.filter(id=finding_id).first()
    if row is None:
        raise Http404
    form = AnswerForm(request.POST or None, label_suffix="")
    is_own = row.user_id == by.user_id
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not is_own and actions.answer(row.id, state=given["state"], reason=given["reason"], by=by):
            return HttpResponseRedirect(reverse("audit:findings"))
        form.add_error(None, _("This finding is answered already, or about your own account."))
    _noted(request, [row.id])
    people = reading.accounts([row.user_id, row.decided_by])
    day = row.reached_at.astimezone(timezone.get_current_timezone()).date()
    asked = {"login": people[row.user_id].login if row.user_id in people else "", "since": day, "until": day}
    page = _told(row, people, _places([row.centre_id])) | {
        "form": form,
        "is_own": is_own,
        "decided_by": people.get(row.decided_by),
        "trace_url": f"{reverse('audit:trace')}?{urlencode(asked)}" if row.user_id else "",
        "breach_url": f"{reverse('audit:breach')}?{urlencode(asked)}" if row.user_id else "",
    }
    return render(request, "audit/finding.html", page, status=422 if form.errors else 200)


@require_GET
@allow("trace", "read")
def seals(request: HttpRequest) -> HttpResponse:
    """Whether the log is sealed and unchanged; the root of each week, to be printed and kept elsewhere."""
    found = reading.last_of_weeks()
    check = reading.last_check()
    _noted(request, [seal.id for seal in found])
    page = {
        "last": found[0] if found else None,
        "weeks": [
            {"seal": seal, "week": f"{seal.made_at:%G-W%V}", "root": _grouped(sealing.digest(seal.statement))}
            for seal in found
        ],
        "fingerprint": keys.fingerprint(keys.public_key()),
        "check": check,
        "check_words": words.EVENTS[check.kind] if check else "",
        "kept_days": settings.TRACE_DAYS,
        "printed_at": timezone.now(),
    }
    return render(request, "audit/seals.html", page)


def _grouped(text: str) -> str:
    return " ".join(text[place : place + 8] for place in range(0, len(text), 8))


def _papers(request: HttpRequest) -> list[dict[str, Any]]:
    """The same draft in each language; whoever receives it may read another than who prints it."""
    here, path = get_language(), request.get_full_path()
    return [
        {"name": name, "tag": html_tag(code), "url": translate_url(path, code), "is_current": code == here}
        for code, name in settings.LANGUAGES
    ]


@require_GET
@allow("trace", "read")
def breach(request: HttpRequest) -> HttpResponse:
    """The draft of a report: what one account saw in a time, and the questions that law asks."""
    form = BreachForm(request.GET or None)
    page: dict[str, Any] = {"form": form}
    if form.is_bound:
        page |= breaching.draft(form, by=request.acting)  # type: ignore[attr-defined]
        page |= {"paper_links": _papers(request)}
    else:
        _noted(request, [])
    return render(request, "audit/breach.html", page, status=422 if form.errors else 200)
