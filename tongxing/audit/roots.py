"""The copy of signed statements outside the database: one file a week that only grows, and the public key.

Whoever has an older copy can say whether the log was rolled back, and needs neither the database nor a secret for it.
"""

import json
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
    found: dict[int, Copied] = {}
    for path in sorted(folder.glob("roots-*.jsonl")):
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                read = json.loads(line)
                one = Copied(
                    json.loads(read["statement"])["number"], read["statement"], bytes.fromhex(read["signature"])
                )
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path.name}, line {place}: not a copied root") from error
            found[one.number] = one
    return found


def last(folder: Path) -> int:
    """The number of the statement copied last; 0 where there is none. Reads the newest file only."""
    for path in sorted(folder.glob("roots-*.jsonl"), reverse=True):
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines:
            return int(json.loads(json.loads(lines[-1])["statement"])["number"])
    return 0


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
        with (folder / f"roots-{made_at:%G-W%V}.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
