"""The only filters by which a counted number reaches a page of this context: a raw one is refused."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, gettext, pgettext

from tongxing.core.numbers import number
from tongxing.facts.disclosure import Protected
from tongxing.publishing.factsheet import ClaimLine

register = template.Library()


@register.filter
def shown(value: Any) -> str:
    """A protected number in the reader's language. Raises TypeError for anything else."""
    if not isinstance(value, Protected):
        raise TypeError(f"{value!r} has not passed facts.protect()")
    return value.text(get_language() or "en")


@register.filter
def claimed(claim: ClaimLine) -> str:
    """The page's own number with its qualifier and unit: over 350,000, 超过 35 万."""
    text = number(Decimal(claim.claimed), get_language() or "en") + claim.unit
    # Translators: qualifiers of a number that a page claims; keep the placeholder.
    words = {
        "over": pgettext("claim", "over %(number)s"),
        "almost": pgettext("claim", "almost %(number)s"),
        "some": pgettext("claim", "some %(number)s"),
    }
    return words.get(claim.qualifier, "%(number)s") % {"number": text}


@register.filter
def claim_state(claim: ClaimLine) -> str:
    """What the claim is beside the record, in a word."""
    return {
        "agrees": gettext("Agrees"),
        "claim_only": gettext("Claim only"),
        "adopted_by_others": gettext("Adopted by others"),
        "planned": gettext("Planned"),
    }[claim.state]


@register.filter
def summing(figure: Any) -> str:
    """Over what the number may be added up, in words."""
    return {
        (True, True): gettext("over places and periods"),
        (False, True): gettext("over places, not over periods"),
        (True, False): gettext("over periods, not over places"),
        (False, False): gettext("not over places or periods"),
    }[figure.over_time == "sum", figure.over_place == "sum"]


@register.filter
def value_kind(figure: Any) -> str:
    """What kind of number it is, in words."""
    return {
        "count": gettext("count of records"),
        "distinct": gettext("distinct persons"),
        "sum": gettext("sum"),
        "ratio": gettext("ratio of two counts"),
        "reference": gettext("count in a register"),
    }[figure.value]
