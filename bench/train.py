"""Trains the model that the package ships: python -m bench.train [--small N] [--large N] OUT.json

On made-up worlds of many rates (worlds/). The populations that are measured are never read. Each list has its own
share of duplicates, so the weights owe it nothing. The same numbers give the same file, byte for byte.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from bench.reach import linked
from bench.worlds import World
from tongxing.linkage import normaliser, training
from tongxing.linkage.batch import compared
from tongxing.linkage.bulk import features_of
from tongxing.linkage.levels import WEIGHED, level_names
from tongxing.linkage.scoring import Model, written
from tongxing.linkage.training import Patterns

SMALL, LARGE = 6_000, 40_000  # records of a list


def lists(small: int, large: int) -> Iterator[tuple[int, int]]:
    """(seed, size) of every list to train on; the large ones are worlds with people who come again."""
    yield from ((700 + n, SMALL) for n in range(small))
    crowded = (seed for seed in range(800, 800 + 4 * large) if World(seed).rates["again"] > 0)
    yield from ((seed, LARGE) for seed, _ in zip(crowded, range(large), strict=False))


def blank() -> Model:
    """All weights 0: what training begins with."""
    weights = {name: dict.fromkeys(level_names(name), 0.0) for name in WEIGHED}
    return Model(2, weights, -9.0, -6.0, -99.0, -99.0, 0.0)


def patterns(world: tuple[int, int]) -> tuple[bytes, Patterns]:
    """(hash of the records, patterns of their pairs) of one list."""
    seed, size = world
    records = World(seed).records(size)
    people = records["person"].to_numpy()
    pairs = compared(features_of(records), blank())
    same = people[pairs["left"].to_numpy()] == people[pairs["right"].to_numpy()]
    return sha256(repr(records.to_pydict()).encode()).digest(), training.patterns_of(pairs, same)


def joins(model: Model) -> dict[str, int]:
    """Of worlds that it was not trained on: how many records its ties join to another of the same person, how many not."""
    found = missed = 0
    for seed in range(900, 912):
        records = World(seed).records(4000)
        there, lacking = linked(records, records["person"], model).joins()
        found, missed = found + there, missed + lacking
    return {"found": found, "missed": missed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--small", type=int, default=32)
    parser.add_argument("--large", type=int, default=8)
    asked = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        seals, known = zip(*pool.map(patterns, lists(asked.small, asked.large)), strict=True)
    weights, priors = training.fitted(known)
    card = {
        "about": "Made-up families on the move in many worlds; nobody in them exists. Measured by bench/identity.py.",
        "trained by": f"python -m bench.train --small {asked.small} --large {asked.large}",
        "lists": len(known), "pairs": int(sum(np.sum(each.same + each.other) for each in known)),
        "hash": sha256(b"".join(seals)).hexdigest(), "normaliser": normaliser.VERSION,
    }  # fmt: skip
    model = training.model_of(known, weights, priors, card)
    model = replace(model, card=model.card | {"joins": joins(model)})
    asked.out.write_text(written(model), encoding="utf-8")


if __name__ == "__main__":
    main()
