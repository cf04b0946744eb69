"""Lists put together: one table of records in the order of the files, each record with an id of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongxing.config.lists.reading import SCHEMA, Source, batches
from tongxing.core.lists.columns import FIELDS, BadList

NAMED = 20  # ids that are named one by one

Progress = Callable[[str, int, int], None]  # words, done, total


@dataclass(frozen=True)
class Lists:
    """All lists together.

    records     the fields as text, each `record_id` unlike any other
    numbers     for each record the place of its list in `sources`
    repeated    some of the ids that were changed: (id as given, id now, list)
    """

    records: pa.Table
    numbers: pa.Array
    sources: tuple[Source, ...]
    ids_made: int
    ids_repeated: int
    repeated: tuple[tuple[str, str, str], ...]


def read_lists(paths: Sequence[Path], mapped: Mapping[str, str], scratch: Path, progress: Progress) -> Lists:
    """Reads the files in the order given; `scratch` is a folder for copies in UTF-8. Raises BadList."""
    labels, done, size = _labels(paths), 0, sum(path.stat().st_size for path in paths)
    sources: dict[str, tuple[int, Source]] = {}
    pieces, numbers = [SCHEMA.empty_table()], []
    for path, label in zip(paths, labels, strict=True):
        read = batches(path, label, mapped, scratch / "as-utf-8", partial(_further, progress, done, size))
        for source, piece in read:
            number, _ = sources.setdefault(source.label, (len(sources), source))
            pieces.append(piece)
            numbers.append(np.full(len(piece), number, np.int32))
        done += path.stat().st_size
    found = [source for _number, source in sources.values()]
    _check_map(mapped, found)
    return _with_ids(pa.concat_tables(pieces), np.concatenate([*numbers, np.empty(0, np.int32)]), found)


def _further(progress: Progress, before: int, size: int, read: int) -> None:
    progress("reading", before + read, size)


def _check_map(mapped: Mapping[str, str], sources: Sequence[Source]) -> None:
    headings = {heading for source in sources for heading in source.columns.headings}
    for column, field in mapped.items():
        if column not in headings:
            seen = ", ".join(sorted(heading for heading in headings if heading)[:12])
            raise BadList(f"--map {column}={field}: no list has a column {column!r}; there are {seen}")


def _labels(paths: Sequence[Path]) -> list[str]:
    """Short names of files, with as many folders as tell them apart."""
    labels = [path.name for path in paths]
    if len(set(labels)) < len(labels):
        labels = [f"{path.absolute().parent.name}/{path.name}" for path in paths]
    if len(set(labels)) < len(labels):
        labels = [str(path.absolute()) for path in paths]
    return labels


def _with_ids(rows: pa.Table, numbers: Any, sources: Sequence[Source]) -> Lists:
    """A missing id becomes `list:row`; one that was there before becomes `id~list:row`, so that no record is lost."""
    labels = pa.array([source.label for source in sources], pa.string())
    places = pc.binary_join_element_wise(labels.take(pa.array(numbers)), rows["row"].cast(pa.string()), ":")
    ids = rows["record_id"].combine_chunks()
    missing = pc.equal(ids, "")
    ids = pc.if_else(missing, places, ids)
    again = repeated = _seen_before(ids)
    typed = ids
    while again.any():  # once, but for an id that looks like one of ours
        ids = pc.if_else(pa.array(again), pc.binary_join_element_wise(ids, places, "~"), ids)
        again = _seen_before(ids)
    named = [
        (typed[int(place)].as_py(), ids[int(place)].as_py(), sources[numbers[place]].label)
        for place in np.flatnonzero(repeated)[:NAMED]
    ]
    records = rows.set_column(0, "record_id", ids).drop_columns(["row"])
    if len(sources) > 1:  # which list it came from stands for the source that it does not name
        source = pc.if_else(pc.equal(records["source"], ""), labels.take(pa.array(numbers)), records["source"])
        records = records.set_column(FIELDS.index("source"), "source", source)
    return Lists(
        records, pa.array(numbers), tuple(sources), pc.sum(missing).as_py() or 0, int(repeated.sum()), tuple(named)
    )


def _seen_before(ids: Any) -> Any:
    """Which ids stand further up already."""
    ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    codes = pc.dictionary_encode(ids).indices.to_numpy()
    again = np.ones(len(codes), bool)
    again[np.unique(codes, return_index=True)[1]] = False
    return again
