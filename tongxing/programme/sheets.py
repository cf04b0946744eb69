"""A report as a spreadsheet and back: for partners who never log in, and for those who would rather type there.

The first column holds codes and is visible; they say which cell a row is. The second sheet says which report it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _

from tongxing.core.i18n import Text
from tongxing.core.spreadsheet_reader import ReadRow, read_workbook
from tongxing.core.spreadsheets import Sheet, Value, workbook
from tongxing.programme import entries
from tongxing.programme.entries import fields_of
from tongxing.programme.lines import Cell, Key, Line, cells_by_code, lines_of
from tongxing.programme.models import Report
from tongxing.programme.rules.results import Given
from tongxing.programme.words import excess_text

TEMPLATE = "tongxing-report-1"
COLUMNS = ("value", "numerator", "denominator", "text", "evidence")
FIRST = 5  # columns before them: code, indicator, site, part, unit
STAMP = ("template", "programme", "organisation", "period", "number")


class WrongSheet(ValueError):
    """The workbook is not this report's: `what` of STAMP differs, from `found` to `wanted`."""

    def __init__(self, what: str, found: str, wanted: str) -> None:
        super().__init__(what)
        self.what, self.found, self.wanted = what, found, wanted


def stamp(report: Report) -> dict[str, str]:
    """What a workbook must say of itself to be taken for this report."""
    return {
        "template": TEMPLATE,
        "programme": report.period.programme.code,
        "organisation": report.organisation.slug,
        "period": report.period.code,
        "number": str(report.number),
    }


def written(report: Report, language: str) -> bytes:
    """The workbook of a report with its present values. Cells that an indicator does not have are marked with a dash."""
    headings = [_("Code (do not change)"), _("Indicator"), _("Site"), _("Part"), _("Unit")]
    headings += [_("How many"), _("Of these"), _("Out of"), _("In words"), _("What it rests on")]
    rows = [_row(line, cell, language) for line in lines_of(report) for cell in line.cells]
    notes = [
        _("Fill in white cells only; leave empty what is not known. A dash means: not for this row."),
        _("The total stands in the row without a part; parts may be fewer than the total, the rest is “not stated”."),
    ]
    about: list[tuple[Value, ...]] = [(name, value) for name, value in stamp(report).items()]
    about += [
        ("", f"{report.organisation.name.spoken(language)}"),
        ("", f"{report.period.starts_on} – {report.period.ends_on}"),
    ]
    return workbook([Sheet("Values", headings, rows, notes), Sheet("About", [_("Item"), _("Is")], about)])


def _row(line: Line, cell: Cell, language: str) -> list[Value]:
    site = line.site.name.spoken(language) if line.site else ""
    part = cell.label.spoken(language) if cell.label else ""
    title = f"{line.indicator.number} {line.indicator.title.spoken(language)}"
    one, fields = line.given(cell), fields_of(line, cell)
    values: list[Value] = [_shown(getattr(one, name)) if name in fields else "–" for name in COLUMNS]
    return [cell.code, title, site, part, Text(line.indicator.unit).spoken(language), *values]


def _shown(value: Any) -> Value:
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if value == whole else value
    return value or None


# Back ----------------------------------------------------------------------------------------------------------------

Outcome = Literal["taken", "unchanged", "refused"]


@dataclass(frozen=True)
class RowReport:
    """What became of one row; `address` is the cell that is at fault, or the first of the row."""

    address: str
    code: str
    outcome: Outcome
    why: str = ""
    before: Given | None = None
    after: Given | None = None


@dataclass(frozen=True)
class Compared:
    """A workbook beside the report it is for. Nothing is written; with a refused row nothing may be."""

    rows: tuple[RowReport, ...]
    values: Mapping[Key, Given]

    @property
    def is_takeable(self) -> bool:
        return bool(self.values) and not self.refused

    def of(self, outcome: Outcome) -> list[RowReport]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def taken(self) -> list[RowReport]:
        return self.of("taken")

    @property
    def unchanged(self) -> list[RowReport]:
        return self.of("unchanged")

    @property
    def refused(self) -> list[RowReport]:
        return self.of("refused")


def unpacked(report: Report, content: bytes) -> list[ReadRow]:
    """The rows of an uploaded workbook, when it is this report's. Raises BadWorkbook, WrongSheet."""
    sheets = read_workbook(content, columns=FIRST + len(COLUMNS))
    found = {row.cells[0].text: row.cells[1].text for row in sheets[1]} if len(sheets) > 1 else {}
    for what, wanted in stamp(report).items():
        if found.get(what, "") != wanted:
            raise WrongSheet(what, found.get(what, ""), wanted)
    return sheets[0][1:]


def compared(report: Report, rows: list[ReadRow]) -> Compared:
    """What taking the rows over would do to the report, row by row."""
    lines = lines_of(report)
    known = cells_by_code(lines)
    # What stands under the table (notes) has no slash, which every code has.
    coded = [row for row in rows if "/" in row.cells[0].text or any(c.text for c in row.cells[FIRST:])]
    sent: dict[str, ReadRow] = {}
    reports = [refused for row in coded if (refused := _unknown(row, known, sent))]
    read, values = entries.read(lines, lambda cell, name: _typed(sent, cell, name))
    boxes = [(entry, box) for entry in read for box in entry.boxes if box.cell.code in sent]
    reports += [_judged(entry, box, sent[box.cell.code], values) for entry, box in boxes]
    changed = {known[r.code][1].key: values[known[r.code][1].key] for r in reports if r.outcome == "taken"}
    return Compared(tuple(sorted(reports, key=_place)), changed)


def _place(row: RowReport) -> tuple[int, str]:
    return int(row.address.lstrip("ABCDEFGHIJ")), row.address


def _unknown(row: ReadRow, known: Mapping[str, Any], sent: dict[str, ReadRow]) -> RowReport | None:
    """Why the row is for no cell; a row that is for one is kept in `sent`."""
    first = row.cells[0]
    if first.text not in known:
        return RowReport(first.address, first.text, "refused", _("This code is not in this report."))
    if first.text in sent:
        return RowReport(first.address, first.text, "refused", _("This code is there twice."))
    sent[first.text] = row
    return None


def _typed(sent: Mapping[str, ReadRow], cell: Cell, name: str) -> str | None:
    row = sent.get(cell.code)
    if row is None:
        return None
    text = row.cells[FIRST + COLUMNS.index(name)].text
    return "" if text in ("–", "-") else text


def _judged(entry: entries.Entry, box: entries.Box, row: ReadRow, values: Mapping[Key, Given]) -> RowReport:
    line, cell = entry.line, box.cell
    names = fields_of(line, cell)
    filled = {name: row.cells[FIRST + place] for place, name in enumerate(COLUMNS)}
    first = filled[names[0]]
    for name, one in filled.items():
        if one.is_formula:
            return RowReport(one.address, cell.code, "refused", _("A formula: paste its value instead."))
        if name not in names and one.text not in ("", "–", "-"):
            return RowReport(one.address, cell.code, "refused", _("This row has no such value."))
    if box.error:
        return RowReport(first.address, cell.code, "refused", box.error)
    after, before = values[cell.key], line.given(cell)
    if cell is line.total and (excesses := line.excesses({**line.values, **values})):
        return RowReport(first.address, cell.code, "refused", excess_text(line, excesses[0]))
    return RowReport(first.address, cell.code, "unchanged" if after == before else "taken", "", before, after)


def packed(rows: list[ReadRow]) -> str:
    """Rows as text for the page that asks once more; `repacked` reads them back, and they are compared anew."""
    return json.dumps([[row.number, [cell.text for cell in row.cells]] for row in rows], ensure_ascii=False)


def repacked(text: str) -> list[ReadRow]:
    """The counterpart of `packed`. Raises ValueError for anything else."""
    from openpyxl.utils import get_column_letter

    from tongxing.core.spreadsheet_reader import ReadCell

    found = []
    for number, cells in json.loads(text):
        if len(cells) != FIRST + len(COLUMNS):
            raise ValueError("not these columns")
        read = [ReadCell(f"{get_column_letter(p)}{int(number)}", str(cell)) for p, cell in enumerate(cells, 1)]
        found.append(ReadRow(int(number), tuple(read)))
    return found
