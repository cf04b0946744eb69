"""Pages at work: measures that officers build, look at before they keep them, put in use and retire."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access.acting import Acting
from tongxing.access.guard import allow
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.actions import retire_measure, store_measure, use_measure
from tongxing.facts.measures import Measure, shipped
from tongxing.facts.models import StoredMeasure
from tongxing.programme.views.chosen import chosen
from tongxing.publishing import internal, names
from tongxing.publishing.forms import ROLL_UP, MeasureForm
from tongxing.publishing.wording import TEXTS

COUNTING = ("value", "kinds", "numerator", "denominator")
TIME_AND_PLACE = ("basis", "dimensions", *ROLL_UP)


@allow("measure", "read")
@require_GET
def measures_built(request: HttpRequest) -> HttpResponse:
    """All measures: those built here with their versions, and those of the program."""
    stored = [(row, Text(row.definition["title"])) for row in StoredMeasure.objects.by_code()]
    context = {
        "stored": stored,
        "shipped": shipped().values(),
        "may_build": request.acting.may("measure", "add"),  # type: ignore[attr-defined]
        "saved": "saved" in request.GET,
        "refused": request.GET.get("refused", ""),
    }
    return render(request, "publishing/measures_built.html", context)


@allow("measure", "add")
@require_http_methods(["GET", "POST"])
def measure_build(request: HttpRequest) -> HttpResponse:
    """Choose what is counted, see the figure, and keep the measure as a draft; `?like=` begins with another one."""
    codes = set(StoredMeasure.objects.values_list("code", flat=True))
    if request.method == "GET":
        return _page(request, MeasureForm(initial=_initial(request.GET.get("like", "")), codes=codes))
    form = MeasureForm(request.POST, codes=codes, is_saved=request.POST.get("do") == "save")
    if not form.is_valid() or form.measure is None:
        return _page(request, form, status=422)
    if not form.is_saved:
        return _page(request, form, figure=_preview(request, form.measure))
    store_measure(form.measure, reason=form.cleaned_data["reason"], by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(f"{reverse('publishing:measures_built')}?saved")


@allow("measure", "change")
@require_POST
def measure_use(request: HttpRequest, stored: uuid.UUID) -> HttpResponse:
    """Counts with this draft from now on."""
    return _decided(request, stored, use_measure)


@allow("measure", "change")
@require_POST
def measure_retire(request: HttpRequest, stored: uuid.UUID) -> HttpResponse:
    """Counts with it no more."""
    return _decided(request, stored, retire_measure)


def _decided(request: HttpRequest, stored: uuid.UUID, decide: Callable[..., None]) -> HttpResponse:
    row = get_object_or_404(StoredMeasure, pk=stored)
    by: Acting = request.acting  # type: ignore[attr-defined]
    back = reverse("publishing:measures_built")
    try:
        decide(row, by=by)
    except (KeyError, ValueError):
        return HttpResponseRedirect(f"{back}?refused={row.code}")
    return HttpResponseRedirect(back)


def _page(request: HttpRequest, form: MeasureForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "counting": [form[name] for name in COUNTING],
        "filters": [form[f"where_{name}"] for name in form.filters],
        "time_and_place": [form[name] for name in TIME_AND_PLACE],
        "texts": [[form[f"{name}_{language}"] for language in LANGUAGES] for name in TEXTS],
        "by_choices": [(name, names.title(name)) for name in form.measure.dimensions] if form.measure else [],
    }
    return render(request, "publishing/measure_build.html", context | more, status=status)


def _preview(request: HttpRequest, one: Measure) -> internal.InternalFigure:
    """The figure of a measure that is not kept yet, by one of its dimensions."""
    asked = request.POST.get("preview_by", "")
    by = asked if asked in one.dimensions else next(iter(one.dimensions), "")
    return internal.figure(one, internal.scope_of(chosen(request).code, timezone.now()), by)


def _initial(like: str) -> dict[str, Any]:
    """What the form begins with: a version built before, or a measure of the program, under a name of its own."""
    row = StoredMeasure.objects.filter(code=like).by_code().first()
    one = Measure.model_validate(row.definition) if row else shipped().get(like)
    if one is None or one.reference:
        return {}
    given: dict[str, Any] = {name: getattr(one, name) for name in (*COUNTING, *TIME_AND_PLACE)}
    given |= {f"where_{name}": codes for name, codes in one.where.items()}
    given |= {f"{name}_{language}": getattr(one, name)[language] for name in TEXTS for language in LANGUAGES}
    return given | {"code": one.code if row else ""}
