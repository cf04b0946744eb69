"""Our own linkage over a list, in a process of its own, by the path of `tongxing link`.

python -m bench.common.ours RECORDS.parquet OUT [--without COMPARISON]

writes OUT/identities.parquet (record, identity: positions) and OUT/took.json. `--without` takes the weights of one
comparison out of the model. `--blocks` writes OUT/blocked.parquet instead: all pairs that the keys bring.
"""

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from tongxing.linkage import batch, bulk, scoring
from tongxing.linkage.engines import InDuckDB
from tongxing.linkage.scoring import Model


def without(model: Model, comparison: str) -> Model:
    """The model with nothing to say about one comparison."""
    weights = {name: dict(levels) for name, levels in model.weights.items()}
    weights[comparison] = dict.fromkeys(weights[comparison], 0.0)
    return replace(model, weights=weights)


def blocked(source: Path, out: Path) -> None:
    """All pairs of positions that the keys bring: the table that is left in the engine."""
    engine = InDuckDB()
    batch.link(bulk.features_of(pq.read_table(source)), scoring.shipped(), engine=engine)
    left, right = (f"join_key_{side} >> {batch.SHIFT}" for side in "lr")
    pairs = engine.read(f'select distinct {left} as "left", {right} as "right" from blocked')
    pq.write_table(pairs, out / "blocked.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--without", default="")
    parser.add_argument("--blocks", action="store_true")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.blocks:
        return blocked(asked.source, asked.out)
    began = time.monotonic()
    model = scoring.shipped()
    features = bulk.features_of(pq.read_table(asked.source))
    read = time.monotonic() - began
    linked = batch.link(features, without(model, asked.without) if asked.without else model)
    took = {"seconds": time.monotonic() - began, "reading": read}
    pq.write_table(linked.identities, asked.out / "identities.parquet")
    took["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (asked.out / "took.json").write_text(json.dumps(took | {"counts": linked.counts}))
    return None


if __name__ == "__main__":
    main()
