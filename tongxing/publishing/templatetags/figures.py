"""The only filters by which a counted number reaches a page of this context: a raw one is refused."""

from typing import Any

from django import template
from django.utils.translation import get_language, pgettext

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected
from tongxing.publishing import charts
from tongxing.publishing.formats import words
from tongxing.publishing.sheet import Cube, KeyFigure

register = template.Library()
register.filter("claimed", words.claimed)
register.filter("claim_state", words.claim_state)
register.filter("summing", words.summing)
register.filter("value_kind", words.value_kind)
register.filter("drawings", charts.drawings)


@register.filter
def shown(value: Any) -> str:
    """A protected number in the reader's language. Raises TypeError for anything else."""
    if not isinstance(value, Protected):
        raise TypeError(f"{value!r} has not passed facts.protect()")
    return value.text(get_language() or "en")


@register.filter
def mark(cube: Cube, figure: KeyFigure) -> str:
    """A name for this table of this figure, once on a page."""
    return "-".join((figure.measure, *cube.by))


@register.filter
def overlaps(cube: Cube, figure: KeyFigure) -> bool:
    """May one person stand in two rows of this table?"""
    if figure.value != "distinct":
        return False
    return figure.over_time == "none" if cube.is_over_time else cube.by[0] in ("site", "organisation")


@register.filter
def carries(cube: Cube) -> bool:
    """Does a number of the table stand from an earlier edition?"""
    return any(number.since for row in (*cube.table.rows, cube.table.total) for number in row.numbers)


@register.filter
def listed(texts: tuple[Text, ...]) -> str:
    """Names in one line, as the reader's language joins them."""
    return pgettext("between names of a list", ", ").join(str(text) for text in texts)


@register.filter
def dimensions(cube: Cube) -> str:
    """By what a table is made: Site × Sex."""
    return " × ".join(str(name) for name in cube.dimensions)
