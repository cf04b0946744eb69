"""The sets behind cells are exactly what the cells count, before and after they were packed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.generated import FACTS, LINKS, SCOPES
from tests.facts.tables import ALL_TIME, facts, tables
from tests.facts.test_overlap import PLACES, placed
from tongxing.facts import lineage
from tongxing.facts.engines import evaluate
from tongxing.facts.lineage import Pack, behind, together
from tongxing.facts.measures import measure
from tongxing.facts.overlap import matrix


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("children_registered", ("sex", "age_band")),
        ("children_registered", ("site",)),
        ("registrations", ("centre", "month")),
        ("referrals_sent", ("need",)),
    ],
)
@settings(max_examples=8)
@given(rows=FACTS, tied=LINKS, scope=SCOPES)
def test_every_set_is_as_large_as_its_cell(
    code: str, by: tuple[str, ...], rows: list[dict[str, Any]], tied: list[dict[str, Any]], scope: Any
) -> None:
    rows = with_ids(placed(rows))
    one, on = measure(code), tables(rows, tied, PLACES)
    kept = behind(one, on, scope, by)
    packs = [Pack.opened(pack.centre, pack.packed()) for pack in kept.packs]
    sizes = {}
    for number, keys in enumerate(kept.cells):
        sets = together(packs, number)
        sizes[keys] = len(sets.persons if one.value == "distinct" else sets.facts)
    assert sizes == {cell.keys: cell.value for cell in evaluate(one, on, scope, by=by)}
    assert [pack.ids for pack in packs] == [pack.ids for pack in kept.packs]


@settings(max_examples=10)
@given(rows=FACTS, tied=LINKS, scope=SCOPES, level=st.sampled_from(["centre", "organisation", "site"]))
def test_what_bitmaps_share_is_what_the_engine_counts(
    rows: list[dict[str, Any]], tied: list[dict[str, Any]], scope: Any, level: Any
) -> None:
    rows = with_ids(placed(rows))
    one, on = measure("children_registered"), tables(rows, tied, PLACES)
    kept = behind(one, on, scope, (level,))
    known = {
        keys[0][1]: together(kept.packs, number).persons for number, keys in enumerate(kept.cells) if keys
    }  # fmt: skip
    shared = {(a, b): len(known[a] & known[b]) for a in known for b in known if a <= b}
    told = {tuple(key for _name, key in cell.keys): cell.value for cell in matrix(one, on, scope, level)}
    assert told == {pair: n for pair, n in shared.items() if n}


def test_a_table_with_too_many_facts_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "LARGEST", 1)
    two = with_ids(facts("subject | centre\na | A\nb | A", kind="child_registered"))
    with pytest.raises(lineage.TooMany):
        behind(measure("registrations"), tables(two), ALL_TIME)


def test_a_ratio_sends_the_reader_to_its_parts() -> None:
    with pytest.raises(ValueError, match="parts"):
        behind(measure("referral_success"), tables([]), ALL_TIME)


def with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same facts under ids as the database gives them."""
    name = {row["id"]: f"01900000-0000-7000-8000-{number:012d}" for number, row in enumerate(rows)}
    return [row | {"id": name[row["id"]], "voids": name.get(row["voids"])} for row in rows]
