"""Pages of officers: files of rows, asked for here and made by the worker."""

import uuid

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tongxing.access import security
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core.i18n import Text
from tongxing.facts import extracts as files
from tongxing.facts.derivation import voided
from tongxing.facts.disclosure import protect
from tongxing.facts.forms import ExtractForm
from tongxing.facts.kinds import KINDS, VOID_REASONS
from tongxing.facts.models import Extract
from tongxing.facts.results import Cell

TYPES = {
    "csv": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@allow("extract", "read")
@require_GET
def extracts(request: HttpRequest) -> HttpResponse:
    """One's own files with their state, and the form for the next; how many facts were taken back, and why."""
    return _page(request, ExtractForm())


@allow("extract", "add")
@require_POST
def extract_ask(request: HttpRequest) -> HttpResponse:
    """Puts the work into the queue; the page can be left and returned to."""
    form = ExtractForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    files.ask(
        given["kinds"],
        given["starts_on"],
        given["ends_on"],
        form=given["form"],
        by=request.acting,  # type: ignore[attr-defined]
    )
    return HttpResponseRedirect(reverse("facts:extracts"))


@allow("extract", "read")
@require_GET
def extract_file(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponse:
    """The finished file, to who asked for it; every taking leaves a trace and stands in the security log."""
    acting = request.acting  # type: ignore[attr-defined]
    asked = get_object_or_404(Extract, pk=extract_id, user_id=acting.user_id)
    try:
        content = files.content(asked, by=acting)
    except files.NotReady as error:
        raise Http404 from error
    note_read("extract", [asked.pk], by=acting)
    security.note(security.EXTRACT, user_id=acting.user_id, path=f"{asked.written} rows")
    headers = {"Content-Disposition": f'attachment; filename="{files.name_of(asked)}"'}
    return HttpResponse(content, content_type=TYPES[asked.form], headers=headers)


@allow("release", "change")
@require_POST
def extract_release(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponse:
    """A second officer lets a colleague take a file of more than 100 persons. One's own looks like none."""
    acting = request.acting  # type: ignore[attr-defined]
    asked = get_object_or_404(Extract, ~Q(user_id=acting.user_id), pk=extract_id)
    files.release(asked.pk, by=acting)
    return HttpResponseRedirect(reverse("facts:extracts"))


def _page(request: HttpRequest, form: ExtractForm, *, status: int = 200) -> HttpResponse:
    me = request.acting.user_id  # type: ignore[attr-defined]
    kept = Extract.objects.filter(expires_at__gt=timezone.now())
    mine = list(kept.filter(user_id=me)[:50])
    waiting = kept.filter(state=Extract.State.READY, released_by=None).exclude(user_id=me)
    context = {
        "form": form,
        "extracts": [(one, [KINDS[code].title for code in one.kinds if code in KINDS]) for one in mine],
        "waiting": [(one, [KINDS[code].title for code in one.kinds if code in KINDS]) for one in waiting[:50]],
        "is_waiting": any(one.state in (Extract.State.ASKED, Extract.State.MAKING) for one in mine),
        "voided": _voided(),
    }
    return render(request, "facts/extracts.html", context, status=status)


def _voided() -> list[tuple[Text, Text, str]]:
    """Kind, reason and how many facts were taken back, through the door of every number."""
    cells = [
        Cell(kind, "persons", (("reason", reason),), number)
        for kind, numbers in voided().items()
        for reason, number in numbers.items()
    ]
    language = get_language() or "en"
    return [
        (KINDS[cell.measure].title, VOID_REASONS[cell.keys[0][1]], cell.number.text(language))
        for cell in protect(cells, "internal").cells
    ]
