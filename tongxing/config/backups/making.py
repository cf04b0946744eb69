"""One backup: the cluster as pg_basebackup copies it, the log up to a fixed point, the secrets, and what must come out.

All of it goes in one pass through compression and seal to where it is kept; nothing is written in clear. Order in the file:
about.json, postgres/…, state/…, manifest.json. Without the last member a backup is not whole.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongxing.config.backups import fence, keys, rows, rules, sealing
from tongxing.config.backups.places import Place
from tongxing.config.cluster import Cluster
from tongxing.config.state import Refused, State, StateProblem

FORMAT = 1
# Everything in the state folder is kept but this: the cluster, which comes by its own way; what is made again; and the
# key with which this machine opens its own backups.
LEFT_OUT = frozenset(
    {
        "postgres", "major.unfinished", "run", "logs", "binaries", "static", "supervisor.lock",
        "facts", "extracts", "linking", "shipping.json", f"secrets/{keys.DRILL}",
    }
)  # fmt: skip
OWN_SERVER = (
    "The database is one of your own (DATABASE_URL), which is backed up by its own means. "
    "What lies in the state folder and all tables in open formats: `tongxing export instance`."
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A finished backup. `size` and `sha256` are of the sealed file, `rows` of all tables together."""

    name: str
    at: str
    size: int
    sha256: str
    seconds: float
    tables: int
    rows: int


def house_code(state: State) -> str:
    """Eight letters that tell the backups of this installation from another's in the same place."""
    return hashlib.sha256(state.secret("backup-house").encode()).hexdigest()[:8]


def backup(state: State, place: Place, progress: Progress = lambda words: None) -> Made:
    """Make one backup in `place`; the server must answer. Raises Refused (no key), StateProblem."""
    if state.database_url:
        raise Refused(OWN_SERVER)
    recipients = keys.recipients(state)
    began, at = time.monotonic(), datetime.now(UTC)
    name = rules.name_of(house_code(state), at)
    with place.writing(name) as sink, fence.log_kept(state):
        sealed = sealing.Sealed(sink, recipients)
        with (
            gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as archive,
        ):
            _add(archive, "about.json", _about(state, at))
            progress("copying the database")
            first = _cluster(archive, state)
            with fence.fenced(state) as fixed:
                progress("counting rows")
                found = rows.hashes(fixed.connection)
                progress("copying the log and the secrets")
                stands = fence.standing(fixed)
                for file in fence.log_files(fixed.connection, first, fixed.point):
                    archive.add(Cluster(state).data / "pg_wal" / file, f"postgres/pg_wal/{file}")
            _state_files(archive, state)
            tables = {table: asdict(content) for table, content in found.items()}
            _add(archive, "manifest.json", {"tables": tables, **asdict(stands)})
        sha256 = sealed.finish()
    count = sum(content.count for content in found.values())
    return Made(name, at.isoformat(), sealed.size, sha256, round(time.monotonic() - began, 2), len(found), count)


def _about(state: State, at: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "at": at.isoformat(),
        "house": house_code(state),
        "postgres": Cluster(state).major,
        "database": state.database_name,
    }


def _add(archive: tarfile.TarFile, name: str, content: dict[str, Any]) -> None:
    data = json.dumps(content).encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(data))


def _cluster(archive: tarfile.TarFile, state: State) -> str:
    """Pass on what pg_basebackup writes. Returns the name of the first file of the log that recovery needs."""
    first = ""
    with _base_backup(state) as stream, tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as copied:
        for member in copied:
            content: Any = copied.extractfile(member) if member.isreg() else None
            if member.name == "backup_label" and content is not None:
                label = content.read()
                first = _first_file(label)
                content = io.BytesIO(label)
            member.name = f"postgres/{member.name}"
            member.pax_headers = {}
            archive.addfile(member, content)
    if not first:
        raise StateProblem("pg_basebackup gave no label; no backup was made.")
    return first


def _first_file(label: bytes) -> str:
    found = re.search(rb"^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)", label, re.MULTILINE)
    return found.group(1).decode() if found else ""


@contextlib.contextmanager
def _base_backup(state: State) -> Iterator[io.BufferedReader]:
    login = state.administrator()
    command = [
        *(str(Cluster(state).binaries / "pg_basebackup"), "--pgdata=-", "--format=tar", "--wal-method=none"),
        *("--checkpoint=fast", "--no-manifest", "--no-password", "--host", login["host"], "--port", login["port"]),
        *("--username", login["user"]),
    ]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PGPASSWORD": login["password"]}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/") as process:
        stdout: Any = process.stdout
        try:
            yield stdout
            while stdout.read(1 << 16):  # the padding behind the last member
                pass
        except BaseException:
            process.kill()
            raise
        words = process.communicate()[1].decode(errors="replace")
    if process.returncode:
        raise StateProblem(f"pg_basebackup failed; no backup was made:\n{words.strip()}")


def _state_files(archive: tarfile.TarFile, state: State) -> None:
    """Raises StateProblem without a secret: the rows are nothing without them."""
    secrets = state.folder / "secrets"
    wanted = {f"secrets/{name}" for name in ("postgres", *(path.name for path in secrets.iterdir()))} - LEFT_OUT
    added = set()
    for inside in sorted(_inside(state.folder)):
        with contextlib.suppress(FileNotFoundError):  # what came and went while we looked
            member = archive.gettarinfo(state.folder / inside, f"state/{inside}")
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            if member.isdir():
                archive.addfile(member)
            elif member.isreg():
                with (state.folder / inside).open("rb") as file:
                    archive.addfile(member, file)
                    added.add(str(inside))
    if missing := wanted - added:
        raise StateProblem(
            f"Not in the state folder, or no ordinary file: {', '.join(sorted(missing))}. No backup was made."
        )


def _inside(folder: Path) -> Iterator[Path]:
    """Folders and files to keep, from `folder` on; without data of an older major version, or half made."""
    for at, folders, names in os.walk(folder):
        here = Path(at).relative_to(folder)
        kept = [name for name in (*folders, *names) if str(here / name) not in LEFT_OUT]
        if here == Path():
            kept = [name for name in kept if not name.startswith("postgres.")]
        folders[:] = [name for name in folders if name in kept]
        yield from (here / name for name in kept)


def size_of(folder: Path) -> int:
    """Bytes of the files below `folder`; what vanishes meanwhile counts nothing."""
    total = 0
    for at, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += (Path(at) / name).lstat().st_size
    return total
