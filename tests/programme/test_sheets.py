"""A report goes out as a workbook and comes back: row by row, whole or not at all, and twice is once."""

import io
import zipfile
from decimal import Decimal

import pytest
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from tests import world
from tests.programme import plan
from tongxing.core.spreadsheet_reader import BadWorkbook, read_workbook
from tongxing.programme import sheets
from tongxing.programme.actions import reports as actions
from tongxing.programme.lines import stored
from tongxing.programme.rules.results import Given

CODE = "2.7/mdgf-changzhou/"


@pytest.fixture(scope="module", autouse=True)
def planned(house):
    plan.loaded()


@pytest.fixture(scope="module")
def partner(planned):
    return world.somebody("partner", plan.HERE)


@pytest.fixture(scope="module")
def report(partner):
    with world.as_(partner):
        found = plan.started(partner)
        return plan.filled(found, partner, {("2.7", "mdgf-changzhou"): 40})


def changed(content: bytes, changes: dict[tuple[str, str], object], about: dict[str, str] | None = None) -> bytes:
    """The workbook after somebody typed into it: (code, column letter) → value."""
    book = load_workbook(io.BytesIO(content))
    rows = {row[0].value: row[0].row for row in book.worksheets[0].iter_rows(min_row=2)}
    for (code, column), value in changes.items():
        book.worksheets[0][f"{column}{rows[code]}"] = value
    for row in book.worksheets[1].iter_rows(min_row=2):
        if about and row[0].value in about:
            row[1].value = about[row[0].value]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def compared(report, content: bytes) -> sheets.Compared:
    return sheets.compared(report, sheets.unpacked(report, content))


def test_the_template_says_which_report_it_is_and_shows_present_values(partner, report):
    with world.as_(partner):
        one, two = read_workbook(sheets.written(report, "zh"))
    assert {row.cells[0].text: row.cells[1].text for row in two}["period"] == "2026-Q3"
    by_code = {row.cells[0].text: [cell.text for cell in row.cells] for row in one}
    assert by_code[CODE][5:10] == ["40", "–", "–", "–", "list of names (demonstration)"]
    assert by_code["2.8/mdgf-changzhou/"][5:8] == ["–", "", ""]
    assert CODE + "sex=female;age=child" in by_code
    book = load_workbook(io.BytesIO(sheets_of(report, partner)))
    assert not any(column.hidden for column in book.worksheets[0].column_dimensions.values())


def sheets_of(report, by) -> bytes:
    with world.as_(by):
        return sheets.written(report, "en")


def test_back_with_changes_they_are_taken_and_the_same_file_twice_changes_nothing(partner, report):
    typed = {(CODE, "F"): 45, (CODE + "sex=female", "F"): "２０", ("2.8/mdgf-changzhou/", "G"): 3}
    typed |= {("2.8/mdgf-changzhou/", "H"): 4, ("2.8/mdgf-changzhou/", "J"): "=HYPERLINK(1)x"[1:]}
    content = changed(sheets_of(report, partner), typed)
    with world.as_(partner):
        first = compared(report, content)
        assert [(r.code, r.outcome) for r in first.rows if r.outcome != "unchanged"] == [
            (CODE, "taken"),
            (CODE + "sex=female", "taken"),
            ("2.8/mdgf-changzhou/", "taken"),
        ]
        saved = actions.save(report_id=report.pk, version=report.version, values=first.values, by=partner)
        found = stored(saved)
        assert found[plan.key(saved, "2.7", "mdgf-changzhou", "sex=female")].value == 20
        assert found[plan.key(saved, "2.8", "mdgf-changzhou")].number == Decimal("0.75")
        again = compared(saved, content)
        assert (again.taken, again.refused, again.is_takeable) == ([], [], False)
        same = actions.save(report_id=saved.pk, version=saved.version, values=again.values, by=partner)
        assert same.version == saved.version


@pytest.mark.parametrize(
    ("where", "value", "address", "why"),
    [
        ((CODE, "F"), "forty", "F", "Enter a number"),
        ((CODE, "F"), "=20+20", "F", "A formula"),
        ((CODE, "F"), 40.5, "F", "whole number"),
        ((CODE, "F"), -1, "F", "zero or more"),
        ((CODE, "F"), 3, "F", "more than"),  # less than its parts
        ((CODE, "I"), "words", "I", "no such value"),
        (("2.8/mdgf-changzhou/", "H"), None, "G", "both numbers"),
        ((CODE, "A"), "9.9/nowhere/", "A", "not in this report"),
        ((CODE, "A"), CODE + "sex=male", "A", "twice"),
    ],
)
def test_a_bad_row_is_refused_with_its_cell_and_then_nothing_is_taken(partner, report, where, value, address, why):
    content = changed(sheets_of(report, partner), {where: value, (CODE + "sex=male", "F"): 1})
    with world.as_(partner), override("en"):
        found = compared(report, content)
    assert not found.is_takeable
    assert any(row.address.startswith(address) and why in row.why for row in found.refused), found.refused


@pytest.mark.parametrize("what", sheets.STAMP)
def test_a_workbook_of_another_report_is_named(partner, report, what):
    content = changed(sheets_of(report, partner), {}, {what: "other"})
    with pytest.raises(sheets.WrongSheet) as wrong, world.as_(partner):
        sheets.unpacked(report, content)
    assert (wrong.value.what, wrong.value.found) == (what, "other")


def test_what_goes_over_the_page_in_between_is_compared_anew(partner, report):
    with world.as_(partner):
        rows = sheets.unpacked(report, sheets.written(report, "en"))
        assert sheets.compared(report, sheets.repacked(sheets.packed(rows))).taken == []
    for forged in ("[]x", "[[1, []]]", "[1]", '{"a": 1}'):
        with pytest.raises((ValueError, TypeError)):
            sheets.repacked(forged)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no_workbook"),
        (b"PK\x03\x04 half a zip", "no_workbook"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
        (zipped(a=b"0" * (21 * 1024 * 1024)), "too_large"),
        (zipped(a=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "no_workbook"),
        (zipped(a=b"no sheet"), "no_workbook"),
    ],
    ids=["empty", "half", "large", "bomb", "entities", "no sheet"],
)
def test_a_file_that_is_no_harmless_workbook_is_not_read(content, reason):
    with pytest.raises(BadWorkbook) as problem:
        read_workbook(content)
    assert problem.value.reason == reason


def test_too_many_rows_are_not_read_to_the_end():
    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for number in range(5_002):
        sheet.append([number])
    book.save(out)
    with pytest.raises(BadWorkbook, match="too_many_rows"):
        read_workbook(out.getvalue())


def test_numbers_are_read_as_they_were_typed():
    book, out = Workbook(), io.BytesIO()
    book.active.append([0.1, 12, 1e15, True, None, " words "])
    book.save(out)
    [[row]] = read_workbook(out.getvalue(), columns=6)
    assert [cell.text for cell in row.cells] == ["0.1", "12", "1000000000000000", "TRUE", "", "words"]
    assert row.cells[5].address == "F1"
    assert Given().is_empty
