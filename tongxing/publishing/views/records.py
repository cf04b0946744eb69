"""From a figure to the records behind its cells: officers see them without names, a desk those of its own centre."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tongxing import facts
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.facts import kept, known, lineage
from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.disclosure import Protected
from tongxing.facts.kinds import KINDS
from tongxing.facts.measures import Measure
from tongxing.facts.models import Fact, KeptFigure
from tongxing.facts.results import NOT_STATED, Cell, Keys
from tongxing.programme.views.chosen import chosen
from tongxing.publishing import internal, labels, names
from tongxing.publishing.factsheet import ZONE
from tongxing.publishing.views.public import approved
from tongxing.registry.models import Person

PAGE = 100  # records


@dataclass(frozen=True)
class CellLine:
    """One cell on the page: what it is called, how many records, how many persons."""

    cell: int
    title: str
    records: Protected
    persons: Protected


@dataclass(frozen=True)
class Record:
    """One fact as an officer sees it: nothing that names or finds a person."""

    kind: str
    occurred_on: datetime.date
    centre: str
    sex: str
    age: str
    source: str


@allow("records", "add")
@require_POST
def figure_keep(request: HttpRequest) -> HttpResponse:
    """Keeps the figures as they stand now, or as an edition saw them, so that their records can be opened."""
    programme = chosen(request)
    one = known.measures().get(request.POST.get("measure", ""))
    by = request.POST.get("by", "")
    if one is None or not one.kinds or (by and by not in one.dimensions):
        raise Http404
    number = request.POST.get("edition", "")
    edition = approved(programme.code, int(number)) if number.isascii() and number.isdecimal() else None
    as_of = edition.as_of if edition else timezone.now()
    try:
        figure = kept.keep(
            one.code,
            period=internal.scope_of(programme.code, as_of).period,
            as_of=as_of,
            dimensions=(by,) if by else (),
            programme=programme.code,
            by=request.acting,  # type: ignore[attr-defined]
        )
    except lineage.TooMany:
        return render(request, "publishing/records_too_many.html", {"measure": one}, status=422)
    return HttpResponseRedirect(reverse("publishing:figure_cells", args=[figure.pk]))


@allow("records", "read")
@require_GET
def figure_cells(request: HttpRequest, figure: uuid.UUID) -> HttpResponse:
    """The cells of a kept figure in which the reader may open something."""
    found = _kept_or_404(figure)
    one = Measure.model_validate(found.definition)
    is_national = request.acting.is_national  # type: ignore[attr-defined]
    context = {"figure": found, "measure": one, "lines": _lines(found, one), "is_national": is_national}
    return render(request, "publishing/records.html", context | _about(found))


@allow("records", "read")
@require_GET
def cell_records(request: HttpRequest, figure: uuid.UUID, cell: int) -> HttpResponse:
    """The records behind one cell, page by page; each opening is written down."""
    by = request.acting  # type: ignore[attr-defined]
    found = _kept_or_404(figure)
    try:
        opened = kept.open_cell(found, cell, by=by)
    except IndexError as none:
        raise Http404 from none
    one = Measure.model_validate(found.definition)
    context = {"figure": found, "measure": one, "title": _title(opened.keys), **_about(found)}
    if by.is_national:
        page = Paginator(opened.facts, PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "records": _records(page.object_list), "count": len(opened.facts)}
        return render(request, "publishing/records_cell.html", context)
    persons, unnamed = _persons(opened.facts)
    note_read("registry.Person", [person.pk for person in persons], by=by)
    context |= {"persons": persons, "unnamed": unnamed, "elsewhere": _elsewhere(one, opened.elsewhere)}
    return render(request, "publishing/records_persons.html", context)


def _kept_or_404(figure: uuid.UUID) -> KeptFigure:
    found = KeptFigure.objects.living().filter(pk=figure).first()
    if found is None:
        raise Http404
    return found


def _lines(figure: KeptFigure, one: Measure) -> list[CellLine]:
    lines = kept.lines(figure)
    counts = {
        name: facts.protect([Cell(name, one.topic, line.keys, getattr(line, name)) for line in lines], internal.POLICY)
        for name in ("records", "persons")
    }
    numbers = {name: [cell.number for cell in table.cells] for name, table in counts.items()}
    found = [
        CellLine(line.cell, _title(line.keys), records, persons)
        for line, records, persons in zip(lines, numbers["records"], numbers["persons"], strict=True)
    ]
    return sorted(found, key=lambda line: line.title)  # the total has no title and comes first


def _title(keys: Keys) -> str:
    """The name of the cell; empty for the total."""
    return " · ".join(str(names.named(name, [code])[code]) for name, code in keys)


def _about(figure: KeptFigure) -> dict[str, Any]:
    return {
        "as_of": figure.as_of.astimezone(ZONE).replace(tzinfo=None),
        "expires_on": figure.expires_at.astimezone(ZONE).date(),
    }


def _records(ids: Any) -> list[Record]:
    """Facts by the counter's eyes, in their order in time."""
    rows = list(Fact.objects.using("counter").filter(pk__in=list(ids)).order_by("occurred_on", "pk"))
    centres = names.named("centre", [str(row.centre_id or "") for row in rows])
    sexes = names.named("sex", {row.sex or NOT_STATED for row in rows})
    return [
        Record(
            kind=str(KINDS[row.kind].title),
            occurred_on=row.occurred_on,
            centre=str(centres[str(row.centre_id or "")]),
            sex=str(sexes[row.sex or NOT_STATED]),
            age=str(labels.of("age_band", _band(row))),
            source=row.source_id.hex[-8:],
        )
        for row in rows
    ]


def _band(row: Fact) -> str:
    """The age as figures know it: a birth year would tell more than any table does."""
    if row.birth_year is None:
        return NOT_STATED
    age = row.occurred_on.year - row.birth_year
    return next((label for upper, label in AGE_BANDS if age <= upper), OLDER)


def _persons(ids: Any) -> tuple[list[Person], int]:
    """Persons of these facts whom the wall shows, each once, and how many of the records name nobody here."""
    subjects = list(Fact.objects.using("counter").filter(pk__in=list(ids)).values_list("subject", flat=True))
    persons = Person.objects.filter(subject__subject__in={one for one in subjects if one}).by_name()
    seen = {person.subject.subject: person for person in persons.select_related("subject")}
    return list(seen.values()), sum(1 for one in subjects if one not in seen)


def _elsewhere(one: Measure, count: int) -> Protected:
    """What other centres keep is a figure like any other: a desk reads it as the public does."""
    return facts.protect([Cell(one.code, one.topic, (), count)], "public").only(one.code)
