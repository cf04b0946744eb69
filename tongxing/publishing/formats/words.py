"""How a page and a file say the same: a claim with its qualifier, its state, the kind of a number, what may be summed."""

from decimal import Decimal

from django.utils.translation import get_language, gettext, pgettext

from tongxing.core.numbers import number
from tongxing.publishing.sheet import ClaimLine, KeyFigure


def claimed(claim: ClaimLine) -> str:
    """The page's own number with its qualifier and unit: over 350,000, 超过 35 万, between 130 and 150 million."""
    text = number(Decimal(claim.claimed), get_language() or "en")
    if claim.claimed_to:
        end = number(Decimal(claim.claimed_to), get_language() or "en")
        # Translators: a range that a page claims
        text = pgettext("claim", "between %(start)s and %(end)s") % {"start": text, "end": end}
    if claim.unit:
        text = pgettext("claim", "US$ %(number)s") % {"number": text} if claim.unit == "US$" else text + claim.unit
    # Translators: qualifiers of a number that a page claims; keep the placeholder.
    words = {
        "over": pgettext("claim", "over %(number)s"),
        "almost": pgettext("claim", "almost %(number)s"),
        "some": pgettext("claim", "some %(number)s"),
        "about": pgettext("claim", "about %(number)s"),
    }
    return words.get(claim.qualifier, "%(number)s") % {"number": text}


def claim_state(claim: ClaimLine) -> str:
    """What the claim is beside the record, in a word."""
    return {
        "agrees": gettext("Agrees"),
        "claim_only": gettext("Claim only"),
        "adopted_by_others": gettext("Adopted by others"),
        "planned": gettext("Planned"),
    }[claim.state]


def summing(figure: KeyFigure) -> str:
    """Over what the number may be added up, in words."""
    return {
        (True, True): gettext("over places and periods"),
        (False, True): gettext("over places, not over periods"),
        (True, False): gettext("over periods, not over places"),
        (False, False): gettext("not over places or periods"),
    }[figure.over_time == "sum", figure.over_place == "sum"]


def value_kind(figure: KeyFigure) -> str:
    """What kind of number it is, in words."""
    return {
        "count": gettext("count of records"),
        "distinct": gettext("distinct persons"),
        "sum": gettext("sum"),
        "ratio": gettext("ratio of two counts"),
        "reference": gettext("count in a register"),
    }[figure.value]
