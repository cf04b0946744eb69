"""What is in every table, as a number of rows and a hash that does not depend on their order.

The hash of a table is the sum of the MD5 of its rows as text, in two halves: a row more, less, doubled or changed changes
it. It is there to find accidents; against an attacker the sealed file guards. Rows are written out under fixed settings,
so that servers of different major versions give the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

TABLES = """
select c.oid::regclass::text, array_agg(a.attname::text order by a.attname collate "C")
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind = 'r' and c.relpersistence = 'p'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
group by c.oid order by 1"""

SETTINGS = (
    "set timezone = 'UTC'", "set datestyle = 'ISO, YMD'", "set intervalstyle = 'postgres'",
    "set extra_float_digits = 1", "set bytea_output = 'hex'", "set search_path = public",
    "set row_security = off",
)  # fmt: skip

HASH = """
select count(*), coalesce(sum(('x' || left(m, 16))::bit(64)::bigint::numeric), 0)::text || ':' ||
       coalesce(sum(('x' || right(m, 16))::bit(64)::bigint::numeric), 0)::text
from (select md5(row({columns})::text) as m from {table}) as hashed"""


@dataclass(frozen=True)
class Rows:
    """How many rows a table has, and their hash over `columns`."""

    count: int
    hash: str
    columns: tuple[str, ...]


def tables(connection: psycopg.Connection[Any]) -> dict[str, tuple[str, ...]]:
    """Every lasting table of the database with its columns by name; the names as the server quotes them."""
    connection.execute("set search_path = public")
    return {name: tuple(columns) for name, columns in connection.execute(TABLES).fetchall()}


def hashes(connection: psycopg.Connection[Any], only: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Rows]:
    """The rows of every table in this connection's snapshot, or of `only` these tables over these columns.

    The connection must see all rows: a superuser's. Raises psycopg.Error when a policy would hide some.
    """
    for statement in SETTINGS:
        connection.execute(statement)
    found = tables(connection) if only is None else only
    return {name: _hash(connection, name, columns) for name, columns in found.items()}


def _hash(connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...]) -> Rows:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL(HASH).format(columns=listed, table=sql.SQL(table))  # as the server quoted it
    [(count, total)] = connection.execute(statement).fetchall()
    return Rows(count, total, columns)


def differing(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> list[str]:
    """The tables that are not the same, each with both numbers of rows; a table that is missing has none."""
    return [
        f"{name} ({before[name].count if name in before else 'no table'} → "
        f"{after[name].count if name in after else 'no table'} rows)"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
