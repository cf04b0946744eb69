"""The levels in SQL are those in Python, pair by pair; the weights to 1e-6. PostgreSQL itself computes one side."""

import json
import random
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.worlds import World
from tests.linkage.cases import XIAOHE, any_details, person
from tongxing.linkage.bulk import features_of
from tongxing.linkage.details import COLUMNS, Details, Features
from tongxing.linkage.levels import COMPARISONS, level_names
from tongxing.linkage.normaliser import features
from tongxing.linkage.refusals import refusal, refusal_sql
from tongxing.linkage.scoring import (
    agreement,
    is_sibling,
    levels_sql,
    shipped,
    sibling_sql,
    weight,
    weight_sql,
)

pytestmark = pytest.mark.django_db


def in_sql(pairs: list[tuple[Features, Features]]) -> list[tuple[Any, ...]]:
    """(weight, is_sibling, is refused, level of each comparison) for each pair, computed by the database."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    total, joins = weight_sql("weights")
    statement = f"""
        with p as (select * from jsonb_to_recordset(%s) as p(n int, {columns})),
             q as (select * from jsonb_to_recordset(%s) as q(n int, {columns})),
             weights as (select * from jsonb_to_recordset(%s) as w(comparison text, level text, weight float8)),
             l as (select p.n, {levels_sql()} from p join q on q.n = p.n)
        select {total}, {sibling_sql()}, {refusal_sql()}, {", ".join(f"l.{name}_level" for name in COMPARISONS)}
          from l {joins} order by l.n"""
    rows = shipped().rows()
    weights = json.dumps([{"comparison": c, "level": level, "weight": w} for c, level, w in rows])
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json([p for p, _ in pairs]), as_json([q for _, q in pairs]), weights])
        return list(cursor.fetchall())


def as_json(rows: list[Features]) -> str:
    return json.dumps([asdict(row) | {"n": n} for n, row in enumerate(rows)], default=str)


def hold(pairs: list[tuple[Features, Features]]) -> set[str]:
    """Assert that both sides agree on all pairs; gives the levels that were met."""
    met = set()
    for (p, q), (total, sibling, is_refused, *levels) in zip(pairs, in_sql(pairs), strict=True):
        here = agreement(p, q)
        assert dict(zip(COMPARISONS, levels, strict=True)) == here, (p, q)
        assert abs(total - weight(here)) <= 1e-6
        assert sibling == is_sibling(here)
        assert is_refused == bool(refusal(here))
        met |= {f"{name}.{level}" for name, level in here.items()}
    return met


def relatives(seed: int, count: int) -> list[tuple[Features, Features]]:
    """Pairs of rows of one home, of a made-up world in which much goes wrong."""
    records = World(seed).records(count)
    homes: dict[int, list[Features]] = {}
    for row in features_of(records, as_of=date(2026, 6, 1)).to_pylist():
        lists = {name: tuple(row[name]) for name, kind in COLUMNS.items() if kind.endswith("[]")}
        home = homes.setdefault(records["home"][row.pop("record")].as_py(), [])
        row.pop("line")
        home.append(Features(**(row | lists)))
    return [(p, q) for members in homes.values() for p in members for q in members]


def test_families_agree_in_sql_as_in_python() -> None:
    dice = random.Random(5)
    pairs = [*relatives(26, 500), *relatives(24, 500), *relatives(9, 500)]
    everyone = [p for p, _ in pairs]
    pairs += [(dice.choice(everyone), dice.choice(everyone)) for _ in range(1500)]
    few = [
        XIAOHE,
        person("宁小禾"),
        person("王小禾"),
        person("晓荷", guardian="王芳"),
        person(born="2017"),
        person("大禾"),
        person("林小禾", born="about 8"),
        person("林小荷", "male", "2017-03-02"),  # a twin whose name sounds the same
        *(person(name) for name in ("Б. Тэмүүлэн", "B. Temuulen", "Temuulen", "")),
    ]
    rows = [row for each in few for row in features(each)]
    rows += [replace(row, rarity=5, crowded=(7,), phones=()) for row in rows]
    pairs += [(p, q) for p in rows for q in rows]
    every = {f"{name}.{level}" for name in COMPARISONS for level in level_names(name)}
    met = hold(pairs)
    assert every - met == set()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(any_details, any_details), min_size=1, max_size=10))
def test_any_details_agree_in_sql_as_in_python(pairs: list[tuple[Details, Details]]) -> None:
    hold([(p, q) for a, b in pairs for p in features(a) for q in features(b)])
