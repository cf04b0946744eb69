"""The embedded server refuses what it must, and says what to do."""

import os
from pathlib import Path

import pytest

from tests.faults.serving import own_folder
from tongxing.config import cluster
from tongxing.config.cluster import FORGETFUL, Cluster
from tongxing.config.state import State, StateProblem


def test_data_of_another_major_version_is_refused_and_left_alone() -> None:
    with own_folder() as folder:
        server = Cluster(State(folder), settings=FORGETFUL)
        server.prepare()
        (folder / "postgres" / "PG_VERSION").write_text("99\n")
        with pytest.raises(StateProblem, match=r"of PostgreSQL 99.*upgrade --from-programs"):
            server.start()
        assert server.process is None


def test_a_half_made_data_folder_is_never_taken_for_a_whole_one() -> None:
    with own_folder() as folder:
        (folder / "postgres.unfinished").mkdir()
        (folder / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
        server = Cluster(State(folder), settings=FORGETFUL)
        server.prepare()
        assert (folder / "postgres" / "base").is_dir()
        assert not (folder / "postgres.unfinished").exists()


def test_the_password_file_of_the_first_start_is_gone_afterwards() -> None:
    with own_folder() as folder:
        server = Cluster(State(folder), settings=FORGETFUL)
        server.prepare()
        assert list(server.state.socket_folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that belongs to somebody else")
def test_a_socket_folder_that_somebody_else_put_there_is_refused() -> None:
    with own_folder() as folder:
        (folder / "run").mkdir()
        os.chown(folder / "run", 65534, 65534)
        with pytest.raises(StateProblem, match="belongs to somebody else"):
            Cluster(State(folder), settings=FORGETFUL).prepare()


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TONGXING_PG_BIN", str(tmp_path))
    with pytest.raises(StateProblem, match="No program `postgres`"):
        cluster.installed_binaries()


def test_little_shared_memory_makes_the_database_use_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for small, expected in ((True, True), (False, False)):
        monkeypatch.setattr(cluster, "shared_memory_is_small", lambda small=small: small)
        assert ("dynamic_shared_memory_type=mmap" in Cluster(State(tmp_path)).command()) is expected


def test_nothing_typed_by_people_reaches_the_servers_log(house, cluster: Cluster) -> None:
    import psycopg

    house.sql("tx_owner", "create table people (name text unique check (name <> '秘密的名字-check'))")
    house.sql("tx_owner", "insert into people values ('秘密的名字')")
    for statement in (
        "insert into people values ('秘密的名字')",
        "insert into people values ('秘密的名字-check')",
        "select * from nowhere where name = '秘密的名字'",
    ):
        with pytest.raises(psycopg.Error):
            house.sql("tx_owner", statement)
    log = (cluster.state.folder / "logs" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "秘密的名字" not in log


def test_a_recovery_longer_than_patience_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The next start would begin the recovery at the same place: a server that is given up never comes back."""
    server = Cluster(State(tmp_path))
    said = ["FATAL:  the database system is starting up"] * 8 + [None]
    monkeypatch.setattr(server, "prepare", lambda: None)
    monkeypatch.setattr(server, "spawn", lambda: setattr(server, "process", Running()))
    monkeypatch.setattr(server, "_refusal", lambda: said.pop(0))
    server.start(patience=0.1)
    assert not said
    said = ["connection refused"] * 100
    monkeypatch.setattr(server, "stop", lambda: None)
    with pytest.raises(StateProblem, match="did not start within"):
        server.start(patience=0.1)


class Running:
    def poll(self) -> None:
        return None
