"""Figures that are kept so that the records behind their cells can be opened, by whom the walls let, for a month."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.facts import lineage
from tongxing.facts.calculation import opened as tables_of
from tongxing.facts.lineage import Pack
from tongxing.facts.measures import measure
from tongxing.facts.models import CellMembers, CellOpening, KeptFigure
from tongxing.facts.results import Keys, Period, Scope

LASTS = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """One cell of a kept figure as far as the reader's wall shows it: its number, its keys, records and persons."""

    cell: int
    keys: Keys
    records: int
    persons: int


@dataclass(frozen=True)
class Opened:
    """The facts behind one cell that the reader may look at, and how many others are kept at other centres."""

    keys: Keys
    facts: tuple[uuid.UUID, ...]
    elsewhere: int


@transaction.atomic
def keep(
    code: str,
    *,
    period: Period,
    as_of: datetime.datetime,
    by: Acting,
    dimensions: Sequence[str] = (),
    programme: str = "",
) -> KeptFigure:
    """Keeps the records behind every cell of a measure as it was known at `as_of`; what has expired goes.

    Raises ValueError for a ratio or a register, lineage.TooMany for a table that is too large.
    """
    by.demand("records", "add")
    one, scope = measure(code), Scope(period, as_of, programme)
    with tables_of(set(one.kinds), scope, "counter") as tables:
        found = lineage.behind(one, tables, scope, dimensions)
    now = timezone.now()
    KeptFigure.objects.filter(expires_at__lte=now).delete()
    figure = KeptFigure(
        definition=one.model_dump(mode="json"),
        by=list(dimensions),
        cells=found.cells,
        period_start=period.start,
        period_end=period.end,
        as_of=as_of,
        programme=programme,
        kept_at=now,
        kept_by_id=by.user_id,
        expires_at=now + LASTS,
    )
    figure.save(force_insert=True)
    CellMembers.objects.bulk_create(
        CellMembers(figure=figure, centre_id=pack.centre or None, packed=pack.packed()) for pack in found.packs
    )
    return figure


def lines(figure: KeptFigure) -> list[Line]:
    """The cells in which the reader may open something; for an officer all of them, with the numbers of the figure."""
    packs = _packs(figure, "default")
    found = []
    for number, keys in enumerate(figure.cells):
        sets = lineage.together(packs, number)
        if sets.facts:
            found.append(Line(number, _keys(keys), len(sets.facts), len(sets.persons)))
    return found


@transaction.atomic
def open_cell(figure: KeptFigure, cell: int, *, by: Acting) -> Opened:
    """Opens the records behind one cell and writes down who did. Raises IndexError for a cell without any for `by`."""
    by.demand("records", "read")
    keys = _keys(figure.cells[cell])
    ids = [one for pack in _packs(figure, "default") for one in pack.ids_of(cell)]
    if not ids:
        raise IndexError(cell)
    everywhere = len(lineage.together(_packs(figure, "counter"), cell).facts)
    CellOpening.objects.create(
        user_id=by.user_id,
        session_id=by.session_id,
        role=by.role,
        figure_id=figure.pk,
        measure=figure.definition["code"],
        keys=keys,
        shown=len(ids),
    )
    return Opened(keys, tuple(ids), everywhere - len(ids))


def _packs(figure: KeptFigure, using: str) -> list[Pack]:
    """As the acting role sees them, or all of them with the counter's eyes."""
    rows = CellMembers.objects.using(using).filter(figure_id=figure.pk).order_by("centre_id")
    return [Pack.opened(str(row.centre_id or ""), bytes(row.packed)) for row in rows]


def _keys(stored: Sequence[Sequence[str]]) -> Keys:
    return tuple((name, value) for name, value in stored)
