"""Reporting a problem: three words travel, the number of the request, the page's name and the role."""

import re
import threading
import time
import uuid

from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tongxing.access.acting import Acting
from tongxing.access.guard import public
from tongxing.core.ids import uuid7
from tongxing.desk.models import Problem

NUMBER = re.compile(r"[0-9a-f]{12}")
PAGE = re.compile(r"[a-z_]{1,40}:[a-z_]{1,50}")
A_MINUTE = 20  # reports that one process takes; whoever reports more does not report

_lock = threading.Lock()
_taken: list[float] = []


def report(*, number: str, page: str, role: str) -> bool:
    """Keep a report, on a connection of its own: the page that broke may have rolled back. Is it kept?"""
    with _lock:
        now = time.monotonic()
        _taken[:] = [at for at in _taken if now - at < 60]
        if len(_taken) >= A_MINUTE:
            return False
        _taken.append(now)
    with connections["log"].cursor() as cursor:
        cursor.execute(
            "insert into desk_problem (id, at, number, page, role) values (%s, %s, %s, %s, %s)",
            [uuid7(), timezone.now(), number, page, role],
        )
    return True


@transaction.atomic
def see(problem_id: uuid.UUID, *, by: Acting) -> bool:
    """The administrator has looked at it. False when there is no such report, or somebody has seen it already."""
    by.demand("operation", "change")
    new = Problem.objects.filter(id=problem_id, seen_at=None)
    return bool(new.update(seen_at=timezone.now(), seen_by_id=by.user_id))


@require_POST
@public
def report_problem(request: HttpRequest) -> HttpResponse:
    """From an error page or the foot of a page at work. What is not a number or a page's name goes no further."""
    number, page = request.POST.get("number", ""), request.POST.get("page", "")
    if not NUMBER.fullmatch(number):
        raise Http404
    acting: Acting | None = request.acting  # type: ignore[attr-defined]
    is_kept = report(number=number, page=page if PAGE.fullmatch(page) else "", role=acting.role if acting else "")
    return render(request, "desk/problem_reported.html", {"number": number, "is_kept": is_kept})
