"""Why a number may not be rolled up, over time or over place (facts/rules.py says which may), and what is proposed."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tongxing.facts.rules import LAWFUL, Axis

# The four ways in which one person is counted twice.
DOUBLE_COUNTING: dict[str, Promise] = {
    "same_site": gettext_lazy("at the same site again in another period"),
    "same_agency": gettext_lazy("at another site of the same agency"),
    "other_agency": gettext_lazy("at another agency"),
    "up_and_down": gettext_lazy("at the place that sends and at the place that receives"),
}
REASONS: dict[tuple[str, Axis], Promise] = {
    ("stock", "time"): gettext_lazy(
        "a stock may not be summed over time: what stands today stood yesterday too; take the last one"
    ),
    ("distinct", "time"): gettext_lazy(
        "a distinct count may not be summed over time: one person may be counted %(same_site)s; count the whole period"
    ),
    ("distinct", "place"): gettext_lazy(
        "a distinct count may not be summed over places: one person may be counted %(same_agency)s, %(other_agency)s, "
        "or %(up_and_down)s; count all places together"
    ),
    ("ratio", "time"): gettext_lazy(
        "percentages may not be summed or averaged over time: both parts are added up first, then divided"
    ),
    ("ratio", "place"): gettext_lazy(
        "percentages may not be summed or averaged over places: both parts are added up first, then divided"
    ),
    ("score", "time"): gettext_lazy(
        "a score may not be summed over time: two judgements make no third; take the last one"
    ),
    ("score", "place"): gettext_lazy("a score may not be summed over places: each was judged by itself"),
}
UNSAID: dict[Axis, Promise] = {
    "time": gettext_lazy("its definition does not say how it is rolled up over time"),
    "place": gettext_lazy("its definition does not say how it is rolled up over places"),
}


def why_not(additivity: str, over: Axis) -> str:
    """Why a number of this kind may not be summed over time or place, in the reader's language."""
    reason = REASONS.get((additivity, over), UNSAID[over])
    return str(reason) % {name: str(words) for name, words in DOUBLE_COUNTING.items()}


NATURAL = {"distinct": ("distinct",), "ratio": ("ratio",), "reference": ("stock",)}  # by what the measure counts
BASIS = {"flow": "during", "stock": "up_to"}
NOT_OF_ITS_KIND: dict[str, Promise] = {
    "distinct": gettext_lazy("persons counted once are a kind of number of their own: distinct"),
    "ratio": gettext_lazy("a ratio is a kind of number of its own: ratio"),
    "reference": gettext_lazy("what stands in a register is a stock"),
}
FLOW_OR_STOCK = gettext_lazy("records and quantities happen in a period (flow) or stand on a day (stock)")
OTHER_BASIS = gettext_lazy("a flow is counted during the period, a stock up to its last day")


def unlawful(value: str, basis: str, additivity: str, over_time: str, over_place: str) -> dict[str, str]:
    """Field → why it would count something twice or mean nothing, in the reader's language; empty when lawful."""
    found = {}
    if additivity not in NATURAL.get(value, ("flow", "stock")):
        found["additivity"] = str(NOT_OF_ITS_KIND.get(value, FLOW_OR_STOCK))
    operators: tuple[tuple[Axis, str], ...] = (("time", over_time), ("place", over_place))
    for axis, chosen in operators:
        if chosen not in LAWFUL[additivity][axis]:
            found[f"over_{axis}"] = why_not(additivity, axis)
    if BASIS.get(additivity, basis) != basis:
        found["basis"] = str(OTHER_BASIS)
    return found


def proposed(value: str, basis: str) -> tuple[str, str, str]:
    """The lawful way of a measure, as additivity, over_time, over_place: what happened is added up, what stands is not,
    persons and ratios are counted anew.
    """
    if value in ("distinct", "ratio"):
        return value, "none", "none"
    return ("flow", "sum", "sum") if basis == "during" else ("stock", "last", "sum")
