"""What the pages of a factsheet show, in the reader's language; the same for a request and for a file on a disk."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from tongxing.publishing import labels, sentences
from tongxing.publishing.formats import NAMES
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Cube, Factsheet, IndicatorLine, KeyFigure, Outcome

BY_OUTCOME = "outcome"


def whole(sheet: Factsheet, edition: Edition | None) -> dict[str, Any]:
    """What a page with everything shows; an edition of None is an unapproved draft."""
    return shown(sheet, edition) | {"cubes": tables_by(sheet, sheet.dimensions)}


def shown(sheet: Factsheet, edition: Edition | None) -> dict[str, Any]:
    """What every form of the factsheet shows, in the reader's language."""
    language = get_language() or "en"
    return {
        "edition": edition,
        "sheet": sheet,
        "achievements": [
            (sentences.spoken(one, sheet, language), sentences.bound(one, sheet), one.code) for one in sheet.sentences
        ],
        "by_outcome": _by_outcome(sheet),
        "published": {figure.measure for figure in sheet.figures},
        "files": NAMES,
        "dimensions": [(code, labels.DIMENSIONS[code]) for code in (*sheet.dimensions, BY_OUTCOME)],
    }


def tables_by(sheet: Factsheet, dimensions: Iterable[str]) -> list[tuple[KeyFigure, Cube]]:
    """Figures with their tables by these dimensions, dimension by dimension."""
    return [
        (figure, cube)
        for dimension in dimensions
        for figure in sheet.figures
        for cube in figure.tables
        if cube.by[0] == dimension
    ]


def _by_outcome(sheet: Factsheet) -> list[tuple[Outcome, IndicatorLine, KeyFigure | None]]:
    return [(outcome, line, sheet.figure(line.measure)) for outcome in sheet.outcomes for line in outcome.indicators]
