"""One report: fill, save, send; look, return or approve; accept; comment; correct; take over the last period's."""

import uuid
from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.organisations.models import Organisation
from tongxing.programme import entries
from tongxing.programme.actions import reports as actions
from tongxing.programme.calendar import organisation_of
from tongxing.programme.lines import Cell, Line, last_before, lines_of, stored
from tongxing.programme.models import Report, ReportingPeriod, ReportStep
from tongxing.programme.rules.results import Given
from tongxing.programme.words import COLOURS, line_name, problem_text, state_word

CONFLICT, UNREADABLE = 409, 422


def report_or_404(request: HttpRequest, report_id: uuid.UUID) -> Report:
    """Through the wall: what is foreign or absent looks the same. Leaves a trace of the look: evidence may name people."""
    found = get_object_or_404(Report.objects.select_related("period__programme", "organisation"), pk=report_id)
    note_read("report", [found.pk], by=request.acting)  # type: ignore[attr-defined]
    return found


def version_of(request: HttpRequest) -> int:
    """The state of the report that the page was made from; -1, which fits none, for anything that is no number."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else -1


def at(report: Report) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("programme:report", args=[report.pk]))


@allow("report", "add")
@require_POST
def report_start(request: HttpRequest) -> HttpResponse:
    """Begins a report, or goes on with the one that was begun."""
    by: Acting = request.acting  # type: ignore[attr-defined]
    own = organisation_of(by)
    organisation = get_object_or_404(Organisation, slug=request.POST.get("organisation", "")[:80])
    if own and own != organisation.pk:
        raise Http404
    which = {"programme__code": request.POST.get("programme", "")[:32], "code": request.POST.get("period", "")[:16]}
    period = get_object_or_404(ReportingPeriod, **which)
    try:
        return at(actions.start(period=period, organisation=organisation, by=by))
    except actions.NotNow:
        raise Http404 from None


@allow("report", "read")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """The report as it stands; while it is open, whoever may change it types values and saves."""
    found = report_or_404(request, report_id)
    by: Acting = request.acting  # type: ignore[attr-defined]
    if request.method == "POST":
        if not by.may("report", "change"):
            raise Http404
        return _saved(request, found, by)
    lines, pages = _part(request, found)
    return _page(request, found, entries.shown(lines), pages=pages)


INPUTS = 360  # on one page: what is posted at once has a limit


def _part(request: HttpRequest, found: Report) -> tuple[list[Line], list[dict[str, Any]]]:
    """The lines of one page of a long report, and its pages. A report that is not open is shown whole."""
    lines = lines_of(found)
    if not found.is_open:
        return lines, []
    parts: list[list[Line]] = [[]]
    for line in lines:
        if parts[-1] and sum(2 * len(one.cells) + 1 for one in (*parts[-1], line)) > INPUTS:
            parts.append([])
        parts[-1].append(line)
    asked = request.GET.get("part", "")
    chosen = int(asked) if asked.isdecimal() and 1 <= int(asked[:4]) <= len(parts) else 1
    return parts[chosen - 1], [{"number": n, "is_current": n == chosen} for n in range(1, len(parts) + 1)]


def _saved(request: HttpRequest, found: Report, by: Acting) -> HttpResponse:
    """Saves what can be read; what cannot stays as typed, with its error, and then nothing is saved."""
    lines, pages = _part(request, found)
    typed, values = entries.read(lines, lambda cell, name: request.POST.get(f"{cell.name}-{name}"))
    if any(box.error for entry in typed for box in entry.boxes):
        return _page(request, found, typed, status=UNREADABLE, pages=pages)
    try:
        done = actions.save(report_id=found.pk, version=version_of(request), values=values, by=by)
    except actions.Stale as stale:
        words = _(
            "Somebody else saved this report while you were typing. What you typed is still here; compare, then save."
        )
        return _page(request, stale.report, typed, status=CONFLICT, notes=[words], pages=pages)
    except actions.NotNow:
        return at(found)
    if "send" in request.POST:
        return HttpResponseRedirect(reverse("programme:report_submit", args=[done.pk]))
    part = next((f"&part={page['number']}" for page in pages if page["is_current"] and page["number"] > 1), "")
    return HttpResponseRedirect(f"{reverse('programme:report', args=[done.pk])}?saved{part}")


def _page(
    request: HttpRequest,
    found: Report,
    typed: list[entries.Entry],
    *,
    pages: list[dict[str, Any]],
    status: int = 200,
    notes: list[str] | None = None,
) -> HttpResponse:
    by: Acting = request.acting  # type: ignore[attr-defined]
    is_open = found.is_open and by.may("report", "change")
    wrong = [(box.cell.name, f"{line_name(e.line)}: {box.error}") for e in typed for box in e.boxes if box.error]
    page = about(found) | {
        "entries": typed,
        "pages": pages,
        "is_open": is_open,
        "problems": [*(("", note) for note in notes or []), *wrong],
        "can_copy": is_open and last_before(found) is not None,
        "may_review": by.may("review", "change") and found.state == "submitted" and found.submitted_by_id != by.user_id,
        "may_accept": by.may("acceptance", "change")
        and found.state == "approved"
        and found.approved_by_id != by.user_id,
        "may_correct": by.may("report", "add") and found.is_counted and is_newest(found),
        "notice": _("Saved.") if "saved" in request.GET and not wrong and not notes else "",
    }
    return render(request, "programme/report.html", page, status=status)


def about(found: Report) -> dict[str, Any]:
    """What every page about one report shows."""
    others = Report.objects.filter(organisation=found.organisation_id, period=found.period_id).order_by("number")
    numbers = [{"report": one, "state": state_word(one.state), "colour": COLOURS[one.state]} for one in others]
    return {
        "report": found,
        "state": state_word(found.state),
        "colour": COLOURS[found.state],
        "steps": ReportStep.objects.filter(report=found),
        "numbers": numbers,
    }


def is_newest(found: Report) -> bool:
    newer = Report.objects.filter(organisation=found.organisation_id, period=found.period_id, number__gt=found.number)
    return not newer.exists()


@allow("report", "change")
@require_POST
def report_copy(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """Last period's values into the empty cells of this draft."""
    found = report_or_404(request, report_id)
    by = request.acting  # type: ignore[attr-defined]
    try:
        actions.copy_last(report_id=found.pk, version=version_of(request), by=by)
    except (actions.Stale, actions.NotNow):
        return at(found)
    return HttpResponseRedirect(f"{reverse('programme:report', args=[found.pk])}?saved")


@allow("report", "change")
@require_http_methods(["GET", "POST"])
def report_submit(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """What is missing, or the interruption before the report is sent."""
    found = report_or_404(request, report_id)
    by: Acting = request.acting  # type: ignore[attr-defined]
    if not found.is_open:
        return at(found)
    today, status = timezone.localdate(), 200
    if request.method == "POST":
        try:
            return at(actions.submit(report_id=found.pk, version=version_of(request), today=today, by=by))
        except actions.Incomplete:
            status = UNREADABLE
        except (actions.Stale, actions.NotNow):
            return at(found)
    language = get_language() or "en"
    problems = [("", problem_text(one, language)) for one in actions.problems(found, today)]
    lines = [line for line in lines_of(found) if not line.given(line.total).is_empty]
    page = about(found) | {"problems": problems, "lines": lines, "empty": len(lines_of(found)) - len(lines)}
    return render(request, "programme/report_submit.html", page, status=status)


@allow("review", "change")
@require_http_methods(["GET", "POST"])
def report_review(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """What would count and what changes; then approve, or return with a reason."""
    found = report_or_404(request, report_id)
    by: Acting = request.acting  # type: ignore[attr-defined]
    if found.state != "submitted" or found.submitted_by_id == by.user_id:
        return at(found)
    problems: list[tuple[str, str]] = []
    reason = request.POST.get("reason", "")[:500]
    if request.method == "POST":
        move: dict[str, Any] = {"report_id": found.pk, "version": version_of(request), "by": by}
        try:
            if request.POST.get("decision") == "approve":
                return at(actions.approve(**move))
            return at(actions.send_back(reason=reason, **move))
        except ValueError:
            problems = [("reason", _("Say what has to be mended."))]
        except (actions.Stale, actions.NotNow):
            return at(found)
    page = about(found) | {"changes": changes(found), "problems": problems, "reason": reason}
    return render(request, "programme/report_review.html", page, status=UNREADABLE if problems else 200)


def changes(found: Report) -> list[dict[str, Any]]:
    """Cell by cell: what counts now (the approved number before), what was sent before (if returned), what is sent now."""
    approved = Report.objects.current().filter(organisation=found.organisation_id, period=found.period_id).first()
    counted = stored(approved) if approved else {}
    sent = list(ReportStep.objects.filter(report=found, kind=ReportStep.Kind.SUBMITTED).order_by("-said_at")[:2])
    earlier = _thawed(sent[1].content or []) if len(sent) > 1 else None
    rows = []
    for line in lines_of(found):
        for cell in line.cells:
            now, before = line.given(cell), counted.get(cell.key, Given())
            last = earlier.get(_frozen_key(cell), "") if earlier is not None else None
            if not (now.is_empty and before.is_empty and not last):
                rows.append(_change(line, cell, now, before, last))
    return rows


def _change(line: Line, cell: Cell, now: Given, before: Given, last: str | None) -> dict[str, Any]:
    typed = _compared(entries.as_typed(now))
    return {
        "line": line,
        "name": line_name(line),
        "cell": cell,
        "now": now,
        "before": before,
        "is_changed": _compared(entries.as_typed(before)) != typed,
        "is_mended": last is not None and last != typed,
    }


def _frozen_key(cell: Cell) -> tuple[str, str | None, str]:
    indicator, site, part = cell.key
    return str(indicator), str(site) if site else None, part


def _thawed(content: list[dict[str, Any]]) -> dict[tuple[str, str | None, str], str]:
    return {(c["indicator"], c["site"], c["part"]): _compared(c) for c in content}


def _compared(typed: dict[str, Any]) -> str:
    return "|".join(str(typed.get(name) or "") for name in ("value", "numerator", "denominator", "text", "evidence"))


@allow("acceptance", "change")
@require_http_methods(["GET", "POST"])
def report_accept(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """The coordinator takes an approved report over for the programme."""
    found = report_or_404(request, report_id)
    by: Acting = request.acting  # type: ignore[attr-defined]
    if found.state != "approved" or found.approved_by_id == by.user_id:
        return at(found)
    if request.method == "POST":
        with suppress(actions.Stale, actions.NotNow):  # somebody was quicker: the report says who
            actions.accept(report_id=found.pk, version=version_of(request), by=by)
        return at(found)
    return render(request, "programme/report_accept.html", about(found))


@allow("remark", "add")
@require_POST
def report_comment(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """One remark under the report."""
    found = report_or_404(request, report_id)
    try:
        actions.comment(report_id=found.pk, words=request.POST.get("words", "")[:500], by=request.acting)  # type: ignore[attr-defined]
    except ValueError:
        return at(found)
    return HttpResponseRedirect(f"{reverse('programme:report', args=[found.pk])}#history")


@allow("report", "add")
@require_http_methods(["GET", "POST"])
def report_correct(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """A reason, and a new number of the report opens with all its values."""
    found = report_or_404(request, report_id)
    if not found.is_counted or not is_newest(found):
        return at(found)
    reason, problems = request.POST.get("reason", "")[:500], []
    if request.method == "POST":
        try:
            return at(actions.correct(report_id=found.pk, reason=reason, by=request.acting))  # type: ignore[attr-defined]
        except ValueError:
            problems = [("reason", _("Say why the report has to be corrected."))]
        except actions.NotNow:
            return at(found)
    page = about(found) | {"reason": reason, "problems": problems}
    return render(request, "programme/report_correct.html", page, status=UNREADABLE if problems else 200)
