"""What is said of each count, so that none that is withheld can be worked out, neither now nor beside the last edition.

Pure: counts in, labels out. Small counts say "< 10" (0 to 9) or nothing; others a rounded value, which with base 1 is
the count itself. Then the audit asks for every withheld count whether a reader who can calculate is left with
`threshold` whole numbers; if not, it says which other counts must say less. Labels of the last edition stay where they
are until every count behind the old one is `threshold` away from every count behind the new one, so that whether a
label moves tells nothing of the old count.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from tongxing.facts.audit import ENDLESS, Impossible, Interval, Reader, Sum
from tongxing.facts.results import Keys

Ref = tuple[str, Keys]  # measure and keys
Moment = tuple[int, Ref]  # which edition
K = TypeVar("K", bound=Hashable)
ANY: Interval = (0, ENDLESS)
# What a reader may know of the time between two editions: that nobody was taken back, or that one person came or went.
BETWEEN = ((0, ENDLESS), (-1, 1))


class Disclosing(ValueError):
    """These numbers may not leave as asked: somebody could work out a count that has to be withheld."""


class Label(NamedTuple):
    """What is said of a count: `small`, `hidden`, or `shown` as `value`."""

    state: Literal["small", "hidden", "shown"]
    value: int = 0

    @property
    def is_withheld(self) -> bool:
        return self.state != "shown"


class Said(NamedTuple):
    """A label, and whether it was made for an earlier edition and carried on."""

    label: Label
    is_carried: bool = False


SMALL, HIDDEN = Label("small"), Label("hidden")


@dataclass(frozen=True)
class Rule:
    """Counts under `threshold` are withheld; others rounded to `base`. Nothing is shown by `never_by`.

    With `total: exact` the grand total is shown whatever it costs the other counts.
    """

    threshold: int
    base: int
    never_by: tuple[str, ...] = ()
    total: Literal["exact", "protected"] = "protected"

    def label(self, count: int) -> Label:
        """What a count says by itself. Exact tables do not tell small counts from their companions."""
        if count < self.threshold:
            return HIDDEN if self.base == 1 else SMALL
        return Label("shown", rounded(count, self.base))

    def told(self, label: Label) -> Interval:
        """The counts that may stand behind a label."""
        if label.state == "hidden":
            return ANY
        if label.state == "small":
            return 0, self.threshold - 1
        slack = self.base // 2
        return max(label.value - slack, self.threshold), label.value + self.base - 1 - slack

    def has_moved(self, before: Label, count: int) -> bool:
        """Whether every count behind the old label is `threshold` away from every one behind the new one."""
        low, high = self.told(before)
        now = (0, self.threshold - 1) if count < self.threshold else self.told(self.label(count))
        return before == HIDDEN or now[0] - high >= self.threshold or low - now[1] >= self.threshold

    def told_by_carrying(self, before: Label) -> Interval:
        """The counts by which an old label stays."""
        return _staying(self, before)


@cache
def _staying(rule: Rule, before: Label) -> Interval:
    low, high = rule.told(before)
    if before == HIDDEN:
        return ANY
    while low > 0 and not rule.has_moved(before, int(low) - 1):
        low -= 1
    while not rule.has_moved(before, int(high) + 1):
        high += 1
    return low, high


def rounded(value: int, base: int) -> int:
    """To the nearest multiple of `base`; halves go up."""
    return (value + base // 2) // base * base


@dataclass(frozen=True)
class Family:
    """Counts that are published together, and everything that ties them.

    sums    between totals and parts; a Sum of one part says that two counts are the same
    rules   of each count
    present counts of which it is known that they are not zero, because they are there at all
    pairs   counts that make a rate; they move together or not at all
    said    what each edition until now said of them, the oldest first
    """

    counts: Mapping[Ref, int]
    rules: Mapping[Ref, Rule]
    sums: tuple[Sum[Ref], ...] = ()
    present: frozenset[Ref] = frozenset()
    pairs: tuple[tuple[Ref, Ref], ...] = ()
    said: tuple[Mapping[Ref, Said], ...] = ()

    @property
    def before(self) -> Mapping[Ref, Said]:
        """What the last edition said."""
        return self.said[-1] if self.said else {}

    @property
    def is_whole(self) -> bool:
        """Whether solutions must be asked to be whole: tables by three dimensions have corners that are not."""
        return any(len(keys) > 2 for _measure, keys in self.counts)

    def told(self, ref: Ref, said: Said) -> Interval:
        """What is told of a count, in the edition that says it."""
        rule = self.rules[ref]
        low, high = rule.told_by_carrying(said.label) if said.is_carried else rule.told(said.label)
        if said.is_carried and any(ref in pair for pair in self.pairs):
            low, high = ANY  # it may have moved, and stay for the sake of the other part
        return max(low, ref in self.present), high


def published(family: Family) -> dict[Ref, Said]:
    """What is said of each count. Raises Disclosing when what must be shown cannot be.

    Where the table beside earlier ones would tell too much, first what was hidden stays hidden, then everything stays
    as it was; counts of which nothing was said before are then left out.
    """
    for stays_hidden in (False, True):
        said = _hidden_enough(family, _by_itself(family, stays_hidden))
        if not is_differenced(family, said):
            return said
    return {ref: Said(one.label, is_carried=True) for ref, one in family.before.items() if ref in family.counts}


def _by_itself(family: Family, stays_hidden: bool) -> dict[Ref, Said]:
    """What each count says before anything is worked out."""
    found = {ref: _alone(family, ref, stays_hidden) for ref in family.counts}
    for pair in family.pairs:
        if any(found[ref].is_carried for ref in pair) and all(ref in family.before for ref in pair):
            found |= {ref: Said(family.before[ref].label, is_carried=True) for ref in pair}
    for ref, one in found.items():
        if one.label.is_withheld and _is_mandatory(family, ref):
            raise Disclosing(f"the total of {ref[0]} must be shown and is smaller than {family.rules[ref].threshold}")
    return found


def _alone(family: Family, ref: Ref, stays_hidden: bool) -> Said:
    count, rule, before = family.counts[ref], family.rules[ref], family.before.get(ref)
    if {name for name, _value in ref[1]} & set(rule.never_by):
        return Said(HIDDEN)
    if before and not rule.has_moved(before.label, count):
        return Said(before.label, is_carried=True)
    if before and before.label == HIDDEN and stays_hidden:
        return Said(HIDDEN)
    if count < rule.threshold and ref in family.present:
        return Said(HIDDEN)  # "< 10" would say 1 to 9
    return Said(rule.label(count))


def _is_mandatory(family: Family, ref: Ref) -> bool:
    return family.rules[ref].total == "exact" and not ref[1]


def _hidden_enough(family: Family, said: dict[Ref, Said]) -> dict[Ref, Said]:
    """The same with as many more hidden as it takes until the audit finds nothing."""
    while leaks := audit(family, said):
        for ref in leaks:
            reader = _reader(family, said)
            if spans := _narrow(reader, {ref: family.rules[ref].threshold}):  # nothing hidden meanwhile helped it too
                said |= dict.fromkeys(_companions(reader, family, said, ref, spans[ref]), Said(HIDDEN))
    return said


def audit(family: Family, said: Mapping[Ref, Said]) -> dict[Ref, Interval]:
    """The withheld counts of which a reader of this edition can work out too much, with what is left of each."""
    widths = {ref: family.rules[ref].threshold for ref, one in said.items() if one.label.is_withheld}
    return _narrow(_reader(family, said), widths)


def _reader(family: Family, said: Mapping[Ref, Said]) -> Reader[Ref]:
    return Reader({ref: family.told(ref, one) for ref, one in said.items()}, family.sums, whole=family.is_whole)


def _narrow(reader: Reader[K], widths: Mapping[K, int]) -> dict[K, Interval]:
    """The counts of which more can be worked out than `widths` allow."""
    found: dict[K, Interval] = {}
    for width in sorted(set(widths.values())):
        found |= reader.narrow([one for one, wanted in widths.items() if wanted == width], width)
    return found


def _companions(reader: Reader[Ref], family: Family, said: Mapping[Ref, Said], ref: Ref, span: Interval) -> set[Ref]:
    """What must be hidden so that `ref` can be further from what was worked out: larger, or smaller."""
    costs, width = _costs(family, said), family.rules[ref].threshold - 1
    # A small count is given back all that its label says; where rows that are there forbid it, the label itself goes.
    label = (width, 0) if said[ref] == Said(SMALL) else ()
    for wanted in (*label, span[0] + width, span[1] - width):
        try:
            if wanted >= 0 and (found := reader.companions(ref, wanted, costs)):
                return found
        except Impossible:
            continue
    raise Disclosing(f"{ref[0]} at {dict(ref[1])} can be worked out, and what would prevent it must be shown")


def _costs(family: Family, said: Mapping[Ref, Said]) -> dict[Ref, float]:
    """What hiding costs: rather another small count, or what was hidden before; rather a part than a total."""
    depths: dict[str, int] = {}
    for measure, keys in said:
        depths[measure] = max(depths.get(measure, 0), len(keys))
    before = {ref for ref, one in family.before.items() if one.label == HIDDEN}
    costs = {}
    for ref, one in said.items():
        above = depths[ref[0]] - len(ref[1])
        if one.label == SMALL:
            costs[ref] = 0.1
        elif ref in before and one.label != HIDDEN:
            costs[ref] = 0.2
        elif one.label != HIDDEN and not _is_mandatory(family, ref):
            costs[ref] = (1 + min(family.counts[ref], 1000) / 1000) * (20.0**above if ref[1] else 10_000.0)
    return costs


def is_differenced(family: Family, said: Mapping[Ref, Said]) -> bool:
    """Whether this edition beside all earlier ones tells too much of a count that any of them withholds."""
    if not any(not one.is_carried for one in said.values()) or not family.before:
        return False  # nothing is said that was not said before, or nothing was said before
    told = [one for one in family.said if any(not said.is_carried for said in one.values())]
    return any(_tells(family, [*told, said], between) for between in BETWEEN)


def _tells(family: Family, editions: Sequence[Mapping[Ref, Said]], between: Interval) -> bool:
    """Whether a reader who takes `between` for what each count may have grown each time is left with too little."""
    told: dict[Moment, Interval] = {}
    sums: list[Sum[Moment]] = []
    widths: dict[Moment, int] = {}
    latest: dict[Ref, Moment] = {}
    for when, said in enumerate(editions):
        is_now = said is editions[-1]
        for ref, one in said.items():
            told[when, ref] = _since(family, ref, one, between)
            if ref in latest:
                sums.append(Sum(latest[ref], ((when, ref),), *between))
            latest[ref] = when, ref
            rule = family.rules[ref]
            if one.label.is_withheld and (not one.is_carried or (is_now and family.counts[ref] < rule.threshold)):
                widths[when, ref] = rule.threshold
        for line in family.sums:
            if {line.total, *line.parts} <= said.keys():
                # How many were counted twice at an earlier time is not kept.
                least, most = (line.least, line.most) if is_now else (0, line.most and ENDLESS)
                sums.append(Sum((when, line.total), tuple((when, part) for part in line.parts), least, most))
    try:
        return bool(_narrow(Reader(told, sums, whole=True), widths))
    except Impossible:
        return False  # what the reader took for true is not


def _since(family: Family, ref: Ref, said: Said, between: Interval) -> Interval:
    """What is told of a count; of one that can only grow, also that it is not less than when its label was made."""
    low, high = family.told(ref, said)
    return (max(low, family.rules[ref].told(said.label)[0]) if between[0] >= 0 else low), high
