"""A throw-away house: a state folder and an embedded PostgreSQL of its own, durable as in production."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tongxing.config.cluster import Cluster
from tongxing.config.provision import migrate, provision
from tongxing.config.state import State

ROOT = os.geteuid() == 0


def say(words: str) -> None:
    """Progress goes beside the figures, so that --json stays one line."""
    print(words, file=sys.stderr, flush=True)


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder for one state; gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="tx-bench-"))
    if ROOT:
        made.chmod(0o711)  # the database runs as a service user, which must pass through
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def house(made: Path, **settings: str) -> Iterator[State]:
    """Start a server over `made`, bring it up to the code, and let Django point at it. Once in a process.

    `settings` are added to those of production.
    """
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"TONGXING_STATE": str(made), "TONGXING_POOL": "0", "TONGXING_DATABASE": "tongxing"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongxing.config.settings"
    state = State.load()
    server = Cluster(state, settings=settings)
    server.start()
    try:
        provision(state)
        import django  # the state folder had to be chosen first

        django.setup()
        migrate()
        yield state
    finally:
        _hang_up()
        server.stop()


def _hang_up() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()


def administrator(state: State) -> psycopg.Connection[Any]:
    """A connection that looks over the walls: for filling and looking after, never for what is measured."""
    return psycopg.connect(**state.administrator(state.database_name), autocommit=True)  # type: ignore[arg-type]


def copied(source: Path, target: Path) -> None:
    """Copy a stopped state with its owners and rights."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)
