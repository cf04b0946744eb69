"""One measure over many periods at once: as many numbers as periods, from one expression.

A table of periods asks for each measure as often as there are periods, and writing an expression costs more than running
it. Here every fact is taken once for each period that it belongs to; what took it back counts within that period only,
so the numbers are those of `Snapshot.calculate`, period by period (a test compares them).
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

import ibis
from ibis import _

from tongxing.facts import expressions
from tongxing.facts.calculation import Snapshot
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Cell, Period, Scope
from tongxing.organisations.models import Centre


def series(taken: Snapshot, code: str, periods: Sequence[Period]) -> list[Cell]:
    """The total of the measure `code` in each of `periods`, in their order, as raw cells; the snapshot's own period is
    left out. Raises KeyError for an unknown measure."""
    one = measure(code)
    if one.reference:
        numbers = REGISTERS[one.reference](taken.scope.programme, [period.end for period in periods])
        return [Cell(code, one.topic, (), value) for value in numbers]
    if one.value == "ratio":
        above, below = (_numbers(measure(part), taken, periods) for part in (one.numerator, one.denominator))
        pairs = zip(above, below, strict=True)
        return [Cell(code, one.topic, (), Decimal(a) / Decimal(b) if b else None, a, b) for a, b in pairs]
    return [Cell(code, one.topic, (), value) for value in _numbers(one, taken, periods)]


def _community_centres(programme: str, days: Sequence[datetime.date]) -> list[int]:
    centres = Centre.objects.using("counter").community()
    centres = centres.of_programme(programme) if programme else centres
    spans = list(centres.values_list("opened_on", "closed_on"))
    return [sum(opened <= day and (closed is None or closed > day) for opened, closed in spans) for day in days]


REGISTERS = {"centres_community": _community_centres}  # as references.REGISTERS, of many days in one query


def _numbers(one: Measure, taken: Snapshot, periods: Sequence[Period]) -> list[int | Decimal]:
    whole = Period(min(p.start for p in periods), max(p.end for p in periods))
    facts = _in_each(taken.tables.facts, one, periods)
    facts = expressions.living(facts, one, Scope(whole, taken.scope.as_of, taken.scope.programme))
    if one.value == "distinct":
        facts = expressions.identified(facts, taken.tables.identities, taken.scope.as_of)
    found = taken.tables.rows(expressions.counted(facts, one, ("period",)))
    values = {row["by_period"]: row["value"] for row in found}
    return [values.get(str(number), 0) for number in range(len(periods))]


def _in_each(facts: ibis.Table, one: Measure, periods: Sequence[Period]) -> ibis.Table:
    """Each fact once for every period that it belongs to, under a name of its own there."""
    inside = []
    for number, period in enumerate(periods):
        belongs = facts.occurred_on <= period.end
        if one.basis == "during":
            belongs &= facts.occurred_on >= period.start
        inside.append(ibis.ifelse(belongs, ibis.literal(str(number)), ibis.null("string")))
    spread = facts.filter(_.kind.isin(one.kinds)).mutate(by_period=ibis.array(inside).unnest())
    spread = spread.filter(_.by_period.notnull())
    return spread.mutate(id=_.id + "|" + _.by_period, voids=_.voids + "|" + _.by_period)
