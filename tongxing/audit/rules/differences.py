"""What happened to the rows of a sealed batch: compared are the kept beginnings of the leaves with the rows of today."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# What a verification finds; the words for people stand in verifying.py.
CHANGED, DELETED, ADDED, REORDERED = "changed", "deleted", "added", "reordered"


@dataclass(frozen=True)
class Difference:
    """`places`: where in the batch, counted from 0; for what was deleted the place in the sealed order, otherwise today's."""

    what: str
    places: tuple[int, ...]


def differences(sealed: Sequence[bytes], found: Sequence[bytes]) -> list[Difference]:
    """How `found` (today's beginnings of leaves, in order) differs from `sealed`. Empty when they are the same.

    A row that is gone beside one that is new at the same place between the same neighbours was changed.
    """
    if list(sealed) == list(found):
        return []
    gone, new = _beyond(sealed, found), _beyond(found, sealed)
    if not gone and not new:
        return [Difference(REORDERED, tuple(p for p, one in enumerate(found) if one != sealed[p]))]
    changed = _paired(sealed, found, gone, new)
    told = (
        Difference(CHANGED, tuple(changed.values())),
        Difference(DELETED, tuple(p for p in gone if p not in changed)),
        Difference(ADDED, tuple(p for p in new if p not in changed.values())),
    )
    return [one for one in told if one.places]


def _beyond(these: Sequence[bytes], those: Sequence[bytes]) -> list[int]:
    """Places in `these` whose leaf does not occur (any more) in `those`."""
    left = Counter(those)
    places = []
    for place, one in enumerate(these):
        if left[one]:
            left[one] -= 1
        else:
            places.append(place)
    return places


def _paired(sealed: Sequence[bytes], found: Sequence[bytes], gone: list[int], new: list[int]) -> dict[int, int]:
    """Which place that is gone became which new one: those with as many unchanged rows before them."""
    is_gone, is_new = set(gone), set(new)
    before = {place: place - sum(other < place for other in is_gone) for place in gone}
    waiting: dict[int, list[int]] = {}
    for place in new:
        waiting.setdefault(place - sum(other < place for other in is_new), []).append(place)
    pairs = {}
    for place in gone:
        if waiting.get(before[place]):
            pairs[place] = waiting[before[place]].pop(0)
    return pairs
