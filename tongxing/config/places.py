"""Where the house writes, and how much room is left there."""

import os
import shutil
import tempfile
from pathlib import Path

from tongxing.config.state import State

RESERVE = 256 * 1024**2  # bytes under which saving stops, so that reading, which leaves a trace, can go on


def places(state: State) -> dict[str, Path]:
    """Name and folder: data and its log of changes (not with a database of one's own), files, temporary files."""
    found = {"state": state.folder, "files": state.folder / "extracts", "temporary": Path(tempfile.gettempdir())}
    if not state.database_url:
        data = state.folder / "postgres"
        found |= {"data": data, "changes": data / "pg_wal"}
    return {name: path for name, path in found.items() if path.exists()}


def room(state: State) -> dict[str, int]:
    """Bytes that are free at each place. Places on the same disk tell the same number."""
    left = {}
    for name, path in places(state).items():
        try:
            left[name] = shutil.disk_usage(os.path.realpath(path)).free
        except OSError:
            continue  # the database's folder may be closed to us; the state folder is on the same disk unless moved
    return left


def short(state: State, reserve: int = RESERVE) -> list[str]:
    """Names of the places with less than `reserve` bytes left."""
    return [name for name, left in room(state).items() if left < reserve]
