"""`tongxing serve`: one process that keeps three alive - database, web, worker - and takes them down in order.

A child that ends is started again, later and later when it keeps ending. When the supervisor itself is killed, the
kernel tells the children (config/lifeline.py), so nothing is left behind. Everything happens in the main thread.
"""

import fcntl
import ipaddress
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

import psycopg

from tongxing.config.cluster import Cluster
from tongxing.config.instance import claim
from tongxing.config.lifeline import on_start
from tongxing.config.provision import provision, refuse_without_walls
from tongxing.config.state import State, StateProblem

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a child that ended is started again
HEALTHY_AFTER = 30.0  # a child that lived so long is not failing
WORKERS = 2  # processes; how many requests each works on at a time says config/gate.py
EXAMINED_EVERY, FIRST_EXAMINED = 60.0, 20.0  # seconds: a fault is named within two minutes, a silent worker too
HEADERS_WITHIN = 10_000  # milliseconds that a caller has for the head of a request


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


@dataclass
class Child:
    """A process to keep alive: how it is started, how it is ended (else SIGTERM), how long ending may take."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    end: Callable[[], None] | None = None
    patience: float = 15.0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def keep(self, now: float) -> float:
        """Start or restart when due; the number of seconds until this child needs another look."""
        if self.process is not None and self.process.poll() is not None:
            self.failures = 0 if now - self.started_at > HEALTHY_AFTER else self.failures + 1
            pause = min(FIRST_PAUSE * 2 ** max(self.failures - 1, 0), LONGEST_PAUSE)
            say(f"{self.name} ended ({self.process.returncode}); starting it again in {pause:.1f} s")
            self.process, self.not_before = None, now + pause
        if self.process is None and now >= self.not_before:
            try:
                self.process, self.started_at = self.start(), now
            except OSError as error:  # no room for another process, at this moment
                say(f"{self.name} could not be started ({error}); trying again")
                self.not_before = now + LONGEST_PAUSE
        return max(self.not_before - now, 0.0) if self.process is None else 1.0

    def stop(self) -> None:
        if self.end is not None:
            self.end()
            return
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not end within {self.patience:.0f} s; killing it")
            self.process.kill()
            self.process.wait()


@dataclass
class Errand:
    """Something short that is done again and again while the children live; one that hangs is not started twice."""

    start: Callable[[], subprocess.Popen[bytes]]
    every: float
    due: float
    process: subprocess.Popen[bytes] | None = None

    def keep(self, now: float) -> None:
        if self.process is not None and self.process.poll() is not None:
            self.process = None
        if self.process is None and now >= self.due:
            self.due = now + self.every
            with suppress(OSError):  # no room for another process; the age of what it finds says so
                self.process = self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """Serves at `host`:`port` until SIGTERM or Ctrl-C. `ready` is called once when the pages answer."""

    state: State
    host: str = "127.0.0.1"
    port: int = 8765
    database_only: bool = False
    is_migrated: bool = False  # the caller has just done it
    ready: Callable[[], None] = lambda: None
    cluster: Cluster | None = field(default=None, init=False)
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Raises StateProblem when the machine or the settings do not allow to serve."""
        refuse_demonstration_in_public(self.host)
        claim(self.state)
        with only_one(self.state), self._signals() as wakeup:
            children: list[Child] = []
            try:
                children = self._prepare()
                self._watch(children, wakeup)
            finally:
                for child in reversed(children):
                    say(f"stopping {child.name}")
                    child.stop()
                if self.cluster is not None:
                    self.cluster.stop()  # also when preparing failed half-way
                say("stopped")

    def _prepare(self) -> list[Child]:
        children = []
        if not self.state.database_url:
            self.cluster = Cluster(self.state)
            self.cluster.start()
            server = Child("database", self.cluster.spawn, end=self.cluster.stop)
            server.process, server.started_at = self.cluster.process, time.monotonic()
            children.append(server)
        provision(self.state)
        if self.cluster is not None and os.environ.get("TONGXING_BACKUP_TO"):
            children.append(
                Child("shipping", lambda: self._python("shipping", "-m", "tongxing.config.backups.shipping"))
            )
        if self.database_only:
            say(f"database ready at {self.state.address()['host']}")
            return children
        if not self.is_migrated:
            self._once("migrate")
        with psycopg.connect(**self.state.login("tx_app")) as connection:  # type: ignore[arg-type]
            refuse_without_walls(connection)
        web = web_server(self.host, self.port)
        children.append(Child("web", lambda: self._python("web", *web)))
        children.append(Child("worker", lambda: self._python("worker", "-m", "tongxing.config.jobs")))
        return children

    def _once(self, command: str) -> None:
        """Run `tongxing <command>` in a process of its own, so that this one stays small."""
        process = self._python(command, "-m", "tongxing.config.cli", command)
        if process.wait() != 0:
            raise StateProblem(f"`tongxing {command}` failed; its words are above.")

    def _python(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"TONGXING_STATE": str(self.state.folder), "TONGXING_PROCESS": f"tongxing {name}"}
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=on_start(signal.SIGTERM),
        )

    def _examine(self) -> subprocess.Popen[bytes]:
        """`tongxing doctor` in a process of its own, for the operator's page and for the log."""
        return self._python("doctor", "-m", "tongxing.config.cli", "doctor", "--keep")

    def _watch(self, children: list[Child], wakeup: int) -> None:
        waiting = not self.database_only
        errand = Errand(self._examine, EXAMINED_EVERY, time.monotonic() + FIRST_EXAMINED)
        try:
            self._keep(children, wakeup, None if self.database_only else errand, waiting)
        finally:
            errand.stop()

    def _keep(self, children: list[Child], wakeup: int, errand: Errand | None, waiting: bool) -> None:
        while not self.stopping:
            now = time.monotonic()
            pause = min((child.keep(now) for child in children), default=1.0)
            if errand is not None:
                errand.keep(now)
            if waiting:
                if listens(self.host, self.port):
                    waiting = False
                    self.ready()
                pause = 0.1
            if select.select([wakeup], [], [], pause)[0]:
                os.read(wakeup, 4096)

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """SIGTERM and Ctrl-C ask to stop; the end of a child wakes the loop at once."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
        try:
            signal.signal(signal.SIGCHLD, lambda *_: None)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            yield reader
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)

    def _stop(self, *_: object) -> None:
        self.stopping = True


def web_server(host: str, port: int) -> list[str]:
    """Arguments of Python that serve the pages; with TLS when the environment names a certificate and its key."""
    certificate, key = os.environ.get("TONGXING_CERTIFICATE", ""), os.environ.get("TONGXING_CERTIFICATE_KEY", "")
    if bool(certificate) != bool(key):
        raise StateProblem("TONGXING_CERTIFICATE and TONGXING_CERTIFICATE_KEY come together: two PEM files.")
    tls = ["--ssl-certificate", certificate, "--ssl-keyfile", key, "--ssl-protocol-min", "tls1.2"] if key else []
    return [
        *("-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port), "--no-ws", *tls),
        *("--workers", str(WORKERS), "--workers-kill-timeout", "5"),
        *("--http1-header-read-timeout", str(HEADERS_WITHIN), "--respawn-failed-workers"),
        *("--log-level", "warning", "tongxing.config.asgi:application"),
    ]


def refuse_demonstration_in_public(host: str) -> None:
    """Demonstration mode shows codes and log-ins, so it stays on this machine."""
    if os.environ.get("TONGXING_DEMO") != "1":
        return
    with suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    raise StateProblem(
        f"Demonstration mode shows one-time codes and log-ins, so it serves this machine only, not {host}. "
        "Use 127.0.0.1, or leave TONGXING_DEMO unset."
    )


@contextmanager
def only_one(state: State) -> Iterator[IO[str]]:
    """Hold the state folder's lock; the kernel lets go of it however this process ends. Raises StateProblem if held."""
    with (state.folder / "supervisor.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise StateProblem(
                f"`tongxing serve` already runs over {state.folder} (process {file.read().strip() or 'unknown'})."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file


def listens(host: str, port: int) -> bool:
    """Does something accept connections there?"""
    import socket

    with suppress(OSError), socket.create_connection((host if host != "0.0.0.0" else "127.0.0.1", port), timeout=1):  # noqa: S104
        return True
    return False
