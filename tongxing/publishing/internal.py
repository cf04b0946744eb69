"""The figure of now, for those who may read figures: exact numbers, through the same door under the internal policy."""

import datetime
from dataclasses import dataclass

from tongxing import facts
from tongxing.facts.calculation import Snapshot, snapshot
from tongxing.facts.disclosure import Protected
from tongxing.facts.known import measure
from tongxing.facts.measures import Measure
from tongxing.facts.results import Cell, Period
from tongxing.organisations.models import Centre
from tongxing.programme.models import Claim, Indicator, Programme
from tongxing.publishing import labels
from tongxing.publishing.factsheet import ZONE, claim_line
from tongxing.publishing.sheet import ClaimLine, Part

POLICY = "internal"
TOP = 40  # centres on the page


@dataclass(frozen=True)
class InternalFigure:
    """One measure as it stands: the number, the way from records to it, and by centre (not to be added up)."""

    measure: Measure
    number: Protected
    steps: tuple[Part, ...]
    centres: tuple[Part, ...]


def first_indicator(programme: Programme) -> Indicator:
    """The first indicator that is bound to a measure. Raises Indicator.DoesNotExist."""
    return Indicator.objects.filter(outcome__programme=programme).exclude(measure="").order_by("number")[:1].get()


def claim(programme: Programme, code: str) -> ClaimLine | None:
    """What the page claims of the same measure."""
    found = Claim.objects.filter(programme=programme, measure=code, stands=True).first()
    return claim_line(found, None) if found else None


def figure(programme: Programme, code: str, now: datetime.datetime) -> InternalFigure:
    """The measure `code` of `programme` this second, exact; reads facts over the counter connection."""
    one, period = measure(code), Period.until(now.astimezone(ZONE).date())
    with snapshot((code,), period=period, programme=programme.code) as taken:
        safe = facts.protect(taken.calculate(code, ("centre",)), POLICY)
        steps = _steps(one, taken) if one.value == "distinct" else ()
    found = [(cell.keys[0][1], cell.number) for cell in safe.cells if cell.keys]
    names = {
        str(centre.pk): centre.name
        for centre in Centre.objects.filter(pk__in=[key for key, _n in found if len(key) == 36])
    }
    found.sort(key=lambda line: -(line[1].value or 0))
    return InternalFigure(
        measure=one,
        number=safe.only(code),
        steps=steps,
        centres=tuple(Part(key, names.get(key, labels.NOT_STATED), number) for key, number in found[:TOP]),
    )


def _steps(one: Measure, taken: Snapshot) -> tuple[Part, ...]:
    raw = taken.funnel(one.code)
    codes = ("gross", "again_in_one_centre", "again_elsewhere", "refused_statistics", "distinct")
    safe = facts.protect([Cell(code, one.topic, (), getattr(raw, code)) for code in codes], POLICY)
    return tuple(Part(code, labels.of("step", code), safe.only(code)) for code in codes)
