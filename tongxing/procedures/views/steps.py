"""Doing a step of the procedure that has no page of its own."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from tongxing.access.guard import allow
from tongxing.procedures.actions import complete
from tongxing.procedures.actions.registrations import edition_of, site_date
from tongxing.procedures.forms import StepForm
from tongxing.procedures.models import Task
from tongxing.procedures.person_part import step_url
from tongxing.procedures.views.at_the_desk import step_panel
from tongxing.registry.actions import Restricted
from tongxing.registry.page import RESTRICTED, identity_bar, person_or_404


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
    if (own_page := step_url(task, edition)) != request.path:  # an assessment is not ticked off, nor another's answer
        return HttpResponseRedirect(own_page)
    language = get_language() or "en"
    foreseen = ", ".join(edition.step(code).title.spoken(language) for code in what.next)
    choices = [("", foreseen), *((code, edition.step(code).title.spoken(language)) for code in what.alternatives)]
    earliest = task.registration.registered_on
    form = StepForm(request.POST or None, today=today, earliest=earliest, choices=choices)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("opened")
        opened = [chosen] if chosen else None
        try:
            complete(task.registration, task.code, on=form.cleaned_data["done_on"], opened=opened, by=request.acting)  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("registry:person", args=[person.id]))
        except Restricted:
            form.add_error(None, RESTRICTED)
    page = {
        "identity": identity_bar(person),
        "title": what.title,
        "lead": edition.clause(what.clause).text.spoken(language),
        "form": form,
        "back_url": reverse("registry:person", args=[person.id]),
        "step": step_panel(edition, task.code),
    }
    return render(request, "procedures/step.html", page, status=422 if form.errors else 200)
