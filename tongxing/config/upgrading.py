"""`tongxing upgrade`: look first, back up, bring the tables up to the code with short locks, and say the way back.

Each migration is one transaction, so that one who is cut off resumes where the last whole one ended. Locks on tables are
waited for a few seconds only and then tried again, since whoever waits for such a lock holds up everybody behind.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from tongxing.config import provision
from tongxing.config.backups import making, nightly, places, record
from tongxing.config.state import Refused, State, StateProblem

LOCK_SECONDS = 3
TRIES = 20
PAUSE = 2.0
SPARE = 1024**3

OTHERS = """
select application_name, count(*) from pg_stat_activity
where datname = %s and usename like 'tx\\_%%' and pid <> pg_backend_pid() group by 1 order by 1"""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Migrations that wait, as `registry.0009_name`, and the free and needed room in bytes."""

    waiting: tuple[str, ...]
    free: int
    needed: int


def looked(state: State) -> Plan:
    """What an upgrade would do. Django is set up, the server answers. Raises Refused when it may not begin."""
    _refuse_others(state)
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    unknown = sorted(f"{app}.{name}" for app, name in set(executor.loader.applied_migrations) - set(_nodes(executor)))
    if unknown:
        raise Refused(
            f"The database is newer than this program: {', '.join(unknown)} are applied and not known here. "
            "Install the newer program again; tables are never taken back."
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connections["owner"].close()
    waiting = tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
    needed = SPARE + (0 if state.database_url else making.size_of(state.folder / "postgres"))
    free = shutil.disk_usage(state.folder).free
    if waiting and free < needed:
        raise Refused(
            f"{needed / 1e9:.1f} GB should be free at {state.folder}, {free / 1e9:.1f} GB are. A migration may write a "
            "table anew. Make room and start again."
        )
    return Plan(waiting, free, needed)


def _nodes(executor: Any) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set(executor.loader.disk_migrations)
    for migration in executor.loader.disk_migrations.values():
        known |= set(migration.replaces)
    return known


def _refuse_others(state: State) -> None:
    with psycopg.connect(**state.administrator()) as connection:  # type: ignore[arg-type]
        others = connection.execute(OTHERS, [state.database_name]).fetchall()
    if others:
        names = ", ".join(f"{name or 'unnamed'} ({count})" for name, count in others)
        raise Refused(
            f"Others work on the database: {names}. Stop `tongxing serve` on every machine, then start again."
        )


def upgrade(state: State, address: str | None, progress: Progress = lambda words: None) -> tuple[Plan, str]:
    """Bring the tables up to the code. Returns the plan and the address of the backup that leads back, if one was made.

    Raises Refused before anything is touched; StateProblem when a lock was not to be had: start again then.
    """
    plan = looked(state)
    back = _way_back(state, plan)
    if plan.waiting and not back:  # the line of the first try stays, however often it is cut off
        if not state.database_url:
            back = _backed_up(state, nightly.target(address), progress)
        record.note(state, "upgrade", ok=False, backup=back, waiting=plan.waiting)
    _migrate(progress)
    if plan.waiting:
        record.note(state, "upgrade", ok=True, backup=back, applied=len(plan.waiting))
    return plan, back


def _way_back(state: State, plan: Plan) -> str:
    """The backup of this same upgrade, when it was cut off between its migrations: no program served these tables since.

    Where nothing was applied yet, or another backup was made later, people may have worked.
    """
    before, made = record.last(state, "upgrade"), record.last(state, "backup", ok=True)
    if not before or before["ok"] or not before["backup"] or not set(plan.waiting) < set(before["waiting"]):
        return ""
    address, _, name = str(before["backup"]).rpartition("/")
    if not made or made["name"] != name:
        return ""
    return str(before["backup"]) if name in places.place(address).names() else ""


def _backed_up(state: State, address: str, progress: Progress) -> str:
    progress(f"backing up to {places.place(address)}")
    made = nightly.back_up(state, address)
    return f"{address.rstrip('/')}/{made.name}"


def _migrate(progress: Progress) -> None:
    from django.db import connections
    from django.db.utils import OperationalError

    for attempt in range(1, TRIES + 1):
        try:
            with connections["owner"].cursor() as cursor:
                cursor.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
            provision.migrate()
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            progress(f"a table is locked by somebody else; trying again ({attempt} of {TRIES})")
            connections["owner"].close()
            time.sleep(PAUSE)
    raise StateProblem(
        f"A table stayed locked for {TRIES * (LOCK_SECONDS + PAUSE):.0f} s. Migrations applied so far are whole. "
        "See who holds it (`tongxing doctor`), then start `tongxing upgrade` again: it goes on where it stopped."
    )
