"""The desk for requests of families, and the page of what is kept how long."""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow, public
from tongxing.registry.models import Halt, Person
from tongxing.registry.page import identity_bar, person_or_404
from tongxing.rights import actions, correcting
from tongxing.rights.carrying import Locked, opened
from tongxing.rights.forms import CorrectionForm, HoldForm, NumberedRequestForm, RequestForm, RulingForm
from tongxing.rights.models import Answer, Kind, Purge, Request, State
from tongxing.rights.policy import policy

SHOWN = 100
NIGHTS = 60
LOCKED = gettext_lazy("The place of this child has been locked since this was made. Write down a new request.")
GONE = gettext_lazy("What was made prints at the keeping centre only, and for 30 days. Write down a new request.")
MEANWHILE = gettext_lazy("Somebody was faster: this was done already. This is how it stands.")


@allow("request", "read")
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """What waits, the most urgent first, and what was answered lately."""
    by = request.acting  # type: ignore[attr-defined]
    mine = Request.objects.select_related("centre")
    waiting = list(mine.waiting_for(by)[:SHOWN])
    rest = mine.exclude(pk__in=[one.pk for one in waiting]).order_by("-asked_on", "-id")[:SHOWN]
    page = {"waiting": waiting, "others": list(rest), "today": timezone.localdate(), "by": by}
    note_read("request", [one.pk for one in (*waiting, *page["others"])], by=by)
    return render(request, "rights/requests.html", page)


@allow("request", "add")
@require_http_methods(["GET", "POST"])
def request_start(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The family stands at the desk and asks about a child whose record this centre keeps."""
    person = person_or_404(person_id, request)
    by = request.acting  # type: ignore[attr-defined]
    if person.centre_id != by.centre_id:
        raise Http404
    form = RequestForm(request.POST if request.method == "POST" else None, initial=_family(person))
    if request.method == "POST" and form.is_valid():
        made = actions.take(_asked(form.cleaned_data), person=person, by=by)
        return HttpResponseRedirect(reverse("rights:request", args=[made.pk]))
    page = {"form": form, "identity": identity_bar(person), "back": reverse("registry:person", args=[person.id])}
    return render(request, "rights/request_start.html", page, status=_status(request))


@allow("ruling", "change")
@require_http_methods(["GET", "POST"])
def request_by_number(request: HttpRequest) -> HttpResponse:
    """What came by telephone or letter, written down by the data protection officer."""
    form = NumberedRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = actions.take_by_number(_asked(given), number=given["number"], by=request.acting)  # type: ignore[attr-defined]
        if made:
            return HttpResponseRedirect(reverse("rights:request", args=[made.pk]))
        form.add_error("number", _("No record has this number. Ask the family to read it again."))
    page = {"form": form, "back": reverse("rights:requests")}
    return render(request, "rights/request_start.html", page, status=_status(request))


def _family(person: Person) -> dict[str, str]:
    guardian = person.guardianships.filter(ends_on=None).order_by("pk").first()
    known = {"requester": guardian.name, "relation": guardian.relation} if guardian else {}
    return {"language": get_language() or "zh-hans", **known}


def _asked(given: dict[str, Any]) -> actions.Asked:
    return actions.Asked(
        kind=given["kind"],
        requester=given["requester"],
        by_whom="young_person" if given["relation"] == "self" else "guardian",
        relation=given["relation"],
        identity=given["identity"],
        language=given["language"],
        words=given["words"],
    )


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def walled(request_id: uuid.UUID) -> Request:
    """Through the wall, for a page that leaves the trace of the person."""
    found = Request.objects.select_related("centre").filter(pk=request_id).first()
    if found is None:
        raise Http404
    return found


def request_or_404(request: HttpRequest, request_id: uuid.UUID) -> Request:
    """Through the wall; leaves a trace."""
    found = walled(request_id)
    note_read("request", [found.pk], by=request.acting)  # type: ignore[attr-defined]
    return found


@allow("request", "read")
@require_GET
def request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request: what is asked, by when, what to do now."""
    return _page(request, request_or_404(request, request_id), RulingForm())


def promises_answer(asked: Request) -> bool:
    """Does the answer hand over what the worker made, which its own centre reads for as long as it is kept?"""
    return asked.kind in (Kind.COPY, Kind.SEEN) and asked.state in (State.MADE, State.DONE)


def page_with_error(request: HttpRequest, asked: Request, error: Any, *, status: int = 409) -> HttpResponse:
    """The request as it stands, and above it why what was asked for did not happen."""
    form = RulingForm({})
    form.errors.clear()
    form.add_error(None, error)
    return _page(request, asked, form, status=status)


def _page(request: HttpRequest, asked: Request, form: RulingForm, *, status: int = 200) -> HttpResponse:
    by = request.acting  # type: ignore[attr-defined]
    at_home = by.centre_id == asked.centre_id
    has_answer = Answer.objects.filter(request=asked).exists()
    page = {
        "asked": asked,
        "form": form,
        "today": timezone.localdate(),
        "may_rule": by.may("ruling", "change") and asked.state == State.ASKED,
        "may_second": by.may("erasure", "change")
        and (asked.kind, asked.state) == (Kind.DELETE, State.GRANTED)
        and asked.second_by_id is None
        and asked.decided_by_id != by.user_id,
        "may_correct": at_home and (asked.kind, asked.state) == (Kind.CORRECT, State.GRANTED),
        "may_close": at_home and asked.state == State.MADE,
        "has_paper": has_answer if promises_answer(asked) else asked.state in (State.REFUSED, State.DONE),
        "has_file": at_home and asked.kind == Kind.COPY and has_answer,
        "is_held": _is_held(asked),
        "person_url": reverse("registry:person", args=[asked.person_id]) if at_home and asked.person_id else "",
    }
    return render(request, "rights/request.html", page, status=status)


def _is_held(asked: Request) -> bool:
    """Does a legal hold stand? Only the data protection officer sees it."""
    holds = Halt.objects.filter(person=asked.person_id, kind=Halt.Kind.HOLD)
    return asked.person_id is not None and holds.standing(timezone.localdate()).exists()


@allow("ruling", "change")
@require_POST
def request_rule(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The data protection officer grants or refuses."""
    asked, form = request_or_404(request, request_id), RulingForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, form, status=422)
    given = form.cleaned_data
    refused_for = given["refused_for"] if given["ruling"] == "refused" else ""
    if not refused_for and asked.kind == Kind.DELETE and _is_held(asked):
        form.add_error(
            None, _("A legal hold stands on this record: it cannot be erased. Refuse, or end the hold first.")
        )
        return _page(request, asked, form, status=422)
    try:
        actions.rule(asked.pk, refused_for=refused_for, words=given["words"], by=request.acting)  # type: ignore[attr-defined]
    except actions.NotNow:
        form.add_error(None, _("Somebody has ruled on it meanwhile. This is how it stands."))
        return _page(request, request_or_404(request, request_id), form, status=409)
    except actions.NotKept:
        form.add_error(None, _("The centre keeps no record under this number. Refuse: there is nothing here."))
        return _page(request, walled(request_id), form, status=409)
    return HttpResponseRedirect(reverse("rights:request", args=[asked.pk]))


@allow("erasure", "change")
@require_POST
def request_second(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The second person says yes to an erasure."""
    asked = request_or_404(request, request_id)
    try:
        actions.second(asked.pk, by=request.acting)  # type: ignore[attr-defined]
    except actions.NotNow:
        return page_with_error(request, walled(request_id), MEANWHILE)
    return HttpResponseRedirect(reverse("rights:request", args=[asked.pk]))


@allow("request", "change")
@require_POST
def request_close(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The answer is in the family's hands."""
    asked = request_or_404(request, request_id)
    try:
        actions.close(asked.pk, by=request.acting)  # type: ignore[attr-defined]
    except actions.NotNow:
        return page_with_error(request, walled(request_id), MEANWHILE)
    return HttpResponseRedirect(reverse("rights:request", args=[asked.pk]))


@allow("person", "change")
@require_http_methods(["GET", "POST"])
def request_correct(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """What the record says beside what the family says; what is changed leaves its former version."""
    asked, by = walled(request_id), request.acting  # type: ignore[attr-defined]
    if (asked.kind, asked.state) != (Kind.CORRECT, State.GRANTED) or asked.person_id is None:
        raise Http404
    person = person_or_404(asked.person_id, request)
    now = correcting.standing(person)
    shown = vars(now) | {"birth": now.birth.typed(get_language() or "en") if now.birth else ""}
    form = CorrectionForm(request.POST if request.method == "POST" else None, initial=shown)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.close(asked.pk, by=by)
                correcting.correct(person, correcting.Right(**form.cleaned_data), by=by)
        except actions.NotNow:
            return page_with_error(request, walled(request_id), MEANWHILE)
        return HttpResponseRedirect(reverse("rights:request", args=[asked.pk]))
    page = {"form": form, "asked": asked, "identity": identity_bar(person)}
    return render(request, "rights/request_correct.html", page, status=_status(request))


@allow("answer", "read")
@require_GET
def request_file(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The copy as a file that other programs read."""
    asked = request_or_404(request, request_id)
    answer = Answer.objects.filter(request=asked).first()
    if answer is None or asked.kind != Kind.COPY:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="tongxing-copy-{asked.code}.json"'}
    try:
        told = opened(answer)
    except Locked:
        return page_with_error(request, asked, LOCKED)
    return JsonResponse(told, headers=headers, json_dumps_params={"ensure_ascii": False, "indent": 1})


@allow("halt", "add")
@require_http_methods(["GET", "POST"])
def halts(request: HttpRequest) -> HttpResponse:
    """Legal holds and restrictions that stand, and the form for a hold."""
    by, form = request.acting, HoldForm(request.POST if request.method == "POST" else None)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        if actions.hold(**form.cleaned_data, by=by):
            return HttpResponseRedirect(reverse("rights:halts"))
        form.add_error("number", _("No record has this number. Ask the family to read it again."))
    standing = Halt.objects.standing(timezone.localdate()).select_related("centre").order_by("-recorded_at")
    found = list(standing[:SHOWN])
    note_read("halt", [one.pk for one in found], by=by)
    return render(request, "rights/halts.html", {"form": form, "halts": found}, status=_status(request))


@allow("halt", "change")
@require_POST
def halt_end(request: HttpRequest, halt_id: uuid.UUID) -> HttpResponse:
    """A hold or a restriction ends today."""
    if not actions.end_halt(halt_id, by=request.acting):  # type: ignore[attr-defined]
        raise Http404
    return HttpResponseRedirect(reverse("rights:halts"))


@public
@require_GET
def retention(request: HttpRequest) -> HttpResponse:
    """What is kept how long, why, and what then: the policy itself, and the nights on which it was carried out."""
    now = policy()
    rules = [
        {"rule": one, "tables": [table.title for table in now.tables.values() if one.code in table.fields.values()]}
        for one in now.classes.values()
    ]
    return render(request, "rights/retention.html", {"rules": rules, "elsewhere": now.elsewhere})


@allow("retention", "read")
@require_GET
def purges(request: HttpRequest) -> HttpResponse:
    """Night by night: what went, what is overdue, how many are held."""
    nights = [(one, _told(one)) for one in Purge.objects.all()[:NIGHTS]]
    return render(request, "rights/purges.html", {"nights": nights})


def _told(night: Purge) -> list[tuple[Any, int]]:
    titles = policy().tables
    return [
        (titles[label].title if label in titles else _("former versions"), sum(numbers.values()))
        for label, numbers in night.counts.items()
    ]
