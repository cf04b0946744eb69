"""Worlds to train on: families on the move whose rates, households and faults are drawn anew for every world.

No rate here is that of a bench: a model that has seen many different worlds owes nothing to one. No person is real.
"""

import random
from typing import Any

import pyarrow as pa

from bench.worlds.material import rising
from bench.worlds.writing import Written


def drawn_rates(dice: random.Random) -> dict[str, float]:
    """Shares from 0 to 1 of everything that may be so of a family, a person, a record."""
    return {
        "again": dice.choice((0.0, 0.05, 0.15, 0.2, 0.3, 0.45)),
        "more": dice.uniform(0.05, 0.5),
        "sibling": dice.uniform(0.25, 0.55),
        "twin": dice.choice((0.03, 0.06, 0.12, 0.3)),
        "twin_alike": dice.uniform(0.0, 0.6),
        "generation_character": dice.uniform(0.0, 0.7),
        "namesake_father": dice.uniform(0.0, 0.05),
        "cousins": dice.uniform(0.0, 0.3),
        "namesake_cousin": dice.uniform(0.0, 0.1),
        "grandparents": dice.uniform(0.0, 0.35),
        "adult": dice.uniform(0.0, 0.4),
        "dormitory": dice.uniform(0.0, 0.15),
        "steppe": dice.choice((0.01, 0.05, 0.2, 0.5)),
        "no_number": dice.uniform(0.2, 0.9),
        "guardian_number": dice.uniform(0.0, 0.08),
        "own_phone": dice.uniform(0.2, 1.0),
        "no_phone": dice.uniform(0.02, 0.35),
        "new_phone": dice.uniform(0.1, 0.6),
        "no_guardian": dice.uniform(0.02, 0.35),
        "moved": dice.uniform(0.02, 0.2),
        "no_origin": dice.uniform(0.0, 0.15),
        "name_fault": dice.uniform(0.08, 0.45),
        "alias": dice.uniform(0.0, 0.006),
        "pinyin": dice.uniform(0.0, 0.25),
        "date_fault": dice.uniform(0.06, 0.4),
        "no_date": dice.uniform(0.0, 0.08),
        "sex_fault": dice.uniform(0.0, 0.02),
        "no_sex": dice.uniform(0.0, 0.1),
        "number_fault": dice.uniform(0.0, 0.05),
        "official_differs": dice.uniform(0.0, 0.08),
        "one_character": dice.uniform(0.08, 0.3),
    }


def mixed(dice: random.Random, kinds: tuple[str, ...]) -> tuple[list[str], list[float]]:
    """Faults, some of them far more usual than others."""
    return rising({kind: dice.gammavariate(0.8, 1) + 0.02 for kind in kinds})


class World(Written):
    """One world: `records(n)` gives about n records as a table with truth columns person, home, notes."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        rates = drawn_rates(dice)
        missing = dice.sample(
            ("birth_date", "origin_division", "guardian_name", "phone", "id_number", "sex"),
            dice.choice((0, 0, 0, 1, 1, 2, 3)),
        )
        name_faults = mixed(dice, ("homophone", "other_character", "nickname", "alike", "near", "surname", "alone",
                                      "traditional", "swapped_order", "both"))  # fmt: skip
        date_faults = mixed(dice, ("swapped", "slip", "lunar", "nominal", "new_year", "year", "month", "digit", "far"))
        super().__init__(dice, rates, name_faults, date_faults, missing)

    def records(self, n: int) -> pa.Table:
        rows: list[dict[str, Any]] = []
        while len(rows) < n:
            for person, home in self.family():
                rows.append(self.record(person, home, False))
                if self.chance("again"):
                    rows.append(self.record(person, home, True))
                    while self.chance("more"):
                        rows.append(self.record(person, home, True))
        self.dice.shuffle(rows)
        return pa.Table.from_pylist([{"record_id": str(n), **row} for n, row in enumerate(rows)])
