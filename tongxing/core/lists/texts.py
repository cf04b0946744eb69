"""In which encoding and with which separator a text file is written; what cannot be decoded is counted, never guessed away."""

import codecs
import csv  # noqa: TID251  reads, never writes: one row of headings, and rows that are wider or narrower than they
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tongxing.core.lists.columns import BadList, recognised

BLOCK = 1 << 20  # bytes read at once
HEAD = 1 << 16  # bytes in which the headings stand
FIRST_ROWS = 10  # rows in which the headings are looked for; above them stand titles
SEPARATORS = ",;\t|"
OLD = ("gb18030", "big5hkscs", "cp1251")  # what offices in China, Hong Kong and Mongolia wrote before Unicode
BEARABLE, FEW = 0.01, 5  # share or number of unreadable characters in a file that is read all the same
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Text:
    """How a file is written. `unreadable`: characters that do not belong to the encoding; they are read as �."""

    encoding: str
    unreadable: int
    separator: str
    headings: tuple[str, ...]
    above: int  # rows above the headings
    skipped: int  # bytes of the file as UTF-8 until the rows begin


def as_utf8(path: Path, scratch: Path, label: str, mapped: Mapping[str, str]) -> tuple[Path, Text]:
    """The file itself when it is UTF-8, else a copy of it in `scratch` that is; and how it is written. Raises BadList."""
    encoding, unreadable = _encoding(path, label, mapped)
    if encoding not in ("utf-8", "utf-8-sig") or unreadable:
        with scratch.open("w", encoding="utf-8", newline="") as copy:
            copy.writelines(_decoded(path, encoding))
        path = scratch
    with path.open("rb") as file:
        head = file.read(HEAD).decode("utf-8", "ignore")
    mark = len(codecs.BOM_UTF8) if head.startswith("\ufeff") else 0
    separator, above, headings, skipped = _headings(head.removeprefix("\ufeff"), mapped)
    return path, Text(encoding.removesuffix("-sig"), unreadable, separator, headings, above, mark + skipped)


def rows(path: Path, label: str, headings: Sequence[str]) -> Iterator[list[str]]:
    """The cells of a short csv under exactly these headings, in this order. Raises BadList."""
    encoding, _strays = _encoding(path, label, dict.fromkeys(headings, ""))
    lines = "".join(_decoded(path, encoding)).removeprefix("\ufeff").splitlines()
    separator = max(SEPARATORS, key=lines[0].count)
    reader = csv.DictReader(lines, delimiter=separator)
    names = {(name or "").strip().casefold(): name for name in reader.fieldnames or ()}
    if missing := [heading for heading in headings if heading not in names]:
        raise BadList(f"{label}: no column {', '.join(missing)}; the headings have to be {', '.join(headings)}")
    for row in reader:
        yield [(row[names[heading]] or "").strip() for heading in headings]


def cells(row: str, separator: str) -> list[str]:
    """One row as its cells."""
    return next(csv.reader(StringIO(row.strip("\r\n"), newline=""), delimiter=separator), [])


def _encoding(path: Path, label: str, mapped: Mapping[str, str]) -> tuple[str, int]:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise BadList(f"{label}: the file is empty")
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, _unreadable(path, name)[0]
    if b"\0" in head:
        return _wide(path, head, label)
    strays, length = _unreadable(path, "utf-8")
    if not strays:
        return "utf-8", 0
    # Nearly any bytes can be read as GB18030; the headings say which encoding it was.
    known = {name: recognised(_headings(head.decode(name, "replace"), mapped)[2], mapped) for name in (*OLD, "utf-8")}
    name = max(known, key=lambda name: known[name])
    strays, length = _unreadable(path, name)
    if strays > max(FEW, length * BEARABLE):
        raise BadList(
            f"{label}: the text is neither UTF-8 nor UTF-16 nor {', '.join(OLD)}; save it as UTF-8 and try again"
        )
    return name, strays


def _wide(path: Path, head: bytes, label: str) -> tuple[str, int]:
    """UTF-16 without a mark: separators and digits have their zero byte on one side."""
    name = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    strays, length = _unreadable(path, name)
    if strays > max(FEW, length * BEARABLE) or "\0" in head.decode(name, "replace"):
        raise BadList(f"{label}: this is no text; a list is csv, xlsx or parquet")
    return name, strays


def _unreadable(path: Path, encoding: str) -> tuple[int, int]:
    """(characters that are not of the encoding, all characters)."""
    strays = length = 0
    for text in _decoded(path, encoding):
        strays, length = strays + text.count("\ufffd"), length + len(text)
    return strays, length


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _headings(head: str, mapped: Mapping[str, str]) -> tuple[str, int, tuple[str, ...], int]:
    """(separator, rows above, headings, bytes until the rows begin): the row and separator that mean most.

    The first row when nothing means anything; its headings are then shown in the error.
    """
    best: tuple[tuple[int, int, int], tuple[str, int, tuple[str, ...], int]] | None = None
    for separator in SEPARATORS:
        for number, (row, end) in enumerate(_first_rows(head, separator)):
            score = (recognised(row, mapped), -number, len(row))
            if best is None or score > best[0]:
                best = score, (separator, number, tuple(cell.strip() for cell in row), end)
    return best[1] if best else (",", 0, (), 0)


def _first_rows(head: str, separator: str) -> Iterator[tuple[Sequence[str], int]]:
    """The first rows, each with the bytes until its end."""
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in StringIO(head, newline=""):
            read += len(line.encode())
            yield line

    reader = csv.reader(lines(), delimiter=separator)
    try:
        for number, row in enumerate(reader):
            if number == FIRST_ROWS:
                return
            yield row, read
    except csv.Error:
        return
