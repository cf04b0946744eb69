"""A measure as data, through Ibis on DuckDB, against the same SQL written by hand: same files, same cells, same answer.

python3 dev.py bench measure [--facts 2000000] [--runs 9] [--json]      no database needed; facts are generated

Runs alternate; the ratio is the median of the ratios of neighbouring runs, so that other load weighs on both alike.
Goal: Ibis ≤ 1.1 × hand-written SQL, 0 differing cells.
"""

import datetime
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from bench.common.figures import Goal, Times, tell, words
from tongxing.facts import expressions, store
from tongxing.facts.measures import measure
from tongxing.facts.results import Period, Scope

CODE = "children_registered"
BY = ("centre", "sex", "age_band", "origin_division", "quarter")
LAST_DAY = datetime.date(2026, 12, 31)
RATIO = 1.1

# 22 centres, 20 counties of origin, 8 quarters; 18 % registered again, 1 % taken back, 3 % refused statistics.
FACTS = """
    select 'f' || n as id, 'child_registered' as kind, date '2025-01-01' + cast(hash(n, 1) % 730 as int) as occurred_on,
           timestamp '2026-12-31 12:00:00' as recorded_at,
           case when hash(n, 2) % 100 < 3 then null else 's' || hash(n, 3) % cast({n} * 0.82 as bigint) end as subject,
           'c' || hash(n, 4) % 22 as centre, '3204' || hash(n, 4) % 22 as division, null::varchar as organisation,
           'P' as programme,
           case when hash(n, 2) % 100 < 3 then '' else ['female', 'male', ''][1 + cast(hash(n, 5) % 3 as int)] end as sex,
           case when hash(n, 2) % 100 < 3 then null else 2008 + hash(n, 6) % 16 end::smallint as birth_year,
           case when hash(n, 2) % 100 < 3 then '' else '1309' || 21 + hash(n, 7) % 20 end as origin_division,
           1::decimal(14, 2) as quantity, '{{}}' as attributes,
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


def cells(found: pa.Table) -> dict[tuple[Any, ...], Any]:
    return {tuple(row[f"by_{name}"] for name in BY): row["value"] for row in found.to_pylist()}


def compared(size: int, runs: int) -> tuple[Times, Times, int, int]:
    """Through Ibis and by hand in turns, each first every other time; how many cells there are and how many differ."""
    ours, theirs = Times(), Times()
    with tempfile.TemporaryDirectory() as folder:
        paths = generated(Path(folder), size)
        first, second = cells(through_ibis(*paths)), cells(by_hand(*paths))  # also loads what loads on first use
        for run in range(runs):
            turns = [(ours, partial(through_ibis, *paths)), (theirs, partial(by_hand, *paths))]
            for times, work in turns if run % 2 == 0 else reversed(turns):
                times.run(work)
    return ours, theirs, len(second), len(first.items() ^ second.items())


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--facts", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    ours, theirs, counted, differing = compared(asked.facts, asked.runs)
    ratio = statistics.median(one / other for one, other in zip(ours.seconds, theirs.seconds, strict=True))
    lines = [f"{asked.facts:,} facts, {counted:,} cells", f"Ibis     {ours}", f"by hand  {theirs}"]
    goals = [
        Goal("Ibis / by hand, median of neighbouring runs", ratio, RATIO, "×"),
        Goal("cells that differ", differing, 0, "cells"),
    ]
    found = {"facts": asked.facts, "runs": asked.runs, "cells": counted}
    tell(lines, goals, asked.json, **found, ibis=ours.milliseconds(), by_hand=theirs.milliseconds())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
