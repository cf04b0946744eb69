"""How well two rows agree, in words and as one weight; and the same as SQL for the search function of the database.

A weight is in log2 units: +1 means twice as likely to be one person. Weights are data (model.json, or rows of a table);
the predicates of the levels are code (levels.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tongxing.linkage.details import Features
from tongxing.linkage.levels import COMPARISONS, OTHERWISE, WEIGHED

Levels = Mapping[str, str]

HOMES = ("phone_and_guardian", "phone", "guardian_and_county")  # levels that mean one household
GIVEN_DIFFERS = ("surname_only", "other", "shared_first", "shared_last")
BIRTH_FITS = ("same_day", "swapped", "near_day", "lunar", "year_off", "same_month", "new_year")


@dataclass(frozen=True)
class Model:
    """Weights by comparison and level, and the thresholds from which a candidate is shown and called likely."""

    version: int
    weights: Mapping[str, Mapping[str, float]]
    possible: float
    likely: float

    def rows(self) -> list[tuple[str, str, float]]:
        """(comparison, level, weight) for the weights table of the database."""
        return [(name, level, float(w)) for name, levels in self.weights.items() for level, w in levels.items()]


def read_model(text: str) -> Model:
    """A model from its JSON. Raises ValueError naming every missing, unknown or non-numeric weight."""
    raw = json.loads(text)
    weights: dict[str, dict[str, Any]] = raw["comparisons"]
    wanted = {(name, level) for name in WEIGHED for level in level_names(name)}
    given = {(name, level) for name, levels in weights.items() for level in levels}
    wrong = [f"{kind} {name}.{level}" for kind, pairs in (("missing", wanted - given), ("unknown", given - wanted))
             for name, level in sorted(pairs)]  # fmt: skip
    wrong += [f"not a number: {n}.{level}" for n, levels in weights.items() for level, w in levels.items()
              if not isinstance(w, int | float)]  # fmt: skip
    if wrong:
        raise ValueError("; ".join(wrong))
    return Model(raw["version"], weights, float(raw["thresholds"]["possible"]), float(raw["thresholds"]["likely"]))


@cache
def hand_set() -> Model:
    """The model shipped with this package."""
    return read_model(files("tongxing.linkage").joinpath("model.json").read_text(encoding="utf-8"))


def level_names(comparison: str) -> tuple[str, ...]:
    """The levels of a comparison in the order in which they are tried, the remaining case last."""
    return (*(level.name for level in COMPARISONS[comparison]), OTHERWISE)


def agreement(p: Features, q: Features) -> dict[str, str]:
    """The level of every comparison between two rows, weighed and shown ones: {"name": "same_sound", …}."""
    return {
        name: next((level.name for level in levels if level.holds(p, q)), OTHERWISE)
        for name, levels in COMPARISONS.items()
    }


def weight(levels: Levels, model: Model | None = None) -> float:
    """The sum of the weights of the weighed comparisons, in log2 units."""
    weights = (model or hand_set()).weights
    return float(sum(weights[name][levels[name]] for name in WEIGHED))


def is_sibling(levels: Levels) -> bool:
    """One home, another given name: a brother, sister or twin, never a duplicate.

    A shared telephone alone proves no home for two surnames (dormitories). A shared last syllable with a fitting birth
    date and sex is rather the same child heard differently; so is any name under one document and one birth date.
    """
    home, name, birth = levels["household"], levels["name"], levels["birth"]
    if home not in HOMES or name not in GIVEN_DIFFERS or (home == "phone" and name == "other"):
        return False
    is_slip = name == "shared_last" and birth in BIRTH_FITS and levels["sex"] != "other"
    is_renamed = levels["document"] == "same" and birth in BIRTH_FITS
    return not (is_slip or is_renamed)


def verdict(levels: Levels, model: Model | None = None) -> str:
    """likely | possible | sibling | none."""
    model = model or hand_set()
    if is_sibling(levels):
        return "sibling"
    total = weight(levels, model)
    return "likely" if total >= model.likely else "possible" if total >= model.possible else "none"


def best(stored: tuple[Features, ...], probe: tuple[Features, ...]) -> dict[str, str]:
    """The agreement of the best pair of rows of two persons."""
    return max((agreement(p, q) for p in stored for q in probe), key=weight)


# --- the same in SQL ------------------------------------------------------------------------------------------------


def level_sql(comparison: str) -> str:
    """A CASE expression over the aliases p (stored row) and q (row looked for) that gives the level's name."""
    cases = " ".join(f"when {level.sql} then '{level.name}'" for level in COMPARISONS[comparison])
    return f"case {cases} else '{OTHERWISE}' end"


def levels_sql() -> str:
    """The select list `… as name_level, … as birth_level, …` over the aliases p and q."""
    return ",\n  ".join(f"{level_sql(name)} as {name}_level" for name in COMPARISONS)


def weight_sql(table: str, levels: str = "l") -> tuple[str, str]:
    """(expression, joins): the total weight of rows that carry `…_level` columns under the alias `levels`.

    `table` has the columns comparison, level, weight (float8); a level without a row counts as nothing.
    """
    joins = "\n".join(
        f"left join {table} w_{name} on w_{name}.comparison = '{name}' and w_{name}.level = {levels}.{name}_level"
        for name in WEIGHED
    )
    return " + ".join(f"coalesce(w_{name}.weight, 0)" for name in WEIGHED), joins


def sibling_sql(levels: str = "l") -> str:
    """`is_sibling` over `…_level` columns."""

    def among(column: str, names: tuple[str, ...]) -> str:
        return f"{levels}.{column}_level in ({', '.join(repr(name) for name in names)})"

    fits = among("birth", BIRTH_FITS)
    return (
        f"({among('household', HOMES)} and {among('name', GIVEN_DIFFERS)}"
        f" and not ({levels}.household_level = 'phone' and {levels}.name_level = 'other')"
        f" and not ({levels}.name_level = 'shared_last' and {fits} and {levels}.sex_level <> 'other')"
        f" and not ({levels}.document_level = 'same' and {fits}))"
    )
