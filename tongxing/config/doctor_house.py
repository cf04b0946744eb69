"""What is wrong with the database and who works on it: roles, walls, tables, clock, worker, queue."""

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import psycopg

from tongxing.config.cluster import OLDEST_MAJOR
from tongxing.config.finding import Finding
from tongxing.config.provision import LOGINS, ROLES
from tongxing.config.state import State

CLOCK_MAY_DIFFER = 5.0  # seconds
WORKER_SILENT = 45.0  # seconds; a worker gives a sign every ten. With the look every minute: named within two
JOB_WAITS = 900.0  # seconds
Connection = psycopg.Connection[Any]


def house(state: State) -> Iterator[Finding]:
    """Everything that is asked of the server; when it does not answer, that is the one finding."""
    try:
        with psycopg.connect(**state.administrator(), connect_timeout=3) as connection:  # type: ignore[arg-type]
            yield from _server(connection)
            yield from _clock(connection)
            yield from _roles(state, connection)
    except psycopg.OperationalError as error:
        yield Finding("server", "fault", " ".join(str(error).split())[:200], "Start it with `tongxing serve`.")
        return
    if not (yield from _migrations()):
        return
    with psycopg.connect(**state.administrator(state.database_name), connect_timeout=3) as connection:  # type: ignore[arg-type]
        for check in INSIDE:
            yield from check(connection)


def _server(connection: Connection) -> Iterator[Finding]:
    major = connection.info.server_version // 10000
    if major < OLDEST_MAJOR:
        words = f"PostgreSQL {major} is too old"
        yield Finding("server", "fault", words, f"Use PostgreSQL {OLDEST_MAJOR} or newer; move the data by a dump.")
    else:
        yield Finding("server", "ok", f"answers, PostgreSQL {major}")


def _clock(connection: Connection) -> Iterator[Finding]:
    row = connection.execute("select extract(epoch from clock_timestamp())").fetchone()
    off = abs(float(row[0]) - time.time()) if row else 0.0
    words = f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC, {off:.1f} s from the database's"
    if off >= CLOCK_MAY_DIFFER or time.gmtime().tm_year < 2026:
        yield Finding("clock", "fault", words, "Set the clock: one-time codes and expiries depend on it.")
    elif is_kept() is False:
        remedy = "Let the machine keep its clock by the network (chrony, systemd-timesyncd); compare with a watch."
        yield Finding("clock", "warning", f"{words}; nothing keeps it right", remedy)
    else:
        yield Finding("clock", "ok", words)


def is_kept() -> bool | None:
    """Does the kernel say that something keeps the clock right (adjtimex, Linux)? None: it does not say."""
    if sys.platform != "linux":
        return None
    buffer = (ctypes.c_long * 64)()  # struct timex; its first member `modes` 0: read only
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    return None if state < 0 else state != 5  # TIME_ERROR: not synchronised


MIGHTY = "select rolname from pg_roles where rolname = any(%s) and (rolsuper or rolbypassrls or rolcreaterole)"
# Who belongs to another role may act as it: only the owner does, for the functions that it makes.
BELONGS = """
select m.rolname || ' as ' || g.rolname from pg_auth_members a
join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
where m.rolname = any(%s) and m.rolname <> 'tx_owner'
"""


def _roles(state: State, connection: Connection) -> Iterator[Finding]:
    known = {
        row[0] for row in connection.execute("select rolname from pg_roles where rolname = any(%s)", [list(ROLES)])
    }
    mighty = [row[0] for query in (MIGHTY, BELONGS) for row in connection.execute(query, [list(ROLES)])]
    if missing := sorted(set(ROLES) - known):
        yield Finding("roles", "fault", f"missing: {', '.join(missing)}", "Run `tongxing migrate`.")
    elif mighty:
        words = f"too mighty: {', '.join(sorted(mighty))}"
        yield Finding("roles", "fault", words, "No wall holds for them; take the right away, then `tongxing migrate`.")
    else:
        yield Finding("roles", "ok", ", ".join(ROLES))
    for role in set(LOGINS) & known:
        psycopg.connect(**state.login(role), connect_timeout=3).close()  # type: ignore[arg-type]


def _migrations() -> Generator[Finding, None, bool]:
    """Returns whether all are applied."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
    import django
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    try:
        django.setup()
        executor = MigrationExecutor(connections["owner"])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        connections["owner"].close()
    except Exception as error:  # a broken installation is just what is being looked for
        yield Finding("migrations", "fault", f"not known: {' '.join(str(error).split())[:200]}")
        return False
    words = f"{len(waiting)} waiting" if waiting else "all applied"
    yield Finding("migrations", "fault" if waiting else "ok", words, "Run `tongxing migrate`." if waiting else "")
    return not waiting


CREATED = re.compile(r'create policy "([^"]+)"')
KEEPERS = re.compile(r'create policy (keeper_\w+) on "?(\w+)"?')


def walls() -> dict[str, set[str]]:
    """Table -> names of the policies that its model, or the keeper of retention, declares. Django is set up.

    Tables with open rows have none.
    """
    from django.apps import apps

    from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
    from tongxing.rights import keeper

    wanted: dict[str, set[str]] = {}
    for model in apps.get_models():
        for wall in model._meta.constraints:
            if isinstance(wall, RowPolicy | ClosedRows | RoleRights):
                made = {name for line in wall.statements(f'"{model._meta.db_table}"') for name in CREATED.findall(line)}
                wanted.setdefault(model._meta.db_table, set()).update(made)
    for line in (*keeper.statements(), *keeper.HELD.split(";")):
        for name, table in KEEPERS.findall(line):
            wanted.setdefault(table, set()).add(name)
    return {table: names for table, names in wanted.items() if names}


def _policies(connection: Connection) -> Iterator[Finding]:
    standing: dict[str, set[str]] = {}
    for table, name in connection.execute("select tablename, policyname from pg_policies where schemaname = 'public'"):
        standing.setdefault(table, set()).add(name)
    query = "select relname from pg_class where relrowsecurity and relforcerowsecurity and relkind in ('r', 'p')"
    enforced = {row[0] for row in connection.execute(query)}
    wanted = walls()
    lacking = [f"{table}: {sorted(names - standing.get(table, set()))[0]} is missing" for table, names in wanted.items()
               if names - standing.get(table, set())]  # fmt: skip
    # A policy that nobody declared opens rows beside those that the code knows of.
    lacking += [f"{table}: {sorted(standing.get(table, set()) - names)[0]} is not ours" for table, names in wanted.items()
                if standing.get(table, set()) - names]  # fmt: skip
    lacking += [f"{table}: not enforced" for table in wanted if table not in enforced]
    if lacking:
        remedy = "Stop serving. Restore the backup of before, or ask who changed it; then `tongxing migrate`."
        yield Finding("row policies", "fault", "; ".join(sorted(lacking)[:5]), remedy)
    else:
        yield Finding("row policies", "ok", f"{len(wanted)} tables as declared")


def _worker(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "select extract(epoch from now() - max(last_heartbeat)) from procrastinate_workers"
    ).fetchone()
    silent = None if row is None or row[0] is None else float(row[0])
    remedy = "`tongxing serve` starts it; look at its log for why it ended."
    if silent is None:
        yield Finding("worker", "fault", "none runs", remedy)
    elif silent > WORKER_SILENT:
        yield Finding("worker", "fault", f"no sign of life for {silent / 60:.0f} minutes", remedy)
    else:
        yield Finding("worker", "ok", f"gave a sign {silent:.0f} s ago")


WAITING = """
select count(*), extract(epoch from now() - min(coalesce(j.scheduled_at, e.at)))
from procrastinate_jobs j
left join lateral (select max(at) at from procrastinate_events where job_id = j.id and type = 'deferred') e on true
where j.status = 'todo' and coalesce(j.scheduled_at, e.at) < now()
"""
FAILED = """
select j.task_name, count(*) from procrastinate_jobs j
join procrastinate_events e on e.job_id = j.id and e.type = 'failed' and e.at > now() - interval '1 day'
where j.status = 'failed' group by 1 order by 2 desc
"""


def _queue(connection: Connection) -> Iterator[Finding]:
    number, oldest = connection.execute(WAITING).fetchone() or (0, None)
    failed = connection.execute(FAILED).fetchall()
    if number and float(oldest or 0) > JOB_WAITS:
        words = f"{number} jobs wait, the oldest for {float(oldest or 0) / 60:.0f} minutes"
        yield Finding("queue", "fault", words, "Is the worker alive, and what is it doing? See its log.")
    elif failed:
        words = ", ".join(f"{task} ({times})" for task, times in failed[:5])
        yield Finding("queue", "warning", f"failed within a day: {words}", "See the worker's log.")
    else:
        yield Finding("queue", "ok", f"{number} jobs wait")


INSIDE: tuple[Callable[[Connection], Iterator[Finding]], ...] = (_policies, _worker, _queue)
