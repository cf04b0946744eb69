"""Made-up populations that grow from edition to edition, and their tables with all margins."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations

from tests.attack.attacker import Ref, Seen
from tongxing.facts.disclosure import Ledger, Protected, protect
from tongxing.facts.results import Cell

Person = tuple[str, ...]
START = datetime(2026, 1, 1, tzinfo=UTC)


def growing(seed: int, shape: tuple[int, ...], *, editions: int, step: int, top: int) -> Iterator[list[Person]]:
    """Persons with one value a dimension, skewed, so that some rows are crowded and others nearly empty."""
    chance = random.Random(seed)
    weights = [[chance.paretovariate(0.8) for _value in range(size)] for size in shape]

    def somebody() -> Person:
        return tuple(
            chance.choices([f"{name}{n}" for n in range(size)], weight)[0]
            for name, size, weight in zip("abcd", shape, weights, strict=False)
        )

    persons = [somebody() for _person in range(chance.randint(top // 4, top))]
    for _edition in range(editions):
        yield list(persons)
        persons += [somebody() for _person in range(chance.randint(0, step))]


def counted(persons: list[Person], shape: tuple[int, ...]) -> dict[Ref, int]:
    """Exact counts by all dimensions and all margins, zeros too."""
    values = [[f"{name}{n}" for n in range(size)] for name, size in zip("abcd", shape, strict=False)]
    places = range(len(shape))
    found: Counter[Ref] = Counter()
    groups = [group for size in range(len(shape) + 1) for group in combinations(places, size)]
    for group in groups:
        for keys in _product(group, values):
            found["m", keys] = 0
    for person in persons:
        for group in groups:
            found["m", tuple(("abcd"[place], person[place]) for place in group)] += 1
    return dict(found)


def _product(group: tuple[int, ...], values: list[list[str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    if not group:
        yield ()
        return
    for value in values[group[0]]:
        for rest in _product(group[1:], values):
            yield (("abcd"[group[0]], value), *rest)


def sums(refs: dict[Ref, int]) -> list[tuple[Ref, tuple[Ref, ...], int]]:
    """Every total with the parts that make it, by how much they exceed it."""
    parts: dict[tuple[str, Ref], list[Ref]] = {}
    for measure, keys in refs:
        for name, value in keys:
            total = measure, tuple(key for key in keys if key != (name, value))
            parts.setdefault((name, total), []).append((measure, keys))
    return [
        (total, tuple(members), sum(refs[ref] for ref in members) - refs[total])
        for (_name, total), members in parts.items()
        if total in refs
    ]


def with_steps(counts: dict[Ref, int], seed: int) -> dict[Ref, int]:
    """The same with the steps from records to persons, of which some are few."""
    chance = random.Random(seed)
    total = counts["m", ()]
    steps = {"again": chance.choice([0, 3, total // 5]), "refused": chance.choice([0, 2, 25]), "distinct": total}
    told = {("m:steps", (("step", name),)): value for name, value in steps.items()}
    return counts | {("m:steps", ()): sum(steps.values())} | told


SAME: Ref = ("m:steps", (("step", "distinct"),))


def published(truth: list[dict[Ref, int]], policy: str, shape: tuple[int, ...], *, ledger: bool = True) -> list[Seen]:
    """What `facts.protect` lets out of each, one edition after the other: table, steps, and the rate of b0 by place."""
    listed = {name: [f"{name}{n}" for n in range(size)] for name, size in zip("abcd", shape, strict=False)}
    listed["step"] = ["again", "refused", "distinct"]
    ledgers, found = [], []
    for number, counts in enumerate(truth):
        cells = [Cell(measure, "persons", keys, count) for (measure, keys), count in counts.items()]
        rates, parts = _rates(counts)
        same = [*parts.items(), *([(SAME, ("m", ()))] if SAME in counts else [])]
        safe = protect([*cells, *rates], policy, listed=listed, same=same, ledgers=ledgers)
        if ledger:
            ledgers.append(Ledger(START + timedelta(days=number), safe.said))
        numbers: dict[Ref, Protected] = {(cell.measure, cell.keys): cell.number for cell in safe.said}
        ties = [(one, (other,), 0) for one, other in same]
        found.append(Seen(numbers, [*sums(counts | {one: counts[other] for one, other in same}), *ties]))
    return found


def exact(truth: dict[Ref, int]) -> dict[Ref, int]:
    """The counts with the parts of the rate."""
    return truth | {one: truth[other] for one, other in _rates(truth)[1].items()}


def _rates(counts: dict[Ref, int]) -> tuple[list[Cell], dict[Ref, Ref]]:
    cells, parts = [], {}
    for measure, keys in counts:
        above = "m", (*keys, ("b", "b0"))
        if measure == "m" and above in counts and len(keys) == 1:
            cells.append(Cell("r", "persons", keys, None, counts[above], counts["m", keys]))
            parts |= {("r:above", keys): above, ("r:below", keys): ("m", keys)}
    return cells, parts
