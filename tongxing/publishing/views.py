"""Pages: the public factsheet and how each number is made; at work the figure of now, and the next edition."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access.guard import allow, public
from tongxing.programme.models import Programme
from tongxing.publishing import actions, internal
from tongxing.publishing.factsheet import ZONE, Factsheet
from tongxing.publishing.models import Edition
from tongxing.publishing.rules import Change, changes


@public
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes, each with its latest edition."""
    latest = {edition.programme_id: edition for edition in Edition.objects.approved().order_by("number")}
    lines = [(programme, latest.get(programme.pk)) for programme in Programme.objects.order_by("code")]
    return render(request, "publishing/programmes.html", {"lines": lines})


@public
@require_GET
def factsheet(request: HttpRequest, code: str, number: int | None = None) -> HttpResponse:
    """The latest approved edition, or edition `number`; without any, an honest empty page."""
    programme = get_object_or_404(Programme, code=code)
    edition = _approved(code, number)
    if edition is None:
        return render(request, "publishing/factsheet_none.html", {"programme": programme})
    context = {
        "edition": edition,
        "sheet": actions.sheet(edition),
        "editions": Edition.objects.of(code).approved().defer("content"),
        "is_latest": number is None or not Edition.objects.of(code).approved().filter(number__gt=number).exists(),
    }
    return render(request, "publishing/factsheet.html", context)


@public
@require_GET
def how(request: HttpRequest, code: str, measure: str, number: int | None = None) -> HttpResponse:
    """How one published number is made: from the definition as the edition froze it."""
    edition = _approved(code, number)
    if edition is None:
        raise Http404
    sheet = actions.sheet(edition)
    figure = sheet.figure(measure)
    if figure is None:
        raise Http404
    claims = [claim for claim in sheet.claims if claim.measure == measure and claim.state == "claim_only"]
    context = {"edition": edition, "sheet": sheet, "figure": figure, "claims": claims}
    return render(request, "publishing/how.html", context)


@allow("figures", "read")
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The indicator as it stands this second, beside what is public and what the page claims."""
    programme = Programme.objects.order_by("code").first()
    if programme is None:
        raise Http404
    now = timezone.now()
    edition = _approved(programme.code, None)
    sheet = actions.sheet(edition) if edition else None
    indicator = internal.first_indicator(programme)
    context = {
        "programme": programme,
        "indicator": indicator,
        "now": now.astimezone(ZONE).replace(tzinfo=None),
        "figure": internal.figure(programme, indicator.measure, now),
        "edition": edition,
        "published": sheet.figure(indicator.measure) if sheet else None,
        "claim": internal.claim(programme, indicator.measure),
    }
    return render(request, "publishing/figures.html", context)


@allow("edition", "read")
@require_GET
def editions(request: HttpRequest) -> HttpResponse:
    """The current edition, the draft of the next, and what would change."""
    programme = Programme.objects.order_by("code").first()
    if programme is None:
        raise Http404
    current = _approved(programme.code, None)
    number = current.number + 1 if current else 1
    draft = Edition.objects.of(programme.code).drafts().filter(number=number).first()
    context = {
        "programme": programme,
        "current": current,
        "draft": draft,
        "changes": _changes(current, draft) if draft else [],
        "editions": Edition.objects.of(programme.code).approved().defer("content"),
        "stale": "stale" in request.GET,
    }
    return render(request, "publishing/editions.html", context)


@allow("edition", "add")
@require_POST
def edition_draft(request: HttpRequest) -> HttpResponse:
    """Freezes what is known now as a draft of the next edition."""
    programme = Programme.objects.order_by("code").first()
    if programme is None:
        raise Http404
    actions.draft_edition(programme_code=programme.code, by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("publishing:editions"))


@allow("edition", "change")
@require_http_methods(["GET", "POST"])
def edition_approve(request: HttpRequest, edition: uuid.UUID) -> HttpResponse:
    """An interruption that says what everyone will see; then the approval."""
    draft = get_object_or_404(Edition, pk=edition)
    if request.method == "POST":
        try:
            approved = actions.approve_edition(
                edition=draft.pk,
                seen=request.POST.get("seen", ""),
                by=request.acting,  # type: ignore[attr-defined]
            )
        except actions.Stale:
            return HttpResponseRedirect(f"{reverse('publishing:editions')}?stale")
        return HttpResponseRedirect(
            reverse("publishing:factsheet_edition", args=[draft.programme.code, approved.number])
        )
    if draft.state == Edition.State.APPROVED:
        return HttpResponseRedirect(reverse("publishing:factsheet_edition", args=[draft.programme.code, draft.number]))
    context = {"draft": draft, "sheet": actions.sheet(draft), "programme": draft.programme}
    return render(request, "publishing/edition_approve.html", context)


def _approved(code: str, number: int | None) -> Edition | None:
    """The edition `number` or the latest; None when there is none yet. Raises Http404 for a number that never was."""
    found = Edition.objects.of(code).approved().select_related("programme")
    edition = found.filter(number=number).first() if number is not None else found.first()
    if edition is None and number is not None:
        raise Http404
    return edition


def _changes(current: Edition | None, draft: Edition) -> list[tuple[str, Change]]:
    """Titles and changes of the key figures, in the reader's language."""
    before, after = actions.sheet(current) if current else None, actions.sheet(draft)
    titles = {f.measure: str(f.title) for sheet in (before, after) if sheet for f in sheet.figures}
    return [(titles[change.figure], change) for change in changes(_texts(before), _texts(after))]


def _texts(sheet: Factsheet | None) -> dict[str, str]:
    language = get_language() or "en"
    return {figure.measure: figure.number.text(language) for figure in sheet.figures} if sheet else {}
