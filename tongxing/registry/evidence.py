"""Why two records wait on the review desk, and what each field weighs: in words, in a table, and as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from tongxing.linkage import scoring
from tongxing.linkage.levels import WEIGHED
from tongxing.registry import level_words
from tongxing.registry.models import ReviewPair

WHY: dict[str, str | Promise] = {
    ReviewPair.Reason.UNCERTAIN: gettext_lazy("The fields agree too little for one person and too much for two."),
    ReviewPair.Reason.SIZE: gettext_lazy("Too many records would become one person."),
    ReviewPair.Reason.DOCUMENTS: gettext_lazy("Records that would become one person carry different valid numbers."),
    ReviewPair.Reason.DATES: gettext_lazy(
        "Records that would become one person have birth dates that cannot be one’s."
    ),
    ReviewPair.Reason.WEAK: gettext_lazy("Only this pair joins two groups of records, and others in them disagree."),
    ReviewPair.Reason.CONFLICT: gettext_lazy("Somebody has said that two of these records are different people."),
    ReviewPair.Reason.PROTECTED: gettext_lazy("A child in danger is concerned: people decide, not the model."),
    ReviewPair.Reason.DESK: gettext_lazy("A desk has asked for it."),
}
SHORT: dict[str, str | Promise] = {
    ReviewPair.Reason.UNCERTAIN: gettext_lazy("uncertain"),
    ReviewPair.Reason.SIZE: gettext_lazy("many records"),
    ReviewPair.Reason.DOCUMENTS: gettext_lazy("different numbers"),
    ReviewPair.Reason.DATES: gettext_lazy("impossible dates"),
    ReviewPair.Reason.WEAK: gettext_lazy("weak link"),
    ReviewPair.Reason.CONFLICT: gettext_lazy("contradiction"),
    ReviewPair.Reason.PROTECTED: gettext_lazy("protected"),
    ReviewPair.Reason.DESK: gettext_lazy("asked by a desk"),
}
SAYS: dict[str, str | Promise] = {
    "same": gettext_lazy("the same person"),
    "sibling": gettext_lazy("family, not the same person"),
    "different": gettext_lazy("different people"),
    "deferred": gettext_lazy("laid aside"),
}


@dataclass(frozen=True)
class Weighed:
    """One comparison: how the field agrees, in words, and what that weighs in bits; "" where there is no more to say."""

    label: str
    words: str
    weight: float

    @property
    def signed(self) -> str:
        return signed(self.weight)


def signed(weight: float) -> str:
    """+4.2, −9.6, 0.0, with a real minus."""
    rounded = round(weight, 1) + 0.0
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded):.1f}"


def evidence(pair: ReviewPair) -> list[Weighed]:
    """What each comparison weighs: as the model wrote it down with the pair, else by the model of this program."""
    labels = {
        "name": pgettext("person", "Name"),
        "birth": _("Birth date"),
        "household": pgettext("person", "Home"),
        "document": _("Number of a document"),
        "sex": _("Sex"),
        "kin": _("Taken together"),
    }
    weights = dict(pair.weights)
    if not weights:
        tables = scoring.shipped().weights
        weights = {n: tables[n][level] for n, level in pair.levels.items() if level in tables.get(n, {})}
    return [
        Weighed(str(labels.get(name, name)), level_words.words(name, pair.levels.get(name, "")), float(weights[name]))
        for name in sorted(weights, key=lambda n: WEIGHED.index(n) if n in WEIGHED else len(WEIGHED))
    ]


@dataclass(frozen=True)
class Bar:
    label: str
    text: str
    y: int
    x: float
    width: float
    text_x: float
    is_for: bool
    is_total: bool = False


@dataclass(frozen=True)
class Drawing:
    """Bars to both sides of zero, once for wide screens and once for phones."""

    where: str
    width: int
    height: int
    zero: float
    label_x: int
    bars: list[Bar]


ROW, VALUE = 28, 40  # height of one bar with its space; room for a number beside it
WIDTHS = (("desk", 520, 110), ("phone", 340, 92))  # for which screens, how wide, room for labels


def drawings(weighed: Sequence[Weighed]) -> list[Drawing]:
    """The weights as bars and their sum below them; nothing when there is nothing to draw."""
    if not weighed:
        return []
    total = Weighed(_("Sum"), "", sum(one.weight for one in weighed))
    return [_drawing(where, width, label, [*weighed, total]) for where, width, label in WIDTHS]


def _drawing(where: str, width: int, label: int, weighed: Sequence[Weighed]) -> Drawing:
    least, most = (f([0.0, *(one.weight for one in weighed)]) for f in (min, max))
    start = label + VALUE  # a number stands at the far end of its bar, on either side
    scale = (width - start - VALUE) / ((most - least) or 1.0)
    zero = round(start - least * scale, 1)
    bars = []
    for place, one in enumerate(weighed):
        long = round(abs(one.weight) * scale, 1)
        x = zero if one.weight >= 0 else round(zero - long, 1)
        text_x = x + long + 5 if one.weight >= 0 else x - 5
        is_total = place == len(weighed) - 1
        bars.append(Bar(one.label, one.signed, 8 + ROW * place, x, long, round(text_x, 1), one.weight >= 0, is_total))
    return Drawing(where, width, 8 + ROW * len(weighed), zero, label, bars)
