"""Many small Parquet files become one a kind and month; ties of erased persons are left out of the new ones.

Facts are kept one and all, those taken back too: a question "as of" an earlier day still needs them.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from tongxing.facts import store
from tongxing.facts.export import alone, swept


@transaction.atomic(using="counter")
def compact(folder: Path | None = None) -> store.Manifest:
    """Merges the files of each kind and month and returns the new manifest; the watermark stays.

    Readers see all of it or nothing, by the manifest; files that it no longer names stay for an hour. A link from a
    pseudonym that is tied to no person any more is dropped: records of erased persons cannot be told to be one, so
    unduplicated figures may count them apart. Raises OSError for a damaged file; `export` mends it.
    """
    with alone(folder) as (folder, cursor, before):
        if damaged := before.damaged(folder):
            raise OSError("; ".join(damaged))
        files: list[store.File] = []
        by_place = sorted(before.files, key=lambda file: (file.kind, file.month))
        for (kind, month), group in groupby(by_place, key=lambda file: (file.kind, file.month)):
            mine = list(group)
            files += _facts(folder, mine, kind, month) if kind else _links(folder, mine, cursor)
        if files == by_place:
            return swept(folder, before)
        after = before.followed_by(before.watermark, files)
        after.write(folder)
        return swept(folder, after)


def _facts(folder: Path, files: list[store.File], kind: str, month: str) -> list[store.File]:
    if len(files) == 1:
        return files
    rows = _read(folder, files, store.FACT).sort_by([("recorded_at", "ascending"), ("id", "ascending")])
    place = Path(files[0].path).parent
    return [store.written(folder, place, _pieces(rows), store.FACT, kind=kind, month=month)]


def _links(folder: Path, files: list[store.File], cursor: Any) -> list[store.File]:
    links = _read(folder, files, store.IDENTITY)
    alive = store.fetched(cursor, "select access.living_subjects() as subject", [], LIVING)
    kept = links.filter(pc.is_in(links["subject"], value_set=alive["subject"]))
    if len(files) == 1 and kept.num_rows == links.num_rows:
        return files
    rows = kept.sort_by([("subject", "ascending"), ("valid_from", "ascending")])
    return [store.written(folder, Path("identity"), _pieces(rows), store.IDENTITY)] if rows.num_rows else []


LIVING = pa.schema({"subject": pa.string()})


def _read(folder: Path, files: list[store.File], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(folder / file.path).read().cast(schema) for file in files])


def _pieces(rows: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, rows.num_rows, store.GROUP):
        yield rows.slice(start, store.GROUP)
