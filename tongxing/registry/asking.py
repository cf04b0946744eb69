"""Pages of questions between centres: sending one from a search, and answering those of others."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.registry import identity, matching
from tongxing.registry.actions import Restricted
from tongxing.registry.forms import SearchForm
from tongxing.registry.models import MatchAsk, MatchRequest, Person
from tongxing.registry.page import RESTRICTED, too_many_searches
from tongxing.registry.views import agreements, details_typed

SHOWN = 20
WORDS = ("name", "birth", "origin", "guardian", "phone", "document")


@require_POST
@allow("search", "add")
def ask(request: HttpRequest) -> HttpResponse:
    """Send what was searched for to whichever centres may know the child; the family has agreed."""
    by = request.acting  # type: ignore[attr-defined]
    form = SearchForm(request.POST)
    details, problem = details_typed(form.cleaned_data) if form.is_valid() else (None, "")
    if details is None or problem:
        return _refused(request, problem or _("Search again, then ask."), 422)
    if not request.POST.get("family_agrees"):
        return _refused(request, _("Ask the family first: what they told you goes to another centre."), 422)
    try:
        is_sent = matching.ask(details, {field: form.cleaned_data[field] for field in WORDS}, by=by)
    except identity.TooManySearches:
        return _refused(request, too_many_searches(), 429)
    if not is_sent:
        return _refused(request, _("No centre can be asked about this. Search again with one thing more."), 422)
    return HttpResponseRedirect(reverse("registry:requests"))


def _refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    """The search page with what was typed and why no question went out; nothing is searched."""
    form = SearchForm(request.POST)
    form.full_clean()
    form.add_error(None, why)
    return render(request, "registry/search.html", {"form": form, "searched": False}, status=status)


@allow("search", "read")
def requests(request: HttpRequest) -> HttpResponse:
    """What other centres ask of this one, and what became of one's own questions."""
    return _requests(request)


def _requests(request: HttpRequest, against: str | Promise = "") -> HttpResponse:
    by = request.acting  # type: ignore[attr-defined]
    asked = list(_asked_of(by)) if by.may("person", "read") else []
    note_read("person", [one.person_id for one in asked], by=by)
    homes = Person.objects.filter(household_id__in={one.person.household_id for one in asked}, is_location_locked=True)
    hidden = set(homes.values_list("household_id", flat=True)) if asked else set()
    page = {
        "asked": [_row(one, may_confirm=one.person.household_id not in hidden) for one in asked],
        "sent": [
            {"about": matching.said_in(one).get("name", ""), "at": one.at, "is_answered": one.answered_at is not None}
            for one in MatchAsk.objects.order_by("-at")[:SHOWN]
        ],
    }
    page["problems"] = [{"message": against, "field": ""}] if against else []
    return render(request, "registry/requests.html", page, status=422 if against else 200)


def _asked_of(by: Acting) -> Any:
    waiting = MatchRequest.objects.filter(centre_id=by.place, answered_at=None)
    return waiting.select_related("asked_by", "person").order_by("at")[:SHOWN]


def _row(one: MatchRequest, *, may_confirm: bool) -> dict[str, Any]:
    labels = {name: field.label for name, field in SearchForm().fields.items()}
    return {
        "id": one.id,
        "at": one.at,
        "centre": one.asked_by.name,
        "said": [(labels[field], words) for field, words in matching.said_in(one).items()],
        "person": one.person,
        "url": reverse("registry:person", args=[one.person_id]),
        "fields": agreements(one.levels),
        "may_confirm": may_confirm,
        "answer_url": reverse("registry:request_answer", args=[one.id]),
    }


@require_POST
@allow("person", "change")
def request_answer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Same, brother or sister, not the same, or no answer; with "same", the record may be opened to the other centre."""
    by = request.acting  # type: ignore[attr-defined]
    found = MatchRequest.objects.filter(id=request_id, centre_id=by.place).first()
    if found is None:
        raise Http404
    if (said := request.POST.get("answer", "")) in MatchRequest.Answer.values:
        try:
            matching.answer(found, said, lets_in=bool(request.POST.get("lets_in")), by=by)
        except Restricted:
            return _requests(request, RESTRICTED)
    return HttpResponseRedirect(reverse("registry:requests"))
