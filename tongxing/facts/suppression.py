"""Which cells of a table say less than they know, so that no small count can be worked out from the others.

Pure: counts in, states out. A reader of the table knows of every shown count the rounding interval, of "< 10" that it
lies between 1 and 9, of a hidden cell nothing but that it is there. Every row and column must leave each small count
its whole interval 1–9; otherwise "< 10" becomes "hidden", then a companion is hidden, then the total of that line.
The bounds are followed through all lines to a fixed point; the exact audit by linear programme belongs to the attack
suite.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Keys = tuple[tuple[str, str], ...]
Withheld = Literal["small", "hidden"]
Bounds = tuple[float, float]
UNBOUNDED = float("inf")


@dataclass(frozen=True)
class Rule:
    """Counts under `threshold` are small; others are rounded to `base`; `zeros` are shown or count as small."""

    threshold: int
    base: int
    zeros: Literal["shown", "small"] = "shown"

    @property
    def least(self) -> int:
        return 1 if self.zeros == "shown" else 0


@dataclass(frozen=True)
class Line:
    """One row or column: its total and the parts that make it.

    `overlap` is by how much the parts exceed the total (persons counted at two places); a reader is taken to know it.
    """

    total: Keys
    parts: tuple[Keys, ...]
    overlap: int


def rounded(value: int, base: int) -> int:
    """To the nearest multiple of `base`; halves go up."""
    return (value + base // 2) // base * base


def withheld(counts: Mapping[Keys, int], rule: Rule) -> dict[Keys, Withheld]:
    """The cells that are not shown, and how: `small` ("< 10") or `hidden`. `counts` holds a table with its margins."""
    small = {keys for keys, count in counts.items() if rule.least <= count < rule.threshold}
    states: dict[Keys, Withheld] = dict.fromkeys(small, "small")
    lines = list(_lines(counts))
    # Even with every count hidden a reader sees which cells are there: two of them make a total of at least two.
    nothing_told = {keys: _told(count, "hidden" if count else None, rule) for keys, count in counts.items()}
    floor = {keys: bounds[0] for keys, bounds in _concluded(nothing_told, lines).items()}
    while leak := _leak(counts, states, small, lines, rule, floor):
        states |= _mended(counts, states, leak, lines)
    return states


def _lines(counts: Mapping[Keys, int]) -> Iterator[Line]:
    parts: dict[tuple[str, Keys], list[Keys]] = {}
    for keys in counts:
        for key in keys:
            rest = tuple(other for other in keys if other != key)
            parts.setdefault((key[0], rest), []).append(keys)
    for (_dimension, total), members in parts.items():
        if total in counts:
            yield Line(total, tuple(members), sum(counts[keys] for keys in members) - counts[total])


def _leak(
    counts: Mapping[Keys, int],
    states: Mapping[Keys, Withheld],
    small: set[Keys],
    lines: list[Line],
    rule: Rule,
    floor: Mapping[Keys, float],
) -> Line | None:
    """The first line that tells more about a small count than that it is small; None when all keep silent."""
    known = {keys: _told(counts[keys], states.get(keys), rule) for keys in counts}
    for keys, bounds, line in _conclusions(known, lines):
        if keys in small and (bounds[0] > floor[keys] or bounds[1] < rule.threshold - 1):
            return line
    return None


def _concluded(known: dict[Keys, Bounds], lines: list[Line]) -> dict[Keys, Bounds]:
    for _conclusion in _conclusions(known, lines):
        pass
    return known


def _conclusions(known: dict[Keys, Bounds], lines: list[Line]) -> Iterator[tuple[Keys, Bounds, Line]]:
    """Everything that can be worked out line by line, until nothing new follows; `known` is narrowed on the way."""
    changed = True
    while changed:
        changed = False
        for line in lines:
            for keys, bounds in _narrowed(line, known).items():
                if bounds != known[keys]:
                    changed, known[keys] = True, bounds
                    yield keys, bounds, line


def _told(count: int, state: Withheld | None, rule: Rule) -> Bounds:
    """What the cell itself tells a reader."""
    if state == "small":
        return rule.least, rule.threshold - 1
    if state == "hidden":
        return rule.least, UNBOUNDED
    if count == 0:
        return 0, 0
    shown, slack = rounded(count, rule.base), rule.base // 2
    return max(shown - slack, rule.threshold), shown + (rule.base - 1 - slack)


def _narrowed(line: Line, known: Mapping[Keys, Bounds]) -> dict[Keys, Bounds]:
    """What the sum of the line adds to it."""
    low = sum(known[keys][0] for keys in line.parts)
    high = sum(known[keys][1] for keys in line.parts)
    total = known[line.total][0] + line.overlap, known[line.total][1] + line.overlap
    told = {line.total: (max(total[0], low) - line.overlap, min(total[1], high) - line.overlap)}
    for keys in line.parts:
        mine = known[keys]
        others_high = sum(known[other][1] for other in line.parts if other != keys)
        told[keys] = (max(mine[0], total[0] - others_high), min(mine[1], total[1] - (low - mine[0])))
    return told


def _mended(
    counts: Mapping[Keys, int], states: Mapping[Keys, Withheld], leak: Line, lines: list[Line]
) -> dict[Keys, Withheld]:
    """One step towards silence: less said about the line, then a companion hidden near it; the loop asks again."""
    if labelled := [keys for keys in (*leak.parts, leak.total) if states.get(keys) == "small"]:
        return dict.fromkeys(labelled, "hidden")
    here = {leak.total, *leak.parts}
    near = here.union(*({line.total, *line.parts} for line in lines if here & {line.total, *line.parts}))
    shown = [keys for keys in counts if keys not in states and counts[keys]]
    if not shown:  # every count is small or hidden already: what remains is to say "small" of fewer of them
        labelled = [keys for keys, state in states.items() if state == "small"]
        return dict.fromkeys([keys for keys in labelled if keys in near] or labelled, "hidden")
    # First a part of this very line, then its total, then neighbours; the grand total last of all.
    return {
        min(
            shown,
            key=lambda keys: (not keys, keys not in leak.parts, keys not in here, keys not in near, counts[keys], keys),
        ): "hidden"
    }
