"""Writes: a report is started, filled, sent, returned or approved, accepted; afterwards it is corrected by a new one."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.organisations.models import Organisation
from tongxing.programme import lines
from tongxing.programme.lines import Key
from tongxing.programme.models import Indicator, Report, ReportedValue, ReportingPeriod, ReportStep, Undertaking
from tongxing.programme.rules import reports as rules
from tongxing.programme.rules.results import Given

Kind = ReportStep.Kind


class Stale(Exception):
    """Somebody else saved or moved the report meanwhile; nothing was written. `report` is as it stands now."""

    def __init__(self, report: Report) -> None:
        super().__init__("the report has changed meanwhile")
        self.report = report


class NotNow(Exception):
    """The report is in a state in which this cannot be done; nothing was written."""


@dataclass(frozen=True)
class Problem:
    """What must be mended before a report can be sent. code: early | nothing | no_evidence | excess."""

    code: str
    line: lines.Line | None = None
    detail: Any = None


class Incomplete(Exception):
    """The report cannot be sent yet."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


@transaction.atomic
def start(*, period: ReportingPeriod, organisation: Organisation, by: Acting) -> Report:
    """The open report of an organisation for a period, begun if there is none; the approved one if there is no open one.

    Raises NotNow when the organisation undertook nothing that is reported by hand.
    """
    by.demand("report", "add")
    known = Report.objects.filter(period=period, organisation=organisation).order_by("-number").first()
    if known:
        return known
    undertaken = Undertaking.objects.filter(
        organisation=organisation, indicator__outcome__programme=period.programme_id, indicator__measure=""
    )
    if not undertaken.exists():
        raise NotNow("this organisation reports nothing in this programme")
    report = Report(period=period, organisation=organisation)
    made, _created = Report.objects.get_or_create(
        period=period, organisation=organisation, number=1, defaults={"id": report.id}
    )
    _said(made, Kind.STARTED, "", by)
    return made


def locked(report_id: uuid.UUID, version: int | None) -> Report:
    """The report, held until the transaction ends. Raises Report.DoesNotExist, Stale when `version` is an older one."""
    found = Report.objects.select_for_update(of=("self",)).select_related("period", "organisation").get(pk=report_id)
    if version is not None and found.version != version:
        raise Stale(found)
    return found


@transaction.atomic
def save(*, report_id: uuid.UUID, version: int, values: Mapping[Key, Given], by: Acting) -> Report:
    """Writes the given cells of an open report; cells that are not named stay. Nothing changed: nothing is written.

    Raises Stale when somebody else saved meanwhile, NotNow when the report is no longer open.
    """
    by.demand("report", "change")
    report = locked(report_id, version)
    if not report.is_open:
        raise NotNow("values are written in a draft or a returned report only")
    allowed = {cell.key for line in lines.lines_of(report) for cell in line.cells}
    if unknown := set(values) - allowed:
        raise PermissionDenied(f"{len(unknown)} cells are not this report's")
    if _written(report, values):
        report.version += 1
        report.save(update_fields=["version"])
    return report


def _written(report: Report, values: Mapping[Key, Given]) -> int:
    """Brings the cells to `values`; how many changed."""
    rows = {(r.indicator_id, r.site_id, r.part): r for r in ReportedValue.objects.filter(report=report)}
    fields = ("value", "numerator", "denominator", "text", "evidence")
    new, changed = [], []
    for key, one in values.items():
        said = {name: getattr(one, name) for name in fields}
        if key not in rows:
            if not one.is_empty or one.evidence:
                indicator, site, part = key
                place = {"indicator_id": indicator, "site_id": site, "part": part}
                new.append(ReportedValue(report=report, organisation_id=report.organisation_id, **place, **said))
        elif said != {name: getattr(rows[key], name) for name in fields}:
            for name, value in said.items():
                setattr(rows[key], name, value)
            changed.append(rows[key])
    ReportedValue.objects.bulk_create(new)
    if changed:
        ReportedValue.objects.bulk_update(changed, fields)
    return len(new) + len(changed)


@transaction.atomic
def copy_last(*, report_id: uuid.UUID, version: int, by: Acting) -> Report:
    """Fills empty cells with what the report of the period before said, as a draft to be gone through. Evidence is not copied.

    Raises Stale, NotNow when there is no earlier report or this one is not open.
    """
    report = locked(report_id, version)
    last = lines.last_before(report)
    if last is None:
        raise NotNow("there is no earlier report")
    here = lines.stored(report)
    allowed = {cell.key for line in lines.lines_of(report) for cell in line.cells}
    before = {
        key: Given(one.value, one.numerator, one.denominator, one.text)
        for key, one in lines.stored(last).items()
        if key in allowed and key not in here and not one.is_empty
    }
    return save(report_id=report.pk, version=version, values=before, by=by)


def problems(report: Report, today: datetime.date, known: list[lines.Line] | None = None) -> list[Problem]:
    """What must be mended before the report can be sent; empty when it can."""
    of_report = lines.lines_of(report) if known is None else known
    found = [] if rules.may_be_sent(report.period.window, today) else [Problem("early", detail=report.period.ends_on)]
    if all(line.given(cell).is_empty for line in of_report for cell in line.cells):
        found.append(Problem("nothing"))
    for line in of_report:
        found += [Problem("excess", line, excess) for excess in line.excesses()]
        total = line.given(line.total)
        if not total.is_empty and not total.evidence and line.indicator.kind != Indicator.Kind.QUALITATIVE:
            found.append(Problem("no_evidence", line))
    return found


@transaction.atomic
def submit(*, report_id: uuid.UUID, version: int, today: datetime.date, by: Acting) -> Report:
    """Sends the report to monitoring; what it says is frozen beside it.

    Raises Incomplete with what must be mended, Stale, NotNow.
    """
    by.demand("report", "change")
    report = locked(report_id, version)
    _from(report, rules.OPEN)
    of_report = lines.lines_of(report)
    if found := problems(report, today, of_report):
        raise Incomplete(found)
    report.state, report.version, report.returned_for = rules.SUBMITTED, report.version + 1, ""
    report.submitted_at, report.submitted_by_id, report.submitter_name = timezone.now(), by.user_id, by.name
    written = ["state", "version", "returned_for", "submitted_at", "submitted_by", "submitter_name"]
    report.save(update_fields=written)
    _said(report, Kind.SUBMITTED, "", by, content=lines.frozen(lines.stored(report)))
    return report


@transaction.atomic
def send_back(*, report_id: uuid.UUID, version: int, reason: str, by: Acting) -> Report:
    """Returns a submitted report with a reason; it is open again. Raises ValueError without a reason, Stale, NotNow."""
    by.demand("review", "change")
    if not reason.strip():
        raise ValueError("a report is returned for a reason")
    report = locked(report_id, version)
    _from(report, (rules.SUBMITTED,))
    report.state, report.version, report.returned_for = rules.RETURNED, report.version + 1, reason.strip()
    report.save(update_fields=["state", "version", "returned_for"])
    _said(report, Kind.RETURNED, report.returned_for, by)
    return report


@transaction.atomic
def approve(*, report_id: uuid.UUID, version: int, by: Acting) -> Report:
    """Approves what was looked at (`version`): it counts from now on and is locked.

    Raises PermissionDenied for who submitted it, Stale, NotNow.
    """
    by.demand("review", "change")
    report = locked(report_id, version)
    _from(report, (rules.SUBMITTED,))
    if report.submitted_by_id == by.user_id:
        raise PermissionDenied("who submitted a report does not approve it")
    report.state, report.version = rules.APPROVED, report.version + 1
    report.approved_at, report.approved_by_id, report.approver_name = timezone.now(), by.user_id, by.name
    report.save(update_fields=["state", "version", "approved_at", "approved_by", "approver_name"])
    _said(report, Kind.APPROVED, "", by)
    return report


@transaction.atomic
def accept(*, report_id: uuid.UUID, version: int, by: Acting) -> Report:
    """The coordinator takes an approved report over for the programme. Raises PermissionDenied, Stale, NotNow."""
    by.demand("acceptance", "change")
    report = locked(report_id, version)
    _from(report, (rules.APPROVED,))
    if report.approved_by_id == by.user_id:
        raise PermissionDenied("who approved a report does not accept it")
    report.state, report.version = rules.ACCEPTED, report.version + 1
    report.accepted_at, report.accepted_by_id, report.accepter_name = timezone.now(), by.user_id, by.name
    report.save(update_fields=["state", "version", "accepted_at", "accepted_by", "accepter_name"])
    _said(report, Kind.ACCEPTED, "", by)
    return report


@transaction.atomic
def comment(*, report_id: uuid.UUID, words: str, by: Acting) -> ReportStep:
    """Says something about a report, in any state. Raises ValueError without words, Report.DoesNotExist."""
    by.demand("remark", "add")
    if not words.strip():
        raise ValueError("nothing was said")
    return _said(Report.objects.get(pk=report_id), Kind.COMMENT, words.strip(), by)


@transaction.atomic
def correct(*, report_id: uuid.UUID, reason: str, by: Acting) -> Report:
    """Opens a correction of an approved report: the next number, with all its values, which goes the same way.

    The one corrected stays and counts until the correction is approved. Raises ValueError without a reason, NotNow when
    it is not the newest or not approved.
    """
    by.demand("report", "add")
    if not reason.strip():
        raise ValueError("a correction has a reason")
    report = locked(report_id, None)
    newest = Report.objects.filter(organisation=report.organisation_id, period=report.period_id).order_by("-number")
    _from(report, rules.COUNTED)
    if newest[0].pk != report.pk:
        raise NotNow("there is a newer number of this report")
    made = Report(
        period=report.period, organisation=report.organisation, number=report.number + 1, reason=reason.strip()
    )
    made.save(force_insert=True)
    _written(made, lines.stored(report))
    _said(made, Kind.CORRECTED, made.reason, by)
    return made


def _from(report: Report, states: tuple[str, ...]) -> None:
    if report.state not in states:
        raise NotNow(f"the report is {report.state}")


def _said(report: Report, kind: str, words: str, by: Acting, content: Any = None) -> ReportStep:
    step = ReportStep(report=report, organisation_id=report.organisation_id, kind=kind, words=words, content=content)
    step.user_id, step.name = by.user_id, by.name
    step.save(force_insert=True)
    return step
