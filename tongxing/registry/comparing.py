"""The jobs that compare records with each other: what is new against all every night, all against all every week.

They run as tx_linker, which reads no name. Families that have not agreed, and whoever is under location lock, are
compared within their own centre only. What was found is written in pieces; each piece and the mark that it is written
are one transaction, so that a job that was killed goes on where it was and does nothing twice.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from tongxing.facts import store
from tongxing.linkage import batch, crowds, normaliser, scoring
from tongxing.linkage.details import COLUMNS
from tongxing.registry import certainty
from tongxing.registry.models.links import LinkRun, ReviewPair

LINKER = "linker"
PIECE = 250  # pairs of one transaction
WORDS = {  # where the two call it otherwise
    "unsure": ReviewPair.Reason.UNCERTAIN,
    "twins": ReviewPair.Reason.UNCERTAIN,
    "crowd": ReviewPair.Reason.SIZE,
}
PEOPLE = pa.schema(
    {
        "person": pa.string(),
        "centre": pa.string(),
        "across": pa.bool_(),
        "version": pa.string(),
        "was_across": pa.bool_(),
    }
)
SELECT_PEOPLE = """
    select person, centre, across::text as across, version, was_across::text as was_across
      from access.to_compare() order by person"""
TYPES = {
    "text": pa.string(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "bigint[]": pa.string(),
}
ROWS = pa.schema([("person", pa.string()), *((name, TYPES[kind]) for name, kind in COLUMNS.items())])
SELECT_ROWS = f"""select person_id as person, {", ".join(COLUMNS)} from registry_searchrow order by person_id, id"""  # noqa: S608  our own names
FOUND = pa.schema(
    {
        "left": pa.string(),
        "right": pa.string(),
        "says": pa.string(),
        "weight": pa.float64(),
        "probability": pa.float64(),
        "levels": pa.string(),
        "weights": pa.string(),
    }
)
TIES = pa.schema({"left": pa.string(), "right": pa.string(), "probability": pa.float64()})
KEPT = ("people", "found", "ties")
Link = Callable[..., batch.Linked]


@dataclass(frozen=True)
class Register:
    """Everybody as they are compared: `people` one row each, `features` one to four rows each with `record`, `line`."""

    people: pa.Table
    features: pa.Table


def compare(scope: str, *, link: Link = batch.link) -> LinkRun:
    """Begin a run of `scope` (new | full), or go on with the one that was interrupted, until it is done."""
    run = LinkRun.objects.using(LINKER).exclude(state=LinkRun.State.DONE).filter(scope=scope).first()
    if run is None:
        run = LinkRun(scope=scope)
        run.save(using=LINKER, force_insert=True)
    model = _in_force()
    if run.state != LinkRun.State.WRITING or not all(_kept(run, what).exists() for what in KEPT):
        _find(run, model, link)
    _write(run)
    _finish(run)
    return run


def _in_force() -> scoring.Model:
    """The model that the owner installed last."""
    with connections[LINKER].cursor() as cursor:
        cursor.execute("select content from registry_installedmodel order by at desc, id desc limit 1")
        return scoring.read_model(cursor.fetchone()[0])


def _find(run: LinkRun, model: scoring.Model, link: Link) -> None:
    """Compare, and keep what was found in a file; only then is the run said to be writing."""
    version = f"{normaliser.VERSION}/{model.version}"
    _say(run, state=LinkRun.State.READING, model_version=version, steps=0, done=0, counts={})
    with transaction.atomic(using=LINKER), connections[LINKER].cursor() as cursor:
        cursor.execute("select access.end_what_is_not_agreed(), access.link_answers()")
        counts = dict(zip(("not_agreed", "answered"), cursor.fetchone(), strict=True))
        register = _read(cursor)
    counts["records"] = register.people.num_rows
    _say(run, state=LinkRun.State.COMPARING, counts=counts)
    fresh = np.ones(register.people.num_rows, dtype=bool)
    if run.scope == LinkRun.Scope.NEW:
        fresh = _fresh(register.people, version)
    counts["new"] = int(fresh.sum())
    pools = list(_pools(register.people, fresh, is_full=run.scope == LinkRun.Scope.FULL))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    ties = [TIES.empty_table()]
    for done, (members, only) in enumerate(pools):
        _say(run, steps=len(pools), done=done, counts=counts)
        linked = _linked(register, members, only, model, link)
        if linked is None:
            continue
        ids = register.people["person"].take(pa.array(members))
        ties.append(_ties(ids, linked))
        for pair in _pairs(ids, linked):
            found.setdefault((pair["left"], pair["right"]), pair)
    # The strongest first: what is weaker then meets the clusters that they make.
    rows = sorted(
        found.values(), key=lambda pair: (pair["says"] != "link", -(pair["weight"] or 0), pair["left"], pair["right"])
    )
    _keep(run, "people", register.people.select(["person", "across"]))
    _keep(run, "ties", pa.concat_tables(ties).group_by(["left", "right"]).aggregate([("probability", "max")]))
    _keep(run, "found", pa.Table.from_pylist(rows, schema=FOUND))
    counts["pairs"] = len(rows)
    _say(run, state=LinkRun.State.WRITING, steps=-(-len(rows) // PIECE), done=0, counts=counts)


def _read(cursor: Any) -> Register:
    people = store.fetched(cursor, SELECT_PEOPLE, [], PEOPLE)
    rows = store.fetched(cursor, SELECT_ROWS, [], ROWS)
    record = pc.index_in(rows["person"], people["person"]).combine_chunks()
    place = record.to_numpy()
    first = np.searchsorted(place, place, side="left")  # sorted by person: where each one's rows begin
    features = pa.table({name: _lists(rows[name]) if COLUMNS[name] == "bigint[]" else rows[name] for name in COLUMNS})
    features = features.append_column("record", pc.cast(record, pa.int64()))
    features = features.append_column("line", pa.array(np.arange(len(place)) - first, pa.int16()))
    return Register(people, crowds.apart(features))  # as in lists: what a village shares says nothing of one child


def _lists(column: pa.ChunkedArray) -> pa.Array:
    """`{1,2}` as PostgreSQL writes it, as lists of numbers."""
    text = pc.utf8_trim(column, "{}").combine_chunks()
    parts = pc.split_pattern(pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text), ",")
    lengths = pc.fill_null(pc.list_value_length(parts), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pc.cast(pc.list_flatten(parts), pa.int64()))


def _fresh(people: pa.Table, version: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Who was never compared, or not with this version, or not as far as may be now."""
    same = pc.and_(
        pc.fill_null(pc.equal(people["version"], version), False),
        pc.fill_null(pc.equal(people["across"], people["was_across"]), False),
    )
    return pc.invert(same).to_numpy(zero_copy_only=False)


def _pools(people: pa.Table, fresh: Any, *, is_full: bool) -> Iterator[tuple[Any, set[int] | None]]:
    """(who is compared with each other, who of them is new): those who agreed, everywhere; then each centre that keeps others."""
    across = people["across"].to_numpy(zero_copy_only=False)
    centres = people["centre"].to_numpy(zero_copy_only=False)
    everywhere = np.flatnonzero(across)
    if is_full:
        yield everywhere, None
    elif fresh[everywhere].any():
        yield everywhere, set(everywhere[fresh[everywhere]].tolist())
    for centre in sorted(set(centres[~across])):
        here = np.flatnonzero(centres == centre)
        # Those who agreed have met each other above; here they meet the others, and the others each other.
        new = here[~across[here]] if is_full else here[fresh[here]]
        if len(new):
            yield here, set(new.tolist())


def _linked(
    register: Register, members: Any, only: set[int] | None, model: scoring.Model, link: Link
) -> batch.Linked | None:
    """What the model says of one pool, by the places of its members; None when nothing of them can be compared."""
    of = np.full(register.people.num_rows, -1, dtype=np.int64)
    of[members] = np.arange(len(members))
    record = of[register.features["record"].to_numpy()]
    features = register.features.filter(pa.array(record >= 0))
    features = features.set_column(features.schema.get_field_index("record"), "record", pa.array(record[record >= 0]))
    if not features.num_rows:
        return None
    return link(features, model, only=None if only is None else set(of[sorted(only)].tolist()))


def _ties(ids: Any, linked: batch.Linked) -> pa.Table:
    """Every pair worth a look, linked or not, with its probability: reach draws over them (facts/reach.py)."""
    left, right = (linked.pairs[side].to_numpy() for side in ("left", "right"))
    ends = [ids.take(pa.array(pick(left, right))) for pick in (np.minimum, np.maximum)]  # people are in order of ids
    return pa.table([*ends, linked.pairs["probability"]], schema=TIES)


def _pairs(ids: Any, linked: batch.Linked) -> Iterator[dict[str, Any]]:
    """Pairs that are one person, and pairs for people to look at."""
    identity = dict(
        zip(linked.identities["record"].to_pylist(), linked.identities["identity"].to_pylist(), strict=True)
    )
    least = linked.counts["thresholds"]["link"]
    seen = {(pair["left"], pair["right"]): pair for pair in linked.pairs.to_pylist()}
    for (left, right), pair in seen.items():
        if pair["weight"] >= least and identity[left] == identity[right]:
            yield _pair(ids, left, right, "link", pair)
    for held in linked.held.to_pylist():
        left, right = held["left"], held["right"]
        yield _pair(ids, left, right, WORDS.get(held["reason"], held["reason"]), seen.get((left, right), {}))


def _pair(ids: Any, left: int, right: int, says: str, seen: dict[str, Any]) -> dict[str, Any]:
    one, other = sorted((ids[left].as_py(), ids[right].as_py()))
    return {
        "left": one,
        "right": other,
        "says": str(says),
        "weight": seen.get("weight"),
        "probability": seen.get("probability"),
        "levels": json.dumps({name[2:]: level for name, level in seen.items() if name.startswith("l_")}),
        "weights": json.dumps({name[2:]: round(bits, 3) for name, bits in seen.items() if name.startswith("w_")}),
    }


def _write(run: LinkRun) -> None:
    """Piece by piece; the run's row says how many are committed, in the transaction of the last of them."""
    found = pq.read_table(_kept(run, "found"))
    while run.done < run.steps:
        piece = [
            row | {"levels": json.loads(row["levels"]), "weights": json.loads(row["weights"])}
            for row in found.slice(run.done * PIECE, PIECE).to_pylist()
        ]
        with transaction.atomic(using=LINKER), connections[LINKER].cursor() as cursor:
            cursor.execute("select access.write_found(%s::jsonb, %s)", [json.dumps(piece), run.model_version])
            told = cursor.fetchone()[0]
            told = json.loads(told) if isinstance(told, str) else told
            counts = run.counts | {word: run.counts.get(word, 0) + number for word, number in told.items()}
            _say(run, done=run.done + 1, counts=counts)


def _finish(run: LinkRun) -> None:
    """Mark everybody as compared, note for reach how sure it all is, and forget the files."""
    people, found, ties = (pq.read_table(_kept(run, what)) for what in KEPT)
    links = found.filter(pc.equal(found["says"], "link"))
    is_full = run.scope == LinkRun.Scope.FULL
    with transaction.atomic(using=LINKER), connections[LINKER].cursor() as cursor:
        counts = dict(run.counts)
        if is_full:
            sides = [links[side].to_pylist() for side in ("left", "right")]
            cursor.execute("select access.end_what_no_model_says(%s::uuid[], %s::uuid[])", sides)
            counts["no_longer"] = cursor.fetchone()[0]
            counts |= certainty.joins(cursor, ties)
        cursor.execute(MARK, [run.model_version, *(people[name].to_pylist() for name in ("person", "across"))])
        counts["ties"] = certainty.note(cursor, run, ties, counts)
        _say(run, state=LinkRun.State.DONE, finished_at=timezone.now(), counts=counts)
    for what in KEPT:
        _kept(run, what).unlink(missing_ok=True)


MARK = """
    insert into registry_compared (person_id, version, across)
    select s.person, %s, s.across from unnest(%s::uuid[], %s::boolean[]) s(person, across)
      join registry_person p on p.id = s.person
    on conflict (person_id) do update set version = excluded.version, across = excluded.across
     where (registry_compared.version, registry_compared.across) is distinct from (excluded.version, excluded.across)"""


def _say(run: LinkRun, **changed: Any) -> None:
    for name, value in changed.items():
        setattr(run, name, value)
    run.save(using=LINKER, update_fields=list(changed))


def _kept(run: LinkRun, what: str) -> Path:
    """Ids and weights, no names; beside the database, for the service user only, until they are written."""
    return Path(settings.LINKING_FOLDER) / f"{run.id}.{what}.parquet"


def _keep(run: LinkRun, what: str, table: pa.Table) -> None:
    path = _kept(run, what)
    path.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
    fresh = path.with_suffix(".part")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        pq.write_table(table, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(path)
    store.sync(path.parent)
