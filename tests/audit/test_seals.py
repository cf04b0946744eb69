"""A sealed log: what a superuser does to it is found and named, and what is not touched verifies."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from tests import world
from tongxing.access import security
from tongxing.access.actions import note_read
from tongxing.access.models import ReadNote
from tongxing.audit import keys, roots, sealing, tasks, verifying
from tongxing.audit.models import Seal

NOTES = "access_readnote"
TABLES = (NOTES, "access_securityevent")


@pytest.fixture
def outside(settings, tmp_path: Path) -> Path:
    settings.ROOTS_FOLDER = tmp_path / "roots"
    return settings.ROOTS_FOLDER


@pytest.fixture(scope="module")
def reader(house):
    return world.somebody("front_desk", "changzhou-2")


def read(by, times: int = 1) -> None:
    for _ in range(times):
        with world.as_(by):
            note_read("person", [uuid.uuid4()], by=by)


@contextmanager
def superuser(house) -> Iterator[psycopg.Connection]:
    """Whoever owns the server: no policy and no trigger holds him."""
    with psycopg.connect(**house.state.administrator(house.name)) as connection:
        for table in TABLES:
            connection.execute(f"alter table {table} disable trigger all")
        yield connection
        for table in TABLES:
            connection.execute(f"alter table {table} enable always trigger kept")
            connection.execute(f"alter table {table} enable always trigger kept_whole")


@pytest.fixture
def sealed(house, reader, outside) -> Path:
    """Three batches of five, each sealed and copied out."""
    with superuser(house) as connection:
        connection.execute("; ".join(f"delete from {table}" for table in ("audit_seal", *TABLES)))
    for _ in range(3):
        read(reader, 5)
        security.note(security.REFUSED, user_id=reader.user_id, path="desk:today")
        assert seal_all(house) == 6
    return outside


def seal_all(house, seal=sealing.seal) -> int:
    world.until_nothing_is_under_way(house)
    return seal()


def troubles(outside: Path | None = None) -> list[verifying.Trouble]:
    return verifying.verify(outside).trouble


def batch(number: int) -> dict:
    """The nth batch of read notes: what its seal says."""
    said = [json.loads(seal.statement) for seal in Seal.objects.using("sealer").order_by("number")]
    return [one for one in said if one.get("source") == NOTES][number]


def ids_of(said: dict) -> list[str]:
    within = ReadNote.objects.using("owner").extra(
        where=["xid >= %s::xid8", "xid < %s::xid8"], params=[said["from_xid"], said["to_xid"]], order_by=["xid", "id"]
    )
    return [str(note.id) for note in within]


def test_an_untouched_log_verifies(sealed) -> None:
    done = verifying.verify(sealed)
    assert done.is_intact and done.rows == 18 and done.seals == 6 and done.unsealed == 0, done
    assert done.fingerprint == keys.fingerprint(keys.public_key())
    assert len(roots.copied(sealed)) == 6


def test_an_edit_is_found_with_the_row_and_its_time(sealed, house) -> None:
    said = batch(1)
    victim = ids_of(said)[2]
    with superuser(house) as connection:
        connection.execute(f"update {NOTES} set user_id = gen_random_uuid() where id = %s", [victim])
    [found] = troubles(sealed)
    assert (found.what, found.seals, found.rows) == ("changed", (said["number"],), (victim,))
    assert said["first_at"] <= found.when <= said["last_at"]
    assert "CHANGED" in str(found) and victim in str(found)


def test_a_deleted_row_is_found_between_its_neighbours(sealed, house) -> None:
    said = batch(1)
    ids = ids_of(said)
    around = {str(note.id): note.at for note in ReadNote.objects.using("owner").filter(id__in=[ids[1], ids[3]])}
    with superuser(house) as connection:
        connection.execute(f"delete from {NOTES} where id = %s", [ids[2]])
    [found] = troubles(sealed)
    assert (found.what, found.seals, found.count) == ("deleted", (said["number"],), 1)
    for moment in around.values():
        assert f"{moment:%H:%M:%S.%f}".rstrip("0") in found.when


def test_rows_in_another_order_are_found(sealed, house) -> None:
    one, other = ids_of(batch(1))[0], ids_of(batch(1))[4]
    with superuser(house) as connection:
        swap = f"""update {NOTES} a set xid = b.xid from {NOTES} b
                    where (a.id = %s and b.id = %s) or (a.id = %s and b.id = %s)"""
        connection.execute(swap, [one, other, other, one])
    [found] = troubles(sealed)
    assert (found.what, found.seals) == ("reordered", (batch(1)["number"],))


def test_rows_moved_to_another_batch_are_found(sealed, house) -> None:
    one, other = ids_of(batch(0))[1], ids_of(batch(2))[3]
    with superuser(house) as connection:
        swap = f"""update {NOTES} a set xid = b.xid from {NOTES} b
                    where (a.id = %s and b.id = %s) or (a.id = %s and b.id = %s)"""
        connection.execute(swap, [one, other, other, one])
    [found] = troubles(sealed)
    assert (found.what, found.count) == ("reordered", 2)
    assert {batch(0)["number"], batch(2)["number"]} == set(found.seals)


def test_a_cut_end_is_found(sealed, house) -> None:
    said = batch(2)
    with superuser(house) as connection:
        connection.execute(f"delete from {NOTES} where xid >= %s::xid8", [said["from_xid"]])
    [found] = troubles(sealed)
    assert (found.what, found.seals, found.count) == ("truncated", (said["number"],), 5)
    assert said["first_at"] in found.when


def test_a_log_that_was_emptied_is_found(sealed, house) -> None:
    with superuser(house) as connection:
        connection.execute(f"truncate {NOTES}")
    [found] = troubles(sealed)
    assert (found.what, found.count, found.source) == ("truncated", 15, NOTES)


def test_a_row_put_in_afterwards_is_found(sealed, house, reader) -> None:
    said = batch(1)
    with superuser(house) as connection:
        connection.execute(
            f"insert into {NOTES} (id, at, user_id, kind, ids, purpose, role, xid)"
            " values (gen_random_uuid(), %s, %s, 'person', '[]', 'desk', '', %s::xid8)",
            [said["first_at"], reader.user_id, said["from_xid"]],
        )
    [found] = troubles(sealed)
    assert (found.what, found.seals, found.count) == ("added", (said["number"],), 1)


def roll_back(house) -> None:
    """The database as it was two batches ago, seals and all: by itself it fits."""
    with superuser(house) as connection:
        for seal in Seal.objects.using("sealer").filter(number__in=(3, 4)):
            said = json.loads(seal.statement)
            connection.execute(f"delete from {said['source']} where xid >= %s::xid8", [said["from_xid"]])
        connection.execute("delete from audit_seal where number >= 3")


def test_an_older_state_is_found_by_the_roots_outside_and_by_nothing_else(sealed, house) -> None:
    roll_back(house)
    assert not troubles()  # the control: without the roots the older state is a good one
    [found] = troubles(sealed)
    assert (found.what, found.seals) == ("rolled back", (3, 4, 5, 6))
    with pytest.raises(sealing.NotSealed, match="restored --reason"):
        sealing.seal()


def test_a_restore_that_is_said_so_goes_on_behind_the_roots(sealed, house, reader) -> None:
    roll_back(house)
    assert sealing.note_restored("disk failed (demonstration)") == (3, 6)
    read(reader)
    assert seal_all(house) == 2  # with the event of the restore
    done = verifying.verify(sealed)
    assert done.is_intact, done.trouble
    assert "disk failed" in done.notes[0] and "3 to 6" in done.notes[0]


def test_a_removed_seal_is_found(sealed, house) -> None:
    number = batch(1)["number"]
    with superuser(house) as connection:
        connection.execute("delete from audit_seal where number = %s", [number])
    kinds = {found.what for found in troubles()}
    assert kinds == {"missing seals"}


def test_a_forged_seal_is_found_though_its_root_fits(sealed, house) -> None:
    """Who changes a row and makes tree, list and statement anew still has no key."""
    said = batch(1)
    victim = ids_of(said)[0]
    with superuser(house) as connection:
        connection.execute(f"update {NOTES} set kind = 'x' where id = %s", [victim])
    with connections["sealer"].cursor() as cursor:
        cursor.execute("begin")
        rows = sealing.read_rows(cursor, NOTES, 1, int(said["from_xid"]), int(said["to_xid"]))
        [anew] = sealing.batches(rows, NOTES)
        cursor.execute("rollback")
    forged = said | {"root": sealing.merkle.root(anew.leaves).hex()}
    text = json.dumps(forged, ensure_ascii=False, sort_keys=True)
    with superuser(house) as connection:
        connection.execute(
            "update audit_seal set statement = %s, leaves = %s where number = %s",
            [text, sealing.merkle.shortened(anew.leaves), said["number"]],
        )
    kinds = {found.what for found in troubles(sealed)}
    assert {"forged", "replaced", "chain", "changed"} == kinds  # the rows no longer fit the seal as it was copied out


def overwrite(house, number: int, **told) -> None:
    """A seal that says something else, as whoever owns the server leaves it: without a signature."""
    said = json.loads(Seal.objects.using("sealer").get(number=number).statement) | told
    with superuser(house) as connection:
        connection.execute(
            "update audit_seal set statement = %s where number = %s", [json.dumps(said, sort_keys=True), number]
        )


@pytest.mark.parametrize("edge", ["from_xid", "to_xid"])
@pytest.mark.parametrize("value", ["1", "999999999999", "9" * 30, float("inf")])
def test_a_span_that_was_overwritten_stops_no_verification(sealed, house, edge: str, value: object) -> None:
    """The seal is named, and the rows of all others are compared as ever."""
    said = batch(1)
    overwrite(house, said["number"], **{edge: value})
    victim = ids_of(batch(2))[0]
    with superuser(house) as connection:
        connection.execute(f"update {NOTES} set kind = 'x' where id = %s", [victim])
    for folder in (None, sealed):
        found = {(one.what, one.seals, one.rows) for one in troubles(folder)}
        assert ("forged", (said["number"],), ()) in found
        assert ("changed", (batch(2)["number"],), (victim,)) in found
        assert {what for what, _seals, _rows in found} <= {"forged", "chain", "changed", "replaced"}


def test_rows_under_an_overwritten_seal_are_named_by_its_copy_outside(sealed, house) -> None:
    said = batch(1)
    victim = ids_of(said)[2]
    overwrite(house, said["number"], root="")
    with superuser(house) as connection:
        connection.execute(f"update {NOTES} set kind = 'x' where id = %s", [victim])
    assert victim not in {row for one in troubles() for row in one.rows}  # the control: nothing says what it was
    assert victim in {row for one in troubles(sealed) for row in one.rows}


def test_a_restore_that_nobody_signed_excuses_nothing(sealed, house) -> None:
    overwrite(house, 4, kind="restored")
    overwrite(house, 5, kind="restored", lost_from=2, lost_to=2, reason="so")
    with superuser(house) as connection:
        connection.execute("delete from audit_seal where number = 2")
    done = verifying.verify(sealed)
    assert {"forged", "missing seals"} <= {one.what for one in done.trouble} and not done.notes


def test_a_signed_seal_at_another_place_is_forged(sealed, house) -> None:
    with superuser(house) as connection:
        connection.execute("update audit_seal set number = 9 where number = 3")
    assert ("forged", (9,)) in {(one.what, one.seals) for one in troubles(sealed)}


def test_seals_of_another_key_are_found(sealed, house, monkeypatch) -> None:
    """A whole chain signed anew with a key of one's own is not the chain outside."""
    other = keys.Ed25519PrivateKey.generate()
    with superuser(house) as connection:
        for seal in Seal.objects.using("sealer").all():
            signature = other.sign(seal.statement.encode())
            connection.execute("update audit_seal set signature = %s where id = %s", [signature, seal.id])
    assert {found.what for found in troubles(sealed)} == {"forged"}
    monkeypatch.setattr(keys, "_signing", lambda: other)
    assert not troubles()  # the control: who holds the key of the house is believed, unless roots are outside
    assert "key" in {found.what for found in troubles(sealed)}


def test_a_statement_that_is_no_statement_is_forged(sealed, house) -> None:
    with superuser(house) as connection:
        connection.execute("update audit_seal set statement = 'nothing' where number = 2")
    assert "forged" in {found.what for found in troubles(sealed)}


def test_a_broken_copy_is_named(sealed) -> None:
    [path] = sealed.glob("roots-*.jsonl")
    path.write_text(path.read_text() + "not json\n")
    with pytest.raises(ValueError, match=r"roots-.*line 7"):
        verifying.verify(sealed)


def test_a_broken_copy_stops_no_sealing_and_is_told_at_night(sealed, house, reader) -> None:
    [path] = sealed.glob("roots-*.jsonl")
    path.write_text(path.read_text() + "not json\n")
    read(reader)
    assert seal_all(house, lambda: tasks.audit_seal(0)) == 1
    with pytest.raises(ValueError, match="line 7"):
        tasks.audit_verify(0)
    told = house.sql("tx_owner", "select path from access_securityevent where kind = %s", [security.NOT_VERIFIED])
    assert told == [(f"{path.name}, line 7: not a copied root",)]


def test_a_late_commit_is_sealed_once_it_is_there(sealed, house, reader) -> None:
    """A transaction that began before a seal and ends after it. The control: a mark by time loses its row."""
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with world.as_(reader):
            note_read("person", [uuid.uuid4()], by=reader)
            begun.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    read(reader)  # later, and finished before
    assert sealing.seal() == 0  # nothing above the running transaction
    by_time = timezone.now()  # where a mark by time would stand now
    go_on.set()
    thread.join(10)
    assert ReadNote.objects.using("owner").filter(at__gte=by_time).count() == 0, "the late row is older than the mark"
    assert seal_all(house) == 2
    assert verifying.verify(sealed).is_intact


def test_a_long_log_is_sealed_in_several_batches(sealed, house, reader, monkeypatch) -> None:
    monkeypatch.setattr(sealing, "LARGEST", 4)
    read(reader, 10)
    assert seal_all(house) == 10
    said = [json.loads(one.statement) for one in Seal.objects.using("sealer").order_by("number")]
    assert [one["rows"] for one in said][6:] == [4, 4, 2]
    assert verifying.verify(sealed).is_intact


def test_what_is_not_copied_out_is_told_and_copied_by_the_next_run(sealed, house, reader, settings, tmp_path) -> None:
    (blocked := tmp_path / "file").touch()
    settings.ROOTS_FOLDER = blocked
    read(reader)
    with pytest.raises(OSError):
        seal_all(house, lambda: tasks.audit_seal(0))
    assert house.sql("tx_owner", "select count(*) from access_securityevent where kind = 'not sealed'") == [(1,)]
    settings.ROOTS_FOLDER = sealed
    read(reader)
    seal_all(house)
    assert len(roots.copied(sealed)) == Seal.objects.using("sealer").count() == 9
    assert verifying.verify(sealed).is_intact


@pytest.mark.parametrize("statement", ["update audit_seal set number = 9", "delete from audit_seal", "truncate audit_seal",
                                       f"update {NOTES} set kind = 'x'", f"delete from {NOTES}"])  # fmt: skip
def test_the_sealer_adds_and_changes_nothing(sealed, house, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_sealer", statement)
    assert house.sql("tx_sealer", "select count(*) from audit_seal") == [(6,)]


@pytest.mark.parametrize("table", [NOTES, "access_securityevent"])
@pytest.mark.parametrize("change", ["update {} set at = at", "delete from {}", "truncate {}"])
def test_no_row_younger_than_half_a_year_goes_even_by_the_owner(sealed, house, table: str, change: str) -> None:
    for role in ("tx_owner", "postgres"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="180 days|never changed"):
            house.sql(role, change.format(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):  # nor in a session that plays back changes
        house.sql("postgres", f"set session_replication_role = replica; {change.format(table)}")


def test_old_batches_go_after_it_was_said_and_the_rest_verifies(sealed, house, reader, settings) -> None:
    aged = timezone.now() - timedelta(days=settings.TRACE_DAYS + 1)
    with superuser(house) as connection:
        for table in ("audit_seal", *TABLES):
            connection.execute(f"delete from {table}")
    for path in sealed.glob("*.jsonl"):
        path.unlink()
    with superuser(house) as connection:
        for _ in range(4):
            connection.execute(
                f"insert into {NOTES} (id, at, user_id, kind, ids, purpose, role)"
                " values (gen_random_uuid(), %s, %s, 'person', '[]', 'desk', '')",
                [aged, reader.user_id],
            )
    seal_all(house)
    read(reader, 3)
    seal_all(house)
    assert sealing.retire() == 4 and sealing.retire() == 0
    done = verifying.verify(sealed)
    assert done.is_intact and (done.rows, done.retired) == (3, 1), done
    said = [json.loads(seal.statement)["kind"] for seal in Seal.objects.using("sealer").order_by("number")]
    assert said == ["rows", "rows", "retired"]
