"""A series of figures rolled up over time or over places: lawfully, or not at all, with the reason.

Published figures are never added up, because each was rounded by itself: calculate, roll up, then protect.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext, ngettext

from tongxing.facts.disclosure import Protected
from tongxing.facts.measures import Measure, measure
from tongxing.facts.measures.laws import why_not
from tongxing.facts.results import Cell
from tongxing.facts.rules import Axis

Number = Decimal | int
Figure = TypeVar("Figure", Cell, Protected)
OPERATORS: dict[str, Callable[[Sequence[Number]], Number]] = {
    "sum": sum,
    "last": lambda values: values[-1],
    "average": lambda values: Decimal(sum(values)) / len(values),
    "max": max,
}


class IllegalRollUp(ValueError):
    """Figures that may not become one; the message says why, in the reader's language."""


def roll_up(one: Measure, series: Sequence[Figure], over: Axis) -> Figure:
    """One figure for `series`: of one place in the order of time, or of all places of one time.

    Raw cells of a ratio are rolled up by their parts. Raises IllegalRollUp: by the kind of number, because a figure of
    the series is missing (a total would look complete), or because published figures would have to be added up;
    ValueError for an empty series.
    """
    if not series:
        raise ValueError("nothing to roll up")
    if len(series) == 1:
        return series[0]
    last = series[-1]
    if isinstance(last, Protected):
        if operator(one, over) != "last":
            raise IllegalRollUp(gettext("published figures are rounded one by one and may not be added up"))
        return last
    cells: Any = series
    if one.value == "ratio":
        return _ratio(one, cells, over)
    value = _rolled(one, [cell.value for cell in cells], over)
    return replace(last, keys=(), value=value)


def operator(one: Measure, over: Axis) -> str:
    """sum | last | average | max. Raises IllegalRollUp where the measure has none."""
    found = one.over_time if over == "time" else one.over_place
    if found == "none":
        raise IllegalRollUp(f"{one.title}: {why_not(one.additivity, over)}")
    return found


def _ratio(one: Measure, cells: Sequence[Cell], over: Axis) -> Cell:
    part = _rolled(measure(one.numerator), [cell.numerator for cell in cells], over)
    whole = _rolled(measure(one.denominator), [cell.denominator for cell in cells], over)
    value = Decimal(part) / Decimal(whole) if whole else None
    return replace(cells[-1], keys=(), value=value, numerator=part, denominator=whole)


def _rolled(one: Measure, values: Sequence[Number | None], over: Axis) -> Number:
    how = OPERATORS[operator(one, over)]
    present = [value for value in values if value is not None]
    if missing := len(values) - len(present):
        raise IllegalRollUp(
            ngettext(
                "%(n)s figure is missing; a total without it would look complete",
                "%(n)s figures are missing; a total without them would look complete",
                missing,
            )
            % {"n": missing}
        )
    return how(present)
