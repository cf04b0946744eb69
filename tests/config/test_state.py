"""The state folder: secrets made once, addresses short enough, external databases honoured."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tongxing.config.state import LONGEST_SOCKET, SOCKET_NAME, State


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = State(tmp_path).secret("django")
    assert len(first) >= 43
    assert State(tmp_path).secret("django") == first
    assert State(tmp_path).secret("other") != first


def test_secrets_are_for_this_user_alone(tmp_path: Path) -> None:
    State(tmp_path).secret("django")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "secrets" / "django").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_a_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: State(tmp_path).secret("django"), range(32)))) == 1
    assert os.listdir(tmp_path / "secrets") == ["django"]


@pytest.mark.parametrize("depth", [0, 1, 5, 30])
def test_the_socket_address_is_short_enough_however_deep_the_folder(tmp_path: Path, depth: int) -> None:
    state = State(tmp_path.joinpath(*["a-rather-long-name"] * depth))
    assert len(os.fsencode(f"{state.socket_folder}{SOCKET_NAME}")) < LONGEST_SOCKET


def test_two_deep_folders_have_two_sockets(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-name"] * 10)
    assert State(deep / "one").socket_folder != State(deep / "two").socket_folder


def test_an_external_database_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:word@db.example:6432/postgres?sslmode=verify-full")
    state = State(tmp_path)
    assert state.administrator()["user"] == "boss"
    entry = state.database("tx_app")
    assert (entry["HOST"], entry["PORT"], entry["USER"]) == ("db.example", "6432", "tx_app")
    assert entry["OPTIONS"]["sslmode"] == "verify-full"
    assert entry["PASSWORD"] == state.secret("tx_app")


def test_pages_and_measures_share_connections_and_the_owner_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXING_POOL", "1")
    pooled = {
        role
        for role in ("tx_owner", "tx_app", "tx_counter", "tx_log")
        if "pool" in State(tmp_path).database(role)["OPTIONS"]
    }
    assert pooled == {"tx_app", "tx_counter"}
