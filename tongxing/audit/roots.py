"""The copy of signed statements outside the database: one file a week that only grows, and the public key.

Whoever has an older copy can say whether the log was rolled back, and needs neither the database nor a secret for it.

A full disk or a power cut leaves half a line. Storage that only adds cannot take it back, so it stays: the next run ends
it and writes the line whole behind it. Readers pass over what is the beginning of the line that follows.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tongxing.audit import keys

KEY_FILE = "seal-key.pub"


@dataclass(frozen=True)
class Copied:
    """One statement as it was copied out, letter by letter, with its signature."""

    number: int
    statement: str
    signature: bytes


def copied(folder: Path) -> dict[int, Copied]:
    """All statements that were copied to `folder`, by number. Raises ValueError, naming file and line, for a broken one."""
    found = (_read(path, *line) for path in sorted(folder.glob("roots-*.jsonl")) for line in _lines(path))
    return {one.number: one for one in found}


def last(folder: Path) -> int:
    """The number of the statement copied last; 0 where there is none.

    What cannot be read is passed over, so that sealing goes on and copies again from there; `copied` names it.
    """
    for path in sorted(folder.glob("roots-*.jsonl"), reverse=True):
        for place, line in reversed(_lines(path)):
            with suppress(ValueError):
                return _read(path, place, line).number
    return 0


def _lines(path: Path) -> list[tuple[int, bytes]]:
    """The lines of a file that were written to their end, with their places from 1."""
    *lines, _unfinished = path.read_bytes().split(b"\n")
    kept: list[tuple[int, bytes]] = []
    for place, line in reversed(list(enumerate(lines, 1))):
        if not (kept and kept[-1][1].startswith(line)):
            kept.append((place, line))
    return kept[::-1]


def _read(path: Path, place: int, line: bytes) -> Copied:
    try:
        read = json.loads(line)
        return Copied(int(json.loads(read["statement"])["number"]), read["statement"], bytes.fromhex(read["signature"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}, line {place}: not a copied root") from error


def public_key(folder: Path) -> bytes | None:
    """The public key beside the roots; None where none was copied."""
    path = folder / KEY_FILE
    return bytes.fromhex(path.read_text(encoding="utf-8").strip()) if path.exists() else None


def copy_out(statements: list[tuple[datetime, str, bytes]], folder: Path) -> None:
    """Append what is new, each to the file of the ISO week in which it was made: (made_at, statement, signature)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if not (folder / KEY_FILE).exists():
        (folder / KEY_FILE).write_text(keys.public_key().hex() + "\n", encoding="utf-8")
    for made_at, statement, signature in statements:
        line = json.dumps({"statement": statement, "signature": signature.hex()}, ensure_ascii=False)
        with (folder / f"roots-{made_at:%G-W%V}.jsonl").open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                file.write(b"" if file.read(1) == b"\n" else b"\n")
            file.write(line.encode() + b"\n")
