"""A file of persons, whatever it is written in, as batches of text cells with the fields as columns."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tongxing.core.lists import texts
from tongxing.core.lists.columns import FIELDS, PARTS, BadList, Columns, columns_of, nothings, recognised
from tongxing.core.spreadsheet_reader import BadWorkbook, ReadRow, long_workbook

BATCH = 10_000  # rows of a workbook or a Parquet file at once
WIDEST = 256  # columns of a sheet that are read
LONGEST = 20_000  # characters of one cell; more is a quotation mark that is never closed
EXPONENT = r"^\d+([.,]\d+)?[eE]\+?\d+$"  # what a spreadsheet program makes of a long number
KEPT = 15  # digits of a number that it keeps
SCHEMA = pa.schema([*((name, pa.string()) for name in FIELDS), ("row", pa.int64())])

Progress = Callable[[int], None]  # bytes read until now


@dataclass
class Source:
    """One list as it was read: a file, or a sheet of a workbook."""

    label: str
    kind: str  # csv | xlsx | parquet
    columns: Columns
    encoding: str = ""
    separator: str = ""
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)  # what was met, by `what` or `what:field`
    empty: Counter[str] = field(default_factory=Counter)  # records without the field, by field


def batches(
    path: Path, label: str, mapped: Mapping[str, str], scratch: Path, progress: Progress
) -> Iterator[tuple[Source, pa.Table]]:
    """The rows of a file piece by piece, each with the list that it belongs to. Raises BadList."""
    try:
        with path.open("rb") as file:
            head = file.read(2048)
            size = file.seek(0, 2)
    except OSError as error:
        raise BadList(f"{path}: cannot be read ({error.strerror})") from error
    if head.startswith(b"PK\x03\x04"):
        yield from _workbook(path, label, mapped)
    elif head.startswith(b"PAR1"):
        yield from _parquet(path, label, mapped)
    else:
        _refuse(path, head, label)
        yield from _csv(path, label, mapped, scratch, progress)
    progress(size)


def _refuse(path: Path, head: bytes, label: str) -> None:
    """What is no text, in the words that help."""
    kinds = {
        b"\xd0\xcf\x11\xe0": "an old .xls workbook or one with a password; save it as .xlsx without a password",
        b"%PDF": "a PDF; ask for the list itself as csv, xlsx or parquet",
        b"\x1f\x8b": "compressed; unpack it first",
        b"7z\xbc\xaf": "compressed; unpack it first",
        b"Rar!": "compressed; unpack it first",
        b"PK": "an empty archive; save the workbook again as .xlsx",
        b"{": "JSON; save it as csv, xlsx or parquet",
        b"[": "JSON; save it as csv, xlsx or parquet",
        b"<": "a web page or XML, whatever its name says; open it and save it as .xlsx",
    }
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, words in kinds.items():
        if start.startswith(mark):
            raise BadList(f"{label}: this file is {words}")
    if path.suffix.casefold() in (".xlsx", ".xlsm", ".parquet", ".pq"):
        raise BadList(f"{label}: damaged, or not what its name says; save it again as csv, xlsx or parquet")


# --- text -----------------------------------------------------------------------------------------------------------


def _csv(
    path: Path, label: str, mapped: Mapping[str, str], scratch: Path, progress: Progress
) -> Iterator[tuple[Source, pa.Table]]:
    file, text = texts.as_utf8(path, scratch, label, mapped)
    source = Source(label, "csv", columns_of(text.headings, mapped, label), text.encoding, text.separator)
    source.counts.update({"rows_above": text.above, "characters": text.unreadable})
    odd: list[Any] = []
    with file.open("rb") as opened:
        opened.seek(text.skipped)
        next_row = 1
        try:
            for batch in _opened(opened, text, _used(source.columns), odd):
                numbers = _free(next_row, len(batch), {row.number for row in odd})
                next_row = numbers[-1] + 1 if numbers else next_row
                rows = pa.Table.from_batches([batch])
                yield source, _tidy(rows.append_column("row", _shown(numbers, text)), source)
                progress(opened.tell())
        except pa.ArrowInvalid as error:
            _never_closed(label, next_row + text.above + 1, error)
        yield source, _tidy(_mended(odd, text, source), source)
    if file != path:
        file.unlink()


def _free(first: int, rows: int, taken: set[int]) -> list[int]:
    """The next numbers of rows, without those of the rows that were set aside."""
    if not taken:
        return list(range(first, first + rows))
    return list(islice((number for number in count(first) if number not in taken), rows))


def _shown(numbers: Sequence[int], text: texts.Text) -> pa.Array:
    """Numbers of rows as a spreadsheet program shows them: the headings are a row too."""
    return pa.array([number + text.above + 1 for number in numbers], pa.int64())


def _opened(opened: Any, text: texts.Text, places: Sequence[int], odd: list[Any]) -> Iterable[Any]:
    """Batches of the columns c0, c1, … as text; rows of another width go to `odd`."""
    names = [f"c{place}" for place in range(len(text.headings))]

    def aside(row: Any) -> str:
        odd.append(row)
        return "skip"

    if not opened.read(1):
        return ()
    opened.seek(text.skipped)
    found: Iterable[Any] = pyarrow.csv.open_csv(
        opened,
        pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=4 << 20),
        pyarrow.csv.ParseOptions(
            delimiter=text.separator, newlines_in_values=True, invalid_row_handler=aside, ignore_empty_lines=True
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[f"c{place}" for place in places],
            strings_can_be_null=False,
        ),
    )
    return found


def _mended(odd: Sequence[Any], text: texts.Text, source: Source) -> pa.Table:
    """Rows with fewer or more cells than there are headings: read as far as they go, and counted."""
    places = _used(source.columns)
    made: dict[str, list[str]] = {f"c{place}": [] for place in places}
    for row in odd:
        if row.text.count('"') % 2:
            _never_closed(source.label, row.number + text.above + 1)
        found = texts.cells(row.text, text.separator)
        source.counts["rows_narrow" if len(found) < len(text.headings) else "rows_wide"] += 1
        for place in places:
            made[f"c{place}"].append(found[place] if place < len(found) else "")
    columns = {name: pa.array(found, pa.string()) for name, found in made.items()}
    return pa.table(columns | {"row": _shown([row.number for row in odd], text)})


def _never_closed(label: str, row: int, error: Exception | None = None) -> NoReturn:
    raise BadList(
        f"{label}: from row {row:,} on a quotation mark is opened and never closed; close it, or take it out"
    ) from error


# --- workbooks and Parquet ------------------------------------------------------------------------------------------


def _workbook(path: Path, label: str, mapped: Mapping[str, str]) -> Iterator[tuple[Source, pa.Table]]:
    """Every sheet that has known headings; the others are named in the last list that was read."""
    why = {
        "too_large": "it unpacks to far more than its size, as no list does",
        "too_many_rows": "it has more rows than a sheet can have",
        "too_many_columns": "it has more columns than a sheet can have",
        "no_workbook": "it is damaged or no workbook",
    }
    others, source = [], None
    unknown: BadList | None = None
    try:
        for number, (title, rows) in enumerate(long_workbook(path, columns=WIDEST)):
            try:
                for source, table in _sheet(label if not number else f"{label}#{title}", rows, mapped):
                    yield source, table
            except BadList as problem:
                unknown = unknown or problem
                others.append(title)
    except BadWorkbook as problem:
        raise BadList(f"{label}: {why[problem.reason]}; save it again as .xlsx or csv") from problem
    if source is None:
        raise unknown or BadList(f"{label}: the workbook is empty")
    source.counts["sheets_ignored"] += len(others)


def _sheet(label: str, rows: Iterator[ReadRow], mapped: Mapping[str, str]) -> Iterator[tuple[Source, pa.Table]]:
    start = list(islice(rows, texts.FIRST_ROWS))
    if not start:
        raise BadList(f"{label}: the sheet is empty")
    line = max(start, key=lambda row: (recognised([cell.text for cell in row.cells], mapped), -row.number))
    headings = [cell.text for cell in line.cells]
    while headings and not headings[-1]:
        headings.pop()
    source = Source(label, "xlsx", columns_of(headings, mapped, label))
    source.counts["rows_above"] = sum(1 for row in start if row.number < line.number)
    left = chain((row for row in start if row.number > line.number), rows)
    yield source, SCHEMA.empty_table()
    while batch := list(islice(left, BATCH)):
        made: dict[str, list[Any]] = {
            f"c{place}": [_cell(row, place, source) for row in batch] for place in _used(source.columns)
        }
        yield source, _tidy(pa.table(made | {"row": [row.number for row in batch]}), source)


def _cell(row: ReadRow, place: int, source: Source) -> str:
    cell = row.cells[place]
    if cell.is_formula:
        source.counts["formula:" + _field_at(source.columns, place)] += 1
    if cell.is_number and len(cell.text.rstrip("0").partition(".")[0]) <= KEPT < len(cell.text.partition(".")[0]):
        source.counts["rounded:" + _field_at(source.columns, place)] += 1
        return ""
    return cell.text


def _parquet(path: Path, label: str, mapped: Mapping[str, str]) -> Iterator[tuple[Source, pa.Table]]:
    try:
        file = pq.ParquetFile(path)
        source = Source(label, "parquet", columns_of(file.schema_arrow.names, mapped, label))
        places, first = _used(source.columns), 1
        names = [source.columns.headings[place] for place in places]
        yield source, SCHEMA.empty_table()
        for batch in file.iter_batches(10 * BATCH, columns=names):
            made = {f"c{place}": _as_text(batch.column(name), label) for place, name in zip(places, names, strict=True)}
            yield source, _tidy(pa.table(made | {"row": pa.array(range(first, first + len(batch)))}), source)
            first += len(batch)
    except (pa.ArrowException, OSError) as error:
        raise BadList(f"{label}: damaged Parquet ({str(error).splitlines()[0]}); write it again") from error


def _as_text(column: pa.Array, label: str) -> pa.Array:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pc.binary_join(column.cast(pa.list_(pa.string())), ";")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise BadList(f"{label}: a column is {kind}, which is no text, number, date or list of these")
    return column.cast(pa.string())


# --- cells ----------------------------------------------------------------------------------------------------------


def _used(columns: Columns) -> list[int]:
    return sorted({place for places in columns.fields.values() for place in places})


def _field_at(columns: Columns, place: int) -> str:
    return next(name for name, places in columns.fields.items() if place in places)


def _tidy(rows: pa.Table, source: Source) -> pa.Table:
    """Fields as columns, cells trimmed, words for nothing empty, rows without any cell counted and left out."""
    found = {
        name: [_plain(rows[f"c{place}"], name, source) for place in places]
        for name, places in source.columns.fields.items()
    }
    family, given = (found.pop(part, []) for part in PARTS)
    if family or (given and "name" not in found):
        found["name"] = [_name_of([*family, *(given or found.get("name", []))])]
    nothing = pa.array([""] * len(rows), pa.string())
    made = {name: _joined(found[name]) if name in found else nothing for name in FIELDS}
    table = pa.table(made | {"row": rows["row"]}, schema=SCHEMA)
    empty = pc.equal(pc.binary_join_element_wise(*(table[name] for name in FIELDS), ""), "")
    source.counts["rows_empty"] += (blank := pc.sum(empty).as_py() or 0)
    table = table.filter(pc.invert(empty)) if blank else table
    source.rows += len(table)
    for name in FIELDS:
        if name in found:
            source.empty[name] += pc.sum(pc.equal(table[name], "")).as_py() or 0
    return table


def _plain(column: Any, name: str, source: Source) -> Any:
    text = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    if (pc.max(pc.utf8_length(text)).as_py() or 0) > LONGEST:
        raise BadList(f"{source.label}: a cell of more than {LONGEST:,} characters; is a quotation mark never closed?")
    text = pc.if_else(pc.is_in(text, pa.array(nothings())), "", text)
    if name in ("phone", "id_number", "record_id"):
        rounded = pc.match_substring_regex(text, EXPONENT)
        source.counts[f"rounded:{name}"] += pc.sum(rounded).as_py() or 0
        text = text if name == "record_id" else pc.if_else(rounded, "", text)
    if name not in ("name", "guardian_name", "source"):
        text = pc.replace_substring_regex(text, r"^(\d+)\.0$", r"\1")
    return text


def _joined(columns: Sequence[Any]) -> Any:
    """Several columns of one field as one text, separated by semicolons."""
    if len(columns) == 1:
        return columns[0]
    nulls = [pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column) for column in columns]
    return pc.binary_join_element_wise(*nulls, ";", null_handling="skip")


def _name_of(parts: Sequence[Any]) -> Any:
    """Family name or father's name, then the given name: as one word where they are Han, else with a space."""
    whole = _joined(parts)
    is_han = pc.match_substring_regex(whole, r"^[\p{Han};]+$")
    return pc.if_else(is_han, pc.replace_substring(whole, ";", ""), pc.replace_substring(whole, ";", " "))
