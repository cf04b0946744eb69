"""Unduplicated reach: any union from bitmaps beside SQL, and how often the interval holds the truth.

python3 dev.py bench reach [--facts 10000000] [--runs 7] [--programmes 100] [--records 4000] [--json]

bitmaps    persons registered in one quarter, all centres, from the stored sets / `count(distinct)` over Parquet that
           holds each person of a cell once, sorted by month, persons as whole numbers       goal ≤ 0.25 ×, ≤ 10 ms
           the same number, and that of the facts themselves                                 goal: 0 differing
interval   programmes are made up, each with its own seed, linked with the shipped model, counted through facts/reach.py;
           200 of their pairs are reviewed, and how many joins a linkage misses is known from one programme of
           training worlds                                                                   goal: ≥ 93 of 100
           control: every tie drawn by itself, taken at its word, nothing overlooked         must hold it less often
"""

import datetime
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

from bench.common import house
from bench.common.figures import Goal, Times, tell, words
from bench.measures import as_data, generated
from bench.populations import population
from tongxing.facts import engines, store
from tongxing.facts.bitmaps import LABELS, Bitmaps, made, opened_file, save
from tongxing.facts.engines import Data, Ties
from tongxing.facts.measures import measure
from tongxing.facts.reach import Reach, reached
from tongxing.facts.results import Period, Scope
from tongxing.linkage import batch, bulk, scoring
from tongxing.linkage.draws import BINS, Bin, Draws, Graph, Numbers, Quality, components

CHILDREN = measure("children_registered")
QUARTER = Period(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
ALL = Scope(Period.until(datetime.date(2026, 12, 31)))
KINDS = ("child_registered", "referral_sent", "referral_done", "service_delivered")
POPULATIONS = ("family", "hard")
REVIEWED = 200
BY_HAND = """
    with back as (select voids from '{facts}' where voids is not null),
    links as (select distinct on (subject) subject, identity from '{identities}' where valid_to is null
              order by subject, valid_from desc)
    select count(distinct coalesce(identity, f.subject)) from '{facts}' f left join links on links.subject = f.subject
    where kind = 'child_registered' and occurred_on between '2026-01-01' and '2026-03-31' and f.voids is null
      and f.id not in (select voids from back)"""


def bitmaps(folder: Path, size: int, runs: int) -> tuple[list[str], list[Goal], dict[str, Any]]:
    """The sets of `size` facts: how large they are, how long they take, and the same question to Parquet."""
    paths, making, ours, theirs = generated(folder, size), Times(), Times(), Times()
    with as_data(paths) as tables:
        kept = making.run(lambda: made(tables, KINDS, ALL))
    stored = save(kept, folder)
    cells = _as_parquet(kept, folder / "cells.parquet")
    found = expected = 0
    with duckdb.connect() as connection:
        ask = f"""select count(distinct person) from '{cells}'
                  where kind = 'child_registered' and month between '2026-01' and '2026-03'"""
        exact = connection.sql(BY_HAND.format(**paths)).fetchall()[0][0]
        for _run in range(runs):
            found = ours.run(lambda: len(opened_file(stored).persons(["child_registered"], QUARTER)))
            expected = theirs.run(lambda: connection.sql(ask).fetchall()[0][0])
    lines = [
        f"{kept.cells.num_rows:,} sets of {size:,} facts: made in {making.median:.1f} s,"
        f" {stored.stat().st_size / 1e6:.1f} MB beside {cells.stat().st_size / 1e6:.1f} MB of Parquet",
        f"one quarter, all centres: {found:,} persons, {1000 * ours.median:.1f} ms / {1000 * theirs.median:.1f} ms",
    ]
    goals = [
        Goal("a quarter from sets / count(distinct) over Parquet", ours.median / theirs.median, 0.25, "×"),
        Goal("a quarter from sets", 1000 * ours.median, 10, "ms"),
        Goal("persons by which the three differ", abs(found - expected) + abs(found - exact), 0, "persons"),
    ]
    figures = {"sets": kept.cells.num_rows, "persons": found, "ms": round(1000 * ours.median, 2)}
    return lines, goals, figures


def _as_parquet(kept: Bitmaps, path: Path) -> Path:
    numbers = [np.array(BitMap.deserialize(packed.as_py()), np.int64) for packed in kept.cells["persons"]]
    sizes = [len(one) for one in numbers]
    rows = {
        name: kept.cells[name].take(pa.array(np.repeat(np.arange(len(sizes)), sizes))) for name in ("kind", *LABELS)
    }
    table = pa.table(rows | {"person": np.concatenate(numbers)})
    pq.write_table(table, path, compression="zstd")  # by kind and month, as the sets are
    return path


@dataclass(frozen=True)
class Programme:
    """One made-up programme: who its records are, and what the linkage makes of them."""

    person: Numbers
    linked: batch.Linked

    @property
    def truth(self) -> int:
        return len(np.unique(self.person))

    @property
    def ends(self) -> tuple[Numbers, Numbers]:
        return tuple(self.linked.pairs[side].to_numpy() for side in ("left", "right"))

    def joins(self) -> tuple[int, int]:
        """How many joins of true persons the ties make, and how many are missing."""
        left, right = self.ends
        same = self.person[left] == self.person[right]
        parts = int(components(len(self.person), left[same], right[same]).max()) + 1
        return len(self.person) - parts, parts - self.truth

    def reviewed(self, probability: np.ndarray, count: int) -> tuple[Bin, ...]:
        """What people would say of `count` open pairs."""
        left, right = self.ends
        same = self.person[left] == self.person[right]
        waiting = np.flatnonzero((probability > 0.02) & (probability < 0.999))
        chosen = np.random.default_rng(1).permutation(waiting)[:count]
        bins = []
        for low, high in pairwise(BINS):
            mine = chosen[(probability[chosen] >= low) & (probability[chosen] < high)]
            bins.append(Bin(low, high, len(mine), int(same[mine].sum())))
        return tuple(bins)

    def counted(self, probability: np.ndarray, quality: Quality) -> Reach:
        """Through the facts: a registration a record, identities and ties as the linkage has them."""
        names = pa.array([f"{number:08}" for number in range(len(self.person))])
        moment = datetime.datetime(2026, 1, 1)
        facts = {"id": names, "kind": "child_registered", "occurred_on": moment.date(), "recorded_at": moment}
        rows = _filled(store.FACT, len(names), facts | {"subject": names, "attributes": "{}", "centre": "c"})
        identity = names.take(self.linked.identities["identity"].combine_chunks())
        links = _filled(store.IDENTITY, len(names), {"subject": names, "identity": identity, "valid_from": moment})
        left, right = (names.take(pa.array(end)) for end in self.ends)
        ties = pa.table({"subject_a": left, "subject_b": right, "probability": probability})
        with engines.opened("duckdb", Data(store.FACT, rows=rows), Data(store.IDENTITY, rows=links)) as tables:
            [found] = reached(CHILDREN, replace(tables, ties=Ties(ties, quality)), ALL)
        return found

    def is_held_plainly(self) -> bool:
        """The control: every tie drawn by itself and taken at its word, no pair overlooked."""
        graph = Graph(len(self.person), *self.ends, self.linked.pairs["probability"].to_numpy())
        persons = Draws(graph, doubt=0).persons(np.arange(graph.size))
        return bool(np.quantile(persons, 0.025) <= self.truth <= np.quantile(persons, 0.975))


def _filled(schema: pa.Schema, size: int, columns: dict[str, Any]) -> pa.Table:
    arrays = []
    for field in schema:
        given = columns.get(field.name)
        arrays.append(given if isinstance(given, pa.Array) else pa.array([given] * size, field.type))
    return pa.table(arrays, schema=schema)


def programme(name: str, size: int, seed: int) -> Programme:
    people = population(name, size, seed)
    return linked(people.records, people.truth["person"], scoring.shipped())


def linked(records: pa.Table, person: pa.ChunkedArray, model: scoring.Model) -> Programme:
    _labels, whose = np.unique(person.to_numpy(), return_inverse=True)
    return Programme(whose, batch.link(bulk.features_of(records), model))


def intervals(name: str, count: int, size: int) -> Iterator[tuple[bool, bool, int, int]]:
    """Programme by programme: covered, covered in the control, width, truth."""
    known = scoring.shipped().card["joins"]  # what every house starts from (registry/certainty.py)
    for seed in range(5000, 5000 + count):
        one = programme(name, size, seed)
        probability = one.linked.pairs["probability"].to_numpy()
        quality = Quality(one.reviewed(probability, REVIEWED), known["found"], known["missed"])
        told = one.counted(probability, quality)
        yield told.low <= one.truth <= told.high, one.is_held_plainly(), told.high - told.low, one.truth


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--facts", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--programmes", type=int, default=100)
    parser.add_argument("--records", type=int, default=4000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines, goals, figures = bitmaps(Path(folder), asked.facts, asked.runs) if asked.facts else ([], [], {})
    for name in POPULATIONS if asked.programmes else ():
        house.say(f"{name}: {asked.programmes} programmes of {asked.records:,} records")
        held, spoiled, widths, truths = zip(*intervals(name, asked.programmes, asked.records), strict=True)
        share, control = 100 * sum(held) / len(held), 100 * sum(spoiled) / len(spoiled)
        lines.append(
            f"{name}: {np.mean(truths):,.0f} persons, interval {np.mean(widths):.0f} wide; control {control:.0f} %"
        )
        goals.append(Goal(f"{name}: programmes whose interval misses the truth", 100 - share, 7, "%"))
        goals.append(Goal(f"{name}: control, held by ties drawn each by itself", control, 92, "%"))
        figures[name] = {"held": sum(held), "of": len(held), "control": sum(spoiled), "width": float(np.mean(widths))}
    tell(lines, goals, asked.json, found=figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
