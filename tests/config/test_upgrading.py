"""An upgrade looks first, waits for locks a short while only, and goes on where it was killed; every row stays."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.config.test_cli import tongxing
from tests.faults.serving import HOUSE, LONG, own_folder
from tongxing.config import upgrading
from tongxing.config.backups import keys, record, rows
from tongxing.config.state import State, StateProblem

# The set of migrations before the newest of each context, as far as nothing that stays needs it.
BEFORE = """
import django; django.setup()
from tongxing.config.provision import grant_job_queue, provision
from tongxing.config.state import State, StateProblem
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
provision(State.load())
executor = MigrationExecutor(connections["owner"])
graph = executor.loader.graph
plan = executor.migration_plan(graph.leaf_nodes())
newest = {key for key in graph.leaf_nodes() if key[0] not in ("procrastinate", "contenttypes", "pghistory")}
newest = {key for key in newest if not key[1].startswith("0001")}
while needed := {key for m, _ in plan if (m.app_label, m.name) not in newest for key in m.dependencies if key in newest}:
    newest -= needed
executor.migrate(None, plan=[step for step in plan if (step[0].app_label, step[0].name) not in newest])
grant_job_queue(connections["owner"])
print("left out:", sorted(newest))
"""


def run(code: str, database: str) -> None:
    environment = os.environ | {"TONGXING_DATABASE": database, "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE, env=environment, check=True)


def applied(house: Any) -> int:
    return int(house.sql("postgres", "select count(*) from django_migrations")[0][0])


def test_an_upgrade_with_nothing_to_do_says_so_and_touches_nothing(house) -> None:
    before = applied(house)
    done = tongxing("upgrade", TONGXING_DATABASE=house.name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 migrations")
    assert applied(house) == before


def test_it_refuses_while_others_work_on_the_database(house) -> None:
    with psycopg.connect(**house.state.login("tx_app", house.name), application_name="tongxing web"):
        done = tongxing("upgrade", TONGXING_DATABASE=house.name)
    assert done.returncode == 2
    assert "tongxing web (1)" in done.stderr
    assert "Stop `tongxing serve`" in done.stderr


def test_a_database_of_a_newer_program_is_refused(house) -> None:
    house.sql("postgres", "insert into django_migrations (app, name, applied) values ('registry', '9999_later', now())")
    done = tongxing("upgrade", TONGXING_DATABASE=house.name)
    house.sql("postgres", "delete from django_migrations where name = '9999_later'")
    assert done.returncode == 2
    assert "registry.9999_later" in done.stderr


NEWEST = "select max(name) from django_migrations where app = 'rights'"


def test_without_a_place_for_the_backup_it_does_not_begin(house) -> None:
    newest = house.sql("postgres", NEWEST)
    house.sql("postgres", f"delete from django_migrations where app = 'rights' and name = ({NEWEST})")
    done = tongxing("upgrade", TONGXING_DATABASE=house.name, TONGXING_BACKUP_TO="")
    assert done.returncode == 2
    assert "TONGXING_BACKUP_TO" in done.stderr
    assert house.sql("postgres", NEWEST) < newest
    house.sql("postgres", "insert into django_migrations (app, name, applied) values ('rights', %s, now())", newest[0])


@pytest.mark.skipif(
    not LONG and os.environ.get("CI") != "true",
    reason="TONGXING_LONG=1: the database of the set of migrations before takes half a minute",
)
def test_a_filled_database_of_the_version_before_is_upgraded_through_a_kill(house, desk) -> None:
    """Held up by a lock in the middle, killed there, started again: every row that was there is there."""
    from tests import world

    with world.as_(desk):
        for number in range(5):
            world.registered(desk, world.child(f"林小{number}"))
    name = f"{house.name[:40]}_old"
    older = type(house)(name, house.state)
    try:
        run(BEFORE, name)
        common = _fill(house, older)
        known = _hashes(older, common)
        first = applied(older)
        assert applied(house) - first >= 5, "too few migrations wait; the test would prove little"
        assert sum(content.count for content in known.values()) > 500
        with own_folder() as folder:
            _killed_in_the_middle(older, folder)
            cut = applied(older)
            assert first < cut < applied(house)
            done = tongxing("upgrade", "--to", str(folder), TONGXING_DATABASE=name)
            assert done.returncode == 0, done.stderr
            assert "The way back" in done.stdout
            made = [one for one in folder.glob("*.age") if "-erased-" not in one.name]
            assert len(made) == 1, "before the first migration, and not again"
        assert applied(older) == applied(house)
        assert rows.differing(known, _hashes(older, common)) == []
    finally:
        house.sql("postgres", f'drop database if exists "{name}" with (force)')


def _killed_in_the_middle(older: Any, folder: Path) -> None:
    if not (older.state.folder / "secrets" / keys.RECIPIENTS).exists():
        keys.make(State.load(), folder / "key")
    before = applied(older)
    with psycopg.connect(**older.state.administrator(older.name)) as holder:
        holder.execute("lock table registry_person in share mode")  # holds no number, so the backup is made
        upgrade = subprocess.Popen(
            [sys.executable, "-m", "tongxing.config.cli", "upgrade", "--to", str(folder)],
            cwd=HOUSE, env=os.environ | {"TONGXING_DATABASE": older.name}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        heard = ""
        until = time.monotonic() + 120
        while "locked by somebody else" not in heard and time.monotonic() < until:
            heard += upgrade.stderr.readline()
        assert "locked by somebody else" in heard
        upgrade.kill()
        upgrade.communicate()
    assert applied(older) > before


def _hashes(house: Any, only: dict[str, tuple[str, ...]] | None = None) -> dict[str, rows.Rows]:
    with psycopg.connect(**house.state.administrator(house.name)) as connection:
        return rows.hashes(connection, only)


EMPTY = {"jsonb": "'[]'", "text": "''", "boolean": "false", "integer": "0", "smallint": "0", "date": "'2026-01-01'"}


def _default(connection: psycopg.Connection[Any], table: str, column: str) -> None:
    [(kind,)] = connection.execute(
        "select format_type(atttypid, null) from pg_attribute where attrelid = %s::regclass and attname = %s",
        [table, column],
    ).fetchall()
    connection.execute(f'alter table {table} alter column "{column}" set default {EMPTY.get(kind, "null")}')


def _fill(source: Any, target: Any) -> dict[str, tuple[str, ...]]:
    """What the filled database has in the tables and columns that both know. Returns those."""
    with (
        psycopg.connect(**source.state.administrator(source.name)) as giving,
        psycopg.connect(**target.state.administrator(target.name)) as taking,
    ):
        taking.execute("set session_replication_role = replica")
        known, wanted = rows.tables(giving), rows.tables(taking)
        common = {}
        for table in sorted(set(known) & set(wanted) - {"django_migrations", "django_content_type"}):
            common[table] = tuple(column for column in known[table] if column in wanted[table])
            columns = ", ".join(f'"{column}"' for column in common[table])
            taking.execute(f"delete from {table}")
            for column in set(wanted[table]) - set(known[table]):  # what a waiting migration takes away
                _default(taking, table, column)
            with (
                giving.cursor().copy(f"copy {table} ({columns}) to stdout") as out,
                taking.cursor().copy(f"copy {table} ({columns}) from stdin") as into,
            ):
                for piece in out:
                    into.write(piece)
        taking.commit()
    return common


def test_only_the_backup_of_this_same_upgrade_leads_back(tmp_path: Path) -> None:
    state, copies = State(tmp_path / "state"), tmp_path / "copies"
    state.folder.mkdir()
    copies.mkdir()
    backup = f"{copies}/tongxing-house-20260101T000000Z.age"
    Path(backup).touch()
    both = ("registry.0009_one", "registry.0010_two")
    record.note(state, "backup", ok=True, name=Path(backup).name)
    record.note(state, "upgrade", ok=False, backup=backup, waiting=both)
    assert upgrading._way_back(state, upgrading.Plan(("registry.0010_two",), 0, 0)) == backup
    assert upgrading._way_back(state, upgrading.Plan(both, 0, 0)) == "", "the program of before has served since"
    later = upgrading.Plan(("registry.0010_two", "registry.0011_later"), 0, 0)
    assert upgrading._way_back(state, later) == "", "people have worked since"
    record.note(state, "backup", ok=True, name="tongxing-house-20260102T000000Z.age")
    half = upgrading.Plan(("registry.0010_two",), 0, 0)
    assert upgrading._way_back(state, half) == "", "another was made since"
    record.note(state, "backup", ok=True, name=Path(backup).name)
    assert upgrading._way_back(state, half) == backup
    Path(backup).unlink()
    assert upgrading._way_back(state, upgrading.Plan(("registry.0010_two",), 0, 0)) == "", "nobody has it any more"


def test_an_upgrade_that_is_cut_off_twice_keeps_its_way_back(tmp_path: Path, monkeypatch) -> None:
    state, waiting, made = State(tmp_path), iter([("a", "b", "c"), ("b", "c"), ("b", "c")]), list[str]()

    def backed_up(*_: Any) -> str:
        made.append(f"tongxing-house-{len(made)}.age")
        (tmp_path / made[-1]).touch()
        record.note(state, "backup", ok=True, name=made[-1])
        return f"{tmp_path}/{made[-1]}"

    def cut_off(_: Any) -> None:
        raise StateProblem("a table stayed locked")

    monkeypatch.setattr(upgrading, "looked", lambda _: upgrading.Plan(next(waiting), 0, 0))
    monkeypatch.setattr(upgrading, "_backed_up", backed_up)
    monkeypatch.setattr(upgrading, "_migrate", cut_off)
    for _try in range(2):
        with pytest.raises(StateProblem):
            upgrading.upgrade(state, str(tmp_path))
    monkeypatch.setattr(upgrading, "_migrate", lambda _: None)
    assert upgrading.upgrade(state, str(tmp_path))[1] == f"{tmp_path}/{made[0]}"
    assert len(made) == 1


def test_a_line_that_a_crash_cut_off_takes_no_other_with_it(tmp_path: Path) -> None:
    record.note(State(tmp_path), "backup", ok=True)
    with (tmp_path / "backups" / "record.jsonl").open("a") as file:
        file.write('{"what": "ba')
    record.note(State(tmp_path), "drill", ok=True)
    assert [row["what"] for row in record.rows(State(tmp_path))] == ["drill", "backup"]
