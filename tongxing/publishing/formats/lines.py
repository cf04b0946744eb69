"""Every number of a factsheet as one list of lines: what CSV writes, what changes compare, what tests hold formats to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected
from tongxing.publishing import labels
from tongxing.publishing.sheet import Cube, Factsheet, KeyFigure


@dataclass(frozen=True)
class Line:
    """One number and where it stands: `codes` and `titles` belong to `by`, dimension by dimension; a total has no code.

    kind   figure | step | ratio_of | reach | table | claim (the record beside a claim) | reported (by organisations)
    """

    kind: str
    figure: str
    title: Text
    by: tuple[str, ...]
    codes: tuple[str, ...]
    titles: tuple[Text, ...]
    number: Protected
    unit: Text = field(default_factory=Text)

    @property
    def place(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        """What tells it from every other line of the factsheet."""
        return self.kind, self.figure, self.by, self.codes


def lines(sheet: Factsheet) -> Iterator[Line]:
    """All numbers, figure by figure, then the records beside claims, then what organisations reported."""
    for figure in sheet.figures:
        yield _line("figure", figure, figure.number)
        for kind, parts in (("step", figure.steps), ("ratio_of", figure.ratio_of), ("reach", figure.reach)):
            for part in parts:
                yield _line(kind, figure, part.number, (kind,), (part.code,), (part.title,))
        for cube in figure.tables:
            yield from cube_lines(figure, cube)
    yield from _claim_lines(sheet)
    for one in sheet.reported:
        for period in one.periods:
            where = ("period",), (period.code,), (period.title,)
            yield Line("reported", one.number, one.title, *where, period.number, one.unit)


def _claim_lines(sheet: Factsheet) -> Iterator[Line]:
    units = {figure.measure: figure.unit for figure in sheet.figures}
    for claim in sheet.claims:
        if claim.record is not None:
            place = ("claim",), (claim.code,), (claim.words,)
            yield Line(
                "claim", claim.measure, claim.record_title, *place, claim.record, units.get(claim.measure, Text())
            )


def cube_lines(figure: KeyFigure, cube: Cube) -> Iterator[Line]:
    """One line a cell, totals included: the code of a total is empty."""
    table = cube.table
    rows = [*zip(cube.row_codes, table.rows, strict=True), ("", table.total)]
    columns = [*zip(cube.column_codes, table.columns, strict=True), ("", labels.TOTAL)]
    size = len(cube.by)
    for row_code, row in rows:
        for (column_code, column), number in zip(columns, row.numbers, strict=True):
            codes, titles = (row_code, column_code)[:size], (row.title, column)[:size]
            yield _line("table", figure, number, cube.by, codes, titles)


def _line(
    kind: str,
    figure: KeyFigure,
    number: Protected,
    by: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    titles: tuple[Text, ...] = (),
) -> Line:
    return Line(kind, figure.measure, figure.title, by, codes, titles, number, figure.unit)
