"""Which kind of number may be rolled up how, over time and over place, and why not otherwise."""

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Axis = Literal["time", "place"]
AXES: tuple[Axis, ...] = ("time", "place")
Additivity = Literal["flow", "stock", "distinct", "ratio", "score"]
OverTime = Literal["sum", "last", "average", "max", "none"]
OverPlace = Literal["sum", "none"]

# Additivity → axis → operators. A score is a judgement (of a survey, of a person); no measure of facts is one.
LAWFUL: dict[str, dict[Axis, tuple[str, ...]]] = {
    "flow": {"time": ("sum", "none"), "place": ("sum", "none")},
    "stock": {"time": ("last", "average", "max", "none"), "place": ("sum", "none")},
    "distinct": {"time": ("none",), "place": ("none",)},
    "ratio": {"time": ("none",), "place": ("none",)},
    "score": {"time": ("last", "none"), "place": ("none",)},
}
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
