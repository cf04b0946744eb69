"""How sure a run of the linkage is, noted for reach: every uncertain pair, and what people have found of such pairs."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongxing.linkage import scoring
from tongxing.linkage.draws import BINS, USUAL, Bin, Quality, components
from tongxing.registry.models.links import LinkRun

# What people said of pairs, with the probability that they bore; the word of a lead on a disputed pair like any other.
DECIDED = """
    select probability, state = 'same' from registry_reviewpair
     where state in ('same', 'sibling', 'different') and probability is not null"""
# Children whom a desk knew to be registered twice, whatever any model said.
KNOWN = """
    select left_id::text, right_id::text from registry_link
     where kind = 'same' and source = 'desk' and ended_at is null"""
LAST_FULL = """
    select counts from registry_linkrun where scope = 'full' and state = 'done' order by finished_at desc limit 1"""
CONTENT = "select content from registry_installedmodel order by at desc, id desc limit 1"


def joins(cursor: Any, ties: pa.Table) -> dict[str, int]:
    """Of the pairs that a desk knew: how many the ties of a full run bring together, and how many they miss."""
    cursor.execute(KNOWN)
    known = cursor.fetchall()
    if not known:
        return {"joins_found": 0, "joins_missed": 0}
    ends = [ties[side].combine_chunks() for side in ("left", "right")]
    sides = [pa.array(side, pa.string()) for side in zip(*known, strict=True)]
    names = pc.unique(pa.concat_arrays([*ends, *sides]))
    left, right, one, other = (np.asarray(pc.index_in(part, names), np.int64) for part in (*ends, *sides))
    group = components(len(names), left, right)
    found = int((group[one] == group[other]).sum())
    return {"joins_found": found, "joins_missed": len(known) - found}


def note(cursor: Any, run: LinkRun, ties: pa.Table, counts: dict[str, Any]) -> int:
    """Write the ties of a run and what is known of it; a word that somebody has said counts as 0 or 1. Returns how many."""
    columns = [ties[name].to_pylist() for name in ("left", "right", "probability_max")]
    cursor.execute(
        "select access.note_ties(%s, %s, %s::uuid[], %s::uuid[], %s::float8[], %s::jsonb)",
        [run.id, run.scope == LinkRun.Scope.FULL, *columns, json.dumps(quality(cursor, counts).as_json())],
    )
    return int(cursor.fetchone()[0])


def quality(cursor: Any, counts: dict[str, Any]) -> Quality:
    """Bins from all pairs that were decided; joins from the model's training and from what desks here knew.

    `counts` are those of this run; what a night did not ask, the last full run says.
    """
    cursor.execute(DECIDED)
    decided = np.array(cursor.fetchall(), dtype=float).reshape(-1, 2)
    probability, same = decided.T
    inside = [(probability >= low) & ((probability < high) | (high == 1)) for low, high in pairwise(BINS)]
    bins = tuple(
        Bin(low, high, int(here.sum()), int(same[here].sum()))
        for (low, high), here in zip(pairwise(BINS), inside, strict=True)
        if here.any()
    )
    if "joins_found" not in counts:
        cursor.execute(LAST_FULL)
        row = cursor.fetchone()
        counts = _loaded(row[0]) if row else {}
    cursor.execute(CONTENT)
    trained = usual(scoring.read_model(cursor.fetchone()[0]))
    found, missed = trained.found + counts.get("joins_found", 0), trained.missed + counts.get("joins_missed", 0)
    return Quality(bins, found, missed)


def usual(model: scoring.Model) -> Quality:
    """What the model missed where it was trained: its card says so; without a word of it, what is usual."""
    joins = model.card.get("joins")
    return Quality(found=joins["found"], missed=joins["missed"]) if joins else USUAL


def _loaded(stored: Any) -> dict[str, Any]:
    return dict(json.loads(stored)) if isinstance(stored, str) else stored
