"""DATABASE_URL: somebody else's PostgreSQL, where our administrator is not a superuser."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from tests.faults.serving import HOUSE, own_folder
from tongxing.config.cluster import FORGETFUL, Cluster
from tongxing.config.provision import provision, refuse_without_walls
from tongxing.config.state import State


@pytest.fixture(scope="module")
def managed() -> Iterator[dict[str, str]]:
    """A server with an administrator as hosting companies give one; the environment that names it."""
    with own_folder() as theirs, own_folder() as ours:
        server = Cluster(State(theirs), settings=FORGETFUL)
        server.start()
        with psycopg.connect(**server.state.administrator(), autocommit=True) as connection:
            connection.execute("create role boss login createrole createdb password 'word'")
            connection.execute("create database lobby owner boss")
        url = f"postgresql://boss:word@/lobby?host={server.state.socket_folder}"
        yield {"DATABASE_URL": url, "TONGXING_STATE": str(ours), "TONGXING_DATABASE": "tongxing"}
        server.stop()


def test_roles_and_database_are_made_without_a_superuser(
    managed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in managed.items():
        monkeypatch.setenv(name, value)
    state = State.load()
    provision(state)
    provision(state)
    with psycopg.connect(**state.login("tx_app")) as connection:
        refuse_without_walls(connection)
    with psycopg.connect(**state.login("tx_owner")) as connection:
        connection.execute("create schema mine")


def test_migrating_works_there_and_starts_no_server_of_its_own(managed: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tongxing.config.cli", "migrate"]
    done = subprocess.run(command, cwd=HOUSE, env=os.environ | managed, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not os.path.exists(os.path.join(managed["TONGXING_STATE"], "postgres"))
