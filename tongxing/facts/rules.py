"""Which kind of number may be rolled up how, over time and over place. Pure: the words for it are in measures/laws.py."""

from typing import Literal

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
