"""Rosters at a desk: send a file, see row by row what would happen, start it, leave it, come back, decide, take it out."""

import uuid
from contextlib import suppress
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access import security
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.procedures.actions import rosters
from tongxing.procedures.file_forms import RosterForm
from tongxing.procedures.models import Roster, RosterRow
from tongxing.procedures.rosters import sheet
from tongxing.procedures.rosters.columns import column
from tongxing.procedures.rosters.problems import why_not
from tongxing.procedures.rosters.reading import LARGEST
from tongxing.procedures.rosters.rows import told
from tongxing.procedures.rosters.stored import opened
from tongxing.registry.models import Person
from tongxing.registry.page import birth_words

SHOWN = 50  # rosters, and rows of one, on a page
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
State = RosterRow.State
# What is looked at first stands first.
TABS = (State.REVIEW, State.REFUSED, State.READY, State.IMPORTED, State.KNOWN, State.SAME, State.KEPT, State.UNDONE)


@allow("roster", "add")
@require_http_methods(["GET", "POST"])
def roster_list(request: HttpRequest) -> HttpResponse:
    """The centre's rosters, and the form for the next."""
    by = request.acting  # type: ignore[attr-defined]
    form, status = RosterForm(), 200
    if request.method == "POST":
        body = int(request.META.get("CONTENT_LENGTH") or 0)
        form, status = RosterForm(request.POST, request.FILES, body_size=body), 422
        if form.is_valid():
            sent = form.cleaned_data["file"]
            roster, is_new = rosters.take_in(sent.read(), name=sent.name, by=by)
            if is_new or roster.state in Roster.AT_WORK:  # who sent it may have left before it was through
                rosters.hand_over(roster, by)
            known = "" if is_new else "?known=yes"
            return HttpResponseRedirect(reverse("procedures:roster", args=[roster.id]) + known)
    page = {"form": form, "rosters": Roster.objects.all()[:SHOWN], "largest": LARGEST}
    return render(request, "procedures/roster_list.html", page, status=status)


@allow("roster", "read")
@require_GET
def roster(request: HttpRequest, roster_id: uuid.UUID) -> HttpResponse:
    """How far it is, and its rows of one kind, in the order of the file."""
    one = get_object_or_404(Roster, id=roster_id)
    counts = dict.fromkeys(State.values, 0)
    counts |= dict(one.rows.order_by().values_list("state").annotate(Count("id")))
    tabs = [(state, counts[state]) for state in TABS if counts[state]]
    wanted = request.GET.get("show", "")
    show = wanted if counts.get(wanted) else (tabs[0][0].value if tabs else "")
    after = request.GET.get("after", "")[:9]
    further = one.rows.filter(state=show, number__gt=int(after) if after.isdecimal() else 0)
    rows = list(further.select_related("registration")[: SHOWN + 1])
    shown = [_shown(row) for row in rows[:SHOWN]]
    if shown:  # one trace, of the persons where records are shown beside what the list says
        seen = [person for row in shown for person in row["persons"]]
        note_read("person" if seen else "roster", [one.id, *seen], by=request.acting)  # type: ignore[attr-defined]
    page = {
        "roster": one,
        "counts": counts,
        "tabs": [{"code": s.value, "label": s.label, "count": n, "is_current": s.value == show} for s, n in tabs],
        "show": show,
        "rows": shown,
        "next": rows[SHOWN - 1].number if len(rows) > SHOWN else 0,
        "is_at_work": one.state in Roster.AT_WORK,
        "is_known": request.GET.get("known") == "yes",
        "why": why_not(one.reason, one.told, get_language() or "en") if one.reason else "",
        "found": _found(one),
        "back_url": reverse("procedures:roster_list"),
    }
    return render(request, "procedures/roster.html", page)


def _shown(row: RosterRow) -> dict[str, Any]:
    said, language = opened(row), get_language() or "en"
    people = list(Person.objects.filter(id__in=row.candidates)) if row.state == State.REVIEW else []
    return {
        "id": row.id,
        "number": row.number,
        "name": said.cells.get("name", ""),
        "birth": said.cells.get("birth", ""),
        "guardian": said.cells.get("guardian_name", ""),
        "troubles": [(one.cell, told(one, _, language)) for one in said.troubles],
        "url": reverse("registry:person", args=[row.registration.person_id]) if row.registration else "",
        "persons": [person.id for person in people] + ([row.registration.person_id] if row.registration else []),
        "candidates": [
            {
                "name": person.name,
                "number": person.number,
                "birth": birth_words(person),
                "guardians": ", ".join(g.name for g in person.guardianships.all()),
                "url": reverse("registry:person", args=[person.id]),
            }
            for person in people
        ],
    }


def _found(one: Roster) -> dict[str, Any]:
    """How the file was understood, in words."""
    language = get_language() or "en"
    named = {code: letter for code, letter in one.found.get("columns", {}).items() if code != "given_name"}
    return {
        "columns": [(letter, column(code).title.spoken(language)) for code, letter in named.items()],
        "ignored": one.found.get("ignored", []),
        "sheets_left": one.found.get("sheets_left", []),
        "sheet": one.found.get("sheet", ""),
        "encoding": one.found.get("encoding", ""),
    }


@allow("roster", "change")
@require_POST
def roster_start(request: HttpRequest, roster_id: uuid.UUID) -> HttpResponse:
    return _turned(request, roster_id, rosters.start)


@allow("roster", "change")
@require_POST
def roster_undo(request: HttpRequest, roster_id: uuid.UUID) -> HttpResponse:
    return _turned(request, roster_id, rosters.undo)


def _turned(request: HttpRequest, roster_id: uuid.UUID, turn: Any) -> HttpResponse:
    """A press that does not fit any more shows the page as it is now."""
    by = request.acting  # type: ignore[attr-defined]
    one = get_object_or_404(Roster, id=roster_id)
    with suppress(rosters.NotNow):
        turned = turn(one, by=by)
        if turned.state in Roster.AT_WORK:
            rosters.hand_over(turned, by)
    return HttpResponseRedirect(reverse("procedures:roster", args=[one.id]))


@allow("roster", "change")
@require_POST
def roster_decide(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """The same person, or somebody else."""
    row = RosterRow.objects.filter(id=row_id).first()
    if row is None:
        raise Http404
    page = reverse("procedures:roster", args=[row.roster_id])
    answer = request.POST.get("answer")
    if answer in ("same", "different"):
        with suppress(rosters.NotNow):  # a colleague was faster
            rosters.decide(row.id, same=answer == "same", by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(f"{page}?show=review")


@allow("roster", "add")
@require_GET
def roster_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, in the language of the page."""
    content = sheet.template(get_language() or "zh")
    return HttpResponse(content, content_type=XLSX, headers=_as_file("tongxing-roster.xlsx"))


@allow("roster", "read")
@require_GET
def roster_report(request: HttpRequest, roster_id: uuid.UUID) -> HttpResponse:
    """What became of each row, to keep or to correct; taking it leaves a trace."""
    one, by = get_object_or_404(Roster, id=roster_id), request.acting  # type: ignore[attr-defined]
    rows = list(one.rows.values_list("registration__person_id", flat=True))
    note_read("roster", [one.id, *dict.fromkeys(filter(None, rows))], by=by)
    security.note(security.EXTRACT, user_id=by.user_id, path=f"{len(rows)} rows")
    content = sheet.report(one, one.rows.iterator(chunk_size=1000), get_language() or "zh")
    return HttpResponse(content, content_type=XLSX, headers=_as_file("tongxing-roster-report.xlsx"))


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
