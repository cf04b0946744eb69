"""How much room is left where the house writes."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

RESERVE = 256 * 1024**2  # bytes under which saving stops, so that reading, which leaves a trace, can go on


def room(places: Mapping[str, Path]) -> dict[str, int]:
    """Bytes that are free at each place that is there. Places on the same disk tell the same number."""
    left = {}
    for name, path in places.items():
        try:
            left[name] = shutil.disk_usage(os.path.realpath(path)).free
        except OSError:
            continue  # not made yet, or closed to this user: the state folder, on the same disk unless moved, tells
    return left


def short(places: Mapping[str, Path], reserve: int | None = None) -> list[str]:
    """Names of the places with less than `reserve` bytes left (RESERVE unless given)."""
    return [name for name, left in room(places).items() if left < (RESERVE if reserve is None else reserve)]
