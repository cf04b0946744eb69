"""What the machine never joins, whatever the sum says: patterns for people to look at. Rules, not weights.

A weight is what most pairs of a pattern are; but two twins made one child is an error nobody finds again, because the
records look right together. Each rule is one that a registrar would give, and is written as the levels that it asks for.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tongxing.linkage.levels import level_names


class Refusal(NamedTuple):
    """reason: twins | unsure | documents. `when`: for each comparison named, the levels of which one has to be met."""

    reason: str
    when: Mapping[str, tuple[str, ...]]


UNPROVED = ("unknown", "other")  # no own number in common
OTHER_GIVEN = ("shared_first", "shared_last", "other_syllable", "surname_only", "other")
ALIKE = ("look_alike", "nickname", "other_surname")
SAME_BIRTH = ("same_day", "lunar_exact")
AWAY = ("all_other", "other_county", "unknown", "other")
COUNTY = ("county", "county_only")
ANOTHER_YEAR = ("year_only", "next_year", "year_slip", "generation", "other")

REFUSALS = (
    Refusal("documents", {"document": ("other",)}),
    # Of one birth day, and a syllable differs that nobody mishears, misreads or shortens.
    Refusal("twins", {"name": OTHER_GIVEN, "birth": SAME_BIRTH, "document": UNPROVED}),
    # A boy and a girl of one birth day, and their names only sound or look alike.
    Refusal("twins", {"kin": ("twin_heard",), "document": UNPROVED}),
    Refusal("twins", {"name": ALIKE, "birth": SAME_BIRTH, "sex": ("other",), "document": UNPROVED}),
    # A name that only resembles the other, in another county, and nothing of the home in common.
    Refusal("unsure", {"name": ("other_surname", "nickname"), "household": AWAY, "document": UNPROVED}),
    # Another surname and a given name that sounds the same: a child who took the other parent's name shares a home.
    Refusal("unsure", {"name": ("other_surname",), "household": COUNTY, "document": UNPROVED}),
    # Every village has several of a pet name: it takes a home or a birth date.
    Refusal("unsure", {"name": ("nickname",), "birth": ("unknown",), "household": COUNTY, "document": UNPROVED}),
    # 小明 of one year and 王明 of the next, in one home: brothers.
    Refusal("unsure", {"name": ("nickname", "look_alike"), "birth": ANOTHER_YEAR, "document": UNPROVED}),
)


def refusal(levels: Mapping[str, str]) -> str:
    """The reason why a pair of these levels is for people; "" for none."""
    met = (rule for rule in REFUSALS if all(levels[name] in any_of for name, any_of in rule.when.items()))
    return next((rule.reason for rule in met), "")


def refused(pairs: pa.Table) -> NDArray[np.int8]:
    """For each pair (`l_…` columns) the place of the first rule that it meets, from 1; 0 for none."""
    return refused_codes({name: _codes(pairs[f"l_{name}"]) for rule in REFUSALS for name in rule.when}, len(pairs))


def refused_codes(codes: Mapping[str, NDArray[np.integer]], size: int) -> NDArray[np.int8]:
    """`refused` of levels given by their places in `level_names`."""
    found = np.zeros(size, dtype=np.int8)
    for place, rule in reversed(list(enumerate(REFUSALS, 1))):
        here = np.ones(size, dtype=np.bool_)
        for name, any_of in rule.when.items():
            here &= np.isin(level_names(name), any_of)[codes[name]]
        found[here] = place
    return found


def _codes(column: pa.ChunkedArray) -> NDArray[np.int8]:
    """Places in `level_names`, which are the dictionary of a column of levels."""
    parts = [chunk.indices.to_numpy() for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int8)


def refusal_sql(levels: str = "l") -> str:
    """`refusal(…) <> ''` over `…_level` columns."""
    rules = []
    for rule in REFUSALS:
        parts = [f"{levels}.{name}_level in ({', '.join(repr(each) for each in any_of)})"
                 for name, any_of in rule.when.items()]  # fmt: skip
        rules.append("(" + " and ".join(parts) + ")")
    return "(" + " or ".join(rules) + ")"
