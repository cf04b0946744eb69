"""The export of a whole installation leaves no table and no row out, and cannot be read by others."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

from tests import world
from tongxing.config import exporting
from tongxing.config.backups import keys, rows
from tongxing.config.state import Refused, State, StateProblem


@pytest.fixture(scope="module")
def exported(house, desk, tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("export")
    with world.as_(desk):
        world.registered(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGXING_DATABASE", house.name)
        if not (house.state.folder / "secrets" / keys.RECIPIENTS).exists():
            keys.make(house.state, folder / "key")
        yield exporting.export(house.state, folder)


def _all(house: Any) -> dict[str, int]:
    with psycopg.connect(**house.state.administrator(house.name)) as connection:
        return {name: content.count for name, content in rows.hashes(connection).items()}


def test_every_table_and_every_row_is_in_it(house, exported, tmp_path: Path) -> None:
    path = exporting.opened(exported.path, keys.secrets_of(State.load(), None), tmp_path)
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        described = json.loads(packed.read("schema.json"))
        files = {name.removeprefix("tables/").removesuffix(".csv"): packed.read(name)
                 for name in packed.namelist() if name.startswith("tables/")}  # fmt: skip
    assert {name: known["rows"] for name, known in described.items()} == _all(house)
    assert set(files) == set(described)
    assert described["registry_person"]["rows"] == 1
    for name, content in files.items():
        assert hashlib.sha256(content).hexdigest() == described[name]["sha256"]
    header, line = files["registry_person"].decode().splitlines()
    assert header.split(",") == [column["name"] for column in described["registry_person"]["columns"]]
    assert '"林小禾"' in line
    assert (exported.tables, exported.rows) == (len(described), sum(_all(house).values()))


def test_it_is_sealed_and_refused_when_damaged(exported, tmp_path: Path) -> None:
    content = exported.path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    assert b"registry_person" not in content
    damaged = tmp_path / "damaged.zip.age"
    damaged.write_bytes(content[:-100])
    with pytest.raises(Refused, match="damaged or cut"):
        exporting.opened(damaged, keys.secrets_of(State.load(), None), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged.zip.age"]


def test_a_policy_that_hides_rows_from_the_owner_stops_it(house, exported, tmp_path: Path, monkeypatch) -> None:
    """The control: what a forgotten policy would leave out is noticed, and no half export stays."""
    monkeypatch.setenv("TONGXING_DATABASE", house.name)
    house.sql("postgres", "create table hidden (id int)")
    house.sql("postgres", "insert into hidden values (1), (2)")
    house.sql("postgres", "alter table hidden owner to tx_owner")
    house.sql("postgres", "alter table hidden enable row level security")
    house.sql("postgres", "alter table hidden force row level security")
    try:
        with pytest.raises(StateProblem, match=r"every row of hidden"):
            exporting.export(house.state, tmp_path)
        assert list(tmp_path.iterdir()) == []
    finally:
        house.sql("postgres", "drop table hidden")


def test_an_opened_export_replaces_nothing_and_leaves_no_half_of_itself(exported, tmp_path: Path, monkeypatch) -> None:
    secrets = keys.secrets_of(State.load(), None)
    opened = exporting.opened(exported.path, secrets, tmp_path)
    with pytest.raises(Refused, match="there already"):
        exporting.opened(exported.path, secrets, tmp_path)
    assert opened.exists()
    opened.unlink()
    monkeypatch.setattr(exporting.shutil, "copyfileobj", _no_room)
    with pytest.raises(OSError, match="No space"):
        exporting.opened(exported.path, secrets, tmp_path)
    assert list(tmp_path.iterdir()) == []


def _no_room(_source: object, target: IO[bytes], _size: int) -> None:
    target.write(b"in clear")
    raise OSError(28, "No space left on device")
