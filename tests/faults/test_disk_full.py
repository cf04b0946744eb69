"""No room on data, log of changes, temporary files and files in turn: clean errors, nothing acknowledged is lost."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import world
from tests.faults.serving import Serving, as_role, own_folder, wait_for
from tongxing.config.cluster import NO_ORIGINS_SINCE, Cluster, service_user
from tongxing.core import places

MB = 1024**2
AS_ROOT = os.geteuid() == 0


@contextmanager
def disk(at: Path, size: int) -> Iterator[Path]:
    """A disk of its own with `size` MB. Skips where nothing may be mounted."""
    at.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(at)], capture_output=True)
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.decode().strip()}")
    try:
        yield at
    finally:
        wait_for(lambda: subprocess.run(["umount", str(at)], capture_output=True).returncode == 0, 20)


def fill(at: Path, leave: int) -> Path:
    """A file that leaves `leave` MB of the disk."""
    path = at / "filler"
    left = os.statvfs(at)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize - leave * MB)
    return path


def _moved(source: Path, onto: Path) -> None:
    """The folder onto another disk, and a link in its place."""
    subprocess.run(["cp", "-a", str(source), str(onto / source.name)], check=True)
    subprocess.run(["rm", "-rf", str(source)], check=True)
    source.symlink_to(onto / source.name)


class Rows:
    """Writes rows of 200 kB as tx_app and remembers what the server acknowledged."""

    def __init__(self, server: Serving) -> None:
        self.server, self.acknowledged = server, set[uuid.UUID]()
        with as_role(server, "tx_owner") as owner:
            owner.execute("create table kept (id uuid primary key, words text)")
            owner.execute("alter table kept alter words set storage external")
            owner.execute("grant insert, select on kept to tx_app")

    def add(self, number: int = 1) -> None:
        with as_role(self.server, "tx_app") as connection:
            for _ in range(number):
                row = uuid.uuid4()
                connection.execute("insert into kept values (%s, repeat('x', 200000))", [row])
                self.acknowledged.add(row)

    def until_refused(self) -> psycopg.Error:
        for _ in range(20):
            try:
                self.add(50)
            except psycopg.Error as error:
                return error
        pytest.fail("there is room after all")

    def lost(self) -> int:
        with as_role(self.server, "tx_app") as connection:
            return len(self.acknowledged - {row[0] for row in connection.execute("select id from kept")})


@pytest.fixture(scope="module")
def full() -> Iterator[tuple[Serving, Rows, dict[str, Path]]]:
    """A server whose data, log of changes and temporary files each lie on a small disk of their own."""
    if not AS_ROOT:
        pytest.skip("only root can mount a small disk")
    with own_folder() as folder, disk(folder / "a", 160) as data, disk(folder / "b", 112) as changes, \
            disk(folder / "c", 24) as temporary:  # fmt: skip
        server = Serving(folder)
        server.start()
        server.stop()
        _moved(folder / "postgres" / "pg_wal", changes)
        _moved(folder / "postgres", data)
        (temporary / "scratch").mkdir()
        user = service_user()
        for path in (data, changes, temporary, temporary / "scratch"):
            os.chown(path, user.pw_uid, user.pw_gid)
        try:
            server.start()
            with as_role(server, "postgres") as administrator:
                for setting in ("min_wal_size = '32MB'", "max_wal_size = '48MB'", "checkpoint_timeout = '30s'"):
                    administrator.execute(f"alter system set {setting}")
                administrator.execute(f"create tablespace scratch location '{temporary / 'scratch'}'")
                administrator.execute("grant create on tablespace scratch to tx_app")
                administrator.execute("select pg_reload_conf()")
            yield server, Rows(server), {"data": data, "changes": changes, "temporary": temporary}
        finally:
            server.stop()
            wait_for(lambda: not server.processes(), 30)


def answers(server: Serving) -> bool:
    with suppress(psycopg.Error), as_role(server, "tx_app") as connection:
        return connection.execute("select count(*) >= 0 from kept").fetchone() == (True,)
    return False


def test_no_room_for_temporary_files(full) -> None:
    server, rows, _disks = full
    rows.add(3)
    with as_role(server, "tx_app") as connection:
        connection.execute("set temp_tablespaces = 'scratch'; set work_mem = '1MB'")
        with pytest.raises(psycopg.errors.DiskFull):
            connection.execute(
                "select md5(n::text) m from generate_series(1, 800000) n order by m desc limit 1 offset 799999"
            )
        assert connection.execute("select count(*) from kept").fetchone() == (3,), "the same connection goes on"
    rows.add(3)
    assert rows.lost() == 0


def test_no_room_for_data(full) -> None:
    server, rows, disks = full
    filler = fill(disks["data"], leave=6)
    postmaster = server.postmaster()
    error = rows.until_refused()
    assert isinstance(error, psycopg.errors.DiskFull), error
    with as_role(server, "postgres") as administrator, suppress(psycopg.errors.InternalError_):
        administrator.execute("checkpoint")  # the moment that took the server down when it kept a list of origins
    if Cluster(server.state).major >= NO_ORIGINS_SINCE:
        assert answers(server), "reading goes on without a pause"
    else:
        wait_for(lambda: answers(server), 30, server.log)
    filler.unlink()
    wait_for(lambda: answers(server), 30, server.log)
    rows.add(3)
    print(f"\ndata: {len(rows.acknowledged)} rows acknowledged, {rows.lost()} lost")
    assert rows.lost() == 0 and server.postmaster() == postmaster, "nothing was restarted"


def test_no_room_for_the_log_of_changes(full) -> None:
    """The one place where the server cannot go on. It ends rather than lie, and comes back by itself with room."""
    server, rows, disks = full
    supervisor = server.process.pid
    filler = fill(disks["changes"], leave=4)
    error = rows.until_refused()
    assert isinstance(error, psycopg.OperationalError), "a lost connection or no room, never a wrong answer"
    time.sleep(0.5)
    filler.unlink()
    seconds = wait_for(lambda: answers(server), 30, server.log)
    rows.add(3)
    print(f"\nlog of changes: {type(error).__name__}; {len(rows.acknowledged)} rows acknowledged, {rows.lost()} lost, "
          f"answers {seconds:.1f} s after there was room")  # fmt: skip
    assert rows.lost() == 0 and server.process.poll() is None and server.process.pid == supervisor


@pytest.mark.skipif(not AS_ROOT, reason="only root can mount a small disk")
def test_no_room_for_files_stops_saving_before_the_disk_is_full(house, settings, monkeypatch, tmp_path) -> None:
    """What the pages do about it, with a real disk: saving stops at the reserve, reading and its traces go on."""
    browser = world.client(world.somebody("front_desk", "changzhou-2"))
    typed: dict[str, Any] = {"name": "吕苇航"}
    with disk(tmp_path / "files", 8) as files:
        settings.PLACES = {"files": files}
        monkeypatch.setattr(places, "RESERVE", 4 * MB)
        assert browser.post("/en/registrations/start/", typed).status_code == 302, "the control: there is room"
        filler = fill(files, leave=2)
        refused = browser.post("/en/registrations/start/", typed)
        assert refused.status_code == 503 and "could not be saved" in refused.content.decode()
        assert browser.get("/en/today/").status_code == 200
        filler.unlink()
        assert browser.post("/en/registrations/start/", typed).status_code == 302, "no restart was needed"
