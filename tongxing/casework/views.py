"""Assessing needs, and recording a service on a referral received."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tongxing.access.guard import allow
from tongxing.casework.actions import STEP, assess, deliver
from tongxing.casework.forms import AssessForm, DeliverForm
from tongxing.procedures.actions.referrals import NotNow
from tongxing.procedures.actions.registrations import edition_of, site_date
from tongxing.procedures.models import Referral, Registration
from tongxing.procedures.views.at_the_desk import step_panel
from tongxing.procedures.views.received import received_page, referral_or_404
from tongxing.registry.actions import Restricted
from tongxing.registry.page import RESTRICTED, identity_bar, person_or_404


@allow("case", "add")
def assess_needs(request: HttpRequest, registration_id: uuid.UUID) -> HttpResponse:
    """Ask about every need, then how soon something must happen."""
    registration = Registration.objects.select_related("centre").filter(id=registration_id).first()
    if registration is None:
        raise Http404
    back = HttpResponseRedirect(reverse("registry:person", args=[registration.person_id]))
    if not registration.tasks.waiting().filter(code=STEP).exists():
        return back  # not open yet, pressed twice, or done by a colleague: that page says which
    person = person_or_404(registration.person_id, request)
    edition = edition_of(registration)
    form = AssessForm(request.POST or None, edition=edition)
    if request.method == "POST" and form.is_valid():
        today = site_date(registration.centre)
        try:
            assess(registration, needs=form.needs(), risk=form.cleaned_data["risk"], on=today, by=request.acting)  # type: ignore[attr-defined]
        except Restricted:
            form.add_error(None, RESTRICTED)
        else:
            return back
    page = {
        "identity": identity_bar(person),
        "form": form,
        "step": step_panel(edition, STEP),
        "back_url": reverse("registry:person", args=[person.id]),
    }
    return render(request, "procedures/assess.html", page, status=422 if form.errors else 200)


def deliver_part(referral: Referral) -> dict[str, Any]:
    """The form that hangs on the receiver's page once the referral is accepted."""
    form = DeliverForm(today=site_date(referral.receiver), earliest=referral.referred_on)
    return {"deliver_form": form, "deliver_url": reverse("casework:deliver", args=[referral.id])}


@require_POST
@allow("delivery", "add")
def deliver_service(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Record what was done; the referral closes and the outcome goes to the sender."""
    by = request.acting  # type: ignore[attr-defined]
    if not by.may("received", "change"):
        raise Http404
    referral = referral_or_404(referral_id, request)
    form = DeliverForm(request.POST, today=site_date(referral.receiver), earliest=referral.referred_on)
    if not form.is_valid():
        url = reverse("casework:deliver", args=[referral.id])
        more: dict[str, Any] = {"deliver_form": form, "deliver_url": url, "bound_form": form}
        return received_page(request, referral, status=422, **more)
    try:
        given = form.cleaned_data
        deliver(
            referral,
            outcome=given["outcome"],
            on=given["delivered_on"],
            written_by=given["written_by"],
            sheet=given["sheet"],
            by=by,
        )
    except NotNow as now:
        return received_page(request, now.referral, status=409)
    return HttpResponseRedirect(reverse("procedures:referral_received", args=[referral.id]))
