"""The results framework and its calendar: what is planned, what was reached, who has reported."""

import uuid
from collections import defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.models import Organisation
from tongxing.programme import calendar as due
from tongxing.programme import framework as reading
from tongxing.programme.models import Claim, Dimension, Indicator, Programme, Report
from tongxing.programme.rules import results
from tongxing.programme.rules.results import Given
from tongxing.programme.words import COLOURS, TIMES, state_word


def programme_of(request: HttpRequest) -> tuple[Programme, list[Programme]]:
    """The programme that is asked for, and all that have periods; the first of them unless one is named."""
    planned = list(Programme.objects.filter(periods__isnull=False).distinct().order_by("code"))
    planned = planned or list(Programme.objects.order_by("code")[:1])
    asked = request.GET.get("programme", "")
    found = next((one for one in planned if one.code == asked), planned[0] if planned else None)
    if found is None:
        raise Http404
    return found, planned


@allow("report", "read")
@require_GET
def framework(request: HttpRequest) -> HttpResponse:
    """Outcome, output, indicator by period. A partner sees the child: what its own organisation undertook."""
    by: Acting = request.acting  # type: ignore[attr-defined]
    programme, planned = programme_of(request)
    own = due.organisation_of(by)
    page = {
        "programme": programme,
        "programmes": planned,
        "organisation": Organisation.objects.get(pk=own) if own else None,
        "framework": (found := reading.framework(programme, timezone.localdate(), own)),
        "columns": len(found.periods) + 3,
        "claims": _claims(programme),
    }
    return render(request, "programme/framework.html", page)


def _claims(programme: Programme) -> list[dict[str, Any]]:
    """Claims of the page, class by class; there is no total over classes, nor one within a class."""
    found = defaultdict(list)
    for claim in Claim.objects.filter(programme=programme, stands=True):
        found[claim.claim_class].append(claim)
    return [{"title": kind.label, "claims": found[kind]} for kind in Claim.Class if kind in found]


@allow("report", "read")
@require_GET
def indicator(request: HttpRequest, indicator_id: uuid.UUID) -> HttpResponse:
    """One indicator: what it means, its parent and its children by organisation, sites and parts with the remainder."""
    by: Acting = request.acting  # type: ignore[attr-defined]
    query = Indicator.objects.select_related("outcome__programme", "output")
    found = get_object_or_404(query, pk=indicator_id)
    own = due.organisation_of(by)
    row = reading.row(found, timezone.localdate(), own)
    reported = [cell.period for cell in row.cells if not cell.actual.is_empty]
    asked = request.GET.get("period", "")
    chosen = next((p for p in reported if p.code == asked), reported[-1] if reported else None)
    children = _children(found, chosen) if chosen and not found.measure else []
    note_read("report", {child["report"].pk for child in children}, by=by)
    page = {
        "indicator": found,
        "programme": found.outcome.programme,
        "row": row,
        "reported": reported,
        "period": chosen,
        "children": children,
        "parts": _parts(found, chosen) if chosen and not found.measure else [],
    }
    return render(request, "programme/indicator.html", page)


def _counted(found: Indicator, period: Any) -> Any:
    current = Report.objects.current().filter(period=period)
    values = found.values.filter(report__in=current).select_related("organisation", "site", "report")
    return values.order_by("organisation__slug", "site__slug", "part")


def _as_given(row: Any) -> Given:
    return Given(row.value, row.numerator, row.denominator, row.text, row.evidence)


def _children(found: Indicator, period: Any) -> list[dict[str, Any]]:
    """Each organisation's own lines, from the approved reports that the parent is made from."""
    return [
        {"organisation": v.organisation.name, "site": v.site, "value": _as_given(v), "report": v.report}
        for v in _counted(found, period)
        if not v.part and not _as_given(v).is_empty
    ]


def _parts(found: Indicator, period: Any) -> list[dict[str, Any]]:
    """For each disaggregation its parts over all places and what is not stated; only where places are summed."""
    if found.over_place != "sum":
        return []
    sums: dict[str, results.Tally] = defaultdict(results.Tally)
    for value in _counted(found, period):
        sums[value.part] += results.Tally.of(_as_given(value))
    dimensions = {d.code: d for d in Dimension.objects.filter(programme=found.outcome.programme)}
    codes = {code: [part["code"] for part in d.parts] for code, d in dimensions.items()}
    shown = []
    for disaggregation in found.disaggregations:
        parts = results.parts_of(disaggregation, codes)
        rolled = [sums[results.part_key(part)].rolled("sum") for part in parts]
        rest = results.remainder(sums[""].rolled("sum").value, [one.value for one in rolled])
        lines = [(_label(part, dimensions), one) for part, one in zip(parts, rolled, strict=True)]
        title = [dimensions[d].title for d in disaggregation]
        shown.append({"by": title, "lines": lines, "rest": rest, "total": sums[""].rolled("sum")})
    return shown


def _label(part: results.Part, dimensions: dict[str, Dimension]) -> Any:
    from tongxing.programme.lines import part_label

    return part_label(part, dimensions)


@allow("report", "read")
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Every report that is expected, by period: where it stands, what is due or overdue, and how many have come."""
    by: Acting = request.acting  # type: ignore[attr-defined]
    today = timezone.localdate()
    found = due.expected(by, today)
    days = jurisdiction("CN").calendar
    periods: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        late = days.working_days_between(one.period.due_on, today) if one.is_late else 0
        colour = "red" if one.is_late else COLOURS[one.state]
        said = {"state": state_word(one.state), "colour": colour, "time": TIMES[one.timing], "late": late}
        periods[one.period].append(said | {"expected": one})
    page = {
        "groups": [_group(period, rows) for period, rows in periods.items()],
        "counts": due.counted(found),
        "may_start": by.may("report", "add"),
        "may_review": by.may("review", "change"),
        "may_accept": by.may("acceptance", "change"),
        "today": today,
    }
    return render(request, "programme/calendar.html", page)


def _group(period: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    counted = sum(row["expected"].state in ("approved", "accepted") or row["expected"].timing == "done" for row in rows)
    late = sum(row["expected"].is_late for row in rows)
    return {"period": period, "rows": rows, "reported": counted, "expected": len(rows), "late": late}
