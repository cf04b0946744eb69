"""Pages at work: the next edition."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access.guard import allow
from tongxing.facts.suppression import Disclosing
from tongxing.programme.views.chosen import chosen, programmes
from tongxing.publishing import actions
from tongxing.publishing.factsheet import ZONE
from tongxing.publishing.models import Edition
from tongxing.publishing.rules import Change, changes, last_quarter
from tongxing.publishing.sheet import Factsheet
from tongxing.publishing.views.public import approved


@allow("edition", "read")
@require_GET
def editions(request: HttpRequest) -> HttpResponse:
    """The current edition, the draft of the next, and what would change."""
    programme = chosen(request)
    current = approved(programme.code, None)
    number = current.number + 1 if current else 1
    draft = Edition.objects.of(programme.code).drafts().filter(number=number).first()
    context = {
        "programme": programme,
        "programmes": programmes(),
        "current": current,
        "draft": draft,
        "changes": _changes(current, draft) if draft else [],
        "editions": Edition.objects.of(programme.code).approved().defer("content"),
        "next": actions.sheet(draft) if draft else None,
        "quarter": last_quarter(timezone.now().astimezone(ZONE).date()),
        "stale": "stale" in request.GET,
        "disclosing": "disclosing" in request.GET,
    }
    return render(request, "publishing/editions.html", context)


@allow("edition", "add")
@require_POST
def edition_draft(request: HttpRequest) -> HttpResponse:
    """Freezes what is known now as a draft of the next edition: up to today, or to the end of the last quarter."""
    programme = chosen(request)
    quarter = last_quarter(timezone.now().astimezone(ZONE).date())
    back = f"{reverse('publishing:editions')}?programme={programme.code}"
    try:
        actions.draft_edition(
            programme_code=programme.code,
            by=request.acting,  # type: ignore[attr-defined]
            until=quarter if request.POST.get("until") == quarter.isoformat() else None,
        )
    except Disclosing:
        return HttpResponseRedirect(f"{back}&disclosing")
    return HttpResponseRedirect(back)


@allow("edition", "change")
@require_http_methods(["GET", "POST"])
def edition_approve(request: HttpRequest, edition: uuid.UUID) -> HttpResponse:
    """An interruption that says what everyone will see; then the approval."""
    draft = get_object_or_404(Edition, pk=edition)
    if request.method == "POST":
        try:
            done = actions.approve_edition(
                edition=draft.pk,
                seen=request.POST.get("seen", ""),
                by=request.acting,  # type: ignore[attr-defined]
            )
        except actions.Stale:
            return HttpResponseRedirect(f"{reverse('publishing:editions')}?stale&programme={draft.programme.code}")
        return HttpResponseRedirect(reverse("publishing:factsheet_edition", args=[draft.programme.code, done.number]))
    if draft.state == Edition.State.APPROVED:
        return HttpResponseRedirect(reverse("publishing:factsheet_edition", args=[draft.programme.code, draft.number]))
    context = {"draft": draft, "sheet": actions.sheet(draft), "programme": draft.programme}
    return render(request, "publishing/edition_approve.html", context)


def _changes(current: Edition | None, draft: Edition) -> list[tuple[str, Change[str, str]]]:
    """Titles and changes of the key figures, in the reader's language."""
    before, after = actions.sheet(current) if current else None, actions.sheet(draft)
    titles = {f.measure: str(f.title) for sheet in (before, after) if sheet for f in sheet.figures}
    return [(titles[change.figure], change) for change in changes(_texts(before), _texts(after))]


def _texts(sheet: Factsheet | None) -> dict[str, str]:
    language = get_language() or "en"
    return {figure.measure: figure.number.text(language) for figure in sheet.figures} if sheet else {}
