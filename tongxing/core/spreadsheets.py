"""The one writer of spreadsheets: what was typed by somebody is never run by the program that opens it.

A cell that begins like a formula is text all the same: in a workbook by its type and the quote mark of its format, in
CSV by a leading apostrophe. Nothing else in the program imports csv or xlsxwriter; a lint rule holds that.
"""

import csv
import datetime
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

Value = str | int | float | Decimal | datetime.date | None
FORMULA = ("=", "+", "-", "@")  # how a formula begins, in half-width; full-width forms are folded before the comparison
WIDEST = 60  # characters
FILLED = 20_000  # rows for which a column offers its choices
BOM = "\ufeff"  # without it Excel reads CSV as the code page of the machine


@dataclass(frozen=True)
class Sheet:
    """One sheet: a name of up to 31 characters, headings, rows as wide as the headings, notes under the table.

    choices  by column: what may be chosen there, as a drop-down; together at most 255 characters
    to_fill  somebody will type into it: columns are text, so that no long number is rounded and no date is turned
    """

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    to_fill: bool = False


def is_formula_like(text: str) -> bool:
    """Would a spreadsheet program run this? Blanks, marks of order, controls and full-width forms do not hide it."""
    if text.isascii() and text.isalnum():
        return False  # codes, a million times
    seen = unicodedata.normalize("NFKC", text)
    seen = seen.lstrip("".join(sign for sign in set(seen) if sign.isspace() or unicodedata.category(sign)[0] == "C"))
    return seen.startswith(FORMULA) or text[:1] in ("\t", "\r", "\n")


def clean(text: str) -> str:
    """Without what no spreadsheet may hold: control characters (but tab and line feed), lone surrogates, noncharacters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        sign
        for sign in text
        if sign in "\t\n" or not (unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE)
    )


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """An .xlsx file; rows are written as they come, so a million of them need little memory besides the file.

    Raises ValueError for a row that is not as wide as its headings.
    """
    out = BytesIO()
    _book(out, sheets)
    return out.getvalue()


def workbook_file(path: Path, sheets: Iterable[Sheet]) -> None:
    """The same into a file: memory does not grow with the rows. Raises ValueError like `workbook`; the file is then no good."""
    with path.open("wb") as out:
        _book(out, sheets)


def _book(out: BinaryIO, sheets: Iterable[Sheet]) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        # No hour of making in the file: the same content makes the same bytes.
        book.set_properties({"created": datetime.datetime(2000, 1, 1)})
        formats = _Formats(
            heading=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            inert=book.add_format({"quote_prefix": True}),
            day=book.add_format({"num_format": "yyyy-mm-dd"}),
            text=book.add_format({"num_format": "@"}),
        )
        for sheet in sheets:
            _written(book.add_worksheet(sheet.name[:31]), sheet, formats)


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """CSV line by line, UTF-8 with a byte-order mark. Raises ValueError for a row of another width."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    for row in chain([headings], rows):
        _width(row, headings)
        writer.writerow([_csv_cell(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


@dataclass(frozen=True)
class _Formats:
    heading: object
    inert: object
    day: object
    text: object


def _width(row: Sequence[Value], headings: Sequence[str]) -> None:
    if len(row) != len(headings):
        raise ValueError(f"a row of {len(row)} cells under {len(headings)} headings")


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if is_formula_like(text) else text
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _written(page: "xlsxwriter.worksheet.Worksheet", sheet: Sheet, formats: _Formats) -> None:
    for column, heading in enumerate(sheet.headings):
        width = min(WIDEST, max(10, 2 * len(heading)))
        page.set_column(column, column, width, formats.text if sheet.to_fill else None)
    for column, heading in enumerate(sheet.headings):
        page.write_string(0, column, clean(heading), formats.heading)
    page.freeze_panes(1, 0)
    for column, said in sheet.choices.items():
        page.data_validation(1, column, FILLED, column, {"validate": "list", "source": list(said)})
    last = 0
    for last, row in enumerate(sheet.rows, 1):
        _width(row, sheet.headings)
        for column, value in enumerate(row):
            _cell(page, last, column, value, formats)
    for place, note in enumerate(sheet.notes, last + 2):
        _cell(page, place, 0, note, formats)


def _cell(page: "xlsxwriter.worksheet.Worksheet", row: int, column: int, value: Value, formats: _Formats) -> None:
    if value is None:
        return
    if isinstance(value, str):
        text = clean(value)
        page.write_string(row, column, text, formats.inert if is_formula_like(text) else None)
    elif isinstance(value, datetime.date):
        page.write_datetime(row, column, value, formats.day)
    else:
        page.write_number(row, column, value)
