"""What organisations reported and the programme approved, as an edition freezes it beside the figures from records."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Ledger, ProtectedCell
from tongxing.programme.framework import ApprovedIndicator, ApprovedPeriod, approved
from tongxing.programme.models import Programme
from tongxing.publishing.sheet import Reported, ReportedPeriod


def reported(
    programme: Programme, as_of: datetime.datetime, ledgers: Sequence[Ledger]
) -> tuple[tuple[Reported, ...], tuple[ProtectedCell, ...]]:
    """The indicators of approved reports, and what they say of every count."""
    found = approved(programme, as_of, ledgers=ledgers)
    return tuple(_indicator(one) for one in found.indicators if one.periods), found.said


def _indicator(one: ApprovedIndicator) -> Reported:
    return Reported(
        outcome=one.outcome,
        output=one.output,
        number=one.number,
        title=Text(one.title),
        unit=Text(one.unit),
        definition=Text(one.definition),
        population=Text(one.population),
        baseline=planned(one.baseline),
        periods=tuple(_period(period) for period in one.periods),
    )


def _period(one: ApprovedPeriod) -> ReportedPeriod:
    title = Text(zh=one.code, en=one.code, mn=one.code)
    return ReportedPeriod(one.code, title, planned(one.target), one.number, one.reported, one.expected)


def planned(value: Decimal | None) -> str:
    """A target or baseline of the plan: nobody is counted in it."""
    return "" if value is None else f"{value.normalize():f}"
