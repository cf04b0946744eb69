"""All shipped measures by five dimensions, as data, against SQL written by hand: same facts, same cells, same answer.

python3 dev.py bench measures [--facts 1000000] [--runs 5] [--no-postgres] [--json]     10 million: --facts 10000000

Facts are generated: 22 centres at 11 sites, 20 counties of origin, 8 quarters, 11 needs; 18 % of the children registered
again, 5 % of them linked to another, 1 % of the facts taken back, 3 % refused statistics. Compared, runs alternating:

finest cells   grouped by five dimensions     / hand-written DuckDB SQL over the same Parquet      goal ≤ 1.1 ×
all margins    all 32 groupings of the five   / hand-written DuckDB SQL with `group by cube`       goal ≤ 1.1 ×
PG finest      the finest cells               / hand-written PostgreSQL SQL, an unlogged table     goal ≤ 0.15 ×
PG margins     all 32 groupings, once         / the same with `group by cube`                      goal ≤ 0.15 ×

PostgreSQL gets the facts by COPY, an index by kind and day, `vacuum analyze`, 256 MB of work_mem and uuids as uuids.
"""

import datetime
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from bench.common import house
from bench.common.figures import Goal, Times, tell, words
from tongxing.facts import engines, store
from tongxing.facts.engines import Data, Tables
from tongxing.facts.measures import Measure, shipped
from tongxing.facts.results import Period, Scope

LAST_DAY = datetime.date(2026, 12, 31)
SCOPE = Scope(Period(datetime.date(2025, 1, 1), LAST_DAY))
BY_HAND, BY_POSTGRES = 1.1, 0.15
FACTS = """
    with drawn as (
        select n, hash(n * 7 + 1) as a, hash(n * 7 + 2) as b, hash(n * 7 + 3) as c,
               hash(hash(n * 7 + 4) % cast({n} * 0.25 as bigint)) as person
        from range({n}) facts(n))
    select cast(md5('f' || n) as uuid)::varchar as id,
           ['child_registered', 'child_registered', 'child_registered', 'referral_sent', 'referral_sent', 'referral_sent',
            'referral_done', 'referral_done', 'service_delivered', 'service_delivered'][1 + n % 10] as kind,
           date '2025-01-01' + cast(a % 730 as int) as occurred_on, timestamp '2026-12-31 12:00:00' as recorded_at,
           case when refused then null else cast(md5('s' || person) as uuid)::varchar end as subject,
           'c' || b % 22 as centre, '3204' || b % 22 as division, null::varchar as organisation, 'P' as programme,
           case when refused then '' else ['female', 'male', ''][1 + cast(person % 3 as int)] end as sex,
           case when refused then null else 2008 + person // 3 % 16 end::smallint as birth_year,
           case when refused then '' else '1309' || 21 + person // 48 % 20 end as origin_division,
           1::decimal(14, 2) as quantity,
           case when n % 10 < 3 then '{{}}' else '{{"need": "n' || c % 11 || '"}}' end as attributes,
           case when c % 100 = 0 and n >= 10 then cast(md5('f' || n - 10) as uuid)::varchar end as voids
    from (select *, c // 100 % 100 < 3 as refused from drawn)"""
LINKS = """
    select cast(md5('s' || hash(n)) as uuid)::varchar as subject, cast(md5('s' || hash(n // 2)) as uuid)::varchar as identity,
           timestamp '2026-01-01' as valid_from, null::timestamp as valid_to
    from range(cast({n} * 0.0125 as bigint)) links(n)"""
PLACES = """
    select 'c' || n as of_centre, 's' || n // 2 as site, case n % 3 when 0 then 'sending' else 'receiving' end as area
    from range(22) centres(n)"""
SOURCES = {"facts": FACTS, "identities": LINKS, "places": PLACES}

# By hand, for both: what a good author writes, with the age computed once.
LABELLED = """
    with known as (select * from facts where kind in ({kinds}) and occurred_on between {first} and {last}),
    back as (select voids as taken_back from known where voids is not null),
    links as (select distinct on (subject) subject as linked, identity from identities
              where valid_to is null order by subject, valid_from desc),
    alive as (select *, extract(year from occurred_on) - birth_year as age from known
              where voids is null and not exists (select 1 from back where back.taken_back = known.id)),
    labelled as (
        select {labels}, {who} as who, kind
        from alive left join places on alive.centre = places.of_centre {linked})
    select {names}, {values} from labelled group by {groups}"""
LABELS = {
    "site": "coalesce(nullif(site, ''), 'not_stated')",
    "sex": "coalesce(nullif(sex, ''), 'not_stated')",
    "age_band": """case when age is null then 'not_stated' when age <= 5 then '0-5' when age <= 11 then '6-11'
                        when age <= 14 then '12-14' when age <= 17 then '15-17' else '18+' end""",
    "origin_division": "coalesce(nullif(origin_division, ''), 'not_stated')",
    "need": "coalesce(nullif(attributes ->> 'need', ''), 'not_stated')",
    "quarter": "extract(year from occurred_on) || '-Q' || extract(quarter from occurred_on)",
}


def dimensions(one: Measure) -> tuple[str, ...]:
    """Five of those the measure is known by."""
    return ("site", "sex", "age_band", "need" if "need" in one.dimensions else "origin_division", "quarter")


def by_hand(one: Measure, *, margins: bool) -> str:
    """The SQL that counts `one` by its five dimensions."""
    by = dimensions(one)
    parts = [shipped()[code] for code in (one.numerator, one.denominator)] if one.value == "ratio" else [one]
    kinds = [kind for part in parts for kind in part.kinds]
    values = "count(distinct who) as value" if one.value == "distinct" else "count(*) as value"
    if one.value == "ratio":
        counted = zip(("part", "whole"), parts, strict=True)
        values = ", ".join(f"count(*) filter (where kind = '{part.kinds[0]}') as {name}" for name, part in counted)
    first = SCOPE.period.start if one.basis == "during" else datetime.date(1900, 1, 1)
    names = ", ".join(f"by_{name}" for name in by)
    distinct = one.value == "distinct"
    return LABELLED.format(
        kinds=", ".join(f"'{kind}'" for kind in kinds),
        first=f"date '{first}'",
        last=f"date '{LAST_DAY}'",
        labels=", ".join(f"{LABELS[name]} as by_{name}" for name in by),
        who="coalesce(identity, subject)" if distinct else "null",
        linked="left join links on alive.subject = links.linked" if distinct else "",
        names=names,
        values=values,
        groups=f"cube ({names})" if margins else names,
    )


def generated(folder: Path, size: int) -> dict[str, Path]:
    """Parquet of `size` facts, their identity links and the places, always the same."""
    paths = {name: folder / f"{name}.parquet" for name in SOURCES}
    with duckdb.connect() as connection:
        for name, path in paths.items():
            order = " order by kind, occurred_on" if name == "facts" else ""  # as the export lays them out
            select = SOURCES[name].format(n=size) + order
            connection.execute(f"copy ({select}) to '{path}' (format parquet, compression zstd)")
    return paths


@contextmanager
def as_data(paths: dict[str, Path]) -> Iterator[Tables]:
    schemas = {"facts": store.FACT, "identities": store.IDENTITY, "places": store.PLACE}
    with engines.opened("duckdb", *(Data(schemas[name], (path,)) for name, path in paths.items())) as tables:
        yield tables


def ours(paths: dict[str, Path], one: Measure, *, margins: bool) -> pa.Table:
    """As a page does: a fresh connection, the expression built and compiled, all cells fetched."""
    with as_data(paths) as tables:
        return engines.tabulate(one, tables, SCOPE, by=dimensions(one), margins=margins)


def theirs(paths: dict[str, Path], one: Measure, *, margins: bool) -> pa.Table:
    with duckdb.connect() as connection:
        for name, path in paths.items():
            connection.execute(f"create view {name} as select * from '{path}'")
        return connection.sql(by_hand(one, margins=margins)).to_arrow_table()


def asked_of(connection: psycopg.Connection[Any], one: Measure, *, margins: bool) -> list[tuple[Any, ...]]:
    return connection.execute(by_hand(one, margins=margins)).fetchall()


def differing(found: pa.Table, expected: list[tuple[Any, ...]]) -> int:
    """Cells that are not the same on both sides."""
    mine = set(zip(*(column.to_pylist() for column in found.columns), strict=True))
    return len(mine ^ {tuple(row) for row in expected})


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@contextmanager
def postgres(paths: dict[str, Path]) -> Iterator[psycopg.Connection[Any]]:
    """The same facts in unlogged tables of an embedded server."""
    tables = {
        "facts": """id uuid, kind text, occurred_on date, recorded_at timestamp, subject uuid, centre text, division text,
                    organisation text, programme text, sex text, birth_year smallint, origin_division text,
                    quantity numeric(14, 2), attributes jsonb, voids uuid""",
        "identities": "subject uuid, identity uuid, valid_from timestamp, valid_to timestamp",
        "places": "of_centre text, site text, area text",
    }
    with house.folder() as made, house.house(made) as state, house.administrator(state) as connection:
        connection.execute("create schema bench")
        connection.execute("set search_path to bench")
        connection.execute("set work_mem to '256MB'")
        for name, columns in tables.items():
            connection.execute(f"create unlogged table {name} ({columns})")
            with connection.cursor().copy(f"copy {name} from stdin (format csv)") as copy:
                for batch in pq.ParquetFile(paths[name]).iter_batches(200_000):
                    out = pa.BufferOutputStream()
                    csv.write_csv(batch, out, csv.WriteOptions(include_header=False))
                    copy.write(out.getvalue().to_pybytes())
        connection.execute("create index on facts (kind, occurred_on)")
        for name in tables:
            connection.execute(f"vacuum analyze {name}")
        yield connection


def race(measures: list[Measure], runs: int, first: Callable[[Measure], Any], second: Callable[[Measure], Any]) -> Any:
    """Both in turns, each first every other time, measure by measure: times and last answers by measure."""
    times = {one.code: (Times(), Times()) for one in measures}
    answers: dict[str, list[Any]] = {one.code: [None, None] for one in measures}
    for run in range(runs):
        for one in measures:
            turns = [(0, first), (1, second)]
            for side, work in turns if run % 2 == 0 else reversed(turns):
                answers[one.code][side] = times[one.code][side].run(partial(work, one))
    return times, answers


def told(name: str, times: Any, limit: float) -> tuple[list[str], Goal, dict[str, Any]]:
    """Lines by measure, the goal over all of them, and the figures."""
    lines, found = [], {}
    for code, (mine, other) in times.items():
        ratio = statistics.median(a / b for a, b in zip(mine.seconds, other.seconds, strict=True))
        lines.append(f"{name:12} {code:20} {mine.median:7.2f} s / {other.median:7.2f} s = {ratio:.2f} ×")
        found[code] = {"ours_s": round(mine.median, 3), "theirs_s": round(other.median, 3), "ratio": round(ratio, 3)}
    totals = [sum(clocks[side].median for clocks in times.values()) for side in (0, 1)]
    return lines, Goal(f"{name}: all measures together, sum of medians", totals[0] / totals[1], limit, "×"), found


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-postgres", action="store_true")
    asked = parser.parse_args()
    measures = [one for one in shipped().values() if one.value != "reference"]
    lines, goals, found, wrong, counted = [], [], {}, 0, 0
    with house.folder() as folder:
        paths = generated(folder, asked.facts)
        for name, margins in (("finest cells", False), ("all margins", True)):
            sides = (partial(ours, paths, margins=margins), partial(theirs, paths, margins=margins))
            for side in sides:
                side(measures[0])  # loads what loads on first use
            times, answers = race(measures, asked.runs, *sides)
            wrong += sum(differing(mine, rows(other)) for mine, other in answers.values())
            counted += sum(mine.num_rows for mine, _other in answers.values())
            more, goal, found[name] = told(name, times, BY_HAND)
            lines, goals = [*lines, *more], [*goals, goal]
        if not asked.no_postgres:
            house.say("PostgreSQL: filling")
            with postgres(paths) as connection:
                for name, margins, runs in (("PG finest", False, min(asked.runs, 3)), ("PG margins", True, 1)):
                    house.say(f"{name}: {runs} runs")
                    sides = (partial(ours, paths, margins=margins), partial(asked_of, connection, margins=margins))
                    times, answers = race(measures, runs, *sides)
                    wrong += sum(differing(mine, other) for mine, other in answers.values())
                    counted += sum(len(other) for _mine, other in answers.values())
                    more, goal, found[name] = told(name, times, BY_POSTGRES)
                    lines, goals = [*lines, *more], [*goals, goal]
    goals.append(Goal(f"of {counted:,} cells compared, those that differ", wrong, 0, "cells"))
    tell(
        [f"{asked.facts:,} facts, {len(measures)} measures", *lines], goals, asked.json, facts=asked.facts, found=found
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
