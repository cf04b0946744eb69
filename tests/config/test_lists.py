"""Lists as offices write them: any encoding, separator, heading and file; what is odd is counted, what is wrong is named."""

import datetime
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongxing.config.lists.records import Lists, read_lists
from tongxing.core.lists.columns import BadList, columns_of, read_map

CHINESE = (
    "编号,姓名,性别,出生日期,户籍地代码,监护人姓名,电话,身份证号\nA1,李小禾,女,2010-3-5,522301,李强,00013800000,\n"
)


def read(folder: Path, *contents: bytes | str, mapped: dict[str, str] | None = None, name: str = "list.csv") -> Lists:
    paths = []
    for number, content in enumerate(contents):
        paths.append(folder / (name if len(contents) == 1 else f"{number}-{name}"))
        paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_lists(paths, mapped or {}, folder, lambda step, done, of: None)


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def record(lists: Lists, place: int = 0) -> dict[str, str]:
    return {name: value for name, value in lists.records.slice(place, 1).to_pylist()[0].items() if value}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)  # fmt: skip
def test_an_encoding_is_found_and_named(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, CHINESE.encode(encoding))
    assert record(found)["name"] == "李小禾"
    assert record(found)["record_id"] == "A1"
    named = {"utf-8-sig": "utf-8", "gbk": "gb18030"}.get(encoding, encoding)
    assert found.sources[0].encoding == named
    assert not +found.sources[0].counts


def test_other_old_encodings_are_told_from_chinese_ones_by_their_headings(tmp_path: Path) -> None:
    assert record(read(tmp_path, "Овог,Нэр,Утас\nБат,Болд,99112233\n".encode("cp1251")))["name"] == "Бат Болд"
    found = read(tmp_path, "姓名,性別,電話\n陳曉禾,女,00013800000\n".encode("big5hkscs"))
    assert record(found)["name"] == "陳曉禾"
    assert found.sources[0].encoding == "big5hkscs"


def test_a_few_stray_bytes_are_counted_and_many_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, CHINESE.encode() + "A2,王".encode() + b"\xff" + ",女,,,,,\n".encode())
    assert found.sources[0].counts["characters"] == 1
    assert record(found, 1)["name"] == "王�"
    with pytest.raises(BadList, match="save it as UTF-8"):
        read(tmp_path, CHINESE.encode() + b"\xff\xfe\xfd" * 40)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_separator_is_found(tmp_path: Path, separator: str) -> None:
    found = read(tmp_path, CHINESE.replace(",", separator))
    assert record(found)["birth_date"] == "2010-3-5"
    assert found.sources[0].separator == separator


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("姓名", "name"), ("儿童姓名（汉字）", "name"), ("Full name", "name"), ("Овог нэр", "name"), ("姓 名", "name"),
        ("性别", "sex"), ("Хүйс", "sex"), ("GENDER", "sex"), ("出生日期", "birth_date"), ("出生年月", "birth_date"),
        ("Төрсөн огноо", "birth_date"), ("Date of birth", "birth_date"), ("籍贯", "origin_division"),
        ("户籍地代码", "origin_division"), ("Аймаг", "origin_division"), ("监护人", "guardian_name"),
        ("Mother's name", "guardian_name"), ("Асран хамгаалагч", "guardian_name"), ("联系电话*", "phone"),
        ("Утас", "phone"), ("Mobile No.", "phone"), ("身份证号码", "id_number"), ("Регистрийн дугаар", "id_number"),
        ("ID card number", "id_number"), ("数据来源", "source"), ("序号", "record_id"), ("record_id", "record_id"),
    ],
)  # fmt: skip
def test_headings_in_three_languages_mean_fields(heading: str, field: str) -> None:
    assert columns_of([heading], {}, "list").told() == {field: [heading]}


def test_a_map_counts_before_every_heading_that_looks_alike(tmp_path: Path) -> None:
    found = read(tmp_path, "Name,Called\nwrong,李小禾\n", mapped={"Called": "name"})
    assert record(found)["name"] == "李小禾"
    assert found.sources[0].columns.ignored == ("Name",)


def test_of_two_columns_the_one_that_says_it_best_is_read_and_the_other_named(tmp_path: Path) -> None:
    found = read(tmp_path, "序号,档案编号,姓名,年龄,出生日期\n1,A7,李小禾,15,2010-3-5\n")
    assert record(found) == {"record_id": "A7", "name": "李小禾", "birth_date": "2010-3-5"}
    assert found.sources[0].columns.ignored == ("序号", "年龄")


def test_parts_of_a_name_and_several_guardians_are_put_together(tmp_path: Path) -> None:
    found = read(tmp_path, "姓,名,父亲,母亲,电话,手机\n李,小禾,李强,王芳,1,2\nBat,Bold,,Dulmaa,,3\n")
    assert record(found)["name"] == "李小禾"
    assert record(found)["guardian_name"] == "李强;王芳"
    assert (record(found, 1)["name"], record(found, 1)["guardian_name"]) == ("Bat Bold", "Dulmaa")


def test_titles_above_the_headings_are_passed_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "某县流动儿童登记表\n填报单位：（演示）\n" + CHINESE)
    assert record(found)["name"] == "李小禾"
    assert found.sources[0].counts["rows_above"] == 2


def test_rows_that_are_too_narrow_too_wide_or_empty_are_counted_and_none_is_lost(tmp_path: Path) -> None:
    found = read(tmp_path, "编号,姓名,电话\n1,甲,1\n2,乙\n3,丙,3,x,y\n,,\n4,丁,4\n")
    assert sorted(found.records["name"].to_pylist()) == sorted("甲乙丙丁")
    met = found.sources[0].counts
    assert (met["rows_narrow"], met["rows_wide"], met["rows_empty"], found.sources[0].rows) == (1, 1, 1, 4)


def test_what_people_write_for_nothing_is_nothing(tmp_path: Path) -> None:
    assert record(read(tmp_path, "编号,姓名,电话,性别\n1,李小禾,无,不详\n")) == {"record_id": "1", "name": "李小禾"}


def test_numbers_that_a_spreadsheet_program_rounded_are_not_taken_for_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, "编号,姓名,身份证号,电话\n1,李小禾,5.22301E+17,1.38E+10\n")
    assert record(found) == {"record_id": "1", "name": "李小禾"}
    assert found.sources[0].counts["rounded:id_number"] == found.sources[0].counts["rounded:phone"] == 1


def test_a_record_without_an_id_is_named_by_list_and_row(tmp_path: Path) -> None:
    found = read(tmp_path, "姓名,电话\n李小禾,1\n王力,2\n")
    assert found.records["record_id"].to_pylist() == ["list.csv:2", "list.csv:3"]
    assert found.ids_made == 2


def test_ids_that_stand_twice_are_kept_apart_named_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "id,name\n1,a\n1,b\n", "id,name\n1,c\n2,d\n")
    assert found.records["record_id"].to_pylist() == ["1", "1~0-list.csv:3", "1~1-list.csv:2", "2"]
    assert found.ids_repeated == 2
    assert found.repeated[0] == ("1", "1~0-list.csv:3", "0-list.csv")
    assert found.records["name"].to_pylist() == ["a", "b", "c", "d"]
    assert found.records["source"].to_pylist() == ["0-list.csv"] * 2 + ["1-list.csv"] * 2


def test_a_workbook_is_read_sheet_by_sheet_with_dates_and_numbers(tmp_path: Path) -> None:
    born = datetime.datetime(2010, 3, 5)
    content = workbook(
        [["登记表"], ["编号", "姓名", "出生日期", "电话", "身份证号"], [1, "李小禾", born, 13800000000, 522301201003050000],
         [2, "=A1", None, None, "990101201003051234"], [None] * 5],
        [["说明"], ["没有人"]],
        [["姓名"], ["王力"]],
    )  # fmt: skip
    found = read(tmp_path, content, name="list.xlsx")
    assert record(found)["birth_date"].startswith("2010-03-05")
    assert record(found)["phone"] == "13800000000"
    assert "id_number" not in record(found)
    assert record(found, 1) == {"record_id": "2", "id_number": "990101201003051234", "source": "list.xlsx"}
    assert record(found, 2)["record_id"] == "list.xlsx#Sheet2:2"
    met = sum((source.counts for source in found.sources), start=type(found.sources[0].counts)())
    assert {name: n for name, n in met.items() if n} == {
        "rows_above": 1, "rounded:id_number": 1, "formula:name": 1, "sheets_ignored": 1,
    }  # fmt: skip


def test_parquet_of_any_type_is_read_as_text(tmp_path: Path) -> None:
    rows = pa.table({"id": [7, 8], "name": pa.array(["李小禾", None]).dictionary_encode(),
                     "dob": [datetime.date(2010, 3, 5), None], "phone": [["1", "2"], []]})  # fmt: skip
    pq.write_table(rows, tmp_path / "list.parquet")
    found = read_lists([tmp_path / "list.parquet"], {}, tmp_path, lambda step, done, of: None)
    assert record(found) == {"record_id": "7", "name": "李小禾", "birth_date": "2010-03-05", "phone": "1;2"}
    assert record(found, 1) == {"record_id": "8"}


def bomb() -> bytes:
    """A part of 30 MB of nothing, packed into 30 kB."""
    stored = BytesIO(workbook([["姓名"], ["李小禾"]]))
    with zipfile.ZipFile(stored, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/more.xml", b"\0" * 30_000_000)
    return stored.getvalue()


def with_entities() -> bytes:
    stored = BytesIO(workbook([["姓名"], ["李小禾"]]))
    with zipfile.ZipFile(stored, "a") as packed:
        packed.writestr("xl/other.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    return stored.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\r", "this is no text"),
        ("a.csv", b"colour,shape\nred,round\n", "no column is known among its headings .colour, shape."),
        ("a.csv", b"sex,sex\nf,f\n", "both mean sex; say which"),
        ("a.csv", '姓名,电话\n"李小禾,1\n王力,2\n'.encode(), "row 2 on a quotation mark is opened and never closed"),
        ("a.csv", b"%PDF-1.7 ...", "a PDF; ask for the list itself"),
        ("a.xls", b"<html><table>", "a web page or XML"),
        ("a.json", b'[{"name": "x"}]', "JSON; save it as csv"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as .xlsx without a password"),
        ("a.csv.gz", b"\x1f\x8b\x08", "compressed; unpack it first"),
        ("a.xlsx", b"PK\x03\x04 and nothing else", "damaged or no workbook"),
        ("a.xlsx", b"name,phone\nx,1\n", "not what its name says"),
        ("a.xlsx", bomb(), "unpacks to far more than its size"),
        ("a.xlsx", with_entities(), "damaged or no workbook"),
        ("a.xlsx", workbook([["colour"], ["red"]]), "no column is known"),
        ("a.parquet", b"PAR1 and nothing else", "damaged Parquet"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence_that_helps(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(BadList, match=words) as problem:
        read(tmp_path, content, name=name)
    assert str(problem.value).startswith(name)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("姓名", "an equals sign"), ("=name", "an equals sign"), ("x=nmae", "near it: name"), ("x=colour", "no field")],
)
def test_a_map_that_means_nothing_is_answered(typed: str, words: str) -> None:
    with pytest.raises(BadList, match=words):
        read_map([typed])


def test_a_map_of_a_column_that_no_list_has_is_answered(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="no list has a column 'called'; there are 出生日期, 姓名"):
        read(tmp_path, "姓名,出生日期\n李小禾,2010\n", mapped={"called": "name"})
