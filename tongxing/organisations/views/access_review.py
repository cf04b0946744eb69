"""Once a quarter every place of work is looked at, centre by centre: kept or ended, why, by whom, until when."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.organisations import accounts
from tongxing.organisations.account_forms import ReviewForm
from tongxing.organisations.account_models import AccessReview
from tongxing.organisations.accounts import NotPossible
from tongxing.organisations.models import Centre, Membership
from tongxing.organisations.views.accounts import WORDS

CENTRES, PLACES = 100, 50  # on a page; each goes on behind the last one shown
NATIONAL = "national"


@allow("account", "read")
def access_review(request: HttpRequest) -> HttpResponse:
    """How far the quarter is, centre by centre; with `at`, the places of one centre."""
    at = request.GET.get("at", "")
    return _places(request, at) if at else _centres(request)


def _centres(request: HttpRequest) -> HttpResponse:
    quarter = accounts.quarter_of(timezone.localdate())
    held, looked_at = Membership.objects.active_at(timezone.now()), _looked_at(quarter)
    sums = held.aggregate(**looked_at)
    after = request.GET.get("after", "")[:80]
    by_centre = held.values("centre__slug").annotate(**looked_at)
    found = list(by_centre.filter(centre__slug__gt=after).order_by("centre__slug")[: CENTRES + 1])
    if not after:
        found = [*by_centre.filter(centre=None), *found]
    names = {centre.slug: centre for centre in Centre.objects.filter(slug__in=[row["centre__slug"] for row in found])}
    rows = [
        {"centre": names.get(row["centre__slug"]), "at": row["centre__slug"] or NATIONAL, **row}
        for row in found[:CENTRES]
    ]
    page = {
        "quarter": quarter,
        "due_on": accounts.due_on(quarter),
        "left": sums["total"] - sums["done"],
        "sums": sums,
        "rows": rows,
        "after": rows[-1]["at"] if len(found) > CENTRES else "",
    }
    return render(request, "organisations/access_review.html", page)


def _looked_at(quarter: str) -> dict[str, Count]:
    """How many places there are, and how many of them were looked at; each once, however many quarters it has seen."""
    return {
        "total": Count("id", distinct=True),
        "done": Count("id", distinct=True, filter=Q(reviews__quarter=quarter)),
    }


@require_POST
@allow("account", "add")
def access_review_keep(request: HttpRequest) -> HttpResponse:
    """Keep those places that were ticked, with what the centre said; one that cannot be kept is named, the others are."""
    by, at = request.acting, request.POST.get("at", "")  # type: ignore[attr-defined]
    ticked, reason = request.POST.getlist("chosen")[:PLACES], request.POST.get("reason", "").strip()[:200]
    problems = []
    if not ticked:
        problems.append(("", _("Tick at least one place of work.")))
    if not reason:
        problems.append(("together-reason", _("Write whom you asked, and what was said.")))
    if problems:
        return _places(request, at, problems, ticked=ticked, reason=reason)
    quarter = accounts.quarter_of(timezone.localdate())
    for place in Membership.objects.active_at(timezone.now()).filter(id__in=_uuids(ticked)).prefetch_related("user"):
        try:
            accounts.review(place, keep=True, reason=reason, quarter=quarter, by=by)
        except NotPossible as problem:
            problems.append(("", f"{place.user.name} · {place.get_role_display()}: {WORDS[problem.reason]}"))
    return _places(request, at, problems) if problems else _back(at)


@allow("account", "add")
def access_review_one(request: HttpRequest, membership_id: Any) -> HttpResponse:
    """Keep or end one of them, with a reason."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("organisations:access_review"))
    membership = get_object_or_404(Membership.objects.select_related("centre"), id=membership_id)
    at = membership.centre.slug if membership.centre else NATIONAL
    form, by = ReviewForm(request.POST, auto_id=f"%s-{membership.id}"), request.acting  # type: ignore[attr-defined]
    if not form.is_valid():
        return _places(request, at, wrong=membership, form=form)
    given = form.cleaned_data
    try:
        accounts.review(
            membership,
            keep=given["verdict"] == "keep",
            reason=given["reason"],
            quarter=accounts.quarter_of(timezone.localdate()),
            by=by,
        )
    except NotPossible as problem:
        form.add_error(None, WORDS[problem.reason])
        return _places(request, at, wrong=membership, form=form)
    return _back(at)


def _back(at: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('organisations:access_review')}?at={at}")


def _uuids(typed: Sequence[str]) -> list[uuid.UUID]:
    found = []
    for one in typed:
        try:
            found.append(uuid.UUID(one))
        except ValueError:
            continue
    return found


def _places(
    request: HttpRequest, at: str, problems: Sequence[Any] = (), form: ReviewForm | None = None, **typed: Any
) -> HttpResponse:
    """The places of one centre that hold today, with when somebody was last seen there."""
    by, quarter = request.acting, accounts.quarter_of(timezone.localdate())  # type: ignore[attr-defined]
    centre = None if at == NATIONAL else Centre.objects.filter(slug=at).first()
    if centre is None and at != NATIONAL:
        raise Http404
    held = Membership.objects.active_at(timezone.now()).filter(centre=centre)
    further = _uuids([request.GET.get("after", "")])
    shown = held.filter(id__gt=further[0]) if further else held
    found = list(shown.order_by("id").prefetch_related("user")[: PLACES + 1])
    places = found[:PLACES]
    reviews = AccessReview.objects.filter(quarter=quarter, membership__in=places).prefetch_related("reviewed_by")
    done, seen = {one.membership_id: one for one in reviews}, accounts.last_seen()
    note_read("account", {place.user_id for place in places}, by=by)
    page = {
        "quarter": quarter,
        "at": at,
        "centre": centre,
        "sums": held.aggregate(**_looked_at(quarter)),
        "rows": [
            {
                "place": place,
                "seen_at": seen.get((place.user_id, place.role, place.centre_id)),
                "review": done.get(place.id),
                "is_own": place.user_id == by.user_id,
            }
            for place in places
        ],
        "after": places[-1].id if len(found) > PLACES else "",
        "form": form,
        "problems": problems,
        **typed,
    }
    return render(request, "organisations/access_review_centre.html", page, status=422 if form or problems else 200)
