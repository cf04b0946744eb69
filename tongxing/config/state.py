"""What differs between machines: the state folder, the secrets in it, and how each role reaches the database."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# A unix socket's address ends at 107 bytes; PostgreSQL adds this name to the folder.
SOCKET_NAME = "/.s.PGSQL.5432"
LONGEST_SOCKET = 107

# Statements of people and jobs end by themselves; the owner's (migrations) may take as long as they need.
LIMITS = "-c lock_timeout=15s -c idle_in_transaction_session_timeout=10min"


class StateProblem(Exception):
    """The machine is not as it has to be; the text says what to do about it."""

    exit_code = 1


class Refused(StateProblem):
    """What was given cannot be used - a damaged file, a wrong key, a full folder - and nothing was touched."""

    exit_code = 2


@dataclass(frozen=True)
class State:
    """The folder that outlives the program: data of the embedded database, secrets, Parquet, compiled static files."""

    folder: Path

    @classmethod
    def load(cls) -> "State":
        """From TONGXING_STATE, else /var/lib/tongxing as root, else the user's XDG state folder. Creates it."""
        given = os.environ.get("TONGXING_STATE")
        folder = Path(given).expanduser().absolute() if given else cls.default()
        # Under root the database runs as a service user, which has to pass through, not to look around.
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        (folder / "static").mkdir(exist_ok=True)
        return cls(folder)

    @staticmethod
    def default() -> Path:
        """Where an instance lives when nobody says where."""
        if os.geteuid() == 0:
            return Path("/var/lib/tongxing")
        return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tongxing"

    def secret(self, name: str) -> str:
        """The secret called `name`: 43 random characters, made at first use, in a file only this user reads."""
        path = self.folder / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    @property
    def database_url(self) -> str:
        """An administrative connection to a PostgreSQL of one's own (>= 15); empty means the embedded one."""
        return os.environ.get("DATABASE_URL", "")

    @property
    def database_name(self) -> str:
        return os.environ.get("TONGXING_DATABASE", "tongxing")

    @cached_property
    def socket_folder(self) -> Path:
        """Where the embedded server listens: in the state folder, or in a short place when that is too deep."""
        inside = self.folder / "run"
        if len(os.fsencode(f"{inside}{SOCKET_NAME}")) < LONGEST_SOCKET:
            return inside
        key = hashlib.sha256(f"{os.geteuid()}:{self.folder.resolve()}".encode()).hexdigest()[:12]
        short = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108
        # Under root the service user must be able to enter; a runtime folder is root's alone.
        usable = [place for place in short[os.geteuid() == 0 :] if place]
        for place in usable:
            folder = Path(place) / f"tongxing-{key}"
            if len(os.fsencode(f"{folder}{SOCKET_NAME}")) < LONGEST_SOCKET:
                return folder
        raise StateProblem("No folder with a short path for the database's socket. Set TONGXING_STATE to a short path.")

    def egress(self) -> list[str]:
        """Where processes may connect to beside this machine: TONGXING_EGRESS, the store of the backups, the database."""
        store = urlsplit(os.environ.get("TONGXING_S3_ENDPOINT", "")).netloc
        return [*os.environ.get("TONGXING_EGRESS", "").split(","), store, self.address().get("host", "")]

    def places(self) -> dict[str, Path]:
        """Where the house writes; the database and its log of changes only when they are ours."""
        found = {"state": self.folder, "files": self.folder / "extracts", "temporary": Path(tempfile.gettempdir())}
        if not self.database_url:
            found |= {"data": self.folder / "postgres", "changes": self.folder / "postgres" / "pg_wal"}
        return found

    def address(self) -> dict[str, str]:
        """Host, port and transport options, as libpq names them; no user, password or database."""
        if not self.database_url:
            return {"host": str(self.socket_folder), "port": "5432"}
        from psycopg.conninfo import conninfo_to_dict

        given = conninfo_to_dict(self.database_url)
        return {name: str(value) for name, value in given.items() if name not in ("user", "password", "dbname")}

    def administrator(self, database: str = "") -> dict[str, str]:
        """Connection parameters of the administrator: `postgres` of the embedded server, or DATABASE_URL's user."""
        if not self.database_url:
            login = {"user": "postgres", "password": self.secret("postgres"), "dbname": "postgres"}
        else:
            from psycopg.conninfo import conninfo_to_dict

            login = {name: str(value) for name, value in conninfo_to_dict(self.database_url).items()}
        return {**self.address(), **login, **({"dbname": database} if database else {})}

    def login(self, role: str, database: str = "") -> dict[str, str]:
        """Connection parameters of one of the house's roles, as libpq names them."""
        return {
            **self.address(),
            "user": role,
            "password": self.secret(role),
            "dbname": database or self.database_name,
        }

    def database(self, role: str) -> dict[str, Any]:
        """Django's DATABASES entry for `role`. Pages and measures share pooled connections; the others are few."""
        login = self.login(role)
        options: dict[str, Any] = {
            key: login.pop(key) for key in set(login) - {"host", "port", "user", "password", "dbname"}
        }
        options["application_name"] = os.environ.get("TONGXING_PROCESS", "tongxing")
        if role != "tx_owner":
            options["options"] = LIMITS
        if role in ("tx_app", "tx_counter") and os.environ.get("TONGXING_POOL", "1") == "1":
            options["pool"] = {"min_size": 1, "max_size": 4, "timeout": 10, "max_lifetime": 1800}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": login["dbname"],
            "USER": role,
            "PASSWORD": login["password"],
            "HOST": login.get("host", ""),
            "PORT": login.get("port", ""),
            "CONN_MAX_AGE": 60 if role == "tx_log" else 0,
            "CONN_HEALTH_CHECKS": True,  # a restarted server costs one look, not one failed page
            # Named cursors would outlive the signed context of their transaction.
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "OPTIONS": options,
        }


def private(path: str, flags: int) -> int:
    """Opener of files that only this user reads: `open(path, "w", opener=private)`."""
    return os.open(path, flags, 0o600)


def write_whole(path: Path, text: str) -> None:
    """`path` holds the whole of the old or of the new text, whenever the power goes; only this user reads it."""
    beside = path.with_name(f"{path.name}.new")
    with open(beside, "w", opener=private, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def _write_once(path: Path, text: str) -> None:
    """Write `path` unless another process has done so first; never a half-written file, never readable by others."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
