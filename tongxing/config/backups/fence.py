"""A moment of the database that stands in its log too: what a snapshot shows is what recovery to that point gives."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from tongxing.config.backups.rules import is_quiet
from tongxing.config.state import State, StateProblem

PATIENCE = 300.0  # seconds to wait for an instant in which nobody writes; at a busy desk there are several a second
PAUSE = 0.02

SEEN = "select pg_current_snapshot()::text"
WRITERS = "select count(*) from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Fence:
    """`point`: place in the log; `moment`: just before it, ISO. Inside `fenced`, `connection` sees exactly the rows of that point."""

    point: str
    moment: str
    connection: psycopg.Connection[Any]


@contextmanager
def log_kept(state: State) -> Iterator[None]:
    """Inside, the server throws none of its log away. The hold ends with the connection, whatever happens."""
    name = f"tongxing_backup_{secrets.token_hex(4)}"
    with psycopg.connect(**state.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("select pg_create_physical_replication_slot(%s, true, true)", [name])
        yield


@contextmanager
def fenced(state: State) -> Iterator[Fence]:
    """Raises StateProblem when somebody wrote without a pause all the while."""
    with (
        psycopg.connect(**state.administrator(state.database_name)) as reading,  # type: ignore[arg-type]
        psycopg.connect(**state.administrator(state.database_name), autocommit=True) as marking,  # type: ignore[arg-type]
    ):
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.read_only = True
        until = time.monotonic() + PATIENCE
        while True:
            moment = datetime.now(UTC).isoformat()
            before = _value(reading, SEEN)  # its snapshot is that of the whole transaction
            point = _value(marking, "select pg_create_restore_point('tongxing backup')::text")
            writers = int(
                _value(marking, WRITERS)
            )  # before the second look: who ends in between is seen by one of them
            if is_quiet(before, _value(marking, SEEN), writers):
                break
            reading.rollback()
            if time.monotonic() > until:
                raise StateProblem(
                    f"Something has been writing without a pause for {PATIENCE:.0f} s, so no moment could be fixed. "
                    "No backup was made. Try again when the import or the linking has ended."
                )
            time.sleep(PAUSE)
        marking.execute("select pg_switch_wal()")  # so that the point lies in a finished file of the log
        yield Fence(point, moment, reading)
        reading.rollback()


@dataclass(frozen=True)
class Standing:
    """The fixed point for whoever restores: `segment` is the log's file that holds it, `system` the cluster's number."""

    point: str
    moment: str  # nothing that was acknowledged later is in the backup
    segment: str
    system: str


def standing(fixed: Fence) -> Standing:
    segment = _value(fixed.connection, "select pg_walfile_name({})", sql.Literal(fixed.point))
    system = _value(fixed.connection, "select system_identifier::text from pg_control_system()")
    return Standing(fixed.point, fixed.moment, segment, system)


def log_files(connection: psycopg.Connection[Any], first: str, point: str) -> list[str]:
    """The names of the log's files from `first` to the one that holds what comes before `point`."""
    last = _value(connection, "select pg_walfile_name({})", sql.Literal(point))
    found = connection.execute("select name from pg_ls_waldir() order by name").fetchall()
    histories = [name for (name,) in found if name.endswith(".history")]
    return [*histories, *(name for (name,) in found if len(name) == len(first) and first <= name <= last)]


def _value(connection: psycopg.Connection[Any], statement: str, *values: sql.Composable) -> str:
    [(value,)] = connection.execute(sql.SQL(statement).format(*values)).fetchall()
    return str(value)
