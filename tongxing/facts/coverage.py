"""How many of the population behind were reached: a measure over a published figure, only where the two fit each other."""

import datetime
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from tongxing import facts
from tongxing.facts.calculation import calculate
from tongxing.facts.disclosure import Protected
from tongxing.facts.models import ReferenceStatistic
from tongxing.facts.results import Period

Why = Literal["unit", "population", "place", "place_not_stated", "year", "year_not_stated"]
STEP = Decimal("0.1")  # per cent


@dataclass(frozen=True)
class Reached:
    """Whom a measure counts: the code of the population it is drawn from, where (country or division), until when."""

    measure: str
    population: str
    place: str
    period: Period
    programme: str = ""


@dataclass(frozen=True)
class Coverage:
    """Reached of the population behind, in per cent, as an estimate: never one number where the source gives a range.

    `low` and `high` are None when the number reached is withheld.
    """

    reached: Protected
    statistic: ReferenceStatistic
    low: Decimal | None
    high: Decimal | None


class Unfit(ValueError):
    """The statistic may not be divided by; `reasons` say why, as codes of `Why`."""

    def __init__(self, code: str, reasons: tuple[Why, ...]) -> None:
        super().__init__(f"{code} is no denominator here: {', '.join(reasons)}")
        self.reasons = reasons


def misfits(statistic: ReferenceStatistic, reached: Reached) -> tuple[Why, ...]:
    """Why `statistic` may not be the denominator of `reached`; empty when unit, population, place and year all fit."""
    found: list[Why] = []
    if statistic.unit:
        found.append("unit")
    if statistic.population != reached.population:
        found.append("population")
    if not statistic.place:
        found.append("place_not_stated")
    elif statistic.place != reached.place:
        found.append("place")
    if statistic.year is None:
        found.append("year_not_stated")
    elif (reached.period.start.year, reached.period.end.year) != (statistic.year, statistic.year):
        found.append("year")
    return tuple(found)


def coverage(
    statistic: ReferenceStatistic, reached: Reached, *, policy: str = "public", as_of: datetime.datetime | None = None
) -> Coverage:
    """The share reached, from the protected number, with the range of the source. Raises Unfit, KeyError."""
    if reasons := misfits(statistic, reached):
        raise Unfit(statistic.code, reasons)
    counted = calculate(reached.measure, period=reached.period, programme=reached.programme, as_of=as_of)
    number = facts.protect(counted, policy).only(reached.measure)
    if number.value is None or not statistic.low:
        return Coverage(number, statistic, None, None)
    share = 100 * number.value
    return Coverage(
        number,
        statistic,
        (share / statistic.high).quantize(STEP, ROUND_FLOOR),
        (share / statistic.low).quantize(STEP, ROUND_CEILING),
    )
