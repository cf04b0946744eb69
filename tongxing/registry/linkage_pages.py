"""Pages about the linkage as a whole: how far its jobs are, and, for a lead, links that are to be taken back."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.registry import evidence, linking
from tongxing.registry.forms import NumberForm, ReasonForm
from tongxing.registry.linked import source_word, why_word
from tongxing.registry.models import LinkRun

RUNS_SHOWN = 30


@allow("linking", "read")
def linking_runs(request: HttpRequest) -> HttpResponse:
    """How far the jobs are that compare records, and what came of them. Numbers, no person."""
    scopes = {"new": _("new records with all"), "full": _("all with all")}
    states = {
        "reading": _("reading"),
        "comparing": _("comparing"),
        "writing": _("writing"),
        "done": _("finished"),
    }
    labels = {
        "records": pgettext("linkage", "records"),
        "new": pgettext("linkage", "new"),
        "link": _("linked"),
        "review": _("waiting for people"),
        "answered": _("linked by an answer of a centre"),
        "ties": _("pairs noted for the interval"),
        "not_agreed": _("ended, consent taken back"),
        "no_longer": _("ended, the model no longer says so"),
    }
    runs = [
        {
            "run": run,
            "scope": scopes[run.scope],
            "state": states[run.state],
            "share": 100 * run.done // run.steps if run.steps and run.state != "done" else None,
            "counts": [(label, run.counts[name]) for name, label in labels.items() if run.counts.get(name)],
        }
        for run in LinkRun.objects.order_by("-started_at")[:RUNS_SHOWN]
    ]
    from tongxing.facts import bitmap_store  # loaded when needed: its engine weighs more than all pages

    may_end = request.acting.may("link", "change")  # type: ignore[attr-defined]
    page = {
        "runs": runs,
        "checked": bitmap_store.checked(),
        "links_url": reverse("registry:links_told") if may_end else "",
    }
    return render(request, "registry/linking_runs.html", page)


@allow("link", "change")
def links_told(request: HttpRequest) -> HttpResponse:
    """For a lead: what somebody has asked to take back, or what was said of the record under a number."""
    _lead_or_404(request)
    form = NumberForm(request.POST or None)
    return _told(request, form, ReasonForm())


@require_POST
@allow("link", "change")
def link_told_end(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    """A lead takes a link back, with a reason; where a child is in danger, as one of two persons."""
    _lead_or_404(request)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _told(request, NumberForm(), form, about=link_id)
    if linking.end_link(link_id, reason=form.cleaned_data["reason"], by=request.acting) is None:  # type: ignore[attr-defined]
        raise Http404
    return HttpResponseRedirect(reverse("registry:links_told"))


def _lead_or_404(request: HttpRequest) -> None:
    if not request.acting.is_national:  # type: ignore[attr-defined]
        raise Http404


def _told(request: HttpRequest, form: NumberForm, reason: ReasonForm, about: uuid.UUID | None = None) -> HttpResponse:
    number = form.cleaned_data["number"] if form.is_bound and form.is_valid() else ""
    told = linking.links_told(number)
    note_read("link", [one.link for one in told], by=request.acting)  # type: ignore[attr-defined]
    rows = [
        {
            "said": one,
            "kind": evidence.SAYS[one.kind],
            "source": source_word(one),
            "why": why_word(one.reason),
            "ended_why": why_word(one.ended_reason),
            "may_end": one.ended_at is None and one.kind == "same" and not one.asked_by_me,
            "form": reason if about == one.link else ReasonForm(auto_id=f"{one.link}-%s"),
        }
        for one in told
    ]
    page = {"form": form, "number": number, "rows": rows, "wrong": reason if about else None}
    return render(request, "registry/links_told.html", page, status=422 if form.errors or reason.errors else 200)
