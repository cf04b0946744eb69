"""Spark on a real master finds the same persons as DuckDB, with the same weights."""

import os
from typing import Any

import pyarrow as pa
import pytest

from bench.worlds import World
from tongxing.linkage.batch import Linked, link
from tongxing.linkage.bulk import features_of
from tongxing.linkage.engines import InSpark
from tongxing.linkage.scoring import shipped

MANY = int(os.environ.get("TONGXING_SPARK_RECORDS", "500"))  # 20000 for the long run


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return features_of(World(8).records(MANY))


def paired(found: Linked) -> dict[tuple[int, int], float]:
    left, right, weight = (found.pairs[name].to_pylist() for name in ("left", "right", "weight"))
    return dict(zip(zip(left, right, strict=True), weight, strict=True))


def test_spark_finds_the_persons_that_duckdb_finds(session: Any, rows: pa.Table) -> None:
    here, there = link(rows, shipped()), link(rows, shipped(), engine=InSpark(session))
    assert here.counts["linked"] > MANY / 50
    assert here.identities == there.identities
    ours, theirs = paired(here), paired(there)
    assert ours.keys() == theirs.keys()
    assert max(abs(weight - theirs[pair]) for pair, weight in ours.items()) <= 1e-6
