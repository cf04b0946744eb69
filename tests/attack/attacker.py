"""A reader of everything published who has a solver: written by itself, not with the code that it attacks.

It knows all editions in order, every label, the rounding rule, which counts are sums of which and by how much persons
counted twice exceed them, the policy and the rule by which labels stay. It may also take something for true of the time
between two editions. It asks HiGHS, over whole numbers, for the least and the greatest that a withheld count can be.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from tongxing.facts.disclosure import Protected

Ref = tuple[str, tuple[tuple[str, str], ...]]
FAR = 100_000


@dataclass(frozen=True)
class Seen:
    """One edition as its reader sees it: what it says, and which counts are sums (total, parts, overlap)."""

    numbers: Mapping[Ref, Protected]
    sums: Sequence[tuple[Ref, tuple[Ref, ...], int]]


@dataclass(frozen=True)
class Between:
    """What is taken for true of two editions that follow each other: how much any count fell or grew."""

    name: str
    fell: float
    grew: float


NOTHING = Between("nothing", math.inf, math.inf)


@dataclass(frozen=True)
class Attack:
    """What came of it. `narrowest` is the least number of values that any attacked count was left with."""

    cells: int
    broken: int
    narrowest: int


def span(number: Protected, threshold: int, base: int) -> tuple[int, int]:
    """The counts that a number may stand for."""
    if number.state == "small":
        return 0, threshold - 1
    if number.value is None:
        return 0, FAR
    value = int(number.value)
    if base == 1:
        return value, value
    return max(value - base // 2, threshold), value + (base - 1) // 2


def stays(number: Protected, count: int, threshold: int, base: int) -> bool:
    """Whether the policy lets the number stand when the count is `count` now."""
    if number.state == "hidden":
        return True
    low, high = span(number, threshold, base)
    if count < threshold:
        return low - (threshold - 1) < threshold
    now = (count + base // 2) // base * base
    least, most = (count, count) if base == 1 else (max(now - base // 2, threshold), now + (base - 1) // 2)
    return least - high < threshold and low - most < threshold


class Attacker:
    """`truth` is used to choose what is worth attacking, and to believe the rule of staying only where it is true."""

    def __init__(
        self, editions: Sequence[Seen], truth: Sequence[Mapping[Ref, int]], threshold: int, base: int, between: Between
    ) -> None:
        self.editions, self.truth, self.threshold, self.base = editions, truth, threshold, base
        self.places = {
            (when, ref): place
            for place, (when, ref) in enumerate((w, r) for w, e in enumerate(editions) for r in e.numbers)
        }
        self.low, self.high = np.zeros(len(self.places)), np.full(len(self.places), float(FAR))
        for (when, ref), place in self.places.items():
            self.low[place], self.high[place] = self.told(when, ref, between)
        self.constraint = self.tied(between)

    def told(self, when: int, ref: Ref, between: Between) -> tuple[int, int]:
        number = self.editions[when].numbers[ref]
        low, high = span(number, self.threshold, self.base)
        if number.since is None:
            return low, high
        if not stays(number, self.truth[when][ref], self.threshold, self.base):
            return (low if between.fell == 0 else 0), FAR
        least, most = low, high
        while least > 0 and stays(number, least - 1, self.threshold, self.base):
            least -= 1
        while most < FAR and stays(number, most + 1, self.threshold, self.base):
            most += 1
        return (low if between.fell == 0 else least), most

    def tied(self, between: Between) -> LinearConstraint:
        rows: list[tuple[dict[int, int], float, float]] = []
        for when, edition in enumerate(self.editions):
            for total, parts, overlap in edition.sums:
                if all((when, ref) in self.places for ref in (total, *parts)):
                    row = {self.places[when, part]: 1 for part in parts} | {self.places[when, total]: -1}
                    rows.append((row, overlap, overlap))
        for (when, ref), place in self.places.items():
            if (when - 1, ref) in self.places and between is not NOTHING:
                rows.append(({place: 1, self.places[when - 1, ref]: -1}, -between.fell, between.grew))
        values = [(row, place, value) for row, (one, _l, _m) in enumerate(rows) for place, value in one.items()]
        at, places, entries = zip(*values, strict=True)
        matrix = csr_array((entries, (at, places)), shape=(len(rows), len(self.places)))
        return LinearConstraint(matrix, [low for _row, low, _m in rows], [most for _row, _l, most in rows])

    def solve(self, place: int, sign: int) -> np.ndarray:
        aim = np.zeros(len(self.places))
        aim[place] = sign
        found = milp(
            aim,
            constraints=self.constraint,
            bounds=Bounds(self.low, self.high),
            integrality=np.ones_like(aim),
            options={"mip_rel_gap": 0},
        )
        assert found.x is not None, f"what the attacker takes for true is not: {found.message}"
        return found.x.round()

    def attack(self) -> Attack:
        """Every withheld count that was small, or that was withheld anew, in every edition."""
        targets = [
            place
            for (when, ref), place in self.places.items()
            if (number := self.editions[when].numbers[ref]).is_withheld
            and (number.since is None or self.truth[when][ref] < self.threshold)
        ]
        least, most = np.full(len(self.places), math.inf), np.full(len(self.places), -math.inf)
        for place in targets:
            for sign in (-1, 1):  # a solution shows for all counts what they can be
                if most[place] - least[place] < self.threshold - 1:
                    found = self.solve(place, sign)
                    least, most = np.minimum(least, found), np.maximum(most, found)
        widths = [int(most[place] - least[place]) + 1 for place in targets]
        return Attack(len(targets), sum(width < self.threshold for width in widths), min(widths, default=FAR))
