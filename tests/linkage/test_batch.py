"""Whole lists: the same weights from every engine, one person found again, families kept apart."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from tests.linkage.cases import XIAOHE, person
from tongxing.linkage import batch
from tongxing.linkage.bulk import features_of
from tongxing.linkage.clusters import agglomerated
from tongxing.linkage.levels import WEIGHED
from tongxing.linkage.normaliser import features
from tongxing.linkage.refusals import refusal
from tongxing.linkage.scoring import agreement, shipped, weight

ZHANG = {"origin_division": "130921", "guardian_name": "张建国", "phone": "13800000142"}


def listed(*records: dict[str, str]) -> pa.Table:
    fields = ("name", "sex", "birth_date", "origin_division", "guardian_name", "phone", "id_number")
    return pa.Table.from_pylist(
        [{"record_id": str(n), **dict.fromkeys(fields, ""), **record} for n, record in enumerate(records)]
    )


def identities(*records: dict[str, str]) -> list[int]:
    return list(batch.link(features_of(listed(*records)), shipped()).identities["identity"].to_pylist())


FILLING = [
    {
        "name": f"{s}{g}",
        "sex": "male",
        "birth_date": f"20{10 + n:02}-0{1 + m}-1{m}",
        "origin_division": f"41{n:02}0{m + 1}",
    }
    for n, s in enumerate("王李张刘陈杨赵黄周吴")
    for m, g in enumerate(("海涛", "文博", "梓轩", "雨泽"))
]


def test_the_same_child_in_two_lists_is_one_person() -> None:
    first = {"name": "张晓荷", "sex": "female", "birth_date": "2015-03-02", **ZHANG}
    again = {"name": "zhang xiaohe", "sex": "女", "birth_date": "2015年3月2日", **ZHANG, "phone": "13911112222"}
    found = identities(first, again, *FILLING)
    assert found[0] == found[1]
    assert len(set(found)) == len(found) - 1


@pytest.mark.parametrize(
    "other",
    [
        {"name": "张小麦", "sex": "female", "birth_date": "2012-07-09"},
        {"name": "张丽", "sex": "female", "birth_date": "2015-03-02"},
        {"name": "张浩", "sex": "male", "birth_date": "2015-03-02"},
        {"name": "张晓荷", "sex": "female", "birth_date": "1988-11-20"},
        {"name": "张建国", "sex": "male", "birth_date": "1986-05-01", "guardian_name": "张德福"},
    ],
    ids=("sister", "twin", "twin brother", "mother of that name", "father"),
)
def test_a_relative_of_the_same_home_is_another_person(other: dict[str, str]) -> None:
    found = identities(
        {"name": "张晓荷", "sex": "female", "birth_date": "2015-03-02", **ZHANG}, ZHANG | other, *FILLING
    )
    assert found[0] != found[1]


def test_splink_gives_every_pair_the_weight_that_python_gives() -> None:
    people = [XIAOHE, person("林晓荷"), person("lin xiaohe"), person("宁小禾"), person("林大麦"), person(born="2017")]
    people += [
        person("林小禾", phone="00000000142"),
        person("禾禾", guardian="林健"),
        person("王强", "male", "2012-05-05"),
    ]
    rows = [row for each in people for row in features(each)[:1]]
    table = pa.Table.from_pylist(
        [{"record": n, "line": 0, **{c: getattr(row, c) for c in row.__slots__}} for n, row in enumerate(rows)],
        schema=features_of(listed({})).schema,
    )
    model = shipped()
    engine = batch.InDuckDB()
    try:
        one = batch._List(engine, model, table, None, lambda step, share: None)
        engine.keep("pairs", "select '0' as match_key, p.unique_id as join_key_l, q.unique_id as join_key_r"
                             " from people p, people q where p.unique_id < q.unique_id")  # fmt: skip
        found = one.weighed("pairs", 0.0, None)
        rarities = dict(zip(*engine.read("select record, rarity from people").to_pydict().values(), strict=True))
    finally:
        engine.close()
    rows = [replace(row, rarity=rarities[n]) for n, row in enumerate(rows)]
    assert found.num_rows == len(rows) * (len(rows) - 1) // 2
    for pair in found.to_pylist():
        here = agreement(rows[pair["left"]], rows[pair["right"]])
        assert {name: pair[f"l_{name}"] for name in WEIGHED} == {name: here[name] for name in WEIGHED}
        assert abs(pair["weight"] - weight(here, model)) <= 1e-6


def test_a_weak_link_does_not_chain_two_families() -> None:
    weights = np.full((4, 4), -15.0)
    weights[0, 1] = weights[1, 0] = weights[2, 3] = weights[3, 2] = 12.0
    weights[1, 2] = weights[2, 1] = 3.0
    assert sorted(map(sorted, agglomerated(weights, np.zeros((4, 4), dtype=bool)))) == [[0, 1], [2, 3]]


def test_two_valid_documents_are_never_one_person() -> None:
    weights = np.full((3, 3), 9.0)
    apart = np.zeros((3, 3), dtype=bool)
    apart[0, 2] = apart[2, 0] = True
    assert len([each for each in agglomerated(weights, apart) if {0, 2} <= set(each)]) == 0


def test_a_list_without_duplicates_is_left_alone() -> None:
    assert identities(*FILLING) == list(range(len(FILLING)))


def test_only_pairs_with_a_new_record_are_weighed() -> None:
    first = {"name": "张晓荷", "sex": "female", "birth_date": "2015-03-02", **ZHANG}
    table = features_of(listed(first, first, first))
    found = batch.link(table, shipped(), only={2})
    assert {(a, b) for a, b in zip(*found.pairs.select(["left", "right"]).to_pydict().values(), strict=True)} == {
        (0, 2), (1, 2),
    }  # fmt: skip


def test_a_longer_list_asks_more_of_strangers_and_not_of_one_home() -> None:
    """The threshold rises with the list for who agrees in county alone, or whose names say nothing."""
    told = [("same_sound", "phone_and_guardian"), ("same_sound", "county"), ("other_script", "phone_and_guardian")]
    pairs = pa.table({
        "weight": [13.0, 13.0, 13.0],
        "l_name": pa.array([name for name, _ in told]).dictionary_encode(),
        "l_household": pa.array([home for _, home in told]).dictionary_encode(),
    })  # fmt: skip
    assert batch.above(pairs, link=14.0, at_home=12.0).tolist() == [1.0, -1.0, -1.0]


def test_another_surname_takes_a_home_in_common() -> None:
    """Of one county, one birthday and one sound of the given name there are several; in one home there is one."""
    levels = dict.fromkeys(WEIGHED, "unknown") | {"name": "other_surname", "birth": "same_day", "sex": "same"}
    assert refusal(levels | {"household": "county_only"}) == "unsure"
    assert refusal(levels | {"household": "phone_and_county"}) == ""
