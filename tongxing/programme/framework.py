"""The results framework as it stands: every indicator by period with target, actual and who has reported.

One set of queries, whatever the number of indicators: values are tallied in SQL (`results.Tally` says what a tally is and
the tests compare the two), rolled up by the operators of each indicator, and never stored.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connections

from tongxing import facts
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.calculation import snapshot
from tongxing.facts.disclosure import Ledger, ProtectedCell
from tongxing.facts.measures import measure
from tongxing.facts.results import Cell, Period
from tongxing.facts.series import series
from tongxing.programme.models import Indicator, Outcome, Output, Programme, ReportingPeriod
from tongxing.programme.reported import Reported, ReportedPeriod
from tongxing.programme.rules import reports, results
from tongxing.programme.rules.results import Given, Tally

Place = tuple[uuid.UUID, uuid.UUID]  # indicator, period

CURRENT = """
with current as (
  select distinct on (r.organisation_id, r.period_id) r.id, r.organisation_id, r.period_id
    from programme_report r join programme_reportingperiod p on p.id = r.period_id
   where p.programme_id = %(programme)s and r.state in ('approved', 'accepted')
     and (%(as_of)s::timestamptz is null or r.approved_at <= %(as_of)s)
     and (%(organisation)s::uuid is null or r.organisation_id = %(organisation)s)
   order by r.organisation_id, r.period_id, r.number desc)
"""
# Cells that count nothing (words) still say that an organisation has reported.
TALLIES = """
select v.indicator_id, c.period_id, count(*) filter (where v.text = ''), coalesce(sum(v.value), 0), max(v.value),
       coalesce(sum(v.numerator), 0), coalesce(sum(v.denominator), 0), count(distinct c.organisation_id)
  from current c join programme_reportedvalue v on v.report_id = c.id
 where v.part = '' and (v.value is not null or v.denominator is not null or v.text <> '')
 group by 1, 2
"""
TARGETS = """
select t.indicator_id, t.period_id, max(t.value) filter (where t.site_id is null), sum(t.value), max(t.value),
       count(*)
  from programme_target t join programme_reportingperiod p on p.id = t.period_id
 where p.programme_id = %(programme)s
   and (%(organisation)s::uuid is null or exists (
         select from programme_undertaking u where u.organisation_id = %(organisation)s
            and u.indicator_id = t.indicator_id and u.site_id = t.site_id))
 group by 1, 2
"""
EXPECTED = """
select u.indicator_id, count(distinct u.organisation_id)
  from programme_undertaking u join programme_indicator i on i.id = u.indicator_id
  join programme_outcome o on o.id = i.outcome_id
 where o.programme_id = %(programme)s and (%(organisation)s::uuid is null or u.organisation_id = %(organisation)s)
 group by 1
"""


@dataclass(frozen=True)
class Coverage:
    """How many of the organisations that undertook an indicator stand behind its value. 0 of 0: from records."""

    reported: int
    expected: int

    @property
    def is_complete(self) -> bool:
        return self.reported >= self.expected


@dataclass(frozen=True)
class PeriodCell:
    """One indicator in one period. `actual` is empty where nobody's report is approved, or where it may not be summed."""

    period: ReportingPeriod
    target: Decimal | None
    actual: Given
    coverage: Coverage
    is_percentage: bool
    timing: str  # of rules.reports.TIMINGS; done when everybody who undertook it is counted

    @property
    def number(self) -> Decimal | None:
        return self.actual.number


@dataclass(frozen=True)
class Row:
    """One indicator: its periods in order, and one value for all of them by its operator over time."""

    indicator: Indicator
    cells: tuple[PeriodCell, ...]
    to_date: Given
    has_gaps: bool  # a report that is due is missing from `to_date`


@dataclass(frozen=True)
class Group:
    """An outcome, or one of its outputs, with the indicators that hang on it."""

    outcome: Outcome
    output: Output | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Framework:
    programme: Programme
    periods: tuple[ReportingPeriod, ...]
    groups: tuple[Group, ...]


def framework(programme: Programme, today: datetime.date, organisation: uuid.UUID | None = None) -> Framework:
    """The framework of the programme; with `organisation` the child of that organisation: what it undertook.

    Reads reports through the acting context, facts over the counter connection; 9 queries, and 6 more where
    indicators come from records.
    """
    periods = list(ReportingPeriod.objects.filter(programme=programme))
    indicators = list(Indicator.objects.filter(outcome__programme=programme))
    tables = _Tables.read(programme, organisation, None, "default")
    if organisation:
        indicators = [one for one in indicators if one.pk in tables.expected]
    tables.add_records(programme, indicators, periods, today)
    rows = {one.pk: tables.row(one, periods, today) for one in indicators}
    outputs = list(Output.objects.filter(outcome__programme=programme))
    groups = []
    for outcome in Outcome.objects.filter(programme=programme):
        for output in (None, *(o for o in outputs if o.outcome_id == outcome.pk)):
            of = [i for i in indicators if i.outcome_id == outcome.pk and i.output_id == (output and output.pk)]
            if of:
                groups.append(Group(outcome, output, tuple(rows[one.pk] for one in _ordered(of))))
    return Framework(programme, tuple(periods), tuple(groups))


def row(indicator: Indicator, today: datetime.date, organisation: uuid.UUID | None = None) -> Row:
    """One indicator of the framework."""
    programme = indicator.outcome.programme
    periods = list(ReportingPeriod.objects.filter(programme=programme))
    tables = _Tables.read(programme, organisation, None, "default")
    tables.add_records(programme, [indicator], periods, today)
    return tables.row(indicator, periods, today)


def _ordered(indicators: list[Indicator]) -> list[Indicator]:
    """3.2 before 3.10."""
    return sorted(indicators, key=lambda one: [int(p) if p.isdecimal() else 0 for p in one.number.split(".")])


@dataclass
class _Tables:
    """What the queries brought, by indicator and period."""

    values: dict[Place, Tally]
    reporters: dict[Place, int]
    targets: dict[Place, tuple[Any, ...]]
    expected: dict[uuid.UUID, int]
    records: dict[Place, Given]

    @classmethod
    def read(
        cls, programme: Programme, organisation: uuid.UUID | None, as_of: datetime.datetime | None, using: str
    ) -> "_Tables":
        asked = {"programme": programme.pk, "organisation": organisation, "as_of": as_of}
        values, reporters = {}, {}
        with connections[using].cursor() as cursor:
            cursor.execute(CURRENT + TALLIES, asked)
            for indicator, period, count, total, largest, above, below, bodies in cursor.fetchall():
                values[indicator, period] = Tally(count, total, largest, above, below)
                reporters[indicator, period] = bodies
            cursor.execute(TARGETS, asked)
            targets = {(indicator, period): tuple(rest) for indicator, period, *rest in cursor.fetchall()}
            cursor.execute(EXPECTED, asked)
            expected = dict(cursor.fetchall())
        return cls(values, reporters, targets, expected, {})

    def add_records(
        self, programme: Programme, indicators: Sequence[Indicator], periods: Sequence[ReportingPeriod], today: Any
    ) -> None:
        """Values of indicators that a measure makes, for every period that has begun, from one snapshot."""
        by_measure: dict[str, list[Indicator]] = {}
        for one in indicators:
            if one.measure:
                by_measure.setdefault(one.measure, []).append(one)
        begun = [period for period in periods if period.has_begun(today)]
        if not by_measure or not begun:
            return
        for (code, period), given in recorded(programme, list(by_measure), begun, today).items():
            for one in by_measure[code]:
                self.records[one.pk, period] = given

    def row(self, one: Indicator, periods: Sequence[ReportingPeriod], today: datetime.date) -> Row:
        cells = tuple(self._cell(one, period, today) for period in periods)
        begun = [cell for cell in cells if cell.period.has_begun(today)]
        gaps = any(not c.coverage.is_complete for c in begun if c.timing in ("due", "overdue"))
        # What a measure counts rolls up as the measure says, not as the plan does.
        operator = measure(one.measure).over_time if one.measure else one.over_time
        return Row(one, cells, results.over_time(operator, [c.actual for c in begun]), gaps)

    def _cell(self, one: Indicator, period: ReportingPeriod, today: datetime.date) -> PeriodCell:
        place = (one.pk, period.pk)
        coverage = Coverage(self.reporters.get(place, 0), self.expected.get(one.pk, 0))
        state = reports.APPROVED if coverage.is_complete and today > period.ends_on else ""
        timing = reports.timing(period.window, state, today)
        if one.measure:
            actual = self.records.get(place, Given())
        else:
            actual = self.values.get(place, Tally()).rolled(one.over_place)
        is_percentage = one.kind == Indicator.Kind.PERCENTAGE
        return PeriodCell(period, _target(one, self.targets.get(place)), actual, coverage, is_percentage, timing)


def _target(one: Indicator, found: tuple[Any, ...] | None) -> Decimal | None:
    """The stated target of the programme, else that of its sites by the operator over places."""
    if found is None:
        return None
    whole, total, largest, count = found
    if whole is not None:
        return Decimal(whole)
    if one.kind == Indicator.Kind.PERCENTAGE and count > 1:
        return None  # the parts behind the targets of sites are not known
    return Tally(count, total, largest).rolled(one.over_place).value


def recorded(
    programme: Programme, codes: Sequence[str], periods: Sequence[ReportingPeriod], today: datetime.date
) -> dict[tuple[str, uuid.UUID], Given]:
    """What the measures say of each period, exact, under the internal policy; all from one snapshot of facts."""
    spans = [Period(period.starts_on, min(period.ends_on, today)) for period in periods]
    found = {}
    with snapshot(codes, period=Period.until(max(s.end for s in spans)), programme=programme.code) as taken:
        for code in codes:
            for period, cell in zip(periods, series(taken, code, spans), strict=True):
                found[code, period.pk] = _internal(cell)
    return found


def _internal(cell: Cell) -> Given:
    """One raw cell through the door for figures at work; a ratio keeps its parts."""
    if cell.is_ratio:
        parts = [replace(cell, value=v, numerator=None, denominator=None) for v in (cell.numerator, cell.denominator)]
        above, below = (facts.protect([part], "internal").cells[0].number.value for part in parts)
        return Given(numerator=above or Decimal(0), denominator=below) if below else Given()
    value = facts.protect([cell], "internal").cells[0].number.value
    return Given(value=None if value is None else Decimal(value))


# For the public ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Approved:
    """What may be published of the reports of organisations, and what that says of every count, for the ledger."""

    indicators: tuple[Reported, ...]
    said: tuple[ProtectedCell, ...]


def approved(
    programme: Programme,
    as_of: datetime.datetime | None = None,
    using: str = "counter",
    ledgers: Sequence[Ledger] = (),
) -> Approved:
    """What organisations reported and the programme approved until `as_of` (None: now), protected for the public.

    All periods of an indicator go through the public policy as one table, under the ledger of earlier editions. Periods
    that begin after `as_of` are left out, and so are indicators in words or from records. Reads over the counter
    connection, so no acting context is needed.
    """
    day = (as_of or datetime.datetime.now(datetime.UTC)).date()
    periods = [p for p in ReportingPeriod.objects.using(using).filter(programme=programme) if p.has_begun(day)]
    manual = Indicator.objects.using(using).filter(outcome__programme=programme, measure="")
    tables = _Tables.read(programme, None, as_of, using)
    found = [one for one in manual.select_related("outcome", "output") if one.pk in tables.expected]
    counted = [one for one in _ordered(found) if one.kind != Indicator.Kind.QUALITATIVE]
    made = [_approved(one, tables.row(one, periods, day).cells, ledgers) for one in counted]
    return Approved(
        tuple(one for one, _said in made if one.periods), tuple(cell for _one, said in made for cell in said)
    )


def _approved(
    one: Indicator, cells: Sequence[PeriodCell], ledgers: Sequence[Ledger]
) -> tuple[Reported, tuple[ProtectedCell, ...]]:
    name = f"reported:{one.number}"
    raw = [
        Cell(name, one.topic, (("period", c.period.code),), c.number, c.actual.numerator, c.actual.denominator)
        for c in cells
        if not c.actual.is_empty
    ]
    # That a period has a row tells that somebody reported, not that anybody was counted.
    safe = facts.protect(raw, "public", listed={"period": [c.keys[0][1] for c in raw]}, ledgers=ledgers)
    numbers = {cell.keys: cell.number for cell in safe.cells}
    nothing = facts.protect([Cell(name, "things", (), None)], "public").cells[0].number
    shown = tuple(
        ReportedPeriod(
            code=c.period.code,
            title=Text(dict.fromkeys(LANGUAGES, c.period.code)),
            target=_planned(c.target),
            number=numbers.get((("period", c.period.code),), nothing),
            reported=c.coverage.reported,
            expected=c.coverage.expected,
        )
        for c in cells
    )
    spoken = {name: Text(getattr(one, name)) for name in ("title", "unit", "definition", "population")}
    output = one.output.number if one.output else ""
    found = Reported(one.outcome.number, output, one.number, **spoken, baseline=_planned(one.baseline), periods=shown)
    return found, safe.said


def _planned(value: Decimal | None) -> str:
    """A target or baseline of the plan: nobody is counted in it."""
    return "" if value is None else f"{value.normalize():f}"
