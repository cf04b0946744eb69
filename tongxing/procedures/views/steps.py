"""Doing a step of the procedure that has no page of its own, and changing consent afterwards."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.access.guard import allow
from tongxing.core.jurisdiction import jurisdiction
from tongxing.procedures import intake
from tongxing.procedures.actions import complete, decide_again
from tongxing.procedures.actions.registrations import edition_of, site_date
from tongxing.procedures.forms import ConsentForm, StepForm
from tongxing.procedures.models import Task
from tongxing.procedures.rules.registration import ASKED
from tongxing.procedures.views.at_the_desk import Desk, step_panel
from tongxing.procedures.views.registrations import consent_page
from tongxing.registry import consent_text
from tongxing.registry.models import Person
from tongxing.registry.page import identity_bar, person_or_404


@allow("case", "add")
def step(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    """Record that a step was done: on which day, and what follows where the procedure leaves a choice."""
    task = Task.objects.select_related("registration", "centre").filter(id=task_id).first()
    if task is None:
        raise Http404
    person = person_or_404(task.person_id, request)
    if task.done_on:  # pressed twice, or done by a colleague meanwhile
        return HttpResponseRedirect(reverse("registry:person", args=[person.id]))
    edition, today = edition_of(task.registration), site_date(task.centre)
    what = edition.step(task.code)
    language = get_language() or "en"
    foreseen = ", ".join(edition.step(code).title.spoken(language) for code in what.next)
    choices = [("", foreseen), *((code, edition.step(code).title.spoken(language)) for code in what.alternatives)]
    form = StepForm(request.POST or None, today=today, choices=choices)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("opened")
        opened = [chosen] if chosen else None
        complete(task.registration, task.code, on=form.cleaned_data["done_on"], opened=opened, by=request.acting)  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("registry:person", args=[person.id]))
    page = {
        "identity": identity_bar(person),
        "title": what.title,
        "lead": edition.clause(what.clause).text.spoken(language),
        "form": form,
        "back_url": reverse("registry:person", args=[person.id]),
        "step": step_panel(edition, task.code),
    }
    return render(request, "procedures/step.html", page, status=422 if form.errors else 200)


@allow("consent", "add")
def consent(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The family changes its mind, or decides later: the latest answer counts."""
    person, desk = person_or_404(person_id, request), Desk(request)
    typed = _known(person)
    text = consent_text.in_force(desk.today)
    form = ConsentForm(request.POST or {"version": 0, **_answers(person)}, consent_text=text)
    form.fields["version"].required = False
    if request.method == "POST":
        form.is_valid()
        for field in ("read_by", *(f"consent_{p}" for p in ASKED)):
            if not form.data.get(field):
                form.add_error(field, _("Choose an answer"))
        if not form.errors:
            given = intake.consent_given(
                typed | form.cleaned_data, jurisdiction(person.centre.jurisdiction), desk.today
            )
            decide_again(given, person=person, by=desk.by)
            return HttpResponseRedirect(reverse("registry:person", args=[person.id]))
    page = {
        "identity": identity_bar(person),
        "form": form,
        "back_url": reverse("registry:person", args=[person.id]),
        **consent_page(request, typed, form, desk),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "procedures/registration_consent.html", page, status=status)


def _known(person: Person) -> dict[str, str]:
    """Who decides is derived from what is on record."""
    guardian = person.guardianships.filter(ends_on=None).first()
    born = person.birth
    return {
        "name": person.name,
        "birth": person.birth_said or (born.describe("en") if born else ""),
        "guardian_name": guardian.name if guardian else "",
        "guardian_relation": guardian.relation if guardian else "",
    }


def _answers(person: Person) -> dict[str, str]:
    latest = {}
    for given in person.consents.order_by("decided_at", "id"):
        latest[f"consent_{given.purpose}"] = "" if given.withdrawn_at else given.decision
    return latest
