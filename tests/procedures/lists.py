"""Rosters for tests: rows of made-up children, as csv and as workbooks of a stranger's spreadsheet program."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

NEEDED = {
    "姓名": "苏禾苗",
    "性别": "女",
    "出生日期": "2016-05-04",
    "监护人姓名": "苏田",
    "与儿童关系": "父亲",
    "同意日期": "2026-09-01",
    "由谁决定": "监护人",
    "由谁宣读": "工作人员",
    "宣读语言": "中文",
    "同意书版次": "1",
    "同意：登记": "是",
    "同意：不记名统计": "是",
    "儿童本人意见": "儿童同意",
}
NAMES = ["苏禾苗", "韦青石", "何映雪", "陶云起", "祁小满", "颜如松", "邱海澜", "龚星野", "贺知秋", "柏临风"]


def child(number: int = 0, **changed: Any) -> dict[str, Any]:
    """A child unlike the others: name, birth and guardian."""
    family = f"{chr(0x5B50 + number % 300)}{chr(0x4E01 + number)}"
    row = NEEDED | {
        "姓名": NAMES[number] if number < len(NAMES) else f"{NAMES[number % 10][0]}{family}",
        "出生日期": f"{2014 + number % 6}-{1 + number % 12:02}-{1 + number % 28:02}",
        "监护人姓名": f"{NAMES[number % 10][0]}{family}",
    }
    return row | changed


def as_csv(rows: Sequence[dict[str, Any]], *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    lines = [separator.join(rows[0]), *(separator.join(str(cell) for cell in row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode(encoding)


def as_xlsx(rows: Sequence[dict[str, Any]], *, above: Sequence[Sequence[Any]] = (), change: Any = None) -> bytes:
    """`change(book, sheet)` may spoil it."""
    book = Workbook()
    sheet = book.active
    for line in above:
        sheet.append(list(line))
    for line in ([*rows[0]], *([*row.values()] for row in rows)):
        sheet.append(line)
    if change:
        change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part more, or another in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()
