"""`tongxing link`: lists in, who is who out. No server, no database, no state folder; nothing half written is left."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from tongxing.config.lists.records import Lists, read_lists
from tongxing.core.lists.columns import BadList, read_map
from tongxing.linkage import batch, bulk, normaliser, scoring
from tongxing.linkage.levels import WEIGHED

IDENTITIES, PAIRS, REPORT = "identities.parquet", "pairs.parquet", "report.html"
TELLING = ("name", "guardian_name", "phone", "id_number")
LARGEST_MODEL = 64 * 1024 * 1024  # bytes

Progress = Callable[[str, float], None]  # step, share of it


@dataclass(frozen=True)
class Asked:
    """What was typed, as it was typed."""

    files: Sequence[Path]
    out: Path
    model: Path | None
    engine: str
    mapped: Sequence[str]
    language: str
    as_of: date


class Result(NamedTuple):
    """Everything that a report tells of.

    unread      (list, field, reason): values that could not be read
    identity    for each record the place of the first record of its person
    """

    lists: Lists
    unread: Mapping[tuple[str, str, str], int]
    model: scoring.Model
    linked: batch.Linked
    identity: Any
    identity_ids: pa.Array


def link(asked: Asked, progress: Progress) -> dict[str, Any]:
    """Writes the three files and returns what `--json` prints. Raises typer.BadParameter naming what was wrong."""
    model = read_model(asked.model)
    with _engine(asked.engine) as engine, staged(asked.out) as folder:
        lists = read(asked.files, asked.mapped, folder, progress)
        places = _comparable(lists)
        made = bulk.read_list(
            lists.records.take(places), lambda done, of: progress("comparing", done / max(of, 1)), as_of=asked.as_of
        )
        counts, features = made.counts, [made.features]
        _count_others(lists, places, counts, asked.as_of)
        del made  # who links may let go of the rows as soon as the engine has them
        linked = batch.link(features.pop(), model, engine=engine, progress=lambda _, share: progress("linking", share))
        result = _result(lists, counts, model, _placed(linked, places), asked.as_of)
        _write(result, folder)
        progress("writing", 0.5)
        from tongxing.config import link_report

        (folder / REPORT).write_text(link_report.page(result, asked.language), encoding="utf-8")
        progress("writing", 1.0)
    return summary(result, asked)


def read(paths: Sequence[Path], mapped: Sequence[str], scratch: Path, progress: Progress) -> Lists:
    """The lists as records. Raises typer.BadParameter in one sentence."""
    try:
        fields = read_map(mapped)
    except BadList as problem:
        raise typer.BadParameter(str(problem), param_hint="--map") from problem
    try:
        return read_lists(paths, fields, scratch, lambda _, done, of: progress("reading", done / max(of, 1)))
    except BadList as problem:
        hint = "--map" if str(problem).startswith("--map") else "FILE"
        raise typer.BadParameter(str(problem).removeprefix("--map "), param_hint=hint) from problem


def read_model(path: Path | None) -> scoring.Model:
    """The model of a file, or the one shipped. Raises typer.BadParameter: no model, damaged, of another version."""
    if path is None:
        return scoring.hand_set()
    return scoring.read_model(model_text(path))


def model_text(path: Path) -> str:
    """The text of a model that can be used. Raises typer.BadParameter as `read_model`."""
    shipped = scoring.hand_set()
    words = "train one with `tongxing identity train`, or leave --model out for the shipped one"
    try:
        if path.stat().st_size > LARGEST_MODEL:
            raise ValueError(f"larger than {LARGEST_MODEL:,} bytes")
        text = path.read_text(encoding="utf-8")
        told = json.loads(text)
        if not isinstance(told, dict) or "comparisons" not in told:
            raise ValueError("no comparisons in it")
    except (OSError, ValueError) as problem:
        raise typer.BadParameter(f"{path} is no model ({_brief(problem)}); {words}", param_hint="MODEL") from problem
    again = "train it again with `tongxing identity train`"
    made_for = told.get("card", {}).get("normaliser", normaliser.VERSION)
    if made_for != normaliser.VERSION:
        words = f"names as version {made_for} of this program compares them, and this is version {normaliser.VERSION}"
        raise typer.BadParameter(f"{path} was made for {words}; {again}", param_hint="MODEL")
    try:
        scoring.read_model(text)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        what, remedy = f"a damaged model ({_brief(problem)})", words
        if told.get("version") != shipped.version:
            version = told.get("version")
            what, remedy = f"a model of version {version!r}, this program reads version {shipped.version}", again
        raise typer.BadParameter(f"{path} is {what}; {remedy}", param_hint="MODEL") from problem
    return text


def _brief(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0][:160]


@contextmanager
def _engine(name: str) -> Iterator[Any]:
    """DuckDB by name, or a session of Spark for the time. Raises typer.BadParameter when there is none."""
    if name != "spark":
        yield name
        return
    from tongxing.facts import engines

    try:
        from tongxing.facts.engines import on_spark

        session = on_spark.backend().session
    except engines.Unable as problem:
        raise typer.BadParameter(str(problem), param_hint="--engine") from problem
    from tongxing.linkage.engines import InSpark

    yield InSpark(session)


def _comparable(lists: Lists) -> pa.Array:
    """Places of the records that could be told to be somebody; the others stay persons of their own.

    Sex, birth date and county alone are shared by many and never make one person of two records.
    """
    cells = [lists.records[name] for name in TELLING]
    anything = pc.not_equal(pc.binary_join_element_wise(*cells, ""), "")
    return pc.indices_nonzero(anything).cast(pa.int64())


def _count_others(lists: Lists, places: pa.Array, counts: bulk.Counts, as_of: date) -> None:
    """What cannot be read in the records that are not compared, piece by piece: nothing of them is kept."""
    left_out = np.ones(len(lists.records), bool)
    left_out[places.to_numpy()] = False
    others = pa.array(np.flatnonzero(left_out))
    for begin in range(0, len(others), bulk.CHUNK):
        piece = lists.records.take(others.slice(begin, bulk.CHUNK))
        counts.add(bulk.read_list(piece, as_of=as_of, processes=1).counts)


def _placed(linked: batch.Linked, places: pa.Array) -> batch.Linked:
    """The same by places in the lists."""

    def moved(table: pa.Table, *columns: str) -> pa.Table:
        for name in columns:
            place = table.column_names.index(name)
            table = table.set_column(place, name, places.take(table[name].combine_chunks()))
        return table

    return linked._replace(
        pairs=moved(linked.pairs, "left", "right"),
        held=moved(linked.held, "left", "right"),
        identities=moved(linked.identities, "record", "identity"),
    )


def _result(lists: Lists, counts: bulk.Counts, model: scoring.Model, linked: batch.Linked, as_of: date) -> Result:
    """Pairs in the order of the records, and an id for every person: the smallest of its record ids."""
    pairs = linked.pairs.sort_by([("left", "ascending"), ("right", "ascending")])
    held = linked.held.sort_by([("left", "ascending"), ("right", "ascending"), ("reason", "ascending")])
    linked = linked._replace(pairs=pairs, held=held)
    ids = lists.records["record_id"].combine_chunks()
    identity = np.arange(len(ids))  # a record without anything to compare is a person of its own
    identity[linked.identities["record"].to_numpy()] = linked.identities["identity"].to_numpy()
    shared = np.flatnonzero(np.bincount(identity, minlength=len(ids))[identity] > 1)
    named = ids.take(pa.array(shared))
    order = np.empty(len(shared), np.int64)
    order[pc.sort_indices(named).to_numpy()] = np.arange(len(shared))
    smallest = np.full(len(ids), len(ids), np.int64)
    np.minimum.at(smallest, identity[shared], order)
    first = np.arange(len(ids))
    first[shared] = shared[np.argsort(order)][smallest[identity[shared]]]
    return Result(lists, _unread(lists, counts, as_of), model, linked, identity, ids.take(pa.array(first)))


def _unread(lists: Lists, counts: bulk.Counts, as_of: date) -> dict[tuple[str, str, str], int]:
    """What could not be read, by list, field and reason; with several lists, those fields are read once more by list."""
    fields = [name for name, reasons in counts.unread.items() if reasons.total()]
    if len(lists.sources) == 1 or not fields:
        return {(lists.sources[0].label, name, why): n for name in fields for why, n in counts.unread[name].items()}
    found: dict[tuple[str, str, str], int] = {}
    for number, source in enumerate(lists.sources):
        rows = lists.records.filter(pc.equal(lists.numbers, number)).select(["record_id", *fields])
        for name, reasons in bulk.read_list(rows, as_of=as_of).counts.unread.items():
            found |= {(source.label, name, why): n for why, n in reasons.items()}
    return found


def _write(result: Result, folder: Path) -> None:
    ids = result.lists.records["record_id"].combine_chunks()
    pq.write_table(pa.table({"record_id": ids, "identity_id": result.identity_ids}), folder / IDENTITIES)
    pairs = result.linked.pairs
    columns = ["probability", "weight", *(f"w_{name}" for name in WEIGHED), *(f"l_{name}" for name in WEIGHED)]
    sides = {side: ids.take(pairs[side].combine_chunks()) for side in ("left", "right")}
    kept = {name: pairs[name] for name in columns}
    same = np.equal(*(result.identity[pairs[side].to_numpy()] for side in ("left", "right")))
    pq.write_table(pa.table(sides | kept | {"same": pa.array(same)}), folder / PAIRS)


def summary(result: Result, asked: Asked) -> dict[str, Any]:
    """What `--json` prints: counts only, no names."""
    lists, counts = result.lists, result.linked.counts
    sizes = np.bincount(result.identity)
    return {
        "records": len(lists.records),
        "identities": int((sizes > 0).sum()),
        "records_by_identity": {str(n): int(c) for n, c in enumerate(np.bincount(sizes[sizes > 0])) if c},
        "pairs": {name: counts.get(name) for name in ("compared", "linked", "held")},
        "thresholds": counts.get("thresholds"),
        "model_version": result.model.version,
        "engine": asked.engine,
        "as_of": asked.as_of.isoformat(),
        "lists": [source_told(source) for source in lists.sources],
        "ids_made": lists.ids_made,
        "ids_repeated": lists.ids_repeated,
        "unread": [
            {"list": label, "field": field, "reason": reason, "values": number}
            for (label, field, reason), number in sorted(result.unread.items())
        ],
        "files": [str(asked.out / name) for name in (IDENTITIES, PAIRS, REPORT)],
    }


def source_told(source: Any) -> dict[str, Any]:
    return {
        "list": source.label,
        "kind": source.kind,
        "encoding": source.encoding or None,
        "separator": source.separator or None,
        "records": source.rows,
        "columns": source.columns.told(),
        "columns_not_read": list(source.columns.ignored),
        "empty": dict(source.empty),
        "met": {name: number for name, number in source.counts.items() if number},
    }


# --- nothing half written -------------------------------------------------------------------------------------------


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` that becomes it at the end, readable by its owner only; after an error nothing is left.

    What a run that was killed left behind is removed by the next one. Raises typer.BadParameter.
    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file; --out is a folder", param_hint="--out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear(out)
        folder = out.parent / f".{out.name}.{os.getpid()}.partial"
        folder.mkdir(mode=0o700)
        try:
            yield folder
            _put_in_place(folder, out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {out}: {error.strerror or error}", param_hint="--out") from error


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for copies of lists while they are read, readable by its owner only."""
    with tempfile.TemporaryDirectory(prefix="tongxing-") as folder:
        yield Path(folder)


def _clear(out: Path) -> None:
    for left in out.parent.glob(f".{out.name}.*.partial"):
        number = left.name.split(".")[-2]
        with suppress(OSError):
            if not number.isdecimal() or Path(f"/proc/{number}").exists():
                continue
            shutil.rmtree(left)


def _put_in_place(folder: Path, out: Path) -> None:
    """All at once where there is no such folder yet; else file by file, each of them whole at every moment."""
    if not out.exists():
        folder.rename(out)
        return
    for file in sorted(folder.iterdir()):
        file.replace(out / file.name)


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """The summary for people, line by line."""
    more = sum(count for size, count in found["records_by_identity"].items() if int(size) > 1)
    yield f"{found['records']:,} records are {found['identities']:,} persons; {more:,} of them have several records."
    yield f"{found['pairs']['held'] or 0:,} pairs are for people to look at: see {REPORT}."
    for one in found["lists"]:
        written = ", ".join(word for word in (one["kind"], one["encoding"]) if word)
        yield f"  {one['list']}: {one['records']:,} records ({written})"
        if one["columns_not_read"]:
            yield f"    columns not read: {', '.join(one['columns_not_read'])}"
        for name, number in one["met"].items():
            yield f"    {name.replace('_', ' ').replace(':', ', ')}: {number:,}"
    for one in found["unread"]:
        yield f"  {one['list']}: {one['values']:,} values of {one['field']} not readable: {one['reason']}"
    if found["ids_made"]:
        yield f"  {found['ids_made']:,} records had no id: list and row stand for it."
    if found["ids_repeated"]:
        yield f"  {found['ids_repeated']:,} ids stood there before: list and row were added."
    yield "Written: " + ", ".join(found["files"])
