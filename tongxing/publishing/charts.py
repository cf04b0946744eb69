"""Charts as drawings of protected numbers, made on the server: a table always stands beside one.

A withheld number is a hatched box of one size for all, with its words: no length tells how many there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected
from tongxing.publishing.sheet import Cube

LABEL, THICK, ROW = 14, 15, 40  # of one bar: height of its label, of the bar, of both with the space below
TALLEST, TOP, FOOT = 120, 22, 24  # of columns: the highest, space for its number, space for its label
WIDTHS = (("desk", 820), ("phone", 330))
VALUE = 70  # room for the number at the end of a bar
FEWEST = 4  # rows; fewer are read faster in the table alone
BOX = 28  # a withheld number, long or high


@dataclass(frozen=True)
class Mark:
    """One bar or column with its label and number; `lines` hatch the box of a number that is withheld."""

    label: str
    label_x: float
    label_y: float
    text: str
    text_x: float
    text_y: float
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, float, float, float], ...] = ()

    @property
    def hatch(self) -> str:
        """The lines as the data of an SVG path."""
        return "".join(f"M{a:g} {b:g}L{c:g} {d:g}" for a, b, c, d in self.lines)


@dataclass(frozen=True)
class Drawing:
    """One chart in one width. `where` tells for which screens it is drawn."""

    where: str
    width: int
    height: int
    is_columns: bool
    marks: tuple[Mark, ...]


def drawings(cube: Cube) -> tuple[Drawing, ...]:
    """The totals of the rows of a table, as bars or, over time, as columns: once for wide screens, once for phones."""
    shown = [(row.title, row.numbers[-1]) for row in cube.table.rows]
    if len(shown) < FEWEST:
        return ()
    return tuple(_drawing(where, width, shown, cube.is_over_time) for where, width in WIDTHS)


def _drawing(where: str, width: int, shown: Sequence[tuple[Text, Protected]], is_columns: bool) -> Drawing:
    for _title, number in shown:
        if not isinstance(number, Protected):
            raise TypeError(f"{number!r} has not passed facts.protect()")
    most = max((number.value for _title, number in shown if number.value is not None), default=Decimal(0)) or Decimal(1)
    marks = tuple((_columns if is_columns else _bars)(shown, width, most))
    height = TOP + TALLEST + FOOT if is_columns else ROW * len(shown)
    return Drawing(where, width, height, is_columns, marks)


def _bars(shown: Sequence[tuple[Text, Protected]], width: int, most: Decimal) -> Iterator[Mark]:
    for place, (title, number) in enumerate(shown):
        top = ROW * place
        y = top + LABEL + 4
        long = BOX if number.value is None else float(number.value / most) * (width - VALUE)
        text, lines = _words(number), _hatched(number, 0, y, BOX, THICK)
        yield Mark(str(title), 0, top + LABEL, text, long + 6, y + 12, 0, y, round(long, 1), THICK, lines)


def _columns(shown: Sequence[tuple[Text, Protected]], width: int, most: Decimal) -> Iterator[Mark]:
    step = min(width / len(shown), 90)
    wide, ground = round(step * 0.6, 1), TOP + TALLEST
    for place, (title, number) in enumerate(shown):
        high = BOX / 2 if number.value is None else float(number.value / most) * TALLEST
        x, y = round(step * (place + 0.2), 1), round(ground - high, 1)
        text, lines, middle = _words(number), _hatched(number, x, y, wide, high), round(x + wide / 2, 1)
        yield Mark(str(title), middle, ground + 16, text, middle, y - 6, x, y, wide, round(high, 1), lines)


def _words(number: Protected) -> str:
    return number.text(get_language() or "en")


def _hatched(
    number: Protected, x: float, y: float, width: float, height: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Slanted lines over the box of a number that is not shown; nothing over one that is."""
    if not number.is_withheld:
        return ()
    starts = [x + 6 * place for place in range(int(width // 6))]
    return tuple((start, y + height, min(start + 6, x + width), y) for start in starts)
