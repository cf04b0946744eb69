"""What was done: a line for every backup, drill and upgrade, in the state folder, so that it outlives the database."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tongxing.config.state import State, private

KEPT = 2000  # lines; a year of nights is 730


def note(state: State, what: str, **known: Any) -> dict[str, Any]:
    """Append one line, `at` now. It is on the disk when this returns."""
    row = {"what": what, "at": datetime.now(UTC).isoformat(timespec="seconds"), **known}
    path = state.folder / "backups" / "record.jsonl"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    is_torn = path.exists() and not path.read_bytes().endswith(b"\n")  # a line that a crash cut off stands alone
    with open(path, "a", opener=private) as file:
        file.write("\n" * is_torn + json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return row


def rows(state: State) -> Iterator[dict[str, Any]]:
    """The newest first; a line cut off by a crash is passed over."""
    path = state.folder / "backups" / "record.jsonl"
    for line in reversed(path.read_text().splitlines()[-KEPT:] if path.exists() else []):
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def last(state: State, what: str, *, ok: bool | None = None) -> dict[str, Any] | None:
    """The newest line of that kind, or of that kind and outcome."""
    return next((row for row in rows(state) if row["what"] == what and ok in (None, row.get("ok"))), None)
