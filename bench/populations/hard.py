"""Population (ii): families of several peoples who meet four offices, each with faults of its own (offices.py)."""

from typing import Any

import pyarrow as pa

from bench.populations import FIELDS, Population
from bench.populations.offices import Office, record
from bench.populations.world import Family, Person, World

TRUTH = ("person", "household", "kind", "script", "source", "twin_of", "parent", "namesake_of")


def made(size: int, rates: dict[str, Any], seed: int) -> Population:
    """About `size` records; see bench.populations."""
    world = World(rates, seed)
    rows: list[tuple[Any, ...]] = []
    while len(rows) < size:
        for family in world.village():
            rows += _of_family(world, family)
    world.dice.shuffle(rows)
    numbers = [f"r{number:08d}" for number in range(len(rows))]
    columns = dict(zip((*FIELDS[1:], *(f"true_{name}" for name in TRUTH)), zip(*rows, strict=True), strict=True))
    records = {"record_id": numbers} | {name: columns[name] for name in FIELDS[1:]}
    truth = {"record_id": numbers} | {name: columns[f"true_{name}"] for name in TRUTH}
    return Population(pa.table(records), pa.table(truth))


def _of_family(world: World, family: Family) -> list[tuple[Any, ...]]:
    """Records of all children, and of a parent who comes for himself."""
    found = []
    namesakes = {child.namesake_of for child in family.children}
    for guardian, relation in family.guardians:
        share = world.rates["parent_recorded"]
        wanted = guardian.number in namesakes or world.happens(share)
        if relation in ("father", "mother") and wanted:
            found += _of_person(world, family, guardian)
    for child in family.children:
        found += _of_person(world, family, child)
    return found


def _of_person(world: World, family: Family, person: Person) -> list[tuple[Any, ...]]:
    dice, rates = world.dice, world.rates
    times = dice.choices((1, 2, 3, 4), cum_weights=rates["times"])[0]
    names = [name for name in rates["offices"] if person.kind == "child" or name != "school"]
    found = []
    for _ in range(times):
        kind = dice.choices(names, weights=[rates["offices"][name]["share"] for name in names])[0]
        since = max(person.born.year + 1, rates["today"] - 6)
        office = Office(kind, rates["offices"][kind], dice.randrange(2), dice.randrange(since, rates["today"] + 1))
        fields, script = record(world, office, family, person)
        who = (
            person.number,
            family.number,
            person.kind,
            script,
            kind,
            person.twin_of,
            person.parent,
            person.namesake_of,
        )
        found.append((*(fields[name] for name in FIELDS[1:]), *who))
    return found
