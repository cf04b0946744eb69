"""The only door to a number that leaves: small counts are hidden, counts of persons rounded, rates made from both.

Rules: counts below the threshold show as "< 10"; others are rounded to the base, each by itself, so that parts may not
add up; where a small count could be worked out from its row or column, further cells are hidden. Money and counts of
centres are exact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _
from ruamel.yaml import YAML

from tongxing.core.numbers import number
from tongxing.facts import suppression
from tongxing.facts.results import Cell, Keys, Result
from tongxing.facts.suppression import Rule

POLICIES = Path(__file__).parent / "policies.yaml"
State = Literal["exact", "rounded", "small", "hidden", "none"]
_SEAL = object()


@dataclass(frozen=True)
class Protected:
    """One number that may leave. Made by `protect` and `restored` only; `value` is None unless exact or rounded."""

    state: State
    value: Decimal | None
    threshold: int = 0
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
        return {"state": self.state, "value": value, "threshold": self.threshold}


@dataclass(frozen=True)
class ProtectedCell:
    """One cell of a table that may leave."""

    measure: str
    topic: str
    keys: Keys
    number: Protected


@dataclass(frozen=True)
class ProtectedTable:
    """Cells that may leave, under which policy, and how many say less than they know."""

    policy: str
    version: int
    cells: tuple[ProtectedCell, ...]

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


@dataclass(frozen=True)
class Policy:
    """Which topics are protected how, and which are exempt."""

    name: str
    version: int
    protected: Mapping[str, Rule]
    exempt: frozenset[str]


@cache
def policies() -> dict[str, Policy]:
    """The shipped policies by name."""
    stored = YAML(typ="safe").load(POLICIES.read_text("utf-8"))
    return {
        name: Policy(
            name,
            data["version"],
            {topic: Rule(**rule) for topic, rule in data["protected"].items()},
            frozenset(data["exempt"]),
        )
        for name, data in stored.items()
    }


def protect(cells: Result | Iterable[Cell], policy: str = "public") -> ProtectedTable:
    """Raw cells in, numbers that may leave out. Raises KeyError for an unknown policy, ValueError for a topic without rule.

    Cells of one measure are read as one table with all its margins, so pass a whole table at once.
    """
    rules = policies()[policy]
    raw = list(cells.cells if isinstance(cells, Result) else cells)
    found: list[ProtectedCell] = []
    for measure in dict.fromkeys(cell.measure for cell in raw):
        found += _table([cell for cell in raw if cell.measure == measure], rules)
    return ProtectedTable(policy, rules.version, tuple(found))


def restored(stored: Mapping[str, Any]) -> Protected:
    """A number of a frozen edition, which went through `protect` when the edition was made."""
    value = None if stored["value"] is None else Decimal(stored["value"])
    return Protected(stored["state"], value, stored["threshold"], _SEAL)


def _table(cells: list[Cell], policy: Policy) -> list[ProtectedCell]:
    topic = cells[0].topic
    rule = policy.protected.get(topic)
    if rule is None and topic not in policy.exempt:
        raise ValueError(f"the policy {policy.name!r} says nothing about {topic!r}")
    if cells[0].is_ratio:
        numbers = _ratios(cells, rule)
    else:
        numbers = _counts({cell.keys: cell.value for cell in cells}, rule)
    return [ProtectedCell(cell.measure, topic, cell.keys, numbers[cell.keys]) for cell in cells]


def _counts(values: Mapping[Keys, Decimal | int | None], rule: Rule | None) -> dict[Keys, Protected]:
    if rule is None:
        return {keys: _shown("none" if value is None else "exact", value) for keys, value in values.items()}
    withheld = suppression.withheld({keys: int(value or 0) for keys, value in values.items()}, rule)
    numbers = {}
    for keys, value in values.items():
        if keys in withheld:
            numbers[keys] = Protected(withheld[keys], None, rule.threshold, _SEAL)
        else:
            numbers[keys] = _shown("rounded", suppression.rounded(int(value or 0), rule.base))
    return numbers


def _ratios(cells: list[Cell], rule: Rule | None) -> dict[Keys, Protected]:
    """Whole per cent of the protected parts; withheld when a part is, nothing over nothing."""
    above = _counts({cell.keys: cell.numerator for cell in cells}, rule)
    below = _counts({cell.keys: cell.denominator for cell in cells}, rule)
    numbers = {}
    for cell in cells:
        part, whole = above[cell.keys], below[cell.keys]
        if part.is_withheld or whole.is_withheld:
            numbers[cell.keys] = Protected("hidden", None, 0, _SEAL)
        elif not whole.value or part.value is None:
            numbers[cell.keys] = Protected("none", None, 0, _SEAL)
        else:
            share = (100 * part.value / whole.value).quantize(Decimal(1), ROUND_HALF_UP)
            numbers[cell.keys] = _shown(part.state, share)
    return numbers


def _shown(state: State, value: Decimal | int | None) -> Protected:
    return Protected(state, None if value is None else Decimal(value), 0, _SEAL)
