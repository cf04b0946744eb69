"""Once a quarter every place of work is looked at: kept or ended, why, by whom, until when."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.organisations import accounts
from tongxing.organisations.account_forms import ReviewForm
from tongxing.organisations.account_models import AccessReview
from tongxing.organisations.accounts import NotPossible
from tongxing.organisations.models import Membership
from tongxing.organisations.views.accounts import WORDS


@allow("account", "read")
def access_review(request: HttpRequest) -> HttpResponse:
    """Every place that holds today, centre by centre, with when somebody was last seen there."""
    return _page(request)


@allow("account", "add")
def access_review_one(request: HttpRequest, membership_id: Any) -> HttpResponse:
    """Keep or end one of them, with a reason."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("organisations:access_review"))
    membership = get_object_or_404(Membership, id=membership_id)
    form, by = ReviewForm(request.POST), request.acting  # type: ignore[attr-defined]
    if not form.is_valid():
        return _page(request, wrong=membership, form=form)
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
        return _page(request, wrong=membership, form=form)
    return HttpResponseRedirect(f"{reverse('organisations:access_review')}#{_anchor(membership)}")


def _anchor(membership: Membership) -> str:
    return f"c-{membership.centre_id or 'national'}"


def _page(request: HttpRequest, wrong: Membership | None = None, form: ReviewForm | None = None) -> HttpResponse:
    quarter = accounts.quarter_of(timezone.localdate())
    held = Membership.objects.active_at(timezone.now()).select_related("centre").prefetch_related("user")
    places = list(held.order_by("centre__slug", "user__login"))
    done = {
        one.membership_id: one
        for one in AccessReview.objects.filter(quarter=quarter, membership__in=places).prefetch_related("reviewed_by")
    }
    note_read("account", {place.user_id for place in places}, by=request.acting)  # type: ignore[attr-defined]
    page = {
        "quarter": quarter,
        "due_on": accounts.due_on(quarter),
        "centres": _by_centre(places, done, request),
        "left": sum(place.id not in done for place in places),
        "form": form,
        "wrong": wrong,
    }
    return render(request, "organisations/access_review.html", page, status=422 if form else 200)


def _by_centre(places: Iterable[Membership], done: dict[Any, AccessReview], request: HttpRequest) -> list[Any]:
    seen, by = accounts.last_seen(), request.acting  # type: ignore[attr-defined]
    centres: dict[Any, list[Any]] = {}
    for place in places:
        at = seen.get((place.user_id, place.role, place.centre_id))
        row = {"place": place, "seen_at": at, "review": done.get(place.id), "is_own": place.user_id == by.user_id}
        centres.setdefault(place.centre, []).append(row)
    return [(centre, f"c-{centre.id if centre else 'national'}", rows) for centre, rows in centres.items()]
