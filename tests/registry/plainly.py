"""A stand-in for the engine: two records of one name and birth date are one person, of one name alone an open question."""

from collections.abc import Set
from typing import Any

import pyarrow as pa

from tongxing.linkage.batch import Linked


def linked(features: pa.Table, model: Any, *, only: Set[int] | None = None, **_ignored: Any) -> Linked:
    """In the shape of `linkage.batch.link`; compares by exact name and birth date alone."""
    rows = {row["record"]: row for row in features.select(["record", "written", "birth_from"]).to_pylist()}
    same, unsure, identity = [], [], {n: n for n in range(max(rows, default=-1) + 1)}
    for left, p in sorted(rows.items()):
        for right, q in sorted(rows.items()):
            if left >= right or p["written"] != q["written"] or (only is not None and not only & {left, right}):
                continue
            (same if p["birth_from"] == q["birth_from"] else unsure).append((left, right))
    for left, right in same:
        identity[right] = min(identity[left], identity[right])
    pairs = [_pair(*pair, 12.0, 0.999) for pair in same] + [_pair(*pair, 3.0, 0.5) for pair in unsure]
    held = [{"left": left, "right": right, "reason": "unsure"} for left, right in unsure]
    return Linked(
        pa.Table.from_pylist(pairs, schema=PAIRS),
        pa.table({"record": list(identity), "identity": list(identity.values())}),
        pa.Table.from_pylist(held, schema=HELD),
        {"thresholds": {"link": 10.0, "review": 2.0}},
    )


def _pair(left: int, right: int, weight: float, probability: float) -> dict[str, Any]:
    seen = {"l_name": "same_written", "w_name": 6.0}
    return {"left": left, "right": right, "weight": weight, "probability": probability} | seen


PAIRS = pa.schema(
    {
        "left": pa.int64(),
        "right": pa.int64(),
        "weight": pa.float64(),
        "probability": pa.float64(),
        "l_name": pa.string(),
        "w_name": pa.float64(),
    }
)
HELD = pa.schema({"left": pa.int64(), "right": pa.int64(), "reason": pa.string()})
