"""Pages at work: any figure as it stands this second, beside what is public, and who is counted at two places."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongxing.access.guard import allow
from tongxing.facts import known
from tongxing.facts.measures import Measure
from tongxing.facts.overlap import LEVELS, Level
from tongxing.programme.models import Indicator
from tongxing.programme.views.chosen import chosen
from tongxing.publishing import actions, internal, names
from tongxing.publishing.factsheet import ZONE
from tongxing.publishing.views.public import approved

BY = "centre"  # unless the reader chooses


@allow("figures", "read")
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The chosen measure by the chosen dimension this second; without a choice the first indicator by centre."""
    programme = chosen(request)
    if not programme.key_figures:
        raise Http404  # nothing of it is recorded here
    now = timezone.now()
    measures = known.measures()
    code = request.GET.get("measure") or internal.first_indicator(programme).measure
    if code not in measures:
        raise Http404
    by = _dimension(measures[code], request.GET.get("by"))
    edition = approved(programme.code, None)
    sheet = actions.sheet(edition) if edition else None
    context = {
        "programme": programme,
        "indicator": Indicator.objects.filter(outcome__programme=programme, measure=code).first(),
        "now": now.astimezone(ZONE).replace(tzinfo=None),
        "figure": internal.figure(measures[code], internal.scope_of(programme.code, now), by),
        "by_title": names.title(by) if by else "",
        "measures": [(one.code, str(one.title)) for one in measures.values()],
        "dimensions": [(name, names.title(name)) for name in measures[code].dimensions],
        "edition": edition,
        "published": sheet.figure(code) if sheet else None,
        "claim": internal.claim(programme, code),
    }
    return render(request, "publishing/figures.html", context)


@allow("figures", "read")
@require_GET
def overlap(request: HttpRequest) -> HttpResponse:
    """Who is counted at two organisations, centres or sites, or on both sides of a move."""
    programme = chosen(request)
    now = timezone.now()
    persons = {code: one for code, one in known.measures().items() if one.value == "distinct"}
    code = request.GET.get("measure") or next(iter(persons))
    if code not in persons:
        raise Http404
    context = {
        "programme": programme,
        "now": now.astimezone(ZONE).replace(tzinfo=None),
        "matrix": internal.shared(persons[code], internal.scope_of(programme.code, now), _level(request)),
        "measures": [(one.code, str(one.title)) for one in persons.values()],
        "levels": [(level, names.title(level)) for level in LEVELS],
    }
    return render(request, "publishing/overlap.html", context)


def _dimension(one: Measure, asked: str | None) -> str:
    """What was asked for where the measure has it, else by centre, else its first one, else none."""
    for name in (asked, BY, *one.dimensions[:1]):
        if name in one.dimensions:
            return str(name)
    return ""


def _level(request: HttpRequest) -> Level:
    asked = request.GET.get("level")
    return next((level for level in LEVELS if level == asked), LEVELS[0])
