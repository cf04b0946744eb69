"""What is wrong with this machine or this installation, in words and as JSON. Looks; changes nothing."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tongxing.config import cluster, instance
from tongxing.config.cluster import Cluster
from tongxing.config.provision import LOGINS, ROLES
from tongxing.config.state import LONGEST_SOCKET, SOCKET_NAME, State, StateProblem

STATIC = Path(__file__).resolve().parent.parent / "static"
ROOM_NEEDED = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """`state` is ok, warning or fault; `remedy` says what to do, empty when there is nothing to do."""

    check: str
    state: str
    words: str
    remedy: str = ""


def examine(state: State) -> Iterator[Finding]:
    """All checks in order; a check that itself breaks is a fault, never a traceback."""
    for check in CHECKS:
        try:
            yield from check(state)
        except (StateProblem, psycopg.Error, OSError) as problem:
            yield Finding(check.__name__, "fault", " ".join(str(problem).split()))


def python(state: State) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", "ok" if fits else "fault", f"Python {version}", "" if fits else "Use Python 3.11 to 3.13.")
    if os.geteuid() == 0:
        yield Finding(
            "user", "warning", "running as root", "Serve as an ordinary user; the database drops root by itself."
        )


def folder(state: State) -> Iterator[Finding]:
    secrets = state.folder / "secrets"
    open_to_others = secrets.exists() and secrets.stat().st_mode & 0o077
    if open_to_others:
        yield Finding("state folder", "fault", f"{secrets} can be read by others", f"chmod 700 {secrets}")
    else:
        yield Finding("state folder", "ok", str(state.folder))


def purpose(state: State) -> Iterator[Finding]:
    fault = instance.mismatch(state)
    words = "training" if instance.is_training() else "real work"
    remedy = "Real and training instances never share a folder." if fault else ""
    yield Finding("instance", "fault" if fault else "ok", fault or words, remedy)


def disk(state: State) -> Iterator[Finding]:
    free = shutil.disk_usage(state.folder).free
    enough = free >= ROOM_NEEDED
    yield Finding(
        "disk",
        "ok" if enough else "warning",
        f"{free / 1024**3:.1f} GB free",
        "" if enough else "Make room: 2 GB or more.",
    )


def socket(state: State) -> Iterator[Finding]:
    if state.database_url:
        return
    length = len(os.fsencode(f"{state.socket_folder}{SOCKET_NAME}"))
    yield Finding("socket", "ok", f"{state.socket_folder} ({length} of {LONGEST_SOCKET} bytes)")


def shared_memory(state: State) -> Iterator[Finding]:
    if cluster.shared_memory_is_small():
        yield Finding(
            "shared memory",
            "warning",
            "too little of it",
            "The database uses files instead; a container needs 256 MB at /dev/shm.",
        )
    else:
        yield Finding("shared memory", "ok", "enough")


def binaries(state: State) -> Iterator[Finding]:
    if state.database_url:
        yield Finding("database programs", "ok", "not needed: DATABASE_URL is set")
        return
    found = Cluster(state)
    made_by = found.data / "PG_VERSION"
    if made_by.exists() and int(made_by.read_text()) != found.major:
        words = f"programs of PostgreSQL {found.major}, data of {made_by.read_text().strip()}"
        yield Finding("database programs", "fault", words, "Dump with the old programs and restore with the new ones.")
    else:
        yield Finding("database programs", "ok", f"PostgreSQL {found.major} in {found.binaries}")


def server(state: State) -> Iterator[Finding]:
    try:
        with psycopg.connect(**state.administrator(), connect_timeout=3) as connection:  # type: ignore[arg-type]
            yield Finding("server", "ok", f"answers, PostgreSQL {connection.info.server_version // 10000}")
            yield from _clock(connection)
            yield from _roles(state, connection)
    except psycopg.OperationalError as error:
        yield Finding("server", "fault", " ".join(str(error).split())[:200], "Start it with `tongxing serve`.")


def _clock(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    row = connection.execute("select extract(epoch from clock_timestamp())").fetchone()
    off = abs(float(row[0]) - time.time()) if row else 0.0
    sane = off < 5 and time.gmtime().tm_year >= 2026
    words = f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC, {off:.1f} s from the database's"
    yield Finding(
        "clock",
        "ok" if sane else "fault",
        words,
        "" if sane else "Set the clock: one-time codes and expiries depend on it.",
    )


def _roles(state: State, connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    found = dict(
        connection.execute(
            "select rolname, rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = any(%s)",
            [list(ROLES)],
        ).fetchall()
    )
    missing, mighty = sorted(set(ROLES) - set(found)), sorted(role for role, is_mighty in found.items() if is_mighty)
    if missing:
        yield Finding("roles", "fault", f"missing: {', '.join(missing)}", "Run `tongxing migrate`.")
    elif mighty:
        yield Finding(
            "roles", "fault", f"too mighty: {', '.join(mighty)}", "No wall holds for them; run `tongxing migrate`."
        )
    else:
        yield Finding("roles", "ok", ", ".join(ROLES))
    for role in set(LOGINS) & set(found):
        psycopg.connect(**state.login(role), connect_timeout=3).close()  # type: ignore[arg-type]


def migrations(state: State) -> Iterator[Finding]:
    if not state.database_url and not Cluster(state).answers():
        return
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
        return
    words = f"{len(waiting)} waiting" if waiting else "all applied"
    yield Finding("migrations", "fault" if waiting else "ok", words, "Run `tongxing migrate`." if waiting else "")


def pages(state: State) -> Iterator[Finding]:
    there = (STATIC / "tongxing.css").exists()
    yield Finding(
        "static files",
        "ok" if there else "fault",
        "compiled" if there else "tongxing.css is missing",
        "" if there else "Run `python3 dev.py build`.",
    )


CHECKS: tuple[Callable[[State], Iterator[Finding]], ...] = (
    python, folder, purpose, disk, socket, shared_memory, binaries, server, migrations, pages,
)  # fmt: skip
