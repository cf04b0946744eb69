"""Public pages: the programmes, the factsheet of each, and how a published number is made."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongxing.access.guard import public
from tongxing.programme.models import Programme
from tongxing.programme.views.chosen import programmes as by_figures
from tongxing.publishing import actions
from tongxing.publishing.factsheet import header
from tongxing.publishing.models import Edition


@public
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes, each with its latest edition."""
    latest = {edition.programme_id: edition for edition in Edition.objects.approved().order_by("number")}
    lines = [(programme, latest.get(programme.pk)) for programme in by_figures()]
    return render(request, "publishing/programmes.html", {"lines": lines})


@public
@require_GET
def factsheet(request: HttpRequest, code: str, number: int | None = None) -> HttpResponse:
    """The latest approved edition, or edition `number`; without any, an honest empty page."""
    programme = get_object_or_404(Programme, code=code)
    edition = approved(code, number)
    if edition is None:
        stated = {"header": header(programme, {}), "permalink": request.build_absolute_uri(request.path)}
        return render(request, "publishing/factsheet_none.html", stated)
    context = {
        "edition": edition,
        "sheet": actions.sheet(edition),
        "permalink": request.build_absolute_uri(reverse("publishing:factsheet_edition", args=[code, edition.number])),
        "editions": Edition.objects.of(code).approved().defer("content"),
        "is_latest": number is None or not Edition.objects.of(code).approved().filter(number__gt=number).exists(),
    }
    return render(request, "publishing/factsheet.html", context)


@public
@require_GET
def how(request: HttpRequest, code: str, measure: str, number: int | None = None) -> HttpResponse:
    """How one published number is made: from the definition as the edition froze it."""
    edition = approved(code, number)
    if edition is None:
        raise Http404
    sheet = actions.sheet(edition)
    figure = sheet.figure(measure)
    if figure is None:
        raise Http404
    claims = [claim for claim in sheet.claims if claim.measure == measure and claim.state == "claim_only"]
    context = {"edition": edition, "sheet": sheet, "figure": figure, "claims": claims}
    return render(request, "publishing/how.html", context)


def approved(code: str, number: int | None) -> Edition | None:
    """The edition `number` or the latest; None when there is none yet. Raises Http404 for a number that never was."""
    found = Edition.objects.of(code).approved().select_related("programme")
    edition = found.filter(number=number).first() if number is not None else found.first()
    if edition is None and number is not None:
        raise Http404
    return edition
