"""A measure as data, through Ibis on DuckDB, against the same SQL written by hand: same files, same cells, same answer.

python3 dev.py bench measure [--facts 2000000] [--runs 9] [--json]      no database needed; facts are generated

Runs alternate; the ratio is the median of the ratios of neighbouring runs, so that other load weighs on both alike.
Goal: Ibis ≤ 1.1 × hand-written SQL, 0 differing cells.
"""

import argparse
import datetime
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from tongxing.facts import expressions, store
from tongxing.facts.measures import measure
from tongxing.facts.results import Period, Scope

CODE = "children_registered"
BY = ("centre", "sex", "age_band", "origin_division", "quarter")
LAST_DAY = datetime.date(2026, 12, 31)
GOAL = 1.1

# 22 centres, 20 counties of origin, 8 quarters; 18 % registered again, 1 % taken back, 3 % refused statistics.
FACTS = """
    select 'f' || n as id, 'child_registered' as kind, date '2025-01-01' + cast(hash(n, 1) % 730 as int) as occurred_on,
           timestamp '2026-12-31 12:00:00' as recorded_at,
           case when hash(n, 2) % 100 < 3 then null else 's' || hash(n, 3) % cast({n} * 0.82 as bigint) end as subject,
           'c' || hash(n, 4) % 22 as centre, '3204' || hash(n, 4) % 22 as division, null::varchar as organisation,
           'P' as programme, ['female', 'male', ''][1 + cast(hash(n, 5) % 3 as int)] as sex,
           case when hash(n, 2) % 100 < 3 then null else 2008 + hash(n, 6) % 16 end::smallint as birth_year,
           '1309' || 21 + hash(n, 7) % 20 as origin_division, 1::decimal(14, 2) as quantity, '{{}}' as attributes,
           case when hash(n, 8) % 100 = 0 and n > 0 then 'f' || n - 1 end as voids
    from range({n}) facts(n)"""
LINKS = """
    select 's' || n as subject, 's' || n // 2 as identity, timestamp '2026-01-01' as valid_from,
           null::timestamp as valid_to
    from range(cast({n} * 0.05 as bigint)) links(n)"""
BY_HAND = """
    with known as (select * from facts where kind = 'child_registered' and occurred_on <= date '2026-12-31'),
    back as (select voids as taken_back from known where voids is not null),
    links as (select subject as linked, arg_max(identity, valid_from) as identity
              from identities where valid_to is null group by subject),
    labelled as (
        select coalesce(nullif(centre, ''), 'not_stated') as by_centre, coalesce(nullif(sex, ''), 'not_stated') as by_sex,
               case when birth_year is null then 'not_stated' when year(occurred_on) - birth_year <= 5 then '0-5'
                    when year(occurred_on) - birth_year <= 11 then '6-11'
                    when year(occurred_on) - birth_year <= 14 then '12-14'
                    when year(occurred_on) - birth_year <= 17 then '15-17' else '18+' end as by_age_band,
               coalesce(nullif(origin_division, ''), 'not_stated') as by_origin_division,
               year(occurred_on) || '-Q' || quarter(occurred_on) as by_quarter, subject
        from known where voids is null and not exists (select 1 from back where back.taken_back = known.id))
    select by_centre, by_sex, by_age_band, by_origin_division, by_quarter,
           count(distinct coalesce(identity, subject)) as value
    from labelled left join links on labelled.subject = links.linked group by all"""


def generated(folder: Path, size: int) -> tuple[Path, Path]:
    """Two Parquet files of `size` facts and their identity links, always the same."""
    paths = folder / "facts.parquet", folder / "identities.parquet"
    with duckdb.connect() as connection:
        for path, select in zip(paths, (FACTS, LINKS), strict=True):
            connection.execute(f"copy ({select.format(n=size)}) to '{path}' (format parquet)")
    return paths


def through_ibis(facts: Path, identities: Path) -> pa.Table:
    """As a page does: a fresh connection, the expression built and compiled, all rows fetched."""
    engine = ibis.duckdb.connect()
    try:
        table, links = (
            engine.sql(f"select * from '{path}'", schema=ibis.Schema.from_pyarrow(schema), dialect="duckdb")
            for path, schema in ((facts, store.FACT), (identities, store.IDENTITY))
        )
        one = measure(CODE)
        counted = expressions.labelled(expressions.living(table, one, Scope(Period.until(LAST_DAY))), BY)
        return engine.to_pyarrow(expressions.counted(expressions.identified(counted, links, None), one, BY))
    finally:
        engine.disconnect()


def by_hand(facts: Path, identities: Path) -> pa.Table:
    """The baseline."""
    with duckdb.connect() as connection:
        connection.execute(f"create view facts as select * from '{facts}'")
        connection.execute(f"create view identities as select * from '{identities}'")
        return connection.sql(BY_HAND).to_arrow_table()


def timed(work: Callable[[Path, Path], pa.Table], *given: Path) -> tuple[float, float]:
    """Seconds on the clock and seconds of processor, of all threads."""
    clock, processor = time.perf_counter(), time.process_time()
    work(*given)
    return time.perf_counter() - clock, time.process_time() - processor


def cells(found: pa.Table) -> dict[tuple[Any, ...], Any]:
    return {tuple(row[f"by_{name}"] for name in BY): row["value"] for row in found.to_pylist()}


def compared(size: int, runs: int) -> dict[str, Any]:
    """Medians of alternating runs, their ratio, and how many cells differ."""
    took: dict[str, list[tuple[float, float]]] = {"ibis": [], "by_hand": []}
    with tempfile.TemporaryDirectory() as folder:
        paths = generated(Path(folder), size)
        first, second = cells(through_ibis(*paths)), cells(by_hand(*paths))  # also loads what loads on first use
        for run in range(runs):
            order = [("ibis", through_ibis), ("by_hand", by_hand)]
            for name, work in order if run % 2 == 0 else reversed(order):
                took[name].append(timed(work, *paths))
    medians = {name: statistics.median(clock for clock, _cpu in seconds) for name, seconds in took.items()}
    pairs = list(zip(took["ibis"], took["by_hand"], strict=True))
    return {
        "facts": size,
        "cells": len(second),
        "differing_cells": len(first.items() ^ second.items()),
        "runs": runs,
        "seconds_ibis": round(medians["ibis"], 4),
        "seconds_by_hand": round(medians["by_hand"], 4),
        "ratio": round(statistics.median(ours[0] / theirs[0] for ours, theirs in pairs), 3),
        "ratio_processor": round(statistics.median(ours[1] / theirs[1] for ours, theirs in pairs), 3),
        "goal": GOAL,
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--facts", type=int, default=2_000_000)
    words.add_argument("--runs", type=int, default=9)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    found = compared(asked.facts, asked.runs)
    if asked.json:
        print(json.dumps(found))
    else:
        print(f"{found['facts']:,} facts, {found['cells']:,} cells, {found['differing_cells']} differ")
        print(f"Ibis {found['seconds_ibis']} s, by hand {found['seconds_by_hand']} s (medians of {found['runs']})")
        print(f"ratio {found['ratio']} (processor time {found['ratio_processor']}), goal {found['goal']}")
    return 0 if found["ratio"] <= GOAL and not found["differing_cells"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
