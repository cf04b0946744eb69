"""Trains the model that the package ships: python -m bench.train [--small N] [--large N] OUT.json

On made-up worlds of many rates (worlds.py) and on the populations training.yaml and training_offices.yaml. The
populations that are measured are never read. Each list has its own share of duplicates, so the weights owe it nothing.
"""

import argparse
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.populations import population
from bench.worlds import World
from tongxing.linkage import normaliser, training
from tongxing.linkage.batch import compared
from tongxing.linkage.bulk import features_of
from tongxing.linkage.levels import WEIGHED, level_names
from tongxing.linkage.scoring import Model, written

SMALL, LARGE, TOWN = 6_000, 40_000, 50_000  # records
POPULATIONS = ("training", "training_offices", "training_offices")


def lists(small: int, large: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    """(records, person of each) of every list to train on."""
    worlds = [World(700 + n) for n in range(small)]
    crowded = [world for n in range(4 * large) if (world := World(800 + n)).rates["again"] > 0][:large]
    for world, size in [*((each, SMALL) for each in worlds), *((each, LARGE) for each in crowded)]:
        records = world.records(size)
        yield records, records["person"]
    for number, name in enumerate(POPULATIONS):
        made = population(name, TOWN, TOWN + number)
        yield made.records, made.truth["person"]


def blank() -> Model:
    """All weights 0: what training begins with."""
    weights = {name: dict.fromkeys(level_names(name), 0.0) for name in WEIGHED}
    return Model(2, weights, -9.0, -6.0, -99.0, -99.0, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--small", type=int, default=24)
    parser.add_argument("--large", type=int, default=5)
    asked = parser.parse_args()
    seal, known = sha256(), []
    for records, person in lists(asked.small, asked.large):
        seal.update(repr(records.to_pydict()).encode())
        people = person.to_numpy()
        pairs = compared(features_of(records), blank())
        same = people[pairs["left"].to_numpy()] == people[pairs["right"].to_numpy()]
        known.append(training.patterns_of(pairs, same))
    weights, priors = training.fitted(known)
    card = {
        "about": "Made-up families on the move in many worlds; nobody in them exists. Measured by bench/identity.py.",
        "lists": len(known), "pairs": int(sum(np.sum(each.same + each.other) for each in known)),
        "hash": seal.hexdigest(), "normaliser": normaliser.VERSION,
    }  # fmt: skip
    asked.out.write_text(written(training.model_of(known, weights, priors, card)), encoding="utf-8")


if __name__ == "__main__":
    main()
