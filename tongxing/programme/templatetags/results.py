"""How values of the results framework are written: numbers, percentages, who has reported."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from tongxing.core.numbers import number
from tongxing.programme.framework import PeriodCell
from tongxing.programme.lines import Cell, Line
from tongxing.programme.models import Claim
from tongxing.programme.rules.results import Given

register = template.Library()


@register.filter
def amount(value: Decimal | None) -> str:
    """A number as the reader writes it; a dash for none."""
    return "—" if value is None else number(value.normalize() if isinstance(value, Decimal) else value, _language())


@register.filter
def given(one: Given | None) -> str:
    """A reported value: a number, a percentage with its parts (`40% (40 of 100)`), or words."""
    if one is None or one.is_empty:
        return "—"
    if one.numerator is not None and one.denominator is not None:
        parts = {"above": amount(one.numerator), "below": amount(one.denominator)}
        return f"{percent(one)} " + _("(%(above)s of %(below)s)") % parts
    return one.text or amount(one.value)


def percent(one: Given) -> str:
    """A ratio in whole per cent, rounded once."""
    share = one.number or Decimal(0)
    return f"{number((share * 100).quantize(Decimal(1), ROUND_HALF_UP), _language())}%"


@register.filter
def short(one: Given) -> str:
    """A value in a narrow cell: percentages without their parts."""
    if one.is_empty:
        return "—"
    return percent(one) if one.numerator is not None else amount(one.value)


@register.filter
def period_cell(cell: PeriodCell) -> SafeString:
    """One cell of the framework: actual, target, and who stands behind it. A part of a total says that it is a part."""
    language = _language()
    actual = short(cell.actual)
    if cell.actual.is_empty and cell.coverage.reported:
        actual = _("by organisation")  # words, or numbers that may not be added up
    target = "" if cell.target is None else f"{number(cell.target.normalize(), language)}"
    if target and cell.is_percentage:
        target += "%"
    return _cell(actual, target, cell.coverage.reported, cell.coverage.expected, cell.timing, language)


@lru_cache(maxsize=4096)
def _cell(actual: str, target: str, reported: int, expected: int, timing: str, language: str) -> SafeString:
    """By what it shows, not by indicator: a large framework repeats itself."""
    lines = [format_html("<b>{}</b>", actual)]
    if target:
        lines.append(format_html("<small>{}</small>", _("target %(value)s") % {"value": target}))
    if expected and timing in ("due", "overdue", "done"):
        lines.append(
            format_html('<small class="{}">{}</small>', _tone(reported, expected, timing), said(reported, expected))
        )
    return mark_safe("".join(lines))  # noqa: S308  each escaped by format_html


def _tone(reported: int, expected: int, timing: str) -> str:
    return "" if reported >= expected else "tx-late" if timing == "overdue" else "tx-partial"


def said(reported: int, expected: int) -> str:
    """`5 of 7 organisations`; when all have reported, `all 7 organisations`."""
    if reported >= expected:
        return ngettext("complete: %(n)s organisation", "complete: all %(n)s organisations", expected) % {"n": expected}
    words = ngettext("%(k)s of %(n)s organisation", "%(k)s of %(n)s organisations", expected)
    return words % {"k": reported, "n": expected}


@register.filter
def coverage_words(coverage: object) -> str:
    return said(coverage.reported, coverage.expected)  # type: ignore[attr-defined]


@register.inclusion_tag("programme/_coverage.html")
def coverage_bar(reported: int, expected: int, late: int = 0) -> dict[str, object]:
    """The bar of who has reported: reported, late, not yet; with its words."""
    width = 200 / expected if expected else 0
    return {
        "width": 200,
        "reported_width": round(reported * width, 1),
        "late_x": round(reported * width, 1),
        "late_width": round(late * width, 1),
        "words": said(reported, expected) if expected else "",
        "late": late,
    }


@register.filter
def claimed_value(claim: Claim) -> str:
    """The page's own number with its qualifier: over 350,000, 超过 35 万."""
    words = {
        "over": pgettext("claim", "over %(number)s"),
        "almost": pgettext("claim", "almost %(number)s"),
        "some": pgettext("claim", "some %(number)s"),
    }
    return words.get(claim.qualifier, "%(number)s") % {"number": amount(claim.value) + claim.unit}


@register.filter
def value_of(line: Line, cell: Cell) -> Given:
    """The stored value of one cell of a line."""
    return line.given(cell)


@register.filter
def unlocalised(value: object) -> str:
    """A length in a drawing: with a point, whatever the language."""
    return str(value)


OPERATORS = {
    "sum": gettext_lazy("added up"),
    "max": gettext_lazy("the largest"),
    "average": gettext_lazy("the average"),
    "last": gettext_lazy("the last one"),
    "none": gettext_lazy("never put together"),
}


@register.filter
def operator(code: str) -> str:
    """How values are put together, in words."""
    return str(OPERATORS[code])


def _language() -> str:
    return get_language() or "en"
