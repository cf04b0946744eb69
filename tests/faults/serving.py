"""The real program in a process of its own over a folder of its own, to be killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tongxing.config.lifeline import on_start
from tongxing.config.state import State

HOUSE = Path(__file__).resolve().parents[2]
LONG = os.environ.get("TONGXING_LONG") == "1"


@dataclass
class Serving:
    """`tongxing serve --database-only` over `folder`, as `user` (None: whoever runs the tests)."""

    folder: Path
    user: int | None = None
    python: str = sys.executable
    arguments: tuple[str, ...] = ("--database-only",)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> State:
        return State(self.folder)

    def start(self, patience: float = 60) -> float:
        """Seconds until the database answers with the roles in place."""
        began = time.monotonic()
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("TONGXING_") or key == "TONGXING_PG_BIN"
        }
        environment |= {
            "TONGXING_STATE": str(self.folder),
            "PYTHONPATH": str(HOUSE),
            "CI": "",
            "HOME": str(self.folder),
        }
        with (self.folder / "serve.log").open("wb") as log:
            drop = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
            self.process = subprocess.Popen(
                [self.python, "-m", "tongxing.config.cli", "serve", *self.arguments],
                cwd=HOUSE,
                env=environment | self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=on_start(signal.SIGTERM),
                **drop,
            )
        wait_for(lambda: self.process.poll() is not None or self._is_ready(), patience, self.log)
        assert self.process.poll() is None, self.log()
        return time.monotonic() - began

    def _is_ready(self) -> bool:
        return "database ready" in self.log() or "Serving at" in self.log()

    def log(self) -> str:
        # os.walk and not glob: folders of a database that is being made come and go while one looks.
        found = (Path(at) / name for at, _, names in os.walk(self.folder) for name in names if name.endswith(".log"))
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in found)

    def postmaster(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def kill_database(self) -> None:
        """kill -9 of the server and of every process it has, at once: nothing gets to flush what it holds."""
        pid = self.postmaster()
        for process in (pid, *children_of(pid)):
            _kill(process)

    def kill_supervisor(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def processes(self) -> set[int]:
        """Every process that was started over this folder and has not ended."""
        return {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_ours(pid)}

    def _is_ours(self, pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            words = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return state != "Z" and os.fsencode(self.folder) in words and pid != os.getpid()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_for(happened: Callable[[], bool], patience: float, words: Callable[[], str] = lambda: "") -> float:
    """Seconds until `happened()`; fails with `words()` when patience runs out."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < patience, f"not within {patience:.0f} s\n{words()}"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def own_folder(deep: str = "", user: int | None = None) -> Iterator[Path]:
    """A folder outside every private one, so that the database's service user can pass; gone afterwards."""
    top = Path(tempfile.mkdtemp(prefix="tx-fault-", dir="/tmp"))
    folder = top / deep
    folder.mkdir(parents=True, exist_ok=True)
    top.chmod(0o711)
    if user is not None:
        os.chown(folder, user, user)
    try:
        yield folder
    finally:
        shutil.rmtree(top, ignore_errors=True)


@contextmanager
def serving(deep: str = "", **options: object) -> Iterator[Serving]:
    with own_folder(deep, options.get("user")) as folder:  # type: ignore[arg-type]
        server = Serving(folder, **options)  # type: ignore[arg-type]
        try:
            server.start()
            yield server
        finally:
            server.stop()
            wait_for(lambda: not server.processes(), 30)


def as_role(server: Serving, role: str) -> psycopg.Connection:
    login = server.state.administrator("tongxing") if role == "postgres" else server.state.login(role, "tongxing")
    return psycopg.connect(**login, autocommit=True, connect_timeout=5)
