"""What the numbers mean: the list of measures, and each with its definition and the worked examples that tests run."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext, gettext_lazy, pgettext
from django.views.decorators.http import require_GET

from tongxing.access.guard import public
from tongxing.core.date_forms import long_date
from tongxing.facts.kinds import KINDS
from tongxing.facts.measures import Measure, parts, shipped
from tongxing.facts.measures.examples import ALL, Example, examples, rows
from tongxing.facts.measures.laws import why_not
from tongxing.facts.rules import AXES, Axis
from tongxing.organisations.models import NEEDS
from tongxing.publishing import labels

NAMES = {
    "id": gettext_lazy("No."),
    "kind": gettext_lazy("Record"),
    "on": gettext_lazy("Date"),
    "recorded": gettext_lazy("Written down"),
    "child": gettext_lazy("Child"),
    "born": gettext_lazy("Year of birth"),
    "takes back": gettext_lazy("Takes back no."),
    "is": gettext_lazy("Is the same as"),
    "from": gettext_lazy("Since"),
    "centre": gettext_lazy("Centre"),
    "site": gettext_lazy("Site"),
    "area": gettext_lazy("Sending or receiving area"),
    "division": gettext_lazy("County or district"),
    "organisation": gettext_lazy("Organisation"),
    "programme": gettext_lazy("Programme"),
    "sex": gettext_lazy("Sex"),
    "age_band": gettext_lazy("Age"),
    "origin_division": gettext_lazy("County of origin"),
    "need": gettext_lazy("Need"),
    "matter": gettext_lazy("Matter"),
    "within": gettext_lazy("First answer within"),
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "year": gettext_lazy("Year"),
}
OPERATORS = {
    ("time", "sum"): gettext_lazy("Yes: periods are added up."),
    ("time", "last"): gettext_lazy("No: the last one stands for the whole."),
    ("time", "average"): gettext_lazy("No: the average stands for the whole."),
    ("time", "max"): gettext_lazy("No: the highest one stands for the whole."),
    ("time", "none"): gettext_lazy("No: the whole period is counted anew."),
    ("place", "sum"): gettext_lazy("Yes: places are added up."),
    ("place", "none"): gettext_lazy("No: all places are counted together."),
}


@dataclass(frozen=True)
class Grid:
    """A table of an example in the reader's words; the last `figures` columns are numbers."""

    caption: str
    columns: list[str]
    rows: list[list[str]]
    figures: int


@dataclass(frozen=True)
class Worked:
    """One example: what is given, what is asked, what comes out, and why."""

    example: Example
    given: list[Grid]
    asked: str
    found: Grid


@dataclass(frozen=True)
class Law:
    """Whether the number may be added up over one axis, and why not."""

    axis: Axis
    answer: str
    reason: str


@public
@require_GET
def measures(request: HttpRequest) -> HttpResponse:
    """All measures that figures are made of."""
    return render(request, "publishing/measures.html", {"measures": list(shipped().values())})


@public
@require_GET
def measure(request: HttpRequest, code: str) -> HttpResponse:
    """One measure: definition, what may be added up, worked examples."""
    one = shipped().get(code)
    if one is None:
        raise Http404
    context = {
        "measure": one,
        "parts": parts(one) if one.value == "ratio" else [],
        "laws": [law(one, axis) for axis in AXES],
        "dimensions": [NAMES.get(name, name) for name in one.dimensions],
        "worked": [worked(one, example) for example in examples() if example.measure == code],
    }
    return render(request, "publishing/measure.html", context)


def law(one: Measure, axis: Axis) -> Law:
    """What the definition says about adding up over `axis`."""
    operator = one.over_time if axis == "time" else one.over_place
    reason = "" if operator == "sum" else why_not(one.additivity, axis)
    return Law(axis, str(OPERATORS[axis, operator]), reason)


def worked(one: Measure, example: Example) -> Worked:
    """The example in the reader's language."""
    tables = (
        (gettext("Records"), example.facts),
        (gettext("Links"), example.links),
        (gettext("Places"), example.places),
    )
    given = [grid(one, caption, text) for caption, text in tables if text]
    return Worked(example, given, asked(one, example), grid(one, gettext("Result"), example.cells))


def asked(one: Measure, example: Example) -> str:
    """The question of an example, as a line."""
    words = [str(one.title)]
    if one.basis == "up_to":
        words.append(gettext("up to %(day)s") % {"day": _day(example.until)})
    elif example.since.year > 1900:
        days = {"first": _day(example.since), "last": _day(example.until)}
        words.append(gettext("%(first)s to %(last)s") % days)
    if example.as_of:
        words.append(gettext("as known on %(day)s") % {"day": _day(example.as_of)})
    if example.programme:
        words.append(gettext("programme %(code)s") % {"code": example.programme})
    if example.by:
        words.append(gettext("by %(dimensions)s") % {"dimensions": _listed(NAMES[name] for name in example.by)})
    return " · ".join(words)


def grid(one: Measure, caption: str, text: str) -> Grid:
    """A table of an example with headings and codes in the reader's words."""
    found = rows(text)
    columns = list(found[0]) if found else [cell.strip() for cell in text.strip().split("|")]
    headings = {"value": str(one.unit), "part": gettext("Part"), "whole": gettext("Whole")}
    named = [headings.get(name) or str(NAMES.get(name, name)) for name in columns]
    figures = len(headings.keys() & set(columns))
    return Grid(caption, named, [[_said(name, code) for name, code in row.items()] for row in found], figures)


def _said(column: str, code: str) -> str:
    if code == ALL:
        return str(labels.TOTAL)
    if column == "kind" and code in KINDS:
        return str(KINDS[code].title)
    if column == "need" and code in dict(NEEDS):
        return str(dict(NEEDS)[code])
    return str(labels.of(column, code)) if code else "—"


def _day(day: datetime.date) -> str:
    return long_date(day, get_language() or "en")


def _listed(words: Iterable[object]) -> str:
    return pgettext("list", ", ").join(str(word) for word in words)
