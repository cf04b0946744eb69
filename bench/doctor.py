"""Each fault that `tongxing doctor` knows, caused at a real server: seconds until it is named, and until it is gone.

python3 dev.py bench doctor [--json]      as root (small disks are mounted, in a name space of its own); seven minutes

`tongxing serve` over an empty installation, with a certificate of its own and a sealed backup that was restored on trial.
Nobody calls the doctor but the supervisor; what counts is the file of findings that page and metrics read. Every cause
falls right behind a look, so the wait for the next one is whole. Faults that do not hide each other run side by side;
missing migrations and a database that is gone hide others, so each has its own turn. Controls: before and between, nothing
is named; a fault names its own check and no other.

Not quite the real thing: a disk grows small instead of being filled; /proc/meminfo is covered by another; a job is forty
minutes late because its row says so; it is the database's clock that libfaketime moves, not the program's. Small shared
memory is not caused: with /dev/shm covered, the running database loses what it shares.
"""

import http.client
import json
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common.figures import Goal, tell, words
from bench.common.house import administrator, say
from tests.browser import free_port
from tests.config.test_doctor import certificate
from tests.faults.serving import HOUSE, Serving, children_of, own_folder
from tongxing.config.cluster import Cluster, installed_binaries
from tongxing.config.doctor_house import WORKER_SILENT
from tongxing.config.supervisor import EXAMINED_EVERY, FIRST_EXAMINED

GOAL = 120.0
PATIENCE = 300.0
APART = "TONGXING_BENCH_APART"  # set once this process is in its own name space of mounts
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
LAST_LOOK = 10.0  # the latest heartbeat of a worker that is stopped is at most so old


@dataclass
class Place:
    """The installation: its server, the copy of the code that it runs, and what the causes need."""

    server: Serving
    port: int
    code: Path
    backups: Path
    spare: Path

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with administrator(self.server.state) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of the program over this installation."""
        environment = os.environ | {"TONGXING_STATE": str(self.server.folder), "TONGXING_BACKUP_TO": str(self.backups)}
        program = [sys.executable, "-m", "tongxing.config.cli", *command]
        return subprocess.run(program, cwd=HOUSE, env=environment, capture_output=True, text=True)

    def worker(self) -> int:
        [found] = [pid for pid in children_of(self.server.process.pid) if b"tongxing.config.jobs" in _words(pid)]
        return found

    def looked_at(self) -> float:
        path = self.server.folder / "findings.json"
        return path.stat().st_mtime if path.exists() else 0.0

    def findings(self) -> dict[str, dict[str, str]]:
        """As page and metrics read them; the written file takes the place of the one before at once."""
        return {one["check"]: one for one in json.loads((self.server.folder / "findings.json").read_text())}

    def faults(self) -> set[str]:
        return {check for check, one in self.findings().items() if one["state"] == "fault"}

    def next_look(self) -> None:
        before = self.looked_at()
        _until(lambda: self.looked_at() != before, "the supervisor does not look")

    def metric(self, state: str) -> int:
        """What the metrics say, over TLS."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = (
            False,
            ssl.CERT_NONE,
        )  # it may have ended: that is one of the faults
        line = http.client.HTTPSConnection("localhost", self.port, context=trusting, timeout=20)
        line.request("GET", "/metrics")
        text = line.getresponse().read().decode()
        [found] = [row for row in text.splitlines() if row.startswith(f'tongxing_findings{{state="{state}"}}')]
        return int(float(found.split()[-1]))


@dataclass(frozen=True)
class Fault:
    """`check` is the finding that names it. `after`: seconds behind a look, the worst moment to begin."""

    name: str
    check: str
    cause: Callable[[Place], object]
    undo: Callable[[Place], object]
    state: str = "fault"
    after: float = 0.0


def _words(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _until(happened: Callable[[], bool], fault: str) -> float:
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"Not within {PATIENCE:.0f} s: {fault}")
        time.sleep(0.1)
    return time.monotonic() - began


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _signal(number: str) -> Callable[[Place], object]:
    return lambda place: subprocess.run(["kill", f"-{number}", str(place.worker())], check=True)


def _statement(text: str) -> Callable[[Place], object]:
    return lambda place: place.sql(text)


def _moved(path: Callable[[Place], Path], away: bool) -> Callable[[Place], object]:
    def move(place: Place) -> None:
        here = path(place)
        there = here.with_name(f"{here.name}.away")
        (here if away else there).rename(there if away else here)

    return move


def _text(path: Callable[[Place], Path], text: str) -> Callable[[Place], object]:
    return lambda place: path(place).write_text(text)


def _certificate(days: int) -> Callable[[Place], object]:
    return lambda place: shutil.copyfile(place.spare / f"certificate{days}.pem", place.spare / "in-use.pem")


def _drilled(place: Place, is_good: bool) -> None:
    """Turns one byte in the middle of the backup round, or back, and restores it on trial."""
    [path] = [path for path in place.backups.iterdir() if path.is_file() and path.stat().st_size > 100_000]
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0xFF]))
    done = place.run("drill")
    if (done.returncode == 0) is not is_good:
        raise SystemExit(f"The drill ended with {done.returncode}:\n{done.stderr[-2000:]}")


def _database_gone(place: Place) -> None:
    """Killed, and without the file that it needs to start, so that starting it again does not help."""
    _moved(_control_file, away=True)(place)
    place.server.kill_database()


def _control_file(place: Place) -> Path:
    return place.server.folder / "postgres" / "global" / "pg_control"


def _version(place: Place) -> Path:
    return place.server.folder / "postgres" / "PG_VERSION"


def _secret(mode: int) -> Callable[[Place], object]:
    return lambda place: (place.server.folder / "secrets" / "django").chmod(mode)


def _disk(size: str) -> Callable[[Place], object]:
    return lambda place: _mount("-o", f"remount,size={size}", str(place.server.folder / "extracts"))


def _clock(shift: str) -> Callable[[Place], object]:
    return _text(lambda place: place.spare / "clock", shift)


def _uncovered(path: str) -> Callable[[Place], object]:
    return lambda _place: subprocess.run(["umount", path], check=True)


def _little_memory(place: Place) -> None:
    fake = place.spare / "meminfo"
    lines = Path("/proc/meminfo").read_text().splitlines()
    fake.write_text("\n".join("MemAvailable: 300000 kB" if one.startswith("MemAvailable") else one for one in lines))
    _mount("--bind", str(fake), "/proc/meminfo")


LATE = """insert into procrastinate_jobs (queue_name, task_name, args, status, lock, scheduled_at)
values ('default', 'late', '{}', 'todo', 'bench', now() - interval '40 minutes')"""
# A lock that a running job holds: the worker cannot take the late one, as behind a job that never ends.
HELD = """insert into procrastinate_jobs (queue_name, task_name, args, status, lock)
values ('default', 'endless', '{}', 'doing', 'bench')"""
SHM = "/dev/shm"
TOGETHER = [
    # Just not yet silent for too long at the next look: the wait is the longest there is.
    Fault("worker stands still", "worker", _signal("STOP"), _signal("CONT"),
          after=max(EXAMINED_EVERY - WORKER_SILENT + LAST_LOOK, 0.0)),
    Fault("queue stuck", "queue", _statement(f"{HELD}; {LATE}"),
          _statement("delete from procrastinate_jobs where lock = 'bench'")),
    Fault("disk nearly full", "disk", _disk("200m"), _disk("3g")),
    Fault("clock 12 s off", "clock", _clock("+12s"), _clock("+0s")),
    Fault("certificate ended", "certificate", _certificate(-2), _certificate(200)),
    Fault("backup damaged, drill failed", "backup", lambda place: _drilled(place, False),
          lambda place: _drilled(place, True)),
    Fault("styles missing", "static files", _moved(lambda place: place.code / "tongxing/static/tongxing.css", True),
          _moved(lambda place: place.code / "tongxing/static/tongxing.css", False)),
    Fault("a role may too much", "roles", _statement("alter role tx_log bypassrls"),
          _statement("alter role tx_log nobypassrls")),
    Fault("a row policy is off", "row policies", _statement("alter table registry_person disable row level security"),
          _statement("alter table registry_person enable row level security")),
    Fault("a secret can be read", "secrets", _secret(0o644), _secret(0o600)),
    Fault("data of another PostgreSQL", "database programs", _text(_version, "14\n"),
          lambda place: _version(place).write_text(f"{Cluster(place.server.state).major}\n")),
    Fault("memory short", "memory", _little_memory, _uncovered("/proc/meminfo"), "warning"),
]  # fmt: skip
ALONE = [
    Fault("a migration is missing", "migrations",
          _statement("update django_migrations set app = 'gone' where app = 'casework'"),
          _statement("update django_migrations set app = 'casework' where app = 'gone'")),
    Fault("database gone", "server", _database_gone, _moved(_control_file, away=False)),
]  # fmt: skip


@contextmanager
def installation() -> Iterator[Place]:
    """A served installation without a fault: certificate, backup, drill, a disk of its own for officers' files."""
    with own_folder() as folder:
        code, spare, backups = folder / "code", folder / "spare", folder / "backups"
        for made in (spare, backups, folder / "state" / "extracts"):
            made.mkdir(parents=True)
        (folder / "state").chmod(0o711)
        shutil.copytree(HOUSE / "tongxing", code / "tongxing", ignore=shutil.ignore_patterns("__pycache__"))
        for days in (200, -2):
            certificate(spare, days=days)  # each with a key of its own; the first is served with the key kept here
            (spare / "key.pem").rename(spare / f"key{days}.pem")
        shutil.copyfile(spare / "certificate200.pem", spare / "in-use.pem")
        (spare / "key200.pem").chmod(0o600)
        (spare / "clock").write_text("+0s")
        _mount("-t", "tmpfs", "-o", "size=3g,mode=700", "tmpfs", str(folder / "state" / "extracts"))
        port = free_port()
        environment = {
            "PYTHONPATH": str(code),
            "PYTHONSAFEPATH": "1",
            "TONGXING_CERTIFICATE": str(spare / "in-use.pem"),
        }
        environment |= {"TONGXING_CERTIFICATE_KEY": str(spare / "key200.pem")}
        if FAKETIME:
            environment["TONGXING_PG_BIN"] = str(_under_another_clock(folder / "programs", spare / "clock"))
        server = Serving(folder / "state", arguments=("--port", str(port)), environment=environment)
        place = Place(server, port, code, backups, spare)
        try:
            server.start(600)
            for command in (("backup-key", str(spare / "recovery.key")), ("backup",), ("drill",)):
                if (done := place.run(*command)).returncode:
                    raise SystemExit(f"`tongxing {command[0]}` failed:\n{done.stderr[-2000:]}")
            yield place
        finally:
            server.stop()
            subprocess.run(["umount", str(folder / "state" / "extracts")])


def _under_another_clock(folder: Path, clock: Path) -> Path:
    """A copy of the database's programs, of this run alone, whose server goes by the clock that the file says."""
    installed = installed_binaries()
    package, programs = installed.parent.parent, folder / installed.parent.parent.name / "pginstall" / "bin"
    shutil.copytree(installed.parent, programs.parent)
    if (
        libraries := package.with_name(f"{package.name}.libs")
    ).exists():  # the programs look for them beside their package
        shutil.copytree(libraries, folder / libraries.name)
    program, real = programs / "postgres", programs / "postgres.real"
    program.rename(real)
    set_ = f"FAKETIME_TIMESTAMP_FILE={clock} FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD={FAKETIME[0]}"
    program.write_text(f'#!/bin/sh\n{set_} exec {real} "$@"\n')
    program.chmod(0o755)
    return programs


def in_turn(place: Place, faults: Sequence[Fault]) -> dict[str, tuple[float, float]]:
    """All of them at once: seconds until each is named, and until it is gone again. Raises SystemExit when one is not."""
    healthy = {check: one["state"] for check, one in place.findings().items()}
    if place.faults():
        raise SystemExit(f"The control names something: {place.faults()}")
    place.next_look()
    with ThreadPoolExecutor(len(faults)) as threads:
        named = list(threads.map(lambda fault: _named(place, fault), faults))
        wanted = {fault.check for fault in faults if fault.state == "fault"}
        if place.faults() != wanted or (place.metric("fault") != len(wanted)):
            raise SystemExit(f"Named: {place.faults()}, caused: {wanted}, metrics: {place.metric('fault')}")
        place.next_look()
        gone = list(threads.map(lambda fault: _gone(place, fault, healthy.get(fault.check, "")), faults))
    if place.faults():
        raise SystemExit(f"Still named: {place.findings()}")
    return {fault.name: both for fault, both in zip(faults, zip(named, gone, strict=True), strict=True)}


def _named(place: Place, fault: Fault) -> float:
    time.sleep(fault.after)
    fault.cause(place)
    return _until(lambda: place.findings().get(fault.check, {}).get("state") == fault.state, fault.name)


def _gone(place: Place, fault: Fault, before: str) -> float:
    fault.undo(place)
    return _until(lambda: place.findings().get(fault.check, {}).get("state") == before, f"{fault.name}, undone")


def main() -> int:
    asked = words(__doc__).parse_args()
    if os.geteuid() != 0:
        raise SystemExit("As root: small disks are mounted, for this run alone.")
    if APART not in os.environ:
        os.environ[APART] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-m", "bench.doctor", *sys.argv[1:]])
    left_out = [] if FAKETIME else ["clock 12 s off (libfaketime is not installed)"]
    together = [fault for fault in TOGETHER if FAKETIME or fault.check != "clock"]
    with installation() as place:
        began = time.monotonic()
        _until(lambda: place.looked_at() > 0, "the supervisor does not look")
        place.next_look()  # one that has seen the drill
        say(f"Control: {len(place.findings())} findings, faults: {place.faults() or 'none'}")
        found: dict[str, tuple[float, float]] = {}
        for turn in (together, *([fault] for fault in ALONE)):
            say(f"Causing {', '.join(fault.name for fault in turn)}")
            found |= (timed := in_turn(place, turn))
            say("; ".join(f"{name}: {named:.0f} s, gone {gone:.0f} s" for name, (named, gone) in timed.items()))
        seconds = time.monotonic() - began
    lines = [f"{name:32} named {named:6.1f} s   gone {gone:6.1f} s" for name, (named, gone) in found.items()]
    named, gone = ([both[which] for both in found.values()] for which in (0, 1))
    lines += [f"{'median':32} named {statistics.median(named):6.1f} s   gone {statistics.median(gone):6.1f} s"]
    lines += [f"{'maximum':32} named {max(named):6.1f} s   gone {max(gone):6.1f} s"]
    lines += [f"{len(found)} of {len(TOGETHER) + len(ALONE)} faults; a look every {EXAMINED_EVERY:.0f} s,"
              f" the first {FIRST_EXAMINED:.0f} s after the start; {seconds:.0f} s in all"]  # fmt: skip
    lines += [f"not caused: {name}" for name in left_out]
    goals = [Goal("longest until it is named", max(named), GOAL, "s"), Goal("until it is gone", max(gone), GOAL, "s")]
    goals.append(Goal("faults not caused", len(left_out), 0, "faults"))
    tell(
        lines,
        goals,
        asked.json,
        faults={name: dict(zip(("named", "gone"), both, strict=True)) for name, both in found.items()},
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
