"""`tongxing identity probe`: search as a desk does, over the installed register or over lists; each search timed alone."""

import heapq
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tongxing.config import linking
from tongxing.config.lists.records import Lists
from tongxing.linkage import bulk, keys, reasons, scoring
from tongxing.linkage.details import COLUMNS, Features

SAME = ("likely", "possible")  # verdicts that say "perhaps this person"; the others name a relative
CHUNK = 100_000  # rows whose keys are made at once

Progress = Callable[[str, float], None]
Rows = tuple[Features, ...]


@dataclass(frozen=True)
class Asked:
    """What was typed, as it was typed."""

    probes: Path
    top: int
    register: Sequence[Path]
    model: Path | None
    mapped: Sequence[str]
    as_of: date


def probe(asked: Asked, progress: Progress) -> list[dict[str, Any]]:
    """What `--json` prints: [{probe_id, candidates: [{record_id, weight, verdict, reasons}], family, ms}].

    Raises typer.BadParameter.
    """
    with linking.scratch() as folder:
        wanted = linking.read([asked.probes], asked.mapped, folder, progress)
        if not asked.register:
            with database():
                search = import_module("tongxing.config.register_probing").search
                return list(search(wanted, asked.top, asked.as_of, progress))
        model = linking.read_model(asked.model)
        lists = linking.read(asked.register, (), folder, progress)
    stored = Register(lists, asked.as_of, progress)
    sought = bulk.read_list(wanted.records, as_of=asked.as_of).features.combine_chunks()
    ids = wanted.records["record_id"].to_pylist()
    found = []
    for place, record_id in enumerate(ids):
        rows = rows_of(sought, place)
        began = time.perf_counter()
        candidates, family = stored.search(rows, model, asked.top)
        took = (time.perf_counter() - began) * 1000
        found.append({"probe_id": record_id, "candidates": candidates, "family": family, "ms": round(took, 3)})
        progress("searching", (place + 1) / len(ids))
    return found


@contextmanager
def database() -> Iterator[None]:
    """The register of this installation answers, and Django is set up."""
    from tongxing.config.cli import _database

    with _database():
        yield


def rows_of(features: pa.Table, record: int) -> Rows:
    """The rows of one record of a table as `bulk.read_list` makes it, in one piece and sorted by record."""
    first, last = np.searchsorted(features["record"].to_numpy(), [record, record + 1])
    return tuple(as_features(features.slice(int(first), int(last - first))))


def as_features(rows: pa.Table) -> Iterator[Features]:
    """Rows of a table as values."""
    lists = [pa.types.is_list(rows.schema.field(name).type) for name in COLUMNS]
    columns = [
        map(tuple, rows[name].to_pylist()) if is_list else rows[name].to_pylist()
        for name, is_list in zip(COLUMNS, lists, strict=True)
    ]
    return (Features(*values) for values in zip(*columns, strict=True))


class Register:
    """Lists in memory with the keys under which a desk would find their records."""

    def __init__(self, lists: Lists, as_of: date, progress: Progress) -> None:
        made = bulk.read_list(lists.records, lambda n, of: progress("comparing", n / max(of, 1)), as_of=as_of).features
        self.ids = lists.records["record_id"].combine_chunks()
        self.features = made.combine_chunks()
        pieces = [made.slice(start, CHUNK) for start in range(0, len(made), CHUNK)]
        found = []
        self.tags = np.zeros(len(self.ids), np.int16)
        for keys_and_records, tags in _worked(pieces):
            found.append(keys_and_records)
            self.tags[keys_and_records[1]] = tags
            progress("filing", len(found) / len(pieces))
        both = np.concatenate([*found, np.empty((2, 0), np.int64)], axis=1)
        order = np.argsort(both[0], kind="stable")
        self.keys, self.records = both[0][order], both[1][order].astype(np.int32)

    def search(self, sought: Rows, model: scoring.Model, top: int) -> tuple[list[Any], list[Any]]:
        """(candidates, family), best first, at most `top` of each. Weak keys only when strong ones find nobody likely."""
        asked = keys.asked(sought)
        found: dict[int, dict[str, Any]] = {}
        for some in (asked.keys[: asked.strong], asked.keys[asked.strong :]):
            for record in self.under(some, asked.tags):
                if record not in found:
                    found[record] = self._weighed(record, sought, model)
            if any(told["verdict"] == "likely" for told in found.values()):
                break
        return split(ranked(list(found.values()), model), top)

    def _weighed(self, record: int, sought: Rows, model: scoring.Model) -> dict[str, Any]:
        levels = max(
            (scoring.agreement(p, q) for p in rows_of(self.features, record) for q in sought),
            key=lambda levels: scoring.weight(levels, model),
        )
        return found_told(self.ids[record].as_py(), levels, scoring.verdict(levels, model), model)

    def under(self, wanted: Sequence[int], tags: Sequence[int]) -> list[int]:
        """Records under any of the keys, as a desk finds them: a crowded key is narrowed by the given name's tag,

        and those under most keys come first, where a key says more the fewer it has.
        """
        says: dict[int, float] = {}
        for first, last in zip(*(np.searchsorted(self.keys, wanted, side) for side in ("left", "right")), strict=True):
            block = np.unique(self.records[first:last])
            size = min(len(block), keys.BLOCK + 1)
            if size > keys.BLOCK:
                block = block[np.isin(self.tags[block], tags)][: keys.BLOCK]
            for record in block.tolist():
                says[record] = says.get(record, 0.0) + 1 / size
        return heapq.nlargest(keys.COMPARED, says, key=lambda record: (says[record], -record))


def _worked(pieces: Sequence[pa.Table]) -> Iterable[Any]:
    """Keys and records of each piece; long lists in two processes."""
    if len(pieces) < 2:
        yield from map(filed, pieces)
        return
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield from pool.map(filed, pieces)


def filed(features: pa.Table) -> Any:
    """(key, record) of every row as two rows of numbers; and with each the tag of the record's first row."""
    found: list[tuple[int, int]] = []
    tags: dict[int, int] = {}
    for record, row in zip(features["record"].to_pylist(), as_features(features), strict=True):
        found += [(key, record) for key in keys.stored_keys((row,))]
        tags.setdefault(record, keys.tag(row))
    both = np.array(found, np.int64).reshape(-1, 2).T
    return both, np.array([tags[record] for record in both[1].tolist()], np.int16)


def ranked(found: Sequence[dict[str, Any]], model: scoring.Model) -> list[dict[str, Any]]:
    """Those worth showing, the best first. Many who agree just alike are mostly chance, and one of them no candidate."""
    apart = scoring.apart([one["weight"] for one in found])
    order = sorted(zip(apart, found, strict=True), key=lambda both: (-both[0], both[1]["record_id"]))
    least = {"none": math.inf, "possible": model.possible}
    return [one for less, one in order if less >= least.get(one["verdict"], -math.inf)]


def split(found: Sequence[dict[str, Any]], top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(candidates, family) in the order given, at most `top` of each: a relative is no candidate."""
    candidates = [one for one in found if one["verdict"] in SAME]
    return candidates[:top], [one for one in found if one["verdict"] not in SAME][:top]


def found_told(record_id: str, levels: scoring.Levels, verdict: str, model: scoring.Model) -> dict[str, Any]:
    """One candidate or relative: weight in bits, and why, field by field."""
    return {
        "record_id": record_id,
        "weight": round(scoring.weight(levels, model), 3),
        "verdict": verdict,
        "reasons": [
            {"field": one.field, "state": one.state, "level": one.level, "words": one.reason}
            for one in reasons.agreements(levels)
            if one.state != "unknown"
        ],
    }


def told(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The answers for people, line by line."""
    for one in found:
        yield f"{one['probe_id']}  ({one['ms']:.1f} ms)"
        for kind in ("candidates", "family"):
            for each in one[kind]:
                why = ", ".join(f"{r['field']} {r['state']}" for r in each["reasons"])
                yield f"  {each['verdict']:9} {each['record_id']}  {each['weight']:+.1f} bits: {why}"
        if not one["candidates"]:
            yield "  nobody likely"
