"""Values of manual indicators: how they are read, when parts do not meet their total, and how they roll up.

A total is always made anew from the values that count; nothing is added to a total that was there before. So late edits
in any order give the same total.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import product

from tongxing.facts.rules import LAWFUL, Axis

NUMBER, PERCENTAGE, QUALITATIVE = KINDS = ("number", "percentage", "qualitative")
WHOLE = ("persons", "centres")  # what comes in ones, and never below zero
PLACES = 4  # decimals that are kept; more are refused, never cut off
LARGEST = Decimal(10) ** 12
Part = tuple[tuple[str, str], ...]  # (("sex", "female"), …) in the order of the disaggregation; () is the total


class Unreadable(ValueError):
    """What was typed is no value of this indicator. `reason` is one of REASONS; the page has the words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("no_number", "too_large", "too_fine", "not_whole", "negative", "half_a_ratio", "zero_denominator")


def read_number(text: str, topic: str = "things") -> Decimal | None:
    """A typed number; None when nothing was typed. Full-width digits and separators of thousands are understood.

    Raises Unreadable for what is no number, has more than four decimals, or is not whole where persons are counted.
    """
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").replace("'", "")
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise Unreadable("no_number") from None
    if not value.is_finite():
        raise Unreadable("no_number")
    if abs(value) >= LARGEST:
        raise Unreadable("too_large")
    if value != value.quantize(Decimal(1).scaleb(-PLACES)):
        raise Unreadable("too_fine")
    if topic in WHOLE and value != value.to_integral_value():
        raise Unreadable("not_whole")
    if topic in WHOLE and value < 0:
        raise Unreadable("negative")
    return value


@dataclass(frozen=True)
class Given:
    """One value as reported: a number, or numerator and denominator, or words; and what it rests on."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    text: str = ""
    evidence: str = ""

    @property
    def is_empty(self) -> bool:
        return self.value is None and self.numerator is None and not self.text

    @property
    def number(self) -> Decimal | None:
        """The number, or the ratio as a number between parts; None for words and for nothing over nothing."""
        if self.numerator is not None and self.denominator:
            return self.numerator / self.denominator
        return self.value


def given(kind: str, topic: str, typed: Mapping[str, str]) -> Given:
    """What was typed into `value`, or `numerator` and `denominator`, or `text`; and `evidence`. Raises Unreadable."""
    evidence = typed.get("evidence", "").strip()
    if kind == QUALITATIVE:
        return Given(text=typed.get("text", "").strip(), evidence=evidence)
    if kind == NUMBER:
        return Given(value=read_number(typed.get("value", ""), topic), evidence=evidence)
    above = read_number(typed.get("numerator", ""), topic)
    below = read_number(typed.get("denominator", ""), topic)
    if (above is None) is not (below is None):
        raise Unreadable("half_a_ratio")
    if below is not None and below <= 0:
        raise Unreadable("zero_denominator")
    return Given(numerator=above, denominator=below, evidence=evidence)


# Parts and totals ----------------------------------------------------------------------------------------------------


def parts_of(disaggregation: Sequence[str], codes: Mapping[str, Sequence[str]]) -> list[Part]:
    """Every part of one disaggregation (one dimension, or several crossed), in the order of the closed lists."""
    lists = [[(dimension, code) for code in codes[dimension]] for dimension in disaggregation]
    return [tuple(one) for one in product(*lists)]


def part_key(part: Part) -> str:
    """The part as stored and as written in a spreadsheet: `sex=female;age_band=6-11`; "" is the total."""
    return ";".join(f"{dimension}={code}" for dimension, code in part)


def as_part(key: str) -> Part:
    """The counterpart of `part_key`."""
    return tuple((d, c) for d, _equals, c in (one.partition("=") for one in key.split(";") if one))


@dataclass(frozen=True)
class Excess:
    """Parts that are together more than what they are parts of, or parts of a total that nobody stated."""

    within: Part
    by: tuple[str, ...]
    whole: Decimal | None
    parts: Decimal


def excesses(values: Mapping[Part, Given], disaggregations: Iterable[Sequence[str]]) -> list[Excess]:
    """Where the parts of one line exceed their total; empty when every remainder ("not stated") is at least zero.

    Crossed parts must also fit into the parts of each of their own dimensions.
    """
    known: list[tuple[str, ...]] = [(), *(tuple(one) for one in disaggregations)]
    found = []
    for coarse, fine in product(known, known):
        if set(coarse) < set(fine):
            found += _excesses(values, coarse, fine)
    return found


def _excesses(values: Mapping[Part, Given], coarse: tuple[str, ...], fine: tuple[str, ...]) -> list[Excess]:
    found = []
    for side in ("value", "numerator", "denominator"):
        sums: dict[Part, Decimal] = {}
        for part, one in values.items():
            stated = getattr(one, side)
            if stated is not None and tuple(d for d, _code in part) == fine:
                within = tuple((d, code) for d, code in part if d in coarse)
                sums[within] = sums.get(within, Decimal(0)) + stated
        for within, together in sums.items():
            whole = getattr(values.get(within, Given()), side)
            # A crossed part may stand where the coarser one is left open; the total may not be left open.
            if (whole is None and not within) or (whole is not None and together > whole):
                found.append(Excess(within, fine, whole, together))
    return found


def remainder(whole: Decimal | None, parts: Iterable[Decimal | None]) -> Decimal | None:
    """What is "not stated": the total without its stated parts. None where there is no total."""
    return None if whole is None else whole - sum((part for part in parts if part is not None), Decimal(0))


# Rolling up ----------------------------------------------------------------------------------------------------------

# Of a percentage both parts are added up and then divided, so "sum" is lawful here: the ratio of the sums.
OF_RATIOS: dict[Axis, tuple[str, ...]] = {"time": ("sum", "last", "none"), "place": ("sum", "none")}


def unlawful(kind: str, additivity: str, over_time: str, over_place: str) -> list[str]:
    """Why these operators would count something twice or mean nothing; empty when they are lawful."""
    if additivity not in LAWFUL:
        return [f"unknown additivity {additivity!r}; known are {', '.join(LAWFUL)}"]
    problems = []
    if (kind == PERCENTAGE) != (additivity == "ratio"):
        problems.append("a percentage is a ratio and a ratio is a percentage")
    chosen_by: dict[Axis, str] = {"time": over_time, "place": over_place}
    for axis, chosen in chosen_by.items():
        lawful = OF_RATIOS[axis] if additivity == "ratio" else LAWFUL[additivity][axis]
        if chosen not in lawful:
            problems.append(f"over {axis} a {additivity} number may be {' or '.join(lawful)}, not {chosen}")
    return problems


@dataclass(frozen=True)
class Tally:
    """All that a roll-up needs to know of any number of values. Tallies add up in any order and any grouping."""

    count: int = 0
    sum: Decimal = Decimal(0)
    largest: Decimal | None = None
    numerator: Decimal = Decimal(0)
    denominator: Decimal = Decimal(0)

    @classmethod
    def of(cls, one: Given) -> "Tally":
        """The tally of one reported value; words and blanks count nothing."""
        if one.numerator is not None and one.denominator is not None:
            return cls(1, numerator=one.numerator, denominator=one.denominator)
        return cls() if one.value is None else cls(1, one.value, one.value)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.count + other.count,
            self.sum + other.sum,
            max((v for v in (self.largest, other.largest) if v is not None), default=None),
            self.numerator + other.numerator,
            self.denominator + other.denominator,
        )

    def rolled(self, operator: str) -> Given:
        """The one value that stands for all of them by `operator`; empty when there is none or it may not be made.

        `none` and `last` give a value only where there is a single one: over places nothing is the last.
        """
        if not self.count:
            return Given()
        if self.denominator:
            lawful = operator == "sum" or self.count == 1
            return Given(numerator=self.numerator, denominator=self.denominator) if lawful else Given()
        if operator == "average":
            return Given(value=self.sum / self.count)
        if operator == "max":
            return Given(value=self.largest)
        return Given(value=self.sum) if operator == "sum" or self.count == 1 else Given()


def over_time(operator: str, periods: Sequence[Given]) -> Given:
    """One value for periods in order; `last` is the last period that has one."""
    stated = [one for one in periods if not one.is_empty]
    if not stated:
        return Given()
    if operator == "last":
        return replace(stated[-1], evidence="")
    tally = Tally()
    for one in stated:
        tally += Tally.of(one)
    return tally.rolled(operator)
