"""From the bytes of an uploaded roster to its rows, whatever it is written in. What is odd is refused by name."""

import csv  # noqa: TID251  reads, never writes
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from openpyxl.utils import get_column_letter, range_boundaries

from tongxing.core.lists import texts
from tongxing.core.lists.columns import BadList
from tongxing.core.spreadsheet_reader import BadWorkbook, ListSheet, ReadCell, ReadRow, list_workbook
from tongxing.procedures.rosters.columns import columns, known_headings, placed

LARGEST = 10 * 1024 * 1024  # bytes of the file
UNPACKED = 120 * 1024 * 1024  # bytes of all parts of a workbook
ROWS = 20_000
WIDEST = 200  # columns that are looked at
MARKS = {
    b"\xd0\xcf\x11\xe0": "old_excel",
    b"%PDF": "pdf",
    b"\x1f\x8b": "compressed",
    b"7z\xbc\xaf": "compressed",
    b"Rar!": "compressed",
    b"{": "no_list",
    b"[": "no_list",
    b"<": "web_page",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"PAR1": "no_list",
}


class BadRoster(ValueError):
    """A file that is not read at all; `reason` says why, `told` names what in it. The page has the words."""

    def __init__(self, reason: str, told: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.told = reason, tuple(told)


@dataclass(frozen=True)
class Line:
    """One row: its number in the file; for each column that has something: its text and the cell's address.

    `broken`: cells that cannot be read, as (address, why): formula | merged | wide.
    """

    number: int
    cells: Mapping[str, tuple[str, str]]
    broken: tuple[tuple[str, str], ...] = ()
    numbers: frozenset[str] = frozenset()  # columns whose cell is a number, of which a spreadsheet keeps 15 digits


@dataclass(frozen=True)
class Found:
    """How the file was understood: told on the page, so that nothing is left out in silence."""

    kind: str  # xlsx | csv
    sheet: str
    columns: Mapping[str, str]  # code → letter of its column
    ignored: tuple[str, ...]  # headings that mean nothing
    sheets_left: tuple[str, ...]  # sheets that were not read, hidden ones too
    encoding: str = ""


def read(content: bytes, scratch: Path | None = None) -> tuple[Found, list[Line]]:
    """All rows with something in them, in order. Raises BadRoster."""
    if len(content) > LARGEST:
        raise BadRoster("too_large")
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise BadRoster("empty")
    with tempfile.TemporaryDirectory(prefix="roster-", dir=scratch) as folder:  # 0700, gone afterwards
        path = Path(folder) / "roster"
        path.write_bytes(content)
        if content.startswith(b"PK\x03\x04"):
            found, lines = _workbook(path)
        else:
            _refuse(content)
            found, lines = _text(path, Path(folder) / "copy")
    if not lines:
        raise BadRoster("only_headings")
    return found, lines


def _refuse(content: bytes) -> None:
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, reason in MARKS.items():
        if start.startswith(mark):
            raise BadRoster(reason)


# --- workbooks ------------------------------------------------------------------------------------------------------


def _workbook(path: Path) -> tuple[Found, list[Line]]:
    left: list[str] = []
    read: tuple[Found, list[Line]] | None = None
    problem: BadRoster | None = None
    try:
        for sheet in list_workbook(path, columns=WIDEST, rows=ROWS + texts.FIRST_ROWS, unpacked=UNPACKED):
            if sheet.is_hidden or read:
                left.append(sheet.title)
                continue
            try:
                read = _sheet(sheet)
            except BadRoster as bad:
                if bad.reason not in ("no_headings", "empty"):
                    raise
                problem = problem or bad
                left.append(sheet.title)
    except BadWorkbook as bad:
        raise BadRoster(bad.reason) from bad
    if read is None:
        raise problem or BadRoster("only_hidden" if left else "empty")
    found, lines = read
    return Found(found.kind, found.sheet, found.columns, found.ignored, tuple(left)), lines


def _sheet(sheet: ListSheet) -> tuple[Found, list[Line]]:
    start = list(islice(sheet.rows, texts.FIRST_ROWS))
    if not start:
        raise BadRoster("empty")
    head = max(start, key=lambda row: (_known(cell.text for cell in row.cells), -row.number))
    places, letters, ignored = _placed([cell.text for cell in head.cells])
    merged = [range_boundaries(area) for area in sheet.merged]
    rest = chain((row for row in start if row.number > head.number), sheet.rows)
    lines = [line for row in rest if (line := _line(row, places, merged))]
    if len(lines) > ROWS:
        raise BadRoster("too_many_rows")
    return Found("xlsx", sheet.title, letters, ignored, ()), lines


def _line(row: ReadRow, places: Mapping[str, int], merged: Sequence[tuple[int, ...]]) -> Line | None:
    broken = tuple((cell.address, why) for code, place in places.items() if (why := _broken(row, place, merged))
                   for cell in [row.cells[place]])  # fmt: skip
    cells = {code: (row.cells[place].text, row.cells[place].address) for code, place in places.items()}
    given = {code: (text, address) for code, (text, address) in cells.items() if text}
    if not given and not broken:
        return None
    numbers = frozenset(code for code in given if row.cells[places[code]].is_number)
    return Line(row.number, given, broken, numbers)


def _broken(row: ReadRow, place: int, merged: Sequence[tuple[int, ...]]) -> str:
    cell: ReadCell = row.cells[place]
    if cell.is_formula:
        return "formula"
    for left, top, right, bottom in merged:
        if top <= row.number <= bottom and left <= place + 1 <= right:
            return "merged"
    return ""


# --- text -----------------------------------------------------------------------------------------------------------


def _text(path: Path, scratch: Path) -> tuple[Found, list[Line]]:
    try:
        file, written = texts.as_utf8(path, scratch, "roster", known_headings())
    except BadList as bad:
        raise BadRoster("encoding") from bad
    if written.unreadable:
        raise BadRoster("encoding")
    places, letters, ignored = _placed(written.headings)
    lines: list[Line] = []
    with file.open("r", encoding="utf-8", newline="") as opened:
        opened.seek(written.skipped)
        rows = csv.reader(opened, delimiter=written.separator, strict=True)
        try:
            for number, row in enumerate(rows, written.above + 2):
                if line := _csv_line(number, row, places, len(written.headings)):
                    lines.append(line)
                if len(lines) > ROWS:
                    raise BadRoster("too_many_rows")
        except csv.Error as error:
            raise BadRoster("quotation", [str(written.above + 2 + len(lines))]) from error
    return Found("csv", "", letters, ignored, (), written.encoding), lines


def _csv_line(number: int, row: Sequence[str], places: Mapping[str, int], width: int) -> Line | None:
    if not any(cell.strip() for cell in row):
        return None
    cells = {
        code: (row[place].strip(), f"{get_column_letter(place + 1)}{number}")
        for code, place in places.items()
        if place < len(row) and row[place].strip()
    }
    # A separator inside a value moves everything after it by a column: nothing of such a row can be trusted.
    wide = any(cell.strip() for cell in row[width:])
    return Line(number, cells, ((f"{get_column_letter(width + 1)}{number}", "wide"),) if wide else ())


# --- headings -------------------------------------------------------------------------------------------------------


def _known(headings: Iterable[str]) -> int:
    return len(placed(list(headings))[0])


def _placed(headings: Sequence[str]) -> tuple[dict[str, int], dict[str, str], tuple[str, ...]]:
    places, doubled, ignored = placed(headings)
    letters = {code: get_column_letter(place + 1) for code, place in places.items()}
    if len(places) < 2:
        raise BadRoster("no_headings")
    if doubled:
        raise BadRoster("two_columns", [f"{get_column_letter(p + 1)} ({headings[p][:30]})" for p in doubled])
    if "name" not in places and "given_name" in places:
        letters["name"] = letters["given_name"]
    missing = [one.code for one in columns() if one.needed and one.code not in letters]
    if missing:
        raise BadRoster("missing_columns", missing)
    return places, letters, ignored
