"""How well two rows agree, in words and as one weight; and the same as SQL for the search function of the database.

A weight is in log2 units: +1 means twice as likely to be one person. Weights are data (model.json, or rows of a table);
the predicates of the levels are code (levels.py).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

from tongxing.linkage.details import Features
from tongxing.linkage.levels import COMPARISONS, OTHERWISE, WEIGHED, level_names
from tongxing.linkage.predicates import POSTGRESQL, Dialect
from tongxing.linkage.refusals import refusal

Levels = Mapping[str, str]

# What a level of `kin` says when the pair is not one person, for the desk.
KIN_WORDS = {
    "parent": "parent",
    "namesake_relative": "namesake",
    "twin": "twin",
    "twin_heard": "twin",
    "slip_or_twin": "twin",
    "sibling_heard": "sibling",
    "alike_sibling": "sibling",
    "slip_or_sibling": "sibling",
    "near_sibling": "sibling",
    "sibling": "sibling",
    "undated_sibling": "sibling",
}
# Of these, what may also be one child, misspelt.
SLIPS = ("slip_or_twin", "alike_sibling", "slip_or_sibling")


@dataclass(frozen=True)
class Model:
    """Weights by comparison and level; thresholds of the sum: shown (possible), looked at (review), one person (link).

    prior     what is added to the sum to get the log2 odds that a pair found by the keys is one person, in a usual list;
              a list has its own, and its thresholds lie as much higher as its prior lies lower
    base      what of the prior belongs to the weights: sum + base is the log2 of the ratio of two likelihoods
    card, shares    what it was trained on; how often each level was met there among pairs of one person (m), of two (u)
    """

    version: int
    weights: Mapping[str, Mapping[str, float]]
    prior: float
    base: float
    possible: float
    review: float
    link: float
    card: Mapping[str, Any] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    @property
    def likely(self) -> float:
        """From here on the desk says "likely the same"."""
        return self.link

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
              if not isinstance(w, int | float) or isinstance(w, bool)]  # fmt: skip
    limits = raw.get("thresholds", {})
    wrong += [f"missing threshold {name}" for name in ("possible", "review", "link") if name not in limits]
    if wrong:
        raise ValueError("; ".join(wrong))
    possible, review, link = (float(limits[name]) for name in ("possible", "review", "link"))
    prior, base = float(raw["prior"]), float(raw["base"])
    card, shares = raw.get("card", {}), raw.get("shares", {})
    return Model(raw["version"], weights, prior, base, possible, review, link, card, shares)


def written(model: Model) -> str:
    """The model as JSON, one comparison a line; `read_model` gives it back."""
    limits = {"possible": model.possible, "review": model.review, "link": model.link}
    parts: dict[str, Any] = {"version": model.version, "card": model.card, "prior": model.prior, "base": model.base}
    parts["thresholds"] = limits
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items()]
    for key, tables in (("comparisons", model.weights), ("shares", model.shares)):
        inner = ",\n".join(f"    {json.dumps(name)}: {json.dumps(table)}" for name, table in tables.items())
        lines.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def shipped() -> Model:
    """The model shipped with this package."""
    return read_model(files("tongxing.linkage").joinpath("model.json").read_text(encoding="utf-8"))


hand_set = shipped  # the name that the registry knows


def agreement(p: Features, q: Features) -> dict[str, str]:
    """The level of every comparison between two rows, weighed and shown ones: {"name": "same_sound", …}."""
    return {
        name: next((level.name for level in levels if level.when.holds(p, q)), OTHERWISE)
        for name, levels in COMPARISONS.items()
    }


def weight(levels: Levels, model: Model | None = None) -> float:
    """The sum of the weights of the weighed comparisons, in log2 units."""
    weights = (model or shipped()).weights
    return float(sum(weights[name][levels[name]] for name in WEIGHED))


def apart(weights: Sequence[float]) -> list[float]:
    """The weights of all who could be one person, each less log2 of how many weigh the same.

    Of several who agree just alike, few can be the person; chance brings the more of them the larger a register is.
    """
    alike = Counter(weights)
    return [one - log2(alike[one]) for one in weights]


def probability(levels: Levels, model: Model | None = None) -> float:
    """How likely the pair is one person, among pairs as common as those that the model was trained on."""
    model = model or shipped()
    return float(1 / (1 + 2 ** -max(-500.0, min(500.0, weight(levels, model) + model.prior))))


def kin_word(levels: Levels) -> str:
    """parent | namesake | twin | sibling: what the pattern looks like if it is not one person; "" for no family.

    A shared telephone alone proves no home for two names that have nothing in common (dormitories).
    """
    if levels["household"] == "phone" and levels["name"] == "other":
        return ""
    return KIN_WORDS.get(levels["kin"], "")


def is_sibling(levels: Levels) -> bool:
    """Does the pattern look like one family and not one person?"""
    return kin_word(levels) != ""


def verdict(levels: Levels, model: Model | None = None) -> str:
    """likely | possible | parent | namesake | twin | sibling | none.

    What a rule refuses is never likely.
    Family only below the threshold of likely; a pair that may also be one child misspelt only below that of review.
    """
    model = model or shipped()
    total = weight(levels, model)
    if total >= model.likely and not refusal(levels):
        return "likely"
    word = kin_word(levels)
    if word and (total < model.review or levels["kin"] not in SLIPS):
        return word
    return "possible" if total >= model.possible else "none"


def best(stored: tuple[Features, ...], probe: tuple[Features, ...]) -> dict[str, str]:
    """The agreement of the best pair of rows of two persons."""
    return max((agreement(p, q) for p in stored for q in probe), key=weight)


# --- the same in SQL ------------------------------------------------------------------------------------------------


def level_sql(comparison: str, dialect: Dialect = POSTGRESQL) -> str:
    """A CASE expression over two rows that gives the level's name."""
    cases = " ".join(f"when {level.when.sql(dialect)} then '{level.name}'" for level in COMPARISONS[comparison])
    return f"case {cases} else '{OTHERWISE}' end"


def levels_sql(dialect: Dialect = POSTGRESQL) -> str:
    """The select list `… as name_level, … as birth_level, …`; over the aliases p and q in PostgreSQL."""
    return ",\n  ".join(f"{level_sql(name, dialect)} as {name}_level" for name in COMPARISONS)


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
    return f"({kin_word_sql(levels)} <> '')"


def kin_word_sql(levels: str = "l") -> str:
    """The word for the family pattern, '' for none, over `…_level` columns."""
    cases = " ".join(f"when '{level}' then '{word}'" for level, word in KIN_WORDS.items())
    strangers = f"{levels}.household_level = 'phone' and {levels}.name_level = 'other'"
    return f"(case when {strangers} then '' else case {levels}.kin_level {cases} else '' end end)"
