"""Odd and hostile files: each is read rightly or refused by name, before it can do harm."""

import io
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override
from openpyxl import load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from tests.procedures import lists
from tongxing.core.jurisdiction import jurisdiction
from tongxing.procedures.models import Roster, RosterRow
from tongxing.procedures.rosters import rows, sheet
from tongxing.procedures.rosters.columns import columns
from tongxing.procedures.rosters.problems import why_not
from tongxing.procedures.rosters.reading import BadRoster, read
from tongxing.procedures.rosters.stored import as_json

HOUSE = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 21)
CHILD = lists.child(0)
RARE = "𠮷㐂𬱖𰻝𪚥龘䶮"  # of the planes beyond the first: GB 18030-2022, extensions A, B, F, G


def reason(content: bytes) -> str:
    with pytest.raises(BadRoster) as caught:
        read(content)
    assert why_not(caught.value.reason, caught.value.told, "en"), "the page has words for it"
    return caught.value.reason


def understood(content: bytes, monkeypatch: pytest.MonkeyPatch) -> list[rows.Row]:
    monkeypatch.setattr(rows.intake, "division_code", lambda text: "130921" if text else "")  # no database here
    found, lines = read(content)
    house = rows.House(jurisdiction("CN"), TODAY, rows.order_of(lines))
    made = [rows.understood(line, house, found.columns) for line in lines]
    double = rows.doubled(made, found.columns)
    return [one if one.number not in double else rows.replace(one, troubles=(double[one.number],)) for one in made]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_with_every_separator(encoding: str, separator: str) -> None:
    _found, [line] = read(lists.as_csv([CHILD], separator=separator, encoding=encoding))
    assert {code: text for code, (text, _cell) in line.cells.items()}["name"] == CHILD["姓名"]
    assert len(line.cells) == len(CHILD)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "xlsx"])
def test_rare_characters_come_in_as_they_are(encoding: str) -> None:
    row = CHILD | {"姓名": RARE}
    content = lists.as_xlsx([row]) if encoding == "xlsx" else lists.as_csv([row], encoding=encoding)
    _found, [line] = read(content)
    assert line.cells["name"] == (RARE, "A2")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2017-03-02", "2017-03-02"),
        ("2017/3/2", "2017-03-02"),
        ("2017.3.2", "2017-03-02"),
        ("20170302", "2017-03-02"),
        ("2017年3月2日", "2017-03-02"),
        ("二〇一七年三月二日", "2017-03-02"),
        (42796, "2017-03-02"),  # a serial of Excel
        (date(2017, 3, 2), "2017-03-02"),
        ("2017年3月", "2017-03"),
        ("9岁", "2017"),
        ("2017年农历二月初五", "2017-03-02"),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(written, meant: str, monkeypatch) -> None:
    [row] = understood(lists.as_xlsx([CHILD | {"出生日期": written}]), monkeypatch)
    assert not row.troubles, row.troubles
    assert rows.intake.details(row.typed, TODAY).birth.iso() == meant


def test_day_and_month_are_told_apart_by_the_rest_of_the_list_or_asked(monkeypatch) -> None:
    mixed = [CHILD | {"出生日期": said, "姓名": said} for said in ("05/03/2017", "25/03/2017")]
    told = [rows.intake.details(row.typed, TODAY).birth.iso() for row in understood(lists.as_csv(mixed), monkeypatch)]
    assert told == ["2017-03-05", "2017-03-25"]
    [row] = understood(lists.as_csv(mixed[:1]), monkeypatch)
    assert [(one.cell, one.code) for one in row.troubles] == [("C2", "ambiguous")]


@pytest.mark.parametrize(
    ("changed", "cell", "code"),
    [
        ({"同意日期": ""}, "F2", "needed"),
        ({"同意日期": "2026年9月"}, "F2", "day"),
        ({"同意日期": "2027-09-01"}, "F2", "day_future"),
        ({"由谁决定": ""}, "G2", "needed"),
        ({"由谁决定": "本人"}, "G2", "too_young_to_decide"),
        ({"由谁宣读": "?"}, "H2", "choice"),
        ({"宣读语言": ""}, "I2", "needed"),
        ({"同意书版次": "9"}, "J2", "edition"),
        ({"同意：登记": "否"}, "K2", "refused"),
        ({"同意：登记": ""}, "K2", "needed"),
        ({"性别": "x"}, "B2", "choice"),
        ({"出生日期": "2016-02-31"}, "C2", "date_impossible_day"),
        ({"出生日期": "1990-01-01"}, "C2", "not_a_child"),
        ({"姓名": ""}, "A2", "needed"),
        ({"监护人姓名": ""}, "D2", "guardian_missing"),
        ({"姓名": "甲" * 130}, "A2", "too_long"),
    ],
)
def test_a_row_without_a_basis_or_with_a_bad_value_is_refused_at_its_cell(changed, cell, code, monkeypatch) -> None:
    [row] = understood(lists.as_csv([CHILD | changed]), monkeypatch)
    assert (cell, code) in [(one.cell, one.code) for one in row.troubles]
    for language in ("zh-hans", "en", "mn"):
        assert all(rows.told(one, str, language) for one in row.troubles)


def test_rows_that_stand_twice_and_numbers_that_two_rows_have_are_named(monkeypatch) -> None:
    one, two = CHILD | {"证件号": "990101"}, lists.child(1) | {"证件号": "990101"}
    made = understood(lists.as_csv([one, two, lists.child(2), lists.child(2)]), monkeypatch)
    told = [[(t.cell, t.code, t.args["row"]) for t in row.troubles] for row in made]
    assert told == [[("N2", "same_document", 3)], [("N3", "same_document", 2)], [], [("5", "same_row", 4)]]


def test_numbers_that_a_spreadsheet_has_rounded_are_not_taken(monkeypatch) -> None:
    [row] = understood(lists.as_xlsx([CHILD | {"证件号": 990101201603020019}]), monkeypatch)
    assert [(one.cell, one.code) for one in row.troubles] == [("N2", "rounded")]


def test_formulas_and_merged_cells_are_refused_cell_by_cell(monkeypatch) -> None:
    def spoil(_book, sheet) -> None:
        sheet["A2"] = "=B2"
        sheet["C3"] = ArrayFormula("C3:C3", "=TODAY()")
        sheet.merge_cells("D4:D5")

    made = understood(lists.as_xlsx([lists.child(n) for n in range(5)], change=spoil), monkeypatch)
    told = [[(one.cell, one.code) for one in row.troubles] for row in made]
    assert told == [[("A2", "formula")], [("C3", "formula")], [("D4", "merged")], [("D5", "merged")], []]


def test_titles_above_the_headings_may_be_merged(monkeypatch) -> None:
    content = lists.as_xlsx([CHILD], above=[["花名册（演示）"]], change=lambda _b, s: s.merge_cells("A1:H1"))
    [row] = understood(content, monkeypatch)
    assert (row.number, row.troubles) == (3, ())


def test_hidden_sheets_are_not_read_and_are_named() -> None:
    def hide(book, sheet) -> None:
        sheet.sheet_state = "hidden"
        other = book.create_sheet("可见")
        for line in (list(CHILD), list(lists.child(1).values())):
            other.append(line)

    found, [line] = read(lists.as_xlsx([CHILD], change=hide))
    assert line.cells["name"][0] == lists.NAMES[1]
    assert (found.sheet, found.sheets_left) == ("可见", ("Sheet",))


def bomb(size: int) -> bytes:
    """A workbook whose sheet unpacks to `size` bytes of blanks."""
    return lists.with_part(lists.as_xlsx([CHILD]), "xl/worksheets/sheet1.xml", b" " * size)


def lying(content: bytes, name: str, says: int) -> bytes:
    """The same archive; its directory says another size of one part."""
    out = bytearray(content)
    for mark, at, offset in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        start = -1
        while (start := out.find(mark, start + 1)) >= 0:
            if out[start + offset : start + offset + len(name)] == name.encode():
                out[start + at : start + at + 4] = says.to_bytes(4, "little")
    return bytes(out)


BOOK = lists.as_xlsx([CHILD])
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><worksheet>&e;</worksheet>'
REFUSED = {
    "empty": b"",
    "only blanks": b"\xef\xbb\xbf \r\n",
    "headings csv": lists.as_csv([CHILD]).split(b"\n")[0],
    "headings xlsx": lists.as_xlsx([CHILD], change=lambda _b, s: s.delete_rows(2)),
    "all hidden": None,
    "pdf": b"%PDF-1.7 called .xlsx",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old Excel",
    "gzip": b"\x1f\x8b\x08",
    "html": b"<html><table>",
    "png": b"\x89PNG\r\n",
    "json": b'{"a": 1}',
    "zip": None,
    "macros": lists.with_part(BOOK, "xl/vbaProject.bin", b"x"),
    "xlsm": lists.with_part(BOOK, "[Content_Types].xml", b'<Types><Override ContentType="x.macroEnabled"/></Types>'),
    "slip": lists.with_part(BOOK, "../../etc/cron.d/x", b"x"),
    "backslash": lists.with_part(BOOK, "xl\\..\\x", b"x"),
    "entities": lists.with_part(BOOK, "xl/worksheets/sheet1.xml", XXE),
    "hidden entities": lists.with_part(BOOK, "xl/worksheets/sheet1.xml", XXE.decode().encode("utf-16")),
    "no headings": lists.as_csv([{"甲": 1, "乙": 2}]),
    "missing": lists.as_csv([{k: v for k, v in CHILD.items() if k != "同意日期"}]),
    "two": lists.as_csv([CHILD | {"名字": "x"}]),
    "quotation": lists.as_csv([CHILD | {"姓名": '"x'}]),
    "noise": bytes(range(128, 256)) * 40,
}  # fmt: skip
WHY = {
    "only blanks": "empty", "headings csv": "only_headings", "headings xlsx": "only_headings", "xls": "old_excel",
    "gzip": "compressed", "html": "web_page", "png": "picture", "json": "no_list", "xlsm": "macros", "slip": "odd_parts",
    "backslash": "odd_parts", "no headings": "no_headings", "hidden entities": "entities",
    "missing": "missing_columns", "two": "two_columns", "noise": "encoding", "zip": "no_workbook", "all hidden": "only_hidden",
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_no_roster_is_refused_by_name(what: str) -> None:
    content = REFUSED[what]
    if what == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr("list.csv", lists.as_csv([CHILD]))
        content = out.getvalue()
    if what == "all hidden":
        part = zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/workbook.xml")
        content = lists.with_part(BOOK, "xl/workbook.xml", part.replace(b'state="visible"', b'state="hidden"'))
    assert reason(content) == WHY.get(what, what)


def test_too_many_rows_are_refused() -> None:
    assert reason(lists.as_csv([CHILD] * 20_001)) == "too_many_rows"


@pytest.mark.parametrize("language", ["zh-hans", "en", "mn"])
def test_the_template_offers_its_lists_and_is_itself_no_roster_yet(language: str) -> None:
    with override(language):
        content = sheet.template(language)
    first, notes = load_workbook(io.BytesIO(content)).worksheets
    assert len(first.data_validations.dataValidation) == sum(bool(one.choices) and not one.several for one in columns())
    assert [one.title.spoken(language) for one in columns()] == [cell.value for cell in first[1]]
    assert notes.max_row == len(columns()) + 1
    assert reason(content) == "only_headings"


@pytest.mark.parametrize("language", ["zh-hans", "en", "mn"])
def test_a_report_comes_back_as_a_roster_with_the_same_rows(language: str, monkeypatch) -> None:
    [row] = understood(lists.as_csv([CHILD | {"姓名": RARE, "住址": "=1+1"}], encoding="gb18030"), monkeypatch)
    roster = Roster(found={"columns": read(lists.as_csv([CHILD | {"住址": ""}]))[0].columns})
    with override(language):
        content = sheet.report(roster, [RosterRow(number=2, state="refused", sealed=as_json(row))], language)
    [again] = understood(content, monkeypatch)
    assert again.cells == row.cells
    assert again.content_hash == row.content_hash


CAPPED = """
import re, resource, sys, time
from tongxing.procedures.rosters.reading import BadRoster, read
content = open(sys.argv[1], "rb").read()
limit = int(sys.argv[2]) << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
began = time.process_time()
try:
    said = str(len(read(content)[1]))
except BadRoster as bad:
    said = bad.reason
except MemoryError:
    said = "memory"
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10
print(said, peak, round(time.process_time() - began, 1))
"""


def capped(content: bytes, folder: Path, limit: int = 256) -> tuple[str, int, float]:
    """What a process that may have `limit` MB of addresses says of the file, its peak in MB, and its seconds."""
    file = folder / "file"
    file.write_bytes(content)
    command = [sys.executable, "-c", CAPPED, str(file), str(limit)]
    told = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True).stdout.split()
    return told[0], int(told[1]), float(told[2])


def test_a_workbook_that_unpacks_to_200_mb_is_refused_within_256_mb_whatever_it_says_of_its_size(tmp_path) -> None:
    content = bomb(200 << 20)
    assert len(content) < 400 << 10
    for sent in (content, lying(content, "xl/worksheets/sheet1.xml", 5_000)):
        said, peak, seconds = capped(sent, tmp_path)
        print(f"\n{len(sent) >> 10} kB: {said}, {peak} MB, {seconds} s")
        assert said in ("unpacks", "no_workbook")
        assert (peak <= 256, seconds <= 5) == (True, True)


def test_the_cap_is_felt(tmp_path) -> None:
    """The control: with less memory than the program itself needs, the child would say so."""
    said, _peak, _seconds = capped(lists.as_csv([lists.child(n) for n in range(19_000)]), tmp_path, limit=90)
    assert said == "memory"
