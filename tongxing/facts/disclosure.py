"""The only door to a number that leaves: small counts are withheld, counts of persons rounded, rates made from both.

Rules are data (policies.yaml), by audience and topic. Counts below the threshold show as "< 10", which means 0 to 9;
others are rounded to the base, each by itself, so that parts may not add up; with base 1 they are exact. Where more
could be worked out of a withheld count than ten possible values, further cells are hidden (suppression.py). A number
of an earlier edition stays until it has moved far enough. Money and counts of centres are exact.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _

from tongxing.core.numbers import number
from tongxing.facts import families, suppression
from tongxing.facts.families import Listed, Tables
from tongxing.facts.policies import Policy, policies
from tongxing.facts.results import Cell, Keys, Result
from tongxing.facts.suppression import Label, Ref, Rule, Said

State = Literal["exact", "rounded", "small", "hidden", "none"]
_SEAL = object()


@dataclass(frozen=True)
class Protected:
    """One number that may leave. Made by `protect` and `restored` only; `value` is None unless exact or rounded.

    `since`: the number is that of an earlier edition, as of then, and carried on because it has not moved far enough.
    """

    state: State
    value: Decimal | None
    threshold: int = 0
    since: datetime.datetime | None = None
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a number leaves through facts.protect(), not around it")

    @property
    def is_withheld(self) -> bool:
        return self.state in ("small", "hidden")

    def text(self, language: str) -> str:
        """As the reader of `language` sees it."""
        if self.value is not None:
            return number(self.value, language)
        return {"small": f"< {self.threshold}", "hidden": _("hidden"), "none": "—"}[self.state]

    def as_json(self) -> dict[str, Any]:
        """For a frozen edition; `restored` reads it back."""
        value = None if self.value is None else str(self.value)
        told = {"state": self.state, "value": value, "threshold": self.threshold}
        return told if self.since is None else told | {"since": self.since.isoformat()}


@dataclass(frozen=True)
class ProtectedCell:
    """One cell of a table that may leave."""

    measure: str
    topic: str
    keys: Keys
    number: Protected


@dataclass(frozen=True)
class Ledger:
    """What one edition said, as of when: every count by itself, also those that only stand behind a rate."""

    as_of: datetime.datetime
    cells: tuple[ProtectedCell, ...]


@dataclass(frozen=True)
class ProtectedTable:
    """Cells that may leave, under which policy, and how many say less than they know; `said` goes into the ledger."""

    policy: str
    version: int
    cells: tuple[ProtectedCell, ...]
    said: tuple[ProtectedCell, ...] = ()

    def only(self, measure: str, keys: Iterable[tuple[str, str]] = ()) -> Protected:
        """The number of `measure` at `keys`; the total when none are given. Raises KeyError."""
        wanted = tuple(keys)
        for cell in self.cells:
            if cell.measure == measure and cell.keys == wanted:
                return cell.number
        raise KeyError((measure, wanted))

    @property
    def small(self) -> int:
        return sum(cell.number.state == "small" for cell in self.cells)

    @property
    def hidden(self) -> int:
        return sum(cell.number.state == "hidden" for cell in self.cells)


def protect(
    cells: Result | Iterable[Cell],
    policy: str = "public",
    *,
    by: Tables | None = None,
    listed: Listed | None = None,
    same: Iterable[tuple[Ref, Ref]] = (),
    ledgers: Sequence[Ledger] = (),
) -> ProtectedTable:
    """Raw cells in, numbers that may leave out.

    Pass everything that is published together at once: the cells of one measure are read as one table with all its
    margins, by whatever dimensions.

    by       dimensions of each table of a measure, which is there even when nothing was counted
    listed   values that have a row or column whatever was counted; that another has one tells that somebody is there
    same     counts of two measures that are one count
    ledgers  what each edition until now said, the oldest first; numbers that have not moved far enough stay

    Raises KeyError for an unknown policy, ValueError for a topic without rule, Disclosing when a number that must be
    shown would tell another.
    """
    rules = policies()[policy]
    given = list(cells.cells if isinstance(cells, Result) else cells)
    fixed = families.listed(listed or {}, (cell.keys for ledger in ledgers for cell in ledger.cells))
    raw = families.filled(given, rules, fixed, by or {})
    earlier = [{(cell.measure, cell.keys): cell.number for cell in ledger.cells} for ledger in ledgers]
    labels = [{ref: _said(one) for ref, one in numbers.items()} for numbers in earlier]
    said: dict[Ref, Protected] = {}
    for family in families.of(raw, rules, fixed, same, labels):
        for ref, one in suppression.published(family).items():
            since = earlier[-1][ref].since or ledgers[-1].as_of if one.is_carried else None
            said[ref] = _number(one.label, family.rules[ref], since)
    topics = {ref: rules.topic(cell) for cell in raw for ref in families.counts(cell)}
    return ProtectedTable(
        policy,
        rules.version,
        tuple(
            ProtectedCell(c.measure, rules.topic(c), c.keys, found) for c in raw if (found := _leaving(c, said, rules))
        ),
        tuple(ProtectedCell(ref[0], topics[ref], ref[1], one) for ref, one in said.items()),
    )


def ends(number: Protected, below: int, above: int, cell: Cell, policy: str = "public") -> tuple[Protected, Protected]:
    """The lower and the upper end of a number that may leave, which was made of `cell` under `policy`.

    The ends stand at whole steps of the policy from what is shown, and not from the count behind it: they are the same
    for every count that is shown so, and tell nothing of which it is. They enclose the ends behind them, also when the
    count itself was rounded. Of a withheld number both are withheld as it is.
    """
    rule = policies()[policy].rule(cell)
    if number.value is None or (rule is None and number.state == "none"):
        return number, number
    if rule is None:
        return _shown("exact", number.value - below), _shown("exact", number.value + above)
    outward = (-_steps(below, rule.base), _steps(above, rule.base))
    low, high = (int(number.value) + step for step in outward)
    low_end, high_end = (_number(rule.label(max(end, 0)), rule, number.since) for end in (low, high))
    return low_end, high_end


def _steps(margin: int, base: int) -> int:
    """`margin` and half a step of rounding, up to whole steps; nothing for nothing."""
    return -(-(margin + base // 2) // base) * base if margin else 0


def restored(stored: Mapping[str, Any]) -> Protected:
    """A number of a frozen edition, which went through `protect` when the edition was made."""
    value = None if stored["value"] is None else Decimal(stored["value"])
    since = datetime.datetime.fromisoformat(stored["since"]) if "since" in stored else None
    return Protected(stored["state"], value, stored["threshold"], since, _SEAL)


def _leaving(cell: Cell, said: Mapping[Ref, Protected], rules: Policy) -> Protected | None:
    """The number of a cell; None where nothing is said because the last edition stays as it was."""
    if rules.rule(cell) is None:
        return _exact(cell)
    refs = list(families.counts(cell))
    if not all(ref in said for ref in refs):
        return None
    return _rate(*(said[ref] for ref in refs)) if cell.is_ratio else said[refs[0]]


def _exact(cell: Cell) -> Protected:
    if not cell.is_ratio:
        return _shown("none" if cell.value is None else "exact", cell.value)
    if not cell.denominator or cell.numerator is None:
        return _shown("none", None)
    return _rate(_shown("exact", cell.numerator), _shown("exact", cell.denominator))


def _rate(part: Protected, whole: Protected) -> Protected:
    """Whole per cent of the protected parts; withheld when a part is."""
    if part.value is None or not whole.value:
        return _shown("hidden", None, part.since)
    share = (100 * part.value / whole.value).quantize(Decimal(1), ROUND_HALF_UP)
    return _shown(part.state, share, part.since)


def _number(label: Label, rule: Rule, since: datetime.datetime | None) -> Protected:
    if label.state == "shown":
        return _shown("exact" if rule.base == 1 else "rounded", label.value, since)
    return Protected(label.state, None, rule.threshold if label.state == "small" else 0, since, _SEAL)


def _said(one: Protected) -> Said:
    if one.value is not None:
        return Said(Label("shown", int(one.value)), one.since is not None)
    return Said(suppression.SMALL if one.state == "small" else suppression.HIDDEN, one.since is not None)


def _shown(state: State, value: Decimal | int | None, since: datetime.datetime | None = None) -> Protected:
    return Protected(state, None if value is None else Decimal(value), 0, since, _SEAL)
