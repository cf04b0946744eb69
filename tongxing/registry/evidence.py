"""Why two records wait on the review desk, and what each field weighs: in words, in a table, and as a drawing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from tongxing.linkage import reasons, scoring
from tongxing.linkage.levels import WEIGHED
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
        Weighed(str(labels.get(name, name)), str(words(name, pair.levels.get(name, ""))), float(weights[name]))
        for name in sorted(weights, key=lambda n: WEIGHED.index(n) if n in WEIGHED else len(WEIGHED))
    ]


def words(comparison: str, level: str) -> str | Promise:
    """How a field agrees, in the reader's words."""
    plain = re.sub("_(rare|common)$", "", level)
    if comparison in OF_PATTERNS:
        return OF_PATTERNS[comparison].get(plain, "")
    state, reason = reasons.STATES.get(comparison, {}).get(plain, ("other", ""))
    if reason:
        rare = {"rare": _("a rare name"), "common": _("a common name")}.get(level.rpartition("_")[2], "")
        return " · ".join(filter(None, (_(reason), rare if level != plain else "")))
    return {"same": _("same"), "unknown": _("nothing to compare")}.get(state, _("different"))


_FITS, _NAMESAKE = gettext_lazy("fits one person"), gettext_lazy("same name, another birth date")
_TWIN = gettext_lazy("same home and birth date, perhaps a twin")
_SIBLING = gettext_lazy("same home, perhaps a brother or sister")
# What the home shares, and what all fields look like together (linkage/levels.py): a level not listed says nothing more.
OF_PATTERNS: dict[str, dict[str, str | Promise]] = {
    "household": {
        "phone_and_guardian": gettext_lazy("same phone and guardian"),
        "phone_and_county": gettext_lazy("same phone and county"),
        "phone": gettext_lazy("same phone"),
        "guardian_and_county": gettext_lazy("same guardian and county"),
        "guardian": gettext_lazy("a guardian of that name"),
        "kin_document": gettext_lazy("a relative’s number in common"),
        "crowded_phone": gettext_lazy("same phone, shared by many"),
        "guardian_elsewhere": gettext_lazy("a guardian of that name, another county"),
        "county_only": gettext_lazy("same county, another phone and guardian"),
        "county": gettext_lazy("same county"),
        "all_other": gettext_lazy("another county, phone and guardian"),
        "other_county": gettext_lazy("another county"),
        "unknown": gettext_lazy("nothing to compare"),
        "other": gettext_lazy("another phone or guardian"),
    },
    "kin": {
        **dict.fromkeys(("same", "near", "alike", "alike_near", "same_elsewhere", "near_elsewhere"), _FITS),
        "parent": gettext_lazy("perhaps parent and child"),
        "namesake_relative": gettext_lazy("same home and name, another birth date: perhaps a relative named alike"),
        "namesake": _NAMESAKE,
        **dict.fromkeys(("twin", "slip_or_twin"), _TWIN),
        **dict.fromkeys(("sibling", "near_sibling", "slip_or_sibling", "alike_sibling", "undated_sibling"), _SIBLING),
        "cousin": gettext_lazy("same county and surname, perhaps relatives"),
    },
}


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
