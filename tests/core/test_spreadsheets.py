"""What somebody typed is never run by the program that opens the sheet."""

import csv
import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from random import Random

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.core.spreadsheet_reader import BadWorkbook, list_workbook, long_workbook, read_workbook
from tongxing.core.spreadsheets import Sheet, csv_lines, is_formula_like, workbook, workbook_file

RISKY = [
    "=1+1",
    "+86 10",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\ufeff=1",
    "\u200b=1",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "\x00=1",
    "\u3000=HYPERLINK(1)",
    "\n=1",
]
HARMLESS = ["", "王小红", "1-2", "a=b", "Боловсрол", "'=1", "10 @ 2"]


@pytest.mark.parametrize("text", RISKY)
def test_what_looks_like_a_formula_is_recognised(text: str) -> None:
    assert is_formula_like(text)


# What may stand before the sign without anybody seeing it: blanks of all widths, marks of order, controls, BOM.
UNSEEN = [chr(n) for n in (*range(0x20), 0x7F, *range(0x80, 0xA1), 0xAD, 0x1680, *range(0x2000, 0x2010))]
UNSEEN += [chr(n) for n in (*range(0x2028, 0x2030), 0x205F, *range(0x2060, 0x2065), 0x3000, 0xFEFF, 0xFFF9)]
SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"]  # half-width and full-width
PREFIXES = [unseen + sign for unseen in ["", *UNSEEN] for sign in SIGNS]


def test_hundreds_of_hidden_beginnings_of_a_formula_are_inert_and_come_back() -> None:
    assert len(PREFIXES) >= 400
    texts = [f"{prefix}1+1" for prefix in PREFIXES]
    assert [text for text in texts if not is_formula_like(text)] == []
    book = openpyxl.load_workbook(BytesIO(workbook([Sheet("s", ["h"], [[text] for text in texts])])))["s"]
    cells = [row[0] for row in book.iter_rows(min_row=2)]
    assert len(cells) == len(texts)
    assert [cell.value for cell in cells if cell.data_type != "s" or not cell.quotePrefix] == []
    rows = list(csv.reader(StringIO(b"".join(csv_lines(["h"], [[t] for t in texts])).decode("utf-8-sig"), newline="")))
    assert [row for row in rows[1:] if not row[0].startswith("'")] == []


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_alone(text: str) -> None:
    assert not is_formula_like(text)
    read = list(csv.reader(StringIO(b"".join(csv_lines(["a"], [[text], ["x"]])).decode("utf-8-sig"))))
    assert read[1:] == [[text] if text else [""], ["x"]]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_no_cell_of_a_workbook_or_of_csv_is_a_formula(texts: list[str]) -> None:
    book = openpyxl.load_workbook(BytesIO(workbook([Sheet("s", ["h"] * len(texts), [texts])])))
    assert all(cell.data_type != "f" for row in book["s"].iter_rows() for cell in row)
    text = b"".join(csv_lines(["h"] * len(texts), [texts])).decode("utf-8-sig")
    for cell in list(csv.reader(StringIO(text, newline="")))[1]:
        assert not is_formula_like(cell)


def test_a_formula_is_kept_as_the_text_it_was_and_quoted() -> None:
    cell = openpyxl.load_workbook(BytesIO(workbook([Sheet("s", ["h"], [["=1+1"]])])))["s"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_numbers_and_days_stay_numbers_and_days() -> None:
    rows = [[Decimal("1.5"), 3, datetime.date(2026, 11, 22), None]]
    row = openpyxl.load_workbook(BytesIO(workbook([Sheet("s", list("abcd"), rows, ["note"])])))["s"]
    assert [cell.value for cell in row[2]] == [1.5, 3, datetime.datetime(2026, 11, 22), None]
    assert row["A4"].value == "note"
    assert b"".join(csv_lines(list("abcd"), rows)).decode().splitlines()[1] == "1.5,3,2026-11-22,"


READERS = (
    lambda path: read_workbook(path.read_bytes()),
    lambda path: [list(rows) for _title, rows in long_workbook(path, columns=2)],
    lambda path: [list(sheet.rows) for sheet in list_workbook(path, columns=2, rows=100, unpacked=10**6)],
)


def test_a_damaged_workbook_is_refused_in_every_reader_and_is_never_a_fault(tmp_path) -> None:
    content = workbook([Sheet("one", ["a", "b"], [[f"row {n}", n] for n in range(40)])])
    chance, path, refused = Random(7), tmp_path / "damaged.xlsx", 0
    for _time in range(150):
        damaged = bytearray(content)
        for _change in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        for read in READERS:
            try:
                read(path)
            except BadWorkbook:
                refused += 1
    assert refused > 100, "control: the damage is felt"


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 1"):
        workbook([Sheet("s", ["a"], [["x", "y"]])])
    with pytest.raises(ValueError, match="2 cells under 1"):
        list(csv_lines(["a"], [["x", "y"]]))


def test_a_workbook_written_to_a_file_is_the_same_and_no_cell_of_it_is_a_formula(tmp_path) -> None:
    def sheets() -> list[Sheet]:
        return [Sheet("一", ["a", "b"], iter([["=1+1", 2], ["x", 3.5]])), Sheet("二", ["a"], iter([["+2"]]))]

    path = tmp_path / "book.xlsx"
    workbook_file(path, sheets())
    assert path.read_bytes() == workbook(sheets())
    book = openpyxl.load_workbook(path)
    assert [[cell.data_type for cell in row] for row in book["一"].iter_rows(min_row=2)] == [["s", "n"], ["s", "n"]]
