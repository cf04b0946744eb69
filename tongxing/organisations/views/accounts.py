"""Pages of the security administrator: who has an account, places of work, slips, resets, leaving."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.access.models import IdentityCheck, User
from tongxing.organisations import accounts
from tongxing.organisations.account_forms import AccountForm, LeavingForm, PlaceForm, ResetForm
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.accounts import NotPossible, Printed
from tongxing.organisations.models import Membership

SHOWN = 50
WORDS = {
    "login": gettext_lazy("This log-in exists already. Choose another, or look for the person in the list."),
    "oneself": gettext_lazy("Nobody proposes a place for oneself."),
    "scope": gettext_lazy("A national role has no centre; every other role has one."),
    "twice": gettext_lazy("This place holds already, or waits to be confirmed."),
    "slip": gettext_lazy(
        "No slip now: the place of work is not confirmed yet, or this person has begun already. When everything is lost,"
        " a second administrator must have checked the identity within a day."
    ),
    "heir": gettext_lazy("There are drafts: name a colleague who works at the same centre today."),
    "apart": gettext_lazy("An administrator has no second role. Nothing was changed."),
    "answered": gettext_lazy("Somebody has answered this meanwhile."),
}
FOUR_EYES = gettext_lazy("Four eyes: somebody else must confirm what you proposed or what is for you.")
SHOWN_PROPOSALS = 200
DESK = ("front_desk", "case_worker", "police")


def user_or_404(user_id: uuid.UUID) -> User:
    return get_object_or_404(User, id=user_id)


@allow("account", "read")
def account_list(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, by name or log-in; how far each has come."""
    wanted = request.GET.get("q", "").strip()
    users = User.objects.exclude(id=uuid.UUID(int=0)).order_by("login")
    if wanted:
        users = users.filter(login__icontains=wanted) | users.filter(name__icontains=wanted)
    found = list(users[: SHOWN + 1])
    states = accounts.states()
    held = Membership.objects.filter(user__in=found).active_at(timezone.now()).select_related("centre")
    places: dict[uuid.UUID, list[Membership]] = {}
    for membership in held:
        places.setdefault(membership.user_id, []).append(membership)
    note_read("account", [user.id for user in found[:SHOWN]], by=request.acting)  # type: ignore[attr-defined]
    rows = [(user, states[user.id], places.get(user.id, [])) for user in found[:SHOWN]]
    page = {"rows": rows, "q": wanted, "is_cut": len(found) > SHOWN, "review": _quarter()}
    return render(request, "organisations/account_list.html", page)


def _quarter() -> str:
    return accounts.quarter_of(timezone.localdate())


@allow("account", "add")
def account_add(request: HttpRequest) -> HttpResponse:
    """Somebody new: an account that can do nothing, and a place that another person confirms."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, by = form.cleaned_data, request.acting  # type: ignore[attr-defined]
        try:
            user = accounts.add_account(login=given["login"], name=given["name"], language=given["language"], by=by)
            _propose(user, given, by)
            return HttpResponseRedirect(reverse("organisations:account", args=[user.id]))
        except NotPossible as problem:
            form.add_error("login" if problem.reason == "login" else None, WORDS[problem.reason])
    return render(request, "organisations/account_add.html", {"form": form}, status=422 if form.errors else 200)


def _propose(user: User, given: dict[str, Any], by: Any) -> None:
    accounts.propose(
        user=user,
        role=given["role"],
        centre=given["centre"],
        starts_on=given["starts_on"],
        ends_on=given["ends_on"],
        by=by,
    )


@allow("account", "read")
def account(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """One person: places, what waits, checks of identity; slip, reset, another place, leaving."""
    return _page(request, user_or_404(user_id))


def _page(request: HttpRequest, user: User, **forms: Any) -> HttpResponse:
    by = request.acting  # type: ignore[attr-defined]
    note_read("account", [user.id], by=by)
    page = {
        "person": user,
        "state": accounts.states()[user.id],
        "is_oneself": user.id == by.user_id,
        "places": Membership.objects.filter(user=user).select_related("centre").order_by("-starts_on"),
        "today": timezone.localdate(),
        "proposals": Proposal.objects.filter(user=user, answer="").select_related("centre"),
        "checks": IdentityCheck.objects.filter(user=user).prefetch_related("checked_by").order_by("-at")[:10],
        "place_form": PlaceForm(prefix="place"),
        "reset_form": ResetForm(prefix="reset"),
    } | forms
    is_wrong = any(form.errors for form in forms.values() if hasattr(form, "errors")) or "problem" in forms
    return render(request, "organisations/account.html", page, status=422 if is_wrong else 200)


@require_POST
@allow("proposal", "add")
def place_add(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Propose another place of work."""
    user, form = user_or_404(user_id), PlaceForm(request.POST, prefix="place")
    if form.is_valid():
        try:
            _propose(user, form.cleaned_data, request.acting)  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("organisations:account", args=[user.id]))
        except NotPossible as problem:
            form.add_error(None, WORDS[problem.reason])
    return _page(request, user, place_form=form)


@require_POST
@allow("account", "change")
def slip(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """The slip for a first log-in, to print; the code is shown this once."""
    user = user_or_404(user_id)
    try:
        printed = accounts.print_slip(user=user, by=request.acting)  # type: ignore[attr-defined]
    except NotPossible as problem:
        return _page(request, user, problem=WORDS[problem.reason])
    return _printed(request, printed)


@require_POST
@allow("account", "change")
def reset(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """After a look at a document: end all stays, and print a slip for what was lost."""
    user, form = user_or_404(user_id), ResetForm(request.POST, prefix="reset")
    if form.is_valid():
        kind, document = form.cleaned_data["kind"], form.cleaned_data["document"]
        try:
            return _printed(
                request,
                accounts.print_slip(user=user, kind=kind, document=document, by=request.acting),  # type: ignore[attr-defined]
            )
        except NotPossible as problem:
            form.add_error(None, WORDS[problem.reason])
    return _page(request, user, reset_form=form)


def _printed(request: HttpRequest, printed: Printed) -> HttpResponse:
    with override(printed.user.language):
        address = request.build_absolute_uri(reverse("desk:first"))
    page = {
        "printed": printed,
        "paper": printed.user.language,
        "address": address,
        "done_url": reverse("organisations:account", args=[printed.user.id]),
        "paper_links": [],
    }
    return render(request, "organisations/slip.html", page)


@allow("account", "change")
def place_end(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Leaving or transfer: drafts to a named colleague there, access ends now; perhaps a place elsewhere is proposed."""
    membership = get_object_or_404(
        Membership.objects.select_related("centre").prefetch_related("user"), id=membership_id
    )
    by = request.acting  # type: ignore[attr-defined]
    if membership.user_id == by.user_id or not _holds(membership):
        raise Http404
    drafts, tasks = accounts.waiting_at(membership)
    form = LeavingForm(request.POST or None, colleagues=_colleagues(membership), is_due=drafts > 0)
    if request.method == "POST" and (form.is_valid() or not form.errors):
        try:
            heir = request.POST.get("heir", "")
            accounts.end_place(membership, heir_id=uuid.UUID(heir) if heir else None, by=by)
            return HttpResponseRedirect(reverse("organisations:account", args=[membership.user_id]))
        except NotPossible as problem:
            form.add_error("heir", WORDS[problem.reason])
    note_read("account", [membership.user_id], by=by)
    page = {"form": form, "place": membership, "drafts": drafts, "tasks": tasks}
    return render(request, "organisations/place_end.html", page, status=422 if form.errors else 200)


def _holds(membership: Membership) -> bool:
    return membership.ends_on is None or membership.ends_on > timezone.localdate()


def _colleagues(membership: Membership) -> list[tuple[str, str]]:
    if membership.centre_id is None:
        return []
    there = Membership.objects.filter(centre_id=membership.centre_id, role__in=DESK).active_at(timezone.now())
    there = there.exclude(user_id=membership.user_id).prefetch_related("user")
    return list({str(m.user_id): f"{m.user.name} ({m.user.login})" for m in there}.items())


@allow("proposal", "read")
def proposals(request: HttpRequest) -> HttpResponse:
    """Places of work that wait for a second person."""
    by = request.acting  # type: ignore[attr-defined]
    return _proposals(request, by)


@require_POST
@allow("proposal", "change")
def proposals_confirm(request: HttpRequest) -> HttpResponse:
    """Confirm those that were ticked, each by the walls of a single one: what is refused is named, the others hold."""
    by = request.acting  # type: ignore[attr-defined]
    ticked = request.POST.getlist("chosen")[:SHOWN_PROPOSALS]
    if not ticked:
        return _proposals(request, by, [_("Tick at least one place of work.")])
    problems = []
    for proposal_id in ticked:
        try:
            found = Proposal.objects.get(id=uuid.UUID(proposal_id))
            accounts.decide(found, confirm=True, by=by)
        except (Proposal.DoesNotExist, ValueError):
            problems.append(_("One of them is not there any more."))
        except PermissionDenied:
            problems.append(f"{found.name} · {found.get_role_display()}: {FOUR_EYES}")
        except NotPossible as problem:
            problems.append(f"{found.name} · {found.get_role_display()}: {WORDS[problem.reason]}")
    if problems:
        return _proposals(request, by, problems)
    return HttpResponseRedirect(reverse("organisations:proposals"))


def _proposals(request: HttpRequest, by: Any, problems: Sequence[str] = ()) -> HttpResponse:
    waiting = list(Proposal.objects.filter(answer="").select_related("centre")[:SHOWN_PROPOSALS])
    note_read("account", [one.user_id for one in waiting], by=by)
    page = {
        "waiting": [(one, by.user_id not in (one.proposed_by_id, one.user_id)) for one in waiting],
        "decided": Proposal.objects.exclude(answer="").select_related("centre").order_by("-decided_at")[:10],
        "problems": [("", problem) for problem in problems],
    }
    return render(request, "organisations/proposals.html", page, status=422 if problems else 200)


@require_POST
@allow("proposal", "change")
def proposal_decide(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Confirm or refuse one of them."""
    by = request.acting  # type: ignore[attr-defined]
    found = get_object_or_404(Proposal, id=proposal_id)
    if by.user_id in (found.proposed_by_id, found.user_id):
        return _proposals(request, by, [str(FOUR_EYES)])
    try:
        accounts.decide(found, confirm=request.POST.get("answer") == "confirm", by=by)
    except NotPossible as problem:
        return _proposals(request, by, [str(WORDS[problem.reason])])
    return HttpResponseRedirect(reverse("organisations:proposals"))
