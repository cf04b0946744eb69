"""A report as a spreadsheet: download it, send it, upload it; look at what would change, then take it over whole."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxing.access.guard import allow
from tongxing.core.spreadsheet_reader import LARGEST, BadWorkbook, ReadRow
from tongxing.programme import sheets
from tongxing.programme.actions import reports as actions
from tongxing.programme.models import Report
from tongxing.programme.views.reports import UNREADABLE, about, at, report_or_404, version_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@allow("report", "read")
@require_GET
def report_sheet(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """The workbook of this report with its present values."""
    found = report_or_404(request, report_id)
    name = f"{found.period.programme.code}_{found.organisation.slug}_{found.period.code}_{found.number}.xlsx"
    answer = HttpResponse(sheets.written(found, get_language() or "en"), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@allow("report", "change")
@require_http_methods(["GET", "POST"])
def report_upload(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """First what would change, row by row; then everything at once, or nothing."""
    found = report_or_404(request, report_id)
    if not found.is_open:
        return at(found)
    if request.method == "GET":
        return _page(request, found)
    if "rows" in request.POST:
        return _taken(request, found)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, found, [("file", _("Choose the workbook."))], UNREADABLE)
    if (file.size or 0) > LARGEST:
        return _page(request, found, [("file", _why(BadWorkbook("too_large")))], UNREADABLE)
    try:
        rows = sheets.unpacked(found, file.read())
    except (BadWorkbook, sheets.WrongSheet) as problem:
        return _page(request, found, [("file", _why(problem))], UNREADABLE)
    return _looked_at(request, found, rows)


def _looked_at(request: HttpRequest, found: Report, rows: list[ReadRow], **more: Any) -> HttpResponse:
    compared = sheets.compared(found, rows)
    page = about(found) | {"compared": compared, "rows": sheets.packed(rows)} | more
    return render(request, "programme/report_upload.html", page, status=UNREADABLE if compared.refused else 200)


def _taken(request: HttpRequest, found: Report) -> HttpResponse:
    try:
        rows = sheets.repacked(request.POST["rows"])
    except (ValueError, TypeError, RecursionError):
        return _page(request, found, [("file", _("Choose the workbook."))], UNREADABLE)
    compared = sheets.compared(found, rows)
    if not compared.is_takeable:
        return _looked_at(request, found, rows)
    by = request.acting  # type: ignore[attr-defined]
    try:
        actions.save(report_id=found.pk, version=version_of(request), values=compared.values, by=by)
    except actions.Stale as stale:
        words = _("Somebody else saved this report meanwhile. Look once more at what would change.")
        return _looked_at(request, stale.report, rows, problems=[("", words)])
    except actions.NotNow:
        return at(found)
    return HttpResponseRedirect(f"{reverse('programme:report', args=[found.pk])}?saved")


def _page(
    request: HttpRequest, found: Report, problems: list[tuple[str, str]] | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "programme/report_upload.html", about(found) | {"problems": problems or []}, status=status)


def _why(problem: BadWorkbook | sheets.WrongSheet) -> str:
    """Why a whole file is not taken, in a sentence that names what it is and what it should be."""
    if isinstance(problem, BadWorkbook):
        return {
            "too_large": _("This file is too large. Download the workbook again and fill in that one."),
            "no_workbook": _("This is no .xlsx workbook that can be read."),
            "too_many_rows": _("This workbook has too many rows."),
            "too_many_columns": _("This workbook has too many columns."),
        }[problem.reason]
    said = {"found": problem.found or "—", "wanted": problem.wanted}
    return {
        "template": _("This is not a workbook of a report, or one of an older kind. Download it again."),
        "programme": _("This workbook is for the programme %(found)s, not %(wanted)s."),
        "organisation": _("This workbook is for the organisation %(found)s, not %(wanted)s."),
        "period": _("This workbook is for the period %(found)s, not %(wanted)s."),
        "number": _("This workbook is for number %(found)s of the report, not %(wanted)s."),
    }[problem.what] % said
