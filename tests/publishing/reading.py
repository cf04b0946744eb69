"""Every format of an edition read back into one shape: {place of a number: its words}, as a reader would read it."""

import csv
import io
import json
from collections.abc import Iterable
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from openpyxl import load_workbook

from tongxing.core.numbers import number
from tongxing.publishing.formats.lines import lines
from tongxing.publishing.sheet import Factsheet

Place = tuple[str, str, tuple[str, ...], tuple[str, ...]]
Read = dict[Place, str]
ROW_MARK = "data-table"


def truth(sheet: Factsheet, language: str) -> Read:
    """What every format must show."""
    return {line.place: line.number.text(language) for line in lines(sheet)}


def from_csv(body: bytes) -> Read:
    found = {}
    for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig"))):
        by = tuple(row[f"dimension_{n}"] for n in (1, 2) if row[f"dimension_{n}"])
        codes = tuple(row[f"code_{n}"] for n in range(1, len(by) + 1))
        assert (row["value"] == "") == (row["state"] in ("small", "hidden", "none")), row
        found[row["kind"], row["figure"], by, codes] = row["text"]
    return found


def from_json(body: bytes, language: str) -> Read:
    document, code = json.loads(body), language.partition("-")[0]
    found: Read = {}
    for figure in document["figures"]:
        measure = figure["measure"]
        found["figure", measure, (), ()] = figure["number"]["text"][code]
        for kind, name in (("step", "steps"), ("ratio_of", "ratio_of"), ("reach", "reach")):
            found |= {(kind, measure, (kind,), (part["code"],)): part["number"]["text"][code] for part in figure[name]}
        for table in figure["tables"]:
            rows = [(row["code"], [one["text"][code] for one in row["numbers"]]) for row in table["rows"]]
            rows.append(("", [one["text"][code] for one in table["total"]["numbers"]]))
            found |= _cells(measure, tuple(table["by"]), rows, table["column_codes"])
    for claim in document["claims"]:
        if claim["record"]:
            found["claim", claim["measure"], ("claim",), (claim["code"],)] = claim["record"]["text"][code]
    for one in document["reported"]:
        for period in one["periods"]:
            found["reported", one["number"], ("period",), (period["code"],)] = period["number"]["text"][code]
    return found


def _cells(measure: str, by: tuple[str, ...], rows: Iterable[tuple[str, list[str]]], columns: Iterable[str]) -> Read:
    """Places and words of one table: rows with their codes, the total last in both directions."""
    return {
        ("table", measure, by, (row_code, column_code)[: len(by)]): words
        for row_code, row in rows
        for column_code, words in zip([*columns, ""], row, strict=True)
    }


def from_workbook(body: bytes, sheet: Factsheet, language: str) -> Read:
    """Sheets stand in the order of the edition; rows and columns in the order of its tables."""
    book = load_workbook(io.BytesIO(body), read_only=True)
    grids = {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in book}
    figures, claims, made = (list(grids.values())[place] for place in (1, -3, -2))
    found: Read = {}
    for place, figure in enumerate(sheet.figures, 1):
        found["figure", figure.measure, (), ()] = _said(figures[place][1], language)
        answers = {row[1]: _said(row[2], language) for row in made if row[0] == str(figure.title)}
        for kind, parts in (("step", figure.steps), ("ratio_of", figure.ratio_of), ("reach", figure.reach)):
            found |= {(kind, figure.measure, (kind,), (part.code,)): answers[str(part.title)] for part in parts}
        for number_, cube in enumerate(figure.tables, 1):
            grid = next(grid for name, grid in grids.items() if name.startswith(f"{place}.{number_} "))
            said = [[_said(value, language) for value in row[1:]] for row in grid[1 : len(cube.row_codes) + 2]]
            rows = zip([*cube.row_codes, ""], said, strict=True)
            found |= _cells(figure.measure, cube.by, rows, cube.column_codes)
    if sheet.reported:
        found |= _reported(list(grids.values())[-4], sheet, language)
    for row, claim in zip(claims[1:], sheet.claims, strict=False):
        if claim.record is not None:
            found["claim", claim.measure, ("claim",), (claim.code,)] = _said(row[3], language)
    return found


def _reported(grid: list[list[Any]], sheet: Factsheet, language: str) -> Read:
    """Indicators in the order of the edition, a row a period."""
    numbers = [one.number for one in sheet.reported for _period in one.periods]
    rows = zip(numbers, grid[1:], strict=False)
    return {("reported", number_, ("period",), (row[2],)): _said(row[4], language) for number_, row in rows}


def _said(value: Any, language: str) -> str:
    return value if isinstance(value, str) else number(Decimal(str(value)), language)


def from_page(pages: Iterable[str], sheet: Factsheet) -> Read:
    """One page or several that together show the whole."""
    found: Read = {}
    for html in pages:
        page = Page()
        page.feed(html)
        for place, words in page.found.items():
            assert found.setdefault(place, words) == words, f"{place} is shown in two ways"
        for mark, grid in page.tables.items():
            measure, *by = mark.split()
            if measure != "outcome":
                found |= _table(sheet, measure, tuple(by), grid)
    claims = {claim.code: claim.measure for claim in sheet.claims}
    return {
        (kind, measure or claims[codes[0]], by, codes): words for (kind, measure, by, codes), words in found.items()
    }


def _table(sheet: Factsheet, measure: str, by: tuple[str, ...], grid: list[list[str]]) -> Read:
    figure = sheet.figure(measure)
    assert figure is not None
    cube = next(cube for cube in figure.tables if cube.by == by)
    return _cells(measure, by, zip([*cube.row_codes, ""], grid, strict=True), cube.column_codes)


class Page(HTMLParser):
    """Numbers of a page by the marks that its elements carry."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Read = {}
        self.tables: dict[str, list[list[str]]] = {}
        self.made = self.table = self.claim = ""
        self.into: Place | None = None
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        marks = {name: value or "" for name, value in attributes}
        self.made = marks.get("data-made", self.made)
        self.into = self._place(tag, marks) or self.into
        self.claim = marks.get("data-claim", "" if tag == "td" else self.claim)
        if tag == "table" and ROW_MARK in marks:
            self.table = marks[ROW_MARK]
            self.tables[self.table] = []
        elif self.table and tag == "tr":
            self.tables[self.table].append([])
        elif self.table and tag == "td":
            self.cell = []

    def _place(self, tag: str, marks: dict[str, str]) -> Place | None:
        """Whose number the words that follow are."""
        if "data-figure" in marks:
            return "figure", marks["data-figure"], (), ()
        if "data-reported" in marks:
            indicator, period = marks["data-reported"].split()
            return "reported", indicator, ("period",), (period,)
        for kind, mark in (("step", "data-step"), ("ratio_of", "data-part"), ("reach", "data-reach")):
            if mark in marks:
                return kind, self.made, (kind,), (marks[mark],)
        if tag == "b" and self.claim and "tx-num" in marks.get("class", ""):
            return "claim", "", ("claim",), (self.claim,)
        return None

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self.cell is not None:
            self.tables[self.table][-1].append("".join(self.cell).strip())
            self.cell = None
        if tag == "table" and self.table:
            self.tables[self.table] = [row for row in self.tables[self.table] if row]
            self.table = ""

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)
        if self.into is not None and data.strip():
            self.found[self.into] = data.strip().removeprefix("−")
            self.into = None
