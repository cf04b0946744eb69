"""The receiver's page: the frozen snapshot and nothing else; and what comes back to the sender."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access import security
from tongxing.access.actions import note_read
from tongxing.access.guard import allow, public
from tongxing.organisations.models import NEEDS, Centre
from tongxing.procedures.actions import acknowledge, answer, withdraw
from tongxing.procedures.actions.referrals import NotNow, withdraw_by_code
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.forms import AnswerForm, WithdrawForm
from tongxing.procedures.models import Referral
from tongxing.procedures.models.referral import State
from tongxing.procedures.rules import DECLINE_REASONS
from tongxing.procedures.rules.referral import FIELDS
from tongxing.procedures.snapshot import Snapshot
from tongxing.procedures.views.referrals import COLOURS, field_value, state_text
from tongxing.registry.models import Person
from tongxing.registry.page import identity_bar

# What a context above adds to the page of an accepted referral (the form that records the service), by name.
ON_ACCEPTED: dict[str, Callable[[Referral], dict[str, Any]]] = {}
WRONG_CODE = "wrong withdrawal code"
TRIES = 10  # wrong codes from one address within 15 minutes


def referral_or_404(referral_id: uuid.UUID, request: HttpRequest, *, as_sender: bool = False) -> Referral:
    """Through the wall: what is foreign, expired or absent looks the same. Leaves a trace of the look.

    A desk that sends and receives has both kinds of pages; each shows only the referrals of its own side.
    """
    by = request.acting  # type: ignore[attr-defined]
    side = {"sender_id" if as_sender else "receiver_id": by.centre_id}
    found = Referral.objects.select_related("sender", "receiver", "service").filter(id=referral_id, **side).first()
    if found is None:
        raise Http404
    note_read("referral", [found.id], by=by)
    return found


@allow("received", "read")
def referral_received(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    """What the family lets this receiver see, and the next thing to do about it."""
    return received_page(request, referral_or_404(referral_id, request))


@require_POST
@allow("received", "change")
def referral_answer(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    referral = referral_or_404(referral_id, request)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return received_page(request, referral, form, status=422)
    given = form.cleaned_data
    try:
        answer(
            referral,
            accept=given["accept"] == "yes",
            reason=given["reason"],
            first_meeting=given["first_meeting"],
            note=given["note"],
            by=request.acting,  # type: ignore[attr-defined]
        )
    except NotNow as now:
        return received_page(request, now.referral, status=409)
    return HttpResponseRedirect(reverse("procedures:referral_received", args=[referral.id]))


@require_POST
@allow("received", "change")
def referral_acknowledge(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    referral = referral_or_404(referral_id, request)
    try:
        acknowledge(referral, by=request.acting)  # type: ignore[attr-defined]
    except NotNow as now:
        return received_page(request, now.referral, status=409)
    return HttpResponseRedirect(reverse("procedures:referral_received", args=[referral.id]))


def received_page(
    request: HttpRequest, referral: Referral, form: AnswerForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    """The receiver's page as it stands now; `more` is laid over it (a form with its errors)."""
    page: dict[str, Any] = {
        "referral": {
            "number": referral.code,
            "state_text": state_text(State.REVOKED if referral.withdrawn_at else referral.state),
            "state_colour": COLOURS[State.REVOKED if referral.withdrawn_at else State(referral.state)],
            "answer_by": referral.answer_by,
        },
        "back_url": reverse("procedures:referral_list"),
        "steps": _steps(referral),
        "bound_form": form,
    }
    page |= _blanked(referral) if referral.withdrawn_at else _shown(referral, form)
    page |= more
    return render(request, "procedures/referral_received.html", page, status=status)


def _blanked(referral: Referral) -> dict[str, Any]:
    waiting = referral.acknowledged_at is None
    return {
        "snapshot": None,
        "blanked": {"on": referral.withdrawn_at, "acknowledged": referral.acknowledged_at},
        "acknowledge_form": [] if not waiting else True,
        "acknowledge_url": reverse("procedures:referral_acknowledge", args=[referral.id]),
    }


def _shown(referral: Referral, form: AnswerForm | None) -> dict[str, Any]:
    page: dict[str, Any] = {
        "snapshot": {
            "fields": [(_(FIELDS[c]), field_value(c, v)) for c, v in Snapshot(**referral.shared).rows()],
            "taken_at": referral.referred_at,
            "purpose": dict(NEEDS)[referral.need],
            "until": referral.expires_on,
        }
    }
    if referral.state == State.IN_PROGRESS:
        page["answer_form"] = form or AnswerForm()
        page["answer_url"] = reverse("procedures:referral_answer", args=[referral.id])
    elif referral.state == State.ACCEPTED:
        for part in ON_ACCEPTED.values():
            page |= part(referral)
    return page


def _steps(referral: Referral) -> list[dict[str, str]]:
    answered = referral.state != State.IN_PROGRESS
    done = referral.state == State.DONE
    return [
        {"name": _("Answer"), "note": "", "state": "done" if answered else "now"},
        {"name": _("Record the service"), "note": "", "state": "done" if done else ("now" if answered else "")},
        {"name": _("Done: the outcome goes to the sender"), "note": "", "state": "done" if done else ""},
    ]


@allow("referral", "read")
def referral(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    """The sender's page: where it stands, what came back, and taking it back for the family."""
    found = referral_or_404(referral_id, request, as_sender=True)
    person = Person.objects.select_related("centre").get(id=found.person_id)  # told by the trace of the referral
    page = {
        "identity": identity_bar(person),
        "referral": found,
        "need": dict(NEEDS)[found.need],
        "state_text": state_text(State.REVOKED if found.withdrawn_at else found.state),
        "state_colour": COLOURS[State.REVOKED if found.withdrawn_at else State(found.state)],
        "reason": _(DECLINE_REASONS[found.decline_reason]) if found.decline_reason else "",
        "outcome": outcome_text(found.outcome),
        "shared": [(_(FIELDS[c]), field_value(c, v)) for c, v in Snapshot(**found.shared).rows()],
        "back_url": reverse("registry:person", args=[person.id]),
        "receipt_url": reverse("procedures:receipt", args=[found.id]),
        "withdraw_url": "" if found.withdrawn_at else reverse("procedures:referral_take_back", args=[found.id]),
    }
    return render(request, "procedures/referral.html", page)


def outcome_text(outcome: str) -> str:
    return {
        "": "",
        "received": _("The service was received"),
        "partly": _("The service was received in part"),
        "not_received": _("The service was not received"),
    }[outcome]


@require_POST
@allow("referral", "change")
def referral_take_back(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    """At the desk, on the family's word."""
    found = referral_or_404(referral_id, request, as_sender=True)
    withdraw(found, by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("procedures:referral", args=[found.id]))


@public
def referral_withdraw(request: HttpRequest) -> HttpResponse:
    """Anyone who holds the code. Says nothing about whom it was about."""
    form = WithdrawForm(request.POST if request.method == "POST" else None)  # an empty one is bound too
    if request.method != "POST":
        return render(request, "procedures/referral_withdraw.html", {"form": form, "result": None})
    address = request.META.get("REMOTE_ADDR", "") or ""
    if security.recent(WRONG_CODE, address=address) >= TRIES:
        form.add_error("code", _("Too many wrong codes. Wait 15 minutes, or call the hotline."))
        return render(request, "procedures/referral_withdraw.html", {"form": form, "result": None}, status=429)
    if form.is_valid():
        taken = withdraw_by_code(form.cleaned_data["code"])
        if taken is not None:
            receiver = Centre.objects.get(id=taken.receiver_id)
            result = {"receiver": receiver.name, "on": site_date(receiver), "purpose": dict(NEEDS)[taken.need]}
            return render(request, "procedures/referral_withdraw.html", {"form": form, "result": result})
        security.note(WRONG_CODE, address=address)
        form.add_error("code", _("No receipt has this code. Compare it letter by letter, or call the hotline."))
    return render(request, "procedures/referral_withdraw.html", {"form": form, "result": None}, status=422)
