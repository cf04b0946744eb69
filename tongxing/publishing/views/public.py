"""Public pages: the programmes, the factsheet of each by one dimension or another, its editions, how a number is made."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongxing.access.guard import public
from tongxing.programme.models import Programme
from tongxing.programme.views.chosen import programmes as by_figures
from tongxing.publishing import actions, pages, rules
from tongxing.publishing.factsheet import header
from tongxing.publishing.formats.lines import Line, lines
from tongxing.publishing.kept import keep
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet


@public
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes, each with its latest edition."""
    latest = {edition.programme_id: edition for edition in Edition.objects.approved().order_by("number")}
    found = [(programme, latest.get(programme.pk)) for programme in by_figures()]
    return keep(render(request, "publishing/programmes.html", {"lines": found}))


@public
@require_GET
def factsheet(request: HttpRequest, code: str, number: int | None = None, dimension: str = "") -> HttpResponse:
    """The latest approved edition, or edition `number`, reported by `dimension`; without any, an honest empty page."""
    programme = get_object_or_404(Programme, code=code)
    edition = approved(code, number)
    if edition is None:
        stated = {"header": header(programme, {}), "permalink": request.build_absolute_uri(request.path)}
        return render(request, "publishing/factsheet_none.html", stated)
    context = pages.shown(actions.sheet(edition), edition)
    dimensions = context["dimensions"]
    if dimension and dimension not in dict(dimensions):
        raise Http404
    chosen = dimension or (dimensions[0][0] if dimensions else pages.BY_OUTCOME)
    context |= {
        "chosen": chosen,
        "cubes": pages.tables_by(context["sheet"], [chosen]),
        "editions": Edition.objects.of(code).approved().defer("content"),
        "is_latest": not Edition.objects.of(code).approved().filter(number__gt=edition.number).exists(),
        "permalink": request.build_absolute_uri(_address("factsheet_edition", edition)),
    }
    return keep(render(request, "publishing/factsheet.html", context), edition)


@public
@require_GET
def report_by(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """From the choice of a dimension to its own lasting address; what is not offered leads to the whole."""
    edition = _must(code, number)
    asked = request.GET.get("by", "")
    if asked in {*actions.sheet(edition).dimensions, pages.BY_OUTCOME}:
        return HttpResponseRedirect(f"{_address('factsheet_by', edition, asked)}#report")
    return HttpResponseRedirect(_address("factsheet_edition", edition))


@public
@require_GET
def printed(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Everything of an edition on one page, all tables and how each number is made: for paper."""
    edition = _must(code, number)
    return keep(render(request, "publishing/printed.html", pages.whole(actions.sheet(edition), edition)), edition)


@public
@require_GET
def changes(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What this edition shows that the one before did not, number by number."""
    edition = _must(code, number)
    before = Edition.objects.of(code).approved().filter(number__lt=number).first()
    after = actions.sheet(edition)
    now = list(lines(after))
    found = _changed(list(lines(actions.sheet(before))), now) if before else []
    context = {
        "edition": edition,
        "before": before,
        "sheet": after,
        "changes": found,
        "unchanged": len(now) - sum(new is not None for _old, new in found),
    }
    return keep(render(request, "publishing/changes.html", context), edition)


@public
@require_GET
def editions(request: HttpRequest, code: str) -> HttpResponse:
    """All editions with approver, moment, hash, and whether the content still has that hash."""
    programme = get_object_or_404(Programme, code=code)
    found = [(edition, *_checked(edition)) for edition in Edition.objects.of(code).approved()]
    return keep(render(request, "publishing/editions_public.html", {"programme": programme, "lines": found}))


@public
@require_GET
def how(request: HttpRequest, code: str, measure: str, number: int | None = None) -> HttpResponse:
    """How one published number is made: from the definition as the edition froze it."""
    edition = _must(code, number)
    sheet = actions.sheet(edition)
    figure = sheet.figure(measure)
    if figure is None:
        raise Http404
    claims = [claim for claim in sheet.claims if claim.measure == measure and claim.state == "claim_only"]
    context = {"edition": edition, "sheet": sheet, "figure": figure, "claims": claims}
    return keep(render(request, "publishing/how.html", context), edition)


def approved(code: str, number: int | None) -> Edition | None:
    """The edition `number` or the latest; None when there is none yet. Raises Http404 for a number that never was."""
    found = Edition.objects.of(code).approved().select_related("programme")
    edition = found.filter(number=number).first() if number is not None else found.first()
    if edition is None and number is not None:
        raise Http404
    return edition


def _changed(before: list[Line], after: list[Line]) -> list[tuple[Line | None, Line | None]]:
    """Old and new line wherever they differ, in the order of the new edition; then what is gone."""
    old, new = {line.place: line for line in before}, {line.place: line for line in after}
    found = rules.changes({place: line.number for place, line in old.items()}, {p: n.number for p, n in new.items()})
    return [(old.get(change.figure), new.get(change.figure)) for change in found if change.is_changed]


def _checked(edition: Edition) -> tuple[Factsheet | None, bool]:
    try:
        return actions.sheet(edition), True
    except ValueError:
        return None, False


def _must(code: str, number: int | None) -> Edition:
    edition = approved(code, number)
    if edition is None:
        raise Http404
    return edition


def _address(name: str, edition: Edition, *more: str) -> str:
    return reverse(f"publishing:{name}", args=[edition.programme.code, edition.number, *more])
