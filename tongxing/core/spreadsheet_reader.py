"""The one reader of spreadsheets that come from outside: bounded, without formulas, without entities, cell by cell.

An uploaded workbook is a zip of XML made by somebody else. Its size, what it unpacks to and how many rows it has are
limited before anything is parsed, and a formula is refused, because its value was worked out on another machine.
"""

import datetime
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Literal

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

LARGEST = 2 * 1024 * 1024  # bytes of the file
UNPACKED = 20 * 1024 * 1024  # bytes of all its parts together
PARTS = 200
ROWS, COLUMNS = 5_000, 20
LONG_LIST = 4 * 1024**3  # bytes of all parts of a workbook that is read from disk row by row
BOMB = 200  # times its own size that such a workbook may unpack to
LONGEST = 4_000  # characters of one cell
DENSE = 60  # times its own size that a list of persons may unpack to; what people type shrinks to a twentieth at most
MERGES = 1_000  # merged ranges that are remembered of one sheet

MERGED = re.compile(rb'<mergeCell ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')

Reason = Literal[
    "too_large", "no_workbook", "too_many_rows", "too_many_columns", "unpacks", "macros", "odd_parts", "entities"
]


class BadWorkbook(ValueError):
    """A file that is not read at all; `reason` says why, the page has the words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ReadCell:
    """One cell as text, with its address (`C7`); a formula has no text."""

    address: str
    text: str
    is_formula: bool = False
    is_number: bool = field(default=False, compare=False)  # of which a spreadsheet keeps 15 digits


@dataclass(frozen=True)
class ReadRow:
    """One row: its number as the program that shows it counts, and as many cells as were asked for."""

    number: int
    cells: tuple[ReadCell, ...]


def read_workbook(content: bytes, *, columns: int = COLUMNS, rows: int = ROWS) -> list[list[ReadRow]]:
    """The sheets of an .xlsx file in order, each a list of rows with `columns` cells; empty rows are left out.

    Numbers come as their shortest exact writing, dates as ISO. Raises BadWorkbook.
    """
    if len(content) > LARGEST:
        raise BadWorkbook("too_large")
    with _foreign():
        _safe(content)
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return [list(_rows(sheet, columns, rows)) for sheet in book.worksheets]
        finally:
            book.close()


@contextmanager
def _foreign() -> Iterator[None]:
    """A foreign file can be wrong in every way; none of them is a fault of this program, all are BadWorkbook."""
    try:
        yield
    except BadWorkbook:
        raise
    except Exception as error:
        raise BadWorkbook("no_workbook") from error


def long_workbook(path: Path, *, columns: int) -> Iterator[tuple[str, Iterator[ReadRow]]]:
    """(title, rows) of each sheet of an .xlsx file of any length, row by row; empty rows are left out. Raises BadWorkbook."""
    with _foreign():
        _unpacks_well(path)
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            for sheet in book.worksheets:
                yield sheet.title, _rows(sheet, columns, limit=2**20, widest=2**14)
        finally:
            book.close()


@dataclass(frozen=True)
class ListSheet:
    """One sheet of a list: whether it is hidden, which ranges are merged (`A1:H1`), and its rows, once."""

    title: str
    is_hidden: bool
    merged: tuple[str, ...]
    rows: Iterator[ReadRow]


def list_workbook(path: Path, *, columns: int, rows: int, unpacked: int) -> Iterator[ListSheet]:
    """The sheets of a list of persons, row by row. What it says of itself is refused before a byte is unpacked, and
    what it really holds is counted while it is: at most `unpacked` bytes. Raises BadWorkbook.
    """
    # Not by its name: openpyxl would judge the ending of it.
    with _foreign(), path.open("rb") as file:
        merged = _inspected(path, unpacked)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        try:
            for sheet in book.worksheets:
                part = getattr(sheet, "_worksheet_path", "").removeprefix("/")
                found = _rows(sheet, columns, limit=rows, widest=2**14)
                yield ListSheet(sheet.title, sheet.sheet_state != "visible", tuple(merged.get(part, ())), found)
        finally:
            book.close()


def _inspected(path: Path, unpacked: int) -> dict[str, list[str]]:
    """Ranges merged, by part. Raises BadWorkbook for what a list never has."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        _as_declared(parts, path.stat().st_size, unpacked)
        left = unpacked
        merged: dict[str, list[str]] = {}
        for part in parts:
            with packed.open(part) as content:
                read, merged[part.filename] = _read_through(part.filename, content, left)
            left -= read
        return merged


def _as_declared(parts: list[zipfile.ZipInfo], size: int, unpacked: int) -> None:
    names = [part.filename.casefold() for part in parts]
    if len(parts) > PARTS or any(".." in name.split("/") or name.startswith("/") or "\\" in name for name in names):
        raise BadWorkbook("odd_parts")
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in name for name in names):
        raise BadWorkbook("macros")
    if "xl/workbook.xml" not in names:
        raise BadWorkbook("no_workbook")
    if sum(part.file_size for part in parts) > min(unpacked, max(UNPACKED, DENSE * size)):
        raise BadWorkbook("unpacks")


def _read_through(name: str, content: IO[bytes], left: int) -> tuple[int, list[str]]:
    """Bytes of one part, in pieces, and the ranges that it merges."""
    read, tail = 0, b""
    merged: list[str] = []
    while piece := content.read(1 << 20):
        read += len(piece)
        if read > left:
            raise BadWorkbook("unpacks")
        seen = tail + piece
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise BadWorkbook("entities")
        if name.endswith((".xml", ".rels")) and (b"<\0" in seen or b"\0<" in seen):  # two bytes a sign would hide them
            raise BadWorkbook("entities")
        if name == "[Content_Types].xml" and b"macroEnabled" in seen:
            raise BadWorkbook("macros")
        merged += [found.decode("ascii", "ignore") for found in MERGED.findall(seen)][: MERGES - len(merged)]
        tail = piece[-60:]
    return read, list(dict.fromkeys(merged))


def _unpacks_well(path: Path) -> None:
    """Unpacks every part once, in pieces: what a part says of its size is not believed, and none may declare entities."""
    most, unpacked = min(LONG_LIST, max(UNPACKED, BOMB * path.stat().st_size)), 0
    with zipfile.ZipFile(path) as packed:
        if len(packed.infolist()) > PARTS:
            raise BadWorkbook("too_large")
        for part in packed.infolist():
            with packed.open(part) as content:
                tail = b""
                while piece := content.read(1 << 20):
                    unpacked += len(piece)
                    if unpacked > most:
                        raise BadWorkbook("too_large")
                    if b"<!DOCTYPE" in tail + piece or b"<!ENTITY" in tail + piece:
                        raise BadWorkbook("no_workbook")
                    tail = piece[-10:]


def _safe(content: bytes) -> None:
    """The zip is small when unpacked, and none of its parts declares entities. Sizes are held while unpacking too."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        parts = packed.infolist()
        if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
            raise BadWorkbook("too_large")
        for part in parts:
            if b"<!DOCTYPE" in (text := packed.read(part)) or b"<!ENTITY" in text:
                raise BadWorkbook("no_workbook")


def _rows(sheet: Any, columns: int, limit: int, widest: int = 10 * COLUMNS) -> Iterator[ReadRow]:
    with _foreign():  # whoever reads on reads after the workbook was opened
        yield from _read_on(sheet, columns, limit, widest)


def _read_on(sheet: Any, columns: int, limit: int, widest: int) -> Iterator[ReadRow]:
    # What the file says of its own size is not believed, and not used to make room.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > limit:
            raise BadWorkbook("too_many_rows")
        if len(row) > widest:
            raise BadWorkbook("too_many_columns")
        cells = [_cell(cell, number, place) for place, cell in enumerate(row[:columns], 1)]
        if any(cell.text or cell.is_formula for cell in cells):
            cells += [ReadCell(f"{get_column_letter(p)}{number}", "") for p in range(len(cells) + 1, columns + 1)]
            yield ReadRow(number, tuple(cells))


def _cell(cell: Any, row: int, column: int) -> ReadCell:
    address = f"{get_column_letter(column)}{row}"
    value = cell.value
    if getattr(cell, "data_type", "") == "f":
        return ReadCell(address, "", is_formula=True)
    return ReadCell(address, _text(value)[:LONGEST], is_number=isinstance(value, int | float))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        # The shortest writing that gives the same number back: what was typed as 0.1 is 0.1.
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
