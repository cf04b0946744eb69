"""Printed answers: the letter with the ruling, the copy, who has seen the record, the certificate of erasure."""

import uuid
from textwrap import wrap
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongxing.access.guard import allow
from tongxing.procedures.views.papers import paper_language
from tongxing.registry import consent_text
from tongxing.rights import copying, words
from tongxing.rights.carrying import Locked, opened
from tongxing.rights.models import Answer, Certificate, Kind, Refusal, Request, State
from tongxing.rights.policy import policy
from tongxing.rights.views import GONE, LOCKED, page_with_error, promises_answer, request_or_404


@allow("request", "read")
@require_GET
def request_paper(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The answer in the family's language, A4. What is held about the child prints at its own centre only."""
    asked = request_or_404(request, request_id)
    if asked.state in (State.ASKED, State.GRANTED):
        raise Http404
    answer = Answer.objects.filter(request=asked).first()
    if answer is None and promises_answer(asked):
        return page_with_error(request, asked, GONE, status=404)
    try:
        told = opened(answer) if answer else {}
    except Locked:
        return page_with_error(request, asked, LOCKED)
    language = paper_language(request, asked.language)
    is_at_home = request.acting.centre_id == asked.centre_id  # type: ignore[attr-defined]
    with override(language["paper"]):
        sheet = _sheet(asked, told, is_at_home=is_at_home)
    page = {"sheet": sheet, "asked": asked, "done_url": reverse("rights:request", args=[asked.pk]), **language}
    return render(request, "rights/paper.html", page)


def _sheet(asked: Request, told: dict[str, Any], *, is_at_home: bool) -> dict[str, Any]:
    """What the paper says, in the language in force."""
    certificate = Certificate.objects.filter(request_id=asked.pk).first()
    # A centre is a place: no letter to a caller names it, nor one to whom nobody knows, nor one about a locked home.
    is_hidden = bool(told.get("is_hidden"))
    # Of an erased child nobody can tell any more whether its home was locked.
    is_locked = asked.person_id is None or copying.hidden(asked.person_id, using="default")
    names_centre = is_at_home and not (is_hidden or is_locked or asked.refused_for == Refusal.IDENTITY)
    hotline = consent_text.editions()[-1].complaint_phone
    programme = {"name": _("Data protection officer of the programme"), "phone": hotline}
    return {
        "centre": {"name": asked.centre.name, "phone": asked.centre.phone} if names_centre else programme,
        "ruling": _ruling(asked),
        "refusal": str(Refusal(asked.refused_for).label) if asked.refused_for else "",
        "complaints_phone": hotline,
        "certificate": certificate,
        "hash": " ".join(wrap(certificate.content_hash, 8)) if certificate else "",
        "classes": [policy().tables[label].title for label in certificate.classes] if certificate else [],
        "elsewhere": policy().elsewhere if certificate else (),
        "tables": [table for one in told.get("tables", ()) if (table := _table(one))["rows"]],
        "named_only": [policy().tables[label].title for label in told.get("named_only", ())],
        "looks": [_look(one) for one in told.get("looks", ())],
        "referrals": [
            one
            | {
                name: words.value(one[name], name)
                for name in ("on", "until", "withdrawn", "centre", "need")
                if one.get(name)
            }
            for one in told.get("referrals", ())
        ],
        "is_hidden": is_hidden,
        "is_seen": asked.kind == Kind.SEEN and bool(told),
    }


def _ruling(asked: Request) -> str:
    if asked.state == State.REFUSED:
        return _("We cannot do what you asked.")
    return {
        Kind.COPY: _("This is everything that is held about the child."),
        Kind.SEEN: _("These have looked at the child’s record."),
        Kind.CORRECT: _("What was wrong has been corrected. The former words are kept apart as history."),
        Kind.RESTRICT: _(
            "The record is no longer used: no referrals, no further steps, no answers to searches from elsewhere, no"
            " comparison with other centres, no counting. It is kept so that your question can be settled."
        ),
        Kind.DELETE: _("The record has been erased."),
    }[Kind(asked.kind)]


def _table(told: dict[str, Any]) -> dict[str, Any]:
    title = policy().tables[told["table"]].title.spoken(get_language() or "en")
    return {
        "title": _("%(table)s: former versions") % {"table": title} if told["is_former"] else title,
        "rows": [
            [
                (words.field(name, told["table"]), words.value(value, name))
                for name, value in row.items()
                if name != "centre"
            ]
            for row in told["rows"]
            if row
        ],
    }


def _look(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "on": words.value(told["on"]),
        "centre": words.value(told["centre"]) if told["centre"] else _("not told"),
        "role": words.role(told["role"]),
        "purpose": words.purpose(told["purpose"]),
        "times": told["times"],
    }
