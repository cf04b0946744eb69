"""The staff roster: a template to fill, then what each row would bring, then all of it or nothing."""

import base64
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tongxing.access.guard import allow
from tongxing.core.spreadsheet_reader import LARGEST, BadWorkbook
from tongxing.organisations import roster as rows_of
from tongxing.organisations.account_forms import RosterForm
from tongxing.organisations.accounts import NotPossible
from tongxing.organisations.views.accounts import WORDS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHY = {
    "too_large": gettext_lazy("The file is too large: at most 2 MB."),
    "no_workbook": gettext_lazy("This is no Excel workbook (.xlsx). Save it as .xlsx and choose it again."),
    "too_many_rows": gettext_lazy("The sheet has more than 5,000 rows. Divide it."),
    "too_many_columns": gettext_lazy("The sheet has too many columns. Use the template."),
}


@allow("account", "add")
@require_GET
def roster_template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    headers = {"Content-Disposition": 'attachment; filename="tongxing-staff.xlsx"'}
    return HttpResponse(rows_of.template(), content_type=XLSX, headers=headers)


@allow("account", "add")
def roster(request: HttpRequest) -> HttpResponse:
    """First what would change, row by row; then everything at once, or nothing."""
    if request.method != "POST":
        return _page(request, RosterForm())
    if "content" in request.POST:
        try:
            content = base64.b64decode(signing.loads(request.POST["content"], salt="roster", max_age=3600))
        except signing.BadSignature:
            form = RosterForm()
            return _page(request, form, problem=_("This look at the file is too old. Choose the file again."))
        return _looked_at(request, content, write=True)
    form = RosterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    file = form.cleaned_data["file"]
    return _looked_at(request, file.read(LARGEST + 1), write=False)


def _looked_at(request: HttpRequest, content: bytes, *, write: bool) -> HttpResponse:
    try:
        rows = rows_of.read(content)
    except BadWorkbook as problem:
        return _page(request, RosterForm(), problem=str(WHY[problem.reason]))
    try:
        report = rows_of.take(rows, write=write, by=request.acting)  # type: ignore[attr-defined]
    except NotPossible as problem:  # somebody else did the same a moment ago: nothing of the file was taken
        return _page(request, RosterForm(), problem=str(WORDS[problem.reason]))
    more: dict[str, Any] = {"report": report, "is_written": write and report.is_whole}
    if report.is_whole and not write:
        more["content"] = signing.dumps(base64.b64encode(content).decode(), salt="roster", compress=True)
    return _page(request, RosterForm(), **more)


def _page(request: HttpRequest, form: RosterForm, problem: str = "", **more: Any) -> HttpResponse:
    is_wrong = bool(form.errors or problem or (more and more["report"].count("refused")))
    page = {"form": form, "problems": [("id_file", problem)] if problem else [], **more}
    return render(request, "organisations/roster.html", page, status=422 if is_wrong else 200)
