"""Persons counted more than once: the four kinds explain every record too many, and the overlap is exact."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings

from tests.engines.generated import FACTS, LINKS, SCOPES
from tests.facts.tables import ALL_TIME, facts, links, tables
from tongxing.facts.engines.plain import _identities, _living
from tongxing.facts.measures import measure
from tongxing.facts.overlap import LEVELS, Level, Repeats, matrix, repeats
from tongxing.facts.results import NOT_STATED

CHILDREN = measure("children_registered")
PLACES = [
    {"of_centre": "A", "site": "s1", "area": "sending"},
    {"of_centre": "B", "site": "s2", "area": "receiving"},
    {"of_centre": "C", "site": "s2", "area": "receiving"},
    {"of_centre": "D", "site": "s3", "area": ""},
]
AGENCIES = {"A": "north", "B": "south", "C": "south", "D": "east"}
EXAMPLE = """
    on         | subject | centre | organisation | what it is
    2026-01-01 | ann     | A      | north        | the first of Ann
    2026-01-02 | ann     | A      | north        | same centre
    2026-01-03 | ann     | B      | south        | down the stream: sent there, received here
    2026-01-04 | ann     | C      | south        | another centre of the same agency
    2026-01-05 | ann2    | B      | south        | linked to Ann: same centre again
    2026-01-06 | bob     | B      | south        | the first of Bob
    2026-01-07 | bob     | D      | east         | another agency, on no side
    2026-01-08 | bob     | A      | north        | up the stream
    2026-01-09 | .       | B      | south        | refused statistics
    2026-01-10 | cem     | C      | south        | counted once
"""


def example() -> Any:
    rows = facts(EXAMPLE.replace("what it is", "note"), kind="child_registered")
    return tables(rows, links("subject | identity\nann2 | ann"), PLACES)


def test_each_record_too_many_is_explained_by_one_of_four_kinds() -> None:
    assert repeats(CHILDREN, example(), ALL_TIME) == Repeats(
        gross=10,
        same_centre=2,
        same_agency=1,
        up_downstream=2,
        other_agency=1,
        refused_statistics=1,
        distinct=3,
    )


@pytest.mark.parametrize(
    ("level", "shared"),
    [
        (
            "organisation",
            {"east-east": 1, "east-north": 1, "east-south": 1, "north-north": 2, "north-south": 2, "south-south": 3},
        ),
        ("area", {"not_stated-not_stated": 1, "not_stated-receiving": 1, "not_stated-sending": 1}
         | {"receiving-receiving": 3, "receiving-sending": 2, "sending-sending": 2}),
        ("site", {"s1-s1": 2, "s1-s2": 2, "s1-s3": 1, "s2-s2": 3, "s2-s3": 1, "s3-s3": 1}),
        ("centre", {"A-A": 2, "A-B": 2, "A-C": 1, "A-D": 1, "B-B": 2, "B-C": 1, "B-D": 1, "C-C": 2, "D-D": 1}),
    ],
)  # fmt: skip
def test_who_is_known_at_two_places(level: Level, shared: dict[str, int]) -> None:
    found = {
        "-".join(key for _name, key in cell.keys): cell.value for cell in matrix(CHILDREN, example(), ALL_TIME, level)
    }
    assert found == shared


def test_a_measure_that_counts_no_persons_has_no_repetitions() -> None:
    with pytest.raises(ValueError, match="no persons"):
        repeats(measure("registrations"), example(), ALL_TIME)


NAMED = {"one": "child_registered", "two": "child_registered", "three": "referral_sent"}


def placed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Generated facts of the kinds that shipped measures count, at centres of agencies."""
    rows = [row | {"kind": NAMED[row["kind"]]} for row in rows]
    return [row | {"organisation": AGENCIES.get(row["centre"] or "")} for row in rows]


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=8)
@given(rows=FACTS, tied=LINKS, scope=SCOPES)
def test_generated_records_agree_with_plain_python(
    level: Level, rows: list[dict[str, Any]], tied: list[dict[str, Any]], scope: Any
) -> None:
    rows = placed(rows)
    on = tables(rows, tied, PLACES)
    told = Plain(rows, tied, scope)
    found = repeats(CHILDREN, on, scope)
    assert found == told.repeats
    kinds = found.same_centre + found.same_agency + found.up_downstream + found.other_agency
    assert found.gross - kinds - found.refused_statistics == found.distinct
    shared = {tuple(key for _name, key in cell.keys): cell.value for cell in matrix(CHILDREN, on, scope, level)}
    assert shared == told.shared(level)


class Plain:
    """The same in plain Python: person by person, record by record."""

    def __init__(self, rows: list[dict[str, Any]], tied: list[dict[str, Any]], scope: Any) -> None:
        who = _identities(tied, scope)
        living = _living(CHILDREN, rows, scope, {})
        self.places = {place["of_centre"]: place for place in PLACES}
        self.of: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in living:
            if row["subject"]:
                self.of[who.get(row["subject"], row["subject"])].append(row)
        stated = sum(len(found) for found in self.of.values())
        kinds: dict[str, int] = defaultdict(int)
        for found in self.of.values():
            found.sort(key=lambda row: (row["occurred_on"], row["recorded_at"], row["id"]))
            for number, row in enumerate(found[1:], 1):
                kinds[self._why(row, found[:number])] += 1
        self.repeats = Repeats(
            gross=len(living),
            **{kind: kinds[kind] for kind in ("same_centre", "same_agency", "up_downstream", "other_agency")},
            refused_statistics=len(living) - stated,
            distinct=len(self.of),
        )

    def _why(self, row: dict[str, Any], earlier: list[dict[str, Any]]) -> str:
        if row["centre"] in [other["centre"] for other in earlier]:
            return "same_centre"
        if row["organisation"] and row["organisation"] in [other["organisation"] for other in earlier]:
            return "same_agency"
        across = {"sending": "receiving", "receiving": "sending"}.get(self._at(row, "area"))
        return (
            "up_downstream" if across in [self._at(other, "area") for other in earlier] and across else "other_agency"
        )

    def _at(self, row: dict[str, Any], level: str) -> str:
        if level in ("centre", "organisation"):
            return row[level] or NOT_STATED
        return (self.places.get(row["centre"]) or {}).get(level) or NOT_STATED

    def shared(self, level: str) -> dict[tuple[str, str], int]:
        known: dict[str, set[str]] = defaultdict(set)
        for person, rows in self.of.items():
            for row in rows:
                known[self._at(row, level)].add(person)
        pairs = {(a, b): len(known[a] & known[b]) for a in known for b in known if a <= b}
        return {pair: n for pair, n in pairs.items() if n}
