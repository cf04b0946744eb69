"""Typed values of one report: inputs with what was typed and what is wrong with it, from a page or from a sheet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tongxing.programme.lines import Cell, Key, Line, plain
from tongxing.programme.models import Indicator
from tongxing.programme.rules import results
from tongxing.programme.rules.results import Given
from tongxing.programme.words import REFUSALS, excess_text

FIELDS = {
    Indicator.Kind.NUMBER: ("value",),
    Indicator.Kind.PERCENTAGE: ("numerator", "denominator"),
    Indicator.Kind.QUALITATIVE: ("text",),
}
LONGEST = {"text": 2000, "evidence": 300}


@dataclass(frozen=True)
class Box:
    """One cell with its inputs: `typed` by field, `error` in words."""

    cell: Cell
    typed: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True)
class Entry:
    """One line as it is typed: the boxes of its cells, and what is wrong with them together."""

    line: Line
    boxes: tuple[Box, ...]
    errors: tuple[str, ...] = ()

    @property
    def is_percentage(self) -> bool:
        return self.line.indicator.kind == Indicator.Kind.PERCENTAGE

    @property
    def is_words(self) -> bool:
        return self.line.indicator.kind == Indicator.Kind.QUALITATIVE


def fields_of(line: Line, cell: Cell) -> tuple[str, ...]:
    """The inputs of a cell; evidence stands beside the total, for the whole line."""
    return (*FIELDS[Indicator.Kind(line.indicator.kind)], *(("evidence",) if cell is line.total else ()))


def as_typed(one: Given) -> dict[str, str]:
    """A stored value as it would be typed."""
    numbers = {name: getattr(one, name) for name in ("value", "numerator", "denominator")}
    return {name: "" if n is None else plain(n) for name, n in numbers.items()} | {
        "text": one.text,
        "evidence": one.evidence,
    }


def shown(lines: Sequence[Line]) -> list[Entry]:
    """What is stored, ready to be changed."""
    return [Entry(line, tuple(Box(cell, as_typed(line.given(cell))) for cell in line.cells)) for line in lines]


Typed = Callable[[Cell, str], str | None]  # what was typed into a field of a cell; None: nothing was sent


def read(lines: Sequence[Line], typed: Typed) -> tuple[list[Entry], dict[Key, Given]]:
    """What was typed, with its errors, and the values of all cells that can be read. Cells that were not sent stay out."""
    entries, values = [], {}
    for line in lines:
        boxes = []
        for cell in line.cells:
            box, one = _box(line, cell, typed)
            boxes.append(box)
            if one is not None:
                values[cell.key] = one
        known = {cell.key: values.get(cell.key, line.given(cell)) for cell in line.cells}
        wrong = tuple(excess_text(line, excess) for excess in line.excesses(known))
        entries.append(Entry(line, tuple(boxes), wrong))
    return entries, values


def _box(line: Line, cell: Cell, typed: Typed) -> tuple[Box, Given | None]:
    before = as_typed(line.given(cell))
    sent = {name: typed(cell, name) for name in fields_of(line, cell)}
    if all(value is None for value in sent.values()):
        return Box(cell, before), None
    now = before | {name: value[: LONGEST.get(name, 60)] for name, value in sent.items() if value is not None}
    try:
        one = results.given(line.indicator.kind, line.indicator.topic, now)
    except results.Unreadable as problem:
        return Box(cell, now, str(REFUSALS[problem.reason])), None
    return Box(cell, now), one
