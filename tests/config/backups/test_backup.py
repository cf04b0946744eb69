"""A backup of a house in use comes back with every row, and what is not one is refused with nothing touched."""

import io
import os
import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import world
from tests.config.test_cli import tongxing
from tests.faults.serving import own_folder
from tongxing.config.backups import keys, making, nightly, places, record, restoring, rows, rules, shipping
from tongxing.config.backups.card import drill_card
from tongxing.config.state import Refused, State, StateProblem


@pytest.fixture(scope="module")
def folder() -> Any:
    with own_folder() as found:
        (found / "copies").mkdir()
        yield found


@pytest.fixture(scope="module")
def made(house, folder, desk) -> Any:
    """A backup of a house with a child in it, taken while somebody kept writing."""
    with world.as_(desk):
        world.registered(desk)
    house.sql("postgres", "create table busy (id bigserial primary key, at timestamptz default clock_timestamp())")
    house.sql("postgres", "alter table busy owner to tx_owner")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGXING_DATABASE", house.name)
        keys.make(house.state, folder / "recovery.key")
        with Writing(house) as written:
            done = nightly.back_up(house.state, str(folder / "copies"))
        assert written[0] > 20, "nobody wrote; the test would prove little"
        yield done


class Writing:
    """Somebody commits rows as fast as it goes until the block ends."""

    def __init__(self, house: Any) -> None:
        self.house, self.written, self.over = house, [0], threading.Event()
        self.thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        with psycopg.connect(**self.house.state.administrator(self.house.name), autocommit=True) as connection:
            while not self.over.wait(0.002):
                connection.execute("insert into busy default values")
                self.written[0] += 1

    def __enter__(self) -> list[int]:
        self.thread.start()
        return self.written

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture(scope="module")
def found(made, folder) -> restoring.Backup:
    return restoring.examined(folder / "copies" / made.name, keys.secrets_of(State.load(), folder / "recovery.key"))


def test_every_row_comes_back_into_a_folder_of_its_own(made, found, folder) -> None:
    target = folder / "restored"
    restoring.restore(found, target)
    assert {"postgres", "secrets", "static"} <= set(os.listdir(target))
    assert (target / "secrets" / "seal").read_text() == (State.load().folder / "secrets" / "seal").read_text()
    assert not (target / "secrets" / keys.DRILL).exists()
    with restoring.recovered(found, State(target)) as copy:  # started a second time, as an installation
        restoring.compare(found, copy)
        busy = found.tables["busy"].count
        assert busy > 0
        with psycopg.connect(**copy.administrator(found.about["database"]), autocommit=True) as connection:
            connection.execute("update busy set at = at + interval '1 s' where id = 1")  # the control
        with pytest.raises(StateProblem, match=rf"busy \({busy} → {busy} rows\)"):
            restoring.compare(found, copy)


def test_the_fixed_point_is_not_the_end_of_the_log(house, found) -> None:
    """The control: rows written after the point were in the log's file too, and are rightly not there."""
    (now,) = house.sql("postgres", "select count(*) from busy")[0]
    assert now > found.tables["busy"].count


def test_the_drill_walks_through_the_copy_and_its_card_turns_green(house, made, folder) -> None:
    assert drill_card().ok is False
    (folder / "rolled").mkdir()
    try:  # with a piece of the log behind the backup
        shipping.ship(house.state, str(folder / "rolled"))
        made = nightly.back_up(house.state, str(folder / "rolled"))
        shipping.ship(house.state, str(folder / "rolled"))
        result = nightly.drill(house.state, str(folder / "rolled"))
    finally:
        house.sql("postgres", "select pg_drop_replication_slot(%s)", [shipping.SLOT])
        (house.state.folder / shipping.FILE).unlink()
    assert result["pieces"] >= 1 and result["stands"] > made.at
    assert result["steps"] == ["read the log under 0 seals", "signed in", "searched", "opened one person"]
    card = drill_card()
    assert (card.ok, card.rows) == (True, made.rows)
    assert card.date is not None
    assert house.sql("postgres", "select count(*) from access_user where login like 'drill-%%'") == [(0,)]


def test_a_failed_drill_turns_the_card_red(house, made, folder) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(Refused, match="no backup of this installation"):
        nightly.drill(house.state, str(folder / "empty"))
    assert drill_card().ok is False


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.9999])
def test_a_cut_file_is_refused_and_nothing_is_touched(made, folder, share: float) -> None:
    whole = (folder / "copies" / made.name).read_bytes()
    _refused(folder, whole[: int(len(whole) * share)])


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.3, 0.7, 0.99999])
def test_a_flipped_bit_is_refused_and_nothing_is_touched(made, folder, share: float) -> None:
    damaged = bytearray((folder / "copies" / made.name).read_bytes())
    damaged[int(len(damaged) * share)] ^= 4
    _refused(folder, bytes(damaged))


def _refused(folder: Path, content: bytes) -> None:
    path, before = folder / "damaged.age", sorted(os.listdir(folder))
    path.write_bytes(content)
    with pytest.raises(Refused, match="Nothing was touched"):
        restoring.examined(path, keys.secrets_of(State.load(), folder / "recovery.key"))
    path.unlink()
    assert sorted(os.listdir(folder)) == before


def test_the_operator_is_told_with_exit_code_2_and_what_to_do(made, folder) -> None:
    backup, key = str(folder / "copies" / made.name), str(folder / "recovery.key")
    (folder / "elsewhere").mkdir()
    keys.make(State(folder / "elsewhere"), folder / "wrong.key")
    for arguments, words in (
        (("restore", backup, "--key", str(folder / "wrong.key"), "--into", str(folder / "new")), "recovery key"),
        (("restore", backup, "--key", key, "--into", str(folder / "copies")), "never writes over anything"),
        (("restore", str(folder / "absent.age"), "--key", key, "--verify"), "There is no file"),
        (("restore", backup, "--key", key), "either --verify or --into"),
        (("backup", "--to", str(folder / "not mounted")), "mount the disk"),
    ):
        done = tongxing(*arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert not (folder / "new").exists()


def test_without_a_recovery_key_no_backup_is_made(folder) -> None:
    (folder / "keyless").mkdir()
    with pytest.raises(Refused, match="tongxing backup-key FILE"):
        making.backup(State(folder / "keyless"), places.place(str(folder / "copies")))


def test_a_recovery_key_is_never_overwritten(house, folder) -> None:
    before = (folder / "recovery.key").read_text()
    with pytest.raises(Refused, match="is not overwritten"):
        keys.make(house.state, folder / "recovery.key")
    assert (folder / "recovery.key").read_text() == before


def test_what_was_cut_off_has_no_name_of_a_backup(tmp_path: Path) -> None:
    place = places.Folder(tmp_path)

    def cut_off() -> None:
        with place.writing("tongxing-a.age") as file:
            file.write(b"half")
            raise RuntimeError("the disk went away")

    with pytest.raises(RuntimeError):
        cut_off()
    assert place.names() == []


def test_the_keep_rules_remove_only_this_houses_backups(house, made, folder, monkeypatch) -> None:
    copies = folder / "copies"
    old = rules.name_of(making.house_code(house.state), datetime.now(UTC) - timedelta(days=10))
    others = {"tongxing-ffffffff-20200101T000000Z.age", "notes.txt", *os.listdir(copies)}
    for name in (old, *others):
        (copies / name).touch()
    monkeypatch.setenv("TONGXING_BACKUP_KEEP", "1,0,0")
    gone = nightly.prune(house.state, places.place(str(copies)), nightly.keep())
    assert gone == [old]
    assert set(os.listdir(copies)) == others


@pytest.mark.parametrize(
    ("ages", "gone"),
    [
        ((0, 1, 2, -400), (2, 1)),  # a name from later rules over no other
        ((0, 400, 401), ()),  # tonight the clock may stand wrong
    ],
)
def test_a_wrong_clock_takes_no_good_backup_away(tmp_path: Path, ages, gone) -> None:
    state, now = State(tmp_path), datetime.now(UTC)
    name = {age: rules.name_of(making.house_code(state), now - timedelta(days=age)) for age in ages}
    for one in name.values():
        (tmp_path / one).touch()
    taken = nightly.prune(state, places.place(str(tmp_path)), rules.Keep(1, 0, 0))
    assert taken == [name[age] for age in gone]


def test_nothing_of_a_record_or_secret_stands_in_clear(made, folder) -> None:
    content = (folder / "copies" / made.name).read_bytes()
    for secret in ("seal", "postgres", "django"):
        assert State.load().secret(secret).encode() not in content
    assert "林小禾".encode() not in content
    assert "林小禾" not in str(list(record.rows(State.load())))


def test_the_hash_of_a_table_sees_a_change_and_not_the_order(house) -> None:
    house.sql("postgres", "create table h1 (a int, b text)")
    house.sql("postgres", "insert into h1 values (1, 'x'), (2, null), (2, null)")
    house.sql("postgres", "create table h2 as select * from h1 order by a desc")
    with psycopg.connect(**house.state.administrator(house.name)) as connection:
        known = rows.hashes(connection, {"h1": ("a", "b"), "h2": ("a", "b")})
        assert known["h1"] == known["h2"]
        for change in ("update h2 set b = '' where a = 2", "delete from h2 where ctid = '(0,1)'"):
            connection.execute(change)
            assert rows.hashes(connection, {"h2": ("a", "b")})["h2"].hash != known["h1"].hash
            connection.rollback()
    house.sql("postgres", "drop table h1")
    house.sql("postgres", "drop table h2")


def test_the_worker_knows_the_jobs_of_the_night_and_does_them(house, made, folder, monkeypatch) -> None:
    from procrastinate.contrib.django import app

    from tongxing.config.backups import tasks

    periodic = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert {tasks.backup_nightly.name, tasks.drill_nightly.name} <= periodic
    monkeypatch.delenv("TONGXING_BACKUP_TO", raising=False)
    assert (tasks.backup_nightly(timestamp=0), tasks.drill_nightly(timestamp=0)) == ("", 0)
    monkeypatch.setenv("TONGXING_BACKUP_TO", str(folder / "copies"))
    monkeypatch.setenv("TONGXING_DATABASE", house.name)
    name = tasks.backup_nightly(timestamp=0)
    assert name in os.listdir(folder / "copies")


def test_what_a_killed_process_left_in_clear_is_gone_with_the_next_use(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TONGXING_BACKUP_SCRATCH", str(tmp_path))
    holding = (
        "from tongxing.config.backups import nightly\nwith nightly.scratch():\n    print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        [held] = tmp_path.iterdir()
        with nightly.scratch() as folder:
            assert folder.parent == tmp_path and held.exists(), "somebody is at work in it"
        other.kill()
    assert held.exists(), "the control"
    with nightly.scratch():
        assert not held.exists()


def test_a_place_inside_the_state_folder_is_refused_and_half_a_backup_swept(tmp_path: Path, monkeypatch) -> None:
    state = State(tmp_path / "state")
    inside, outside = state.folder / "copies", tmp_path / "copies"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    with pytest.raises(Refused, match="which is backed up"):
        nightly.back_up(state, str(inside))
    code, now = making.house_code(state), datetime.now(UTC)
    half, running = (rules.name_of(code, now - age) + places.UNFINISHED for age in (timedelta(days=2), timedelta()))
    for name in (half, running, "of-somebody-else.age.unfinished"):
        (outside / name).touch()
    monkeypatch.setattr(making, "backup", lambda *_: pytest.fail("swept first"))
    with pytest.raises(pytest.fail.Exception):
        nightly.back_up(state, str(outside))
    assert {path.name for path in outside.iterdir()} == {running, "of-somebody-else.age.unfinished"}


def test_a_backup_without_the_secrets_that_its_rows_need_is_none(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("django", "postgres"):
        (tmp_path / "secrets" / name).write_text("x")
    (tmp_path / "secrets" / "seal").symlink_to(tmp_path / "secrets" / "django")
    with tarfile.open(fileobj=io.BytesIO(), mode="w") as archive, pytest.raises(StateProblem, match="secrets/seal"):
        making._state_files(archive, State(tmp_path))
