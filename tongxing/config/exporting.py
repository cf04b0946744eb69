"""The whole installation in open formats: every table as CSV, what the columns are, and the documents, in one zip.

Read by the owner in one snapshot and compared with what the administrator counts, so that no policy leaves a row out
unnoticed. Sealed like a backup unless it is asked for in clear.
"""

import contextlib
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from tongxing.config.backups import keys, rows, sealing
from tongxing.config.backups.places import Folder
from tongxing.config.state import Refused, State, StateProblem, private

COLUMNS = """
select a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull, col_description(a.attrelid, a.attnum)
from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"""
CONSTRAINTS = """
select conname::text, pg_get_constraintdef(oid) from pg_constraint
where conrelid = %s::regclass and contype in ('p', 'f', 'u') order by 1"""
DOCUMENTS = "select id::text, file_name, content from programme_document where content is not null order by id"
READ_ME = """\
All tables of an installation of Tongxing, as of {at}.

schema.json     every table: its columns with types, its keys, how many rows it has, the SHA-256 of its file
tables/*.csv    RFC 4180, UTF-8, one line of names; an empty field without quotes is "nothing", "" is an empty text.
                Fields are as they were typed: do not open them with a program that carries out formulas
documents/      the files that officers uploaded, by the id of their row in programme_document

Texts sealed by the installation (drafts, one-time secrets) stay sealed; its folder `secrets` opens them.
"""


@dataclass(frozen=True)
class Exported:
    path: Path
    tables: int
    rows: int
    documents: int


def export(state: State, to: Path, *, in_clear: bool = False) -> Exported:
    """Write `tongxing-export-….zip.age` (or `.zip`) into the folder `to`. Raises Refused, StateProblem."""
    if not to.is_dir():
        raise Refused(f"There is no folder {to}. Make it first.")
    recipients = [] if in_clear else keys.recipients(state)
    at = datetime.now(UTC)
    name = f"tongxing-export-{at:%Y%m%dT%H%M%SZ}.zip" + ("" if in_clear else ".age")
    with Folder(to).writing(name) as sink, _reading(state) as (owner, expected):
        sealed = None if in_clear else sealing.Sealed(sink, recipients)
        with zipfile.ZipFile(_Stream(sealed or sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            described = {table: _table(owner, packed, table) for table in rows.tables(owner)}
            documents = _documents(owner, packed)
            packed.writestr("schema.json", json.dumps(described, ensure_ascii=False, indent=1))
            packed.writestr("README.txt", READ_ME.format(at=at.isoformat(timespec="seconds")))
        if sealed is not None:
            sealed.finish()
        _refuse_left_out({table: known["rows"] for table, known in described.items()}, expected)
    return Exported(to / name, len(described), sum(known["rows"] for known in described.values()), documents)


@contextlib.contextmanager
def _reading(state: State) -> Iterator[tuple[psycopg.Connection[Any], dict[str, int]]]:
    """The owner's connection, and what the administrator counts in the same snapshot."""
    name = state.database_name
    with (
        psycopg.connect(**state.administrator(name)) as above,  # type: ignore[arg-type]
        psycopg.connect(**state.login("tx_owner", name)) as owner,  # type: ignore[arg-type]
    ):
        for connection in (above, owner):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        [(snapshot,)] = above.execute("select pg_export_snapshot()").fetchall()
        owner.execute(sql.SQL("set transaction snapshot {}").format(snapshot))
        yield owner, {table: _count(above, table) for table in rows.tables(above)}
        owner.rollback()


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    [(count,)] = connection.execute(sql.SQL("select count(*) from {}").format(sql.SQL(table))).fetchall()
    return int(count)


def _table(owner: psycopg.Connection[Any], packed: zipfile.ZipFile, table: str) -> dict[str, Any]:
    statement = sql.SQL("copy {} to stdout (format csv, header, force_quote *)").format(sql.SQL(table))
    digest = hashlib.sha256()
    plain = table.replace('"', "")
    with packed.open(f"tables/{plain}.csv", "w", force_zip64=True) as file, owner.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy:
                digest.update(piece)
                file.write(piece)
        count = cursor.rowcount
    return {
        "rows": count,
        "sha256": digest.hexdigest(),
        "columns": [
            {"name": name, "type": kind, "may_be_nothing": optional, "meaning": meaning or ""}
            for name, kind, optional, meaning in owner.execute(COLUMNS, [table]).fetchall()
        ],
        "constraints": dict(owner.execute(CONSTRAINTS, [table]).fetchall()),
    }


def _documents(owner: psycopg.Connection[Any], packed: zipfile.ZipFile) -> int:
    done = 0
    with owner.cursor(name="documents") as cursor:
        cursor.itersize = 4
        for number, name, content in cursor.execute(DOCUMENTS):
            packed.writestr(f"documents/{number}{Path(name).suffix[:10]}", content)
            done += 1
    return done


def _refuse_left_out(written: dict[str, int], expected: dict[str, int]) -> None:
    short = sorted(table for table in {*written, *expected} if written.get(table) != expected.get(table))
    if short:
        raise StateProblem(
            f"The owner is not shown every row of {', '.join(short)}; nothing was exported. Report this."
        )


class _Stream(io.RawIOBase):
    """What cannot be wound back, as the zip has to be told."""

    def __init__(self, sink: IO[bytes] | sealing.Sealed) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sink.write(bytes(data))
        return len(data)

    def seekable(self) -> bool:
        return False


def opened(path: Path, secrets: list[str], to: Path) -> Path:
    """The zip of a sealed export, in clear in the folder `to`. Raises Refused for a damaged file or another key."""
    target = to / path.name.removesuffix(".age")
    try:
        with path.open("rb") as file, open(target, "xb", opener=private) as plain:
            shutil.copyfileobj(io.BufferedReader(sealing.Opened(file, secrets), 1 << 20), plain, 1 << 20)
    except FileExistsError:
        raise Refused(f"{target} is there already. Move it away, or choose another folder.") from None
    except BaseException:
        target.unlink(missing_ok=True)  # in clear, and not whole
        raise
    return target
