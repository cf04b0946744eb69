"""What one report has to fill in: its lines (indicator at a site) and their cells (the total and its parts)."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from tongxing.core.i18n import Text
from tongxing.organisations.models import Site
from tongxing.programme.models import Dimension, Indicator, Report, ReportedValue, ReportingPeriod, Undertaking
from tongxing.programme.rules import results
from tongxing.programme.rules.results import Given, Part

Key = tuple[uuid.UUID, uuid.UUID | None, str]  # indicator, site, part: which cell of a report


@dataclass(frozen=True)
class Cell:
    """One place for a value. `code` names it in spreadsheets: `3.2/mdgf-changzhou/sex=female`."""

    code: str
    key: Key
    part: Part
    label: Text | None  # None: the total

    @property
    def name(self) -> str:
        """What its inputs are called in a form: stable, and without a character that ids may not have."""
        return f"c-{uuid.uuid5(uuid.NAMESPACE_OID, self.code).hex[:12]}"


@dataclass(frozen=True)
class Line:
    """One indicator at one site (or for the whole work of the organisation), with the total first."""

    indicator: Indicator
    site: Site | None
    cells: tuple[Cell, ...]
    values: Mapping[Key, Given] = field(default_factory=dict, compare=False)

    @property
    def total(self) -> Cell:
        return self.cells[0]

    def given(self, cell: Cell) -> Given:
        return self.values.get(cell.key, Given())

    def excesses(self, values: Mapping[Key, Given] | None = None) -> list[results.Excess]:
        """Parts of this line that do not fit into their total; of `values`, else of what is stored."""
        known = self.values if values is None else values
        by_part = {cell.part: known.get(cell.key, Given()) for cell in self.cells}
        return results.excesses(by_part, self.indicator.disaggregations)


def lines_of(report: Report) -> list[Line]:
    """Every line of the report with its stored values, in the order of the framework; four queries."""
    return _lines(report.organisation_id, report.period, stored(report))


def stored(report: Report) -> dict[Key, Given]:
    """The values of a report by cell; cleared cells are left out."""
    found = {}
    for row in ReportedValue.objects.filter(report=report):
        one = Given(row.value, row.numerator, row.denominator, row.text, row.evidence)
        if not one.is_empty or one.evidence:
            found[row.indicator_id, row.site_id, row.part] = one
    return found


def _lines(organisation: uuid.UUID, period: ReportingPeriod, values: Mapping[Key, Given]) -> list[Line]:
    undertaken = (
        Undertaking.objects.filter(organisation=organisation, indicator__outcome__programme=period.programme_id)
        .select_related("indicator__outcome", "indicator__output", "site")
        .order_by("indicator__outcome__number", "indicator__number", "site__slug")
    )
    dimensions = {d.code: d for d in Dimension.objects.filter(programme=period.programme_id)}
    return [
        Line(one.indicator, one.site, tuple(_cells(one, dimensions)), values)
        for one in undertaken
        if not one.indicator.measure
    ]


def _cells(one: Undertaking, dimensions: Mapping[str, Dimension]) -> Iterator[Cell]:
    place = one.site.slug if one.site else "-"
    stem = f"{one.indicator.number}/{place}"
    yield Cell(f"{stem}/", (one.indicator_id, one.site_id, ""), (), None)
    if one.indicator.kind == Indicator.Kind.QUALITATIVE:
        return
    codes = {code: [part["code"] for part in dimension.parts] for code, dimension in dimensions.items()}
    for disaggregation in one.indicator.disaggregations:
        for part in results.parts_of(disaggregation, codes):
            key = results.part_key(part)
            yield Cell(f"{stem}/{key}", (one.indicator_id, one.site_id, key), part, part_label(part, dimensions))


def part_label(part: Part, dimensions: Mapping[str, Dimension]) -> Text:
    """The part in words, `girls, 6 to 11`, in every language."""
    titles = [
        next((one["title"] for one in dimensions[dimension].parts if one["code"] == code), {"en": code})
        for dimension, code in part
        if dimension in dimensions
    ]
    languages = {language for title in titles for language in title}
    return Text({language: ", ".join(title.get(language, "") for title in titles) for language in languages})


def frozen(values: Mapping[Key, Given]) -> list[dict[str, Any]]:
    """Values as a report step keeps them: plain, in a stable order."""
    rows = []
    for (indicator, site, part), one in values.items():
        cell = {"indicator": str(indicator), "site": str(site) if site else None, "part": part}
        numbers = {name: getattr(one, name) for name in ("value", "numerator", "denominator")}
        said = {name: plain(number) for name, number in numbers.items() if number is not None}
        rows.append(cell | said | {name: text for name in ("text", "evidence") if (text := getattr(one, name))})
    return sorted(rows, key=lambda row: (row["indicator"], row["site"] or "", row["part"]))


def plain(number: Decimal) -> str:
    """The number without zeros at its end: 40, 12.5."""
    return f"{number.normalize():f}"


def last_before(report: Report) -> Report | None:
    """The newest report of the organisation for an earlier period, whatever its state."""
    earlier = Report.objects.filter(
        Q(period__starts_on__lt=report.period.starts_on),
        organisation=report.organisation_id,
        period__programme=report.period.programme_id,
    )
    return earlier.order_by("-period__starts_on", "-number").first()


def cells_by_code(lines: Sequence[Line]) -> dict[str, tuple[Line, Cell]]:
    return {cell.code: (line, cell) for line in lines for cell in line.cells}
