"""Pages of the review desk: what waits, one pair, and taking a decision back. Names stand in no title and no address."""

import uuid
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.organisations.models import Centre
from tongxing.registry import evidence, pairs, reviewing
from tongxing.registry.linking import NotAgreed, decide_pair, links_of
from tongxing.registry.models import LinkRun, ReviewPair
from tongxing.registry.models.links import Kind

BUTTONS = (*Kind.values, ReviewPair.State.DEFERRED.value)
KEYS = {"same": "s", "sibling": "b", "different": "d", "deferred": "l"}


@allow("pair", "read")
def review(request: HttpRequest) -> HttpResponse:
    """What waits and why, one's own last words, and how far the comparing job is. Nobody's data."""
    by = request.acting  # type: ignore[attr-defined]
    desk = reviewing.desk_of(by)
    page = {
        "desk": desk,
        "reasons": [(evidence.SHORT[reason], evidence.WHY[reason], count) for reason, count in desk.reasons],
        "lists": [
            (_("Disputed: two persons said different things"), desk.disputed, len(desk.disputed)),
            (_("Laid aside"), desk.deferred, desk.deferred_count),
        ],
        "last": [(pair, evidence.SAYS[pair.state]) for pair in desk.last],
        "run": LinkRun.objects.order_by("-started_at").first() if by.may("linking", "read") else None,
        "told": _told_after(request, by),
    }
    return render(request, "registry/review.html", page)


@allow("pair", "read")
def review_next(request: HttpRequest) -> HttpResponse:
    """To the most pressing pair, or to the list when none waits."""
    return _onward(request.acting)  # type: ignore[attr-defined]


def _onward(by: Acting, after: uuid.UUID | None = None) -> HttpResponse:
    waiting = ReviewPair.objects.waiting(by).values_list("id", flat=True)
    found = (waiting.exclude(id=after) if after else waiting).first()
    address = reverse("registry:review_pair", args=[found]) if found else reverse("registry:review")
    return HttpResponseRedirect(f"{address}?after={after}" if after else address)


@allow("pair", "read")
def review_pair(request: HttpRequest, pair_id: uuid.UUID) -> HttpResponse:
    """One pair; posted: what it is. Whoever comes second is told what the first has said, and loses nothing typed."""
    by = request.acting  # type: ignore[attr-defined]
    if request.method != "POST":
        pair, is_reopened = _found(pair_id), request.GET.get("after") == str(pair_id)
        # What was typed before a slip of the key comes back with the pair; of a sensitive one nothing does.
        reason = pair.decided_reason if is_reopened and not pair.is_sensitive else ""
        return _pair(request, pair, {"told": _told_after(request, by), "reason": reason})
    says, reason = request.POST.get("says", ""), request.POST.get("reason", "").strip()[:300]
    typed = {"reason": reason, "says": says}
    if says not in BUTTONS:
        return _pair(request, _found(pair_id), typed | {"problem": _("Choose one of the four.")}, status=422)
    try:
        told = decide_pair(_found(pair_id).id, says, reason=reason, by=by)
    except NotAgreed:
        words = _("One of the two families has not agreed to be linked across centres. You can say “different”.")
        return _pair(request, _found(pair_id), typed | {"problem": words}, status=422)
    if told is None:
        return _pair(request, _found(pair_id), typed | {"is_late": True}, status=409)
    return _onward(by, pair_id)


@require_POST
@allow("pair", "change")
def review_undo(request: HttpRequest, pair_id: uuid.UUID) -> HttpResponse:
    """Take one's word back, or reopen what was decided; ends on the pair, which waits again."""
    pair, by = _found(pair_id), request.acting  # type: ignore[attr-defined]
    told = reviewing.take_back(pair.id, reason=request.POST.get("reason", "").strip()[:300] or "undone", by=by)
    problems = {
        "two": _("Two persons have decided this. It takes those two to undo it, or two who unlink the records."),
        "since": _("Something else has been said of these two records since. Undo that on the page of the person."),
        None: _("There is no word of yours to take back."),
    }
    if told in problems:
        return _pair(request, _found(pair_id), {"problem": problems[told]}, status=409)
    return HttpResponseRedirect(reverse("registry:review_pair", args=[pair_id]) + f"?after={pair_id}")


def _found(pair_id: uuid.UUID) -> ReviewPair:
    """Through the wall; what is foreign and what does not exist look the same. What a first person said is not read."""
    pair = ReviewPair.objects.defer("first_said").filter(id=pair_id).first()
    if pair is None:
        raise Http404
    return pair


def _pair(request: HttpRequest, pair: ReviewPair, said: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of a pair. One trace names everybody who is shown on it."""
    by = request.acting  # type: ignore[attr-defined]
    told = reviewing.told_of(pair)
    note_read("person", told.shown or [pair.left_id, pair.right_id], by=by)
    before, after = reviewing.neighbours(pair, by)
    weighed = evidence.evidence(pair)
    page = {
        "pair": pair,
        "why": evidence.WHY[pair.reason],
        "weighed": weighed,
        "total": evidence.signed(sum(one.weight for one in weighed)),
        "drawings": evidence.drawings(weighed),
        "sides": _sides(told, by),
        "before": _former(pair),
        "decision": _decision(pair, told, by),
        "may_decide": _may_decide(pair, by),
        "buttons": [(says, KEYS[says]) for says in BUTTONS],
        "waits_for_second": pair.state in reviewing.UNDECIDED and pair.first_by_id == by.user_id,
        "previous_url": reverse("registry:review_pair", args=[before]) if before else "",
        "next_url": reverse("registry:review_pair", args=[after]) if after else "",
        "waiting": reviewing.waiting_words(by) or 0,
        "reason": "",
    }
    if told.records:
        page |= {"rows": pairs.rows(*told.records), "homes": pairs.homes(*told.records)}
    return render(request, "registry/review_pair.html", page | said, status=status)


def _may_decide(pair: ReviewPair, by: Acting) -> bool:
    is_mine = by.is_national or not pair.is_disputed  # a lead decides what two persons disagree about
    return pair.state in reviewing.UNDECIDED and is_mine and by.may("pair", "change")


def _sides(told: reviewing.Told, by: Acting) -> list[dict[str, Any]]:
    places = dict(Centre.objects.filter(id__in={one["centre"] for one in told.records}).values_list("id", "name"))
    return [
        {
            "centre": places.get(uuid.UUID(one["centre"]), ""),
            "registered_on": date.fromisoformat(one["registered_on"]),
            "number": one["number"],
            "url": reverse("registry:person", args=[one["id"]]) if by.may("person", "read") else "",
            "one_with": [number for number in one["one_with"] if number],
            "is_elsewhere": None in one["one_with"],
        }
        for one in told.records
    ]


def _former(pair: ReviewPair) -> list[dict[str, Any]]:
    """What was said of these two before, the latest first."""
    return [
        {"says": evidence.SAYS[said.kind], "said": said}
        for said in links_of(pair.left_id)
        if said.other == pair.right_id
    ]


def _decision(pair: ReviewPair, told: reviewing.Told, by: Acting) -> dict[str, Any] | None:
    """Who decided when, and whether the reader may undo it."""
    if pair.state in reviewing.UNDECIDED:
        return None
    is_one_of_two = by.user_id in (pair.first_by_id, pair.decided_by_id)
    return {
        "says": evidence.SAYS[pair.state],
        "at": pair.decided_at,
        "by": told.decided_by,
        "is_mine": pair.decided_by_id == by.user_id,
        "may_undo": by.may("pair", "change") and (is_one_of_two or not pair.is_sensitive),
    }


def _told_after(request: HttpRequest, by: Acting) -> dict[str, Any] | None:
    """What became of the pair that was just decided or reopened, as far as it is one's own word."""
    try:
        pair = ReviewPair.objects.defer("first_said").filter(id=uuid.UUID(request.GET.get("after", ""))).first()
    except ValueError:
        return None
    if pair is None:
        return None
    undo = reverse("registry:review_undo", args=[pair.id])
    if pair.state == ReviewPair.State.DEFERRED:
        return {"words": _("Laid aside. It waits in the list."), "undo": undo}
    if pair.state != ReviewPair.State.OPEN:
        mine = pair.decided_by_id == by.user_id
        return {
            "words": _("Written down: %(says)s.") % {"says": evidence.SAYS[pair.state]},
            "undo": undo if mine else "",
        }
    if pair.is_disputed and not by.is_national:
        return {"words": _("Two persons see it differently. The safeguarding lead decides."), "undo": ""}
    if pair.first_by_id == by.user_id and not pair.is_disputed:
        return {"words": _("Your word is kept and shown to nobody. A second person decides."), "undo": undo}
    return {"words": _("Taken back. The pair waits again."), "undo": ""}
