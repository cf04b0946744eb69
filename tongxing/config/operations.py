"""The page of the system administrator: what is wrong, whether the backup holds, jobs, room, versions, reports."""

import platform
import uuid
from datetime import UTC, datetime
from typing import Any

import django
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from tongxing import __version__
from tongxing.access import permissions
from tongxing.access.guard import allow
from tongxing.config.backups.card import drill_card
from tongxing.config.metrics import told
from tongxing.config.settings import STATE
from tongxing.core import places
from tongxing.desk import problems
from tongxing.desk.models import Problem

STALE = 180.0  # seconds after which the last examination says nothing
SHOWN = 50
Words = str | Promise

# What is looked at, and what to do about it, in the reader's language; the doctor's own words stand beside it.
SAID: dict[str, tuple[Words, Words]] = {
    "python": (_("Python"), _("Use Python 3.11 to 3.13.")),
    "user": (_("User"), _("Serve as an ordinary user.")),
    "instance": (_("Purpose of the folder"), _("Real and training instances never share a folder.")),
    "secrets": (_("Secrets"), _("Take the right to read from everybody else. Ask yourself who has read them.")),
    "disk": (_("Room on the disk"), _("Make room: 2 GB or more. No restart is needed.")),
    "memory": (_("Memory"), _("Stop what else runs here, or add memory.")),
    "socket": (_("Socket"), _("Choose a state folder with a shorter path.")),
    "shared memory": (_("Shared memory"), _("Give the container 256 MB at /dev/shm.")),
    "database programs": (
        _("Database programs"),
        _("Move the data by a dump; a new version never starts on old data."),
    ),
    "certificate": (_("Certificate"), _("Put the new certificate in its place and restart the web.")),
    "static files": (_("Styles and texts"), _("Install the package again, or build it.")),
    "server": (_("Database"), _("Start it; then look at its log.")),
    "clock": (_("Clock"), _("Set the clock of the server. One-time codes and deadlines depend on it.")),
    "roles": (_("Rights of the database roles"), _("Take away what is too much. Nobody may work until then.")),
    "migrations": (_("Tables"), _("Run the command: tongxing migrate")),
    "row policies": (_("Walls between centres"), _("Stop serving at once. Find out who changed them, then migrate.")),
    "worker": (_("Worker"), _("Look at its log for why it ended.")),
    "queue": (pgettext_lazy("of jobs", "Queue"), _("See what the worker is doing, and its log.")),
    "backup": (_("Backup"), _("Make a backup and try the restore today.")),
    "log": (
        _("Log between backups"),
        _(
            "See whether the place of the backups can be reached; then make a backup now. Until then a lost disk loses work."
        ),
    ),
    "libraries": (_("Libraries"), _("Fetch a new copy of the advisories; upgrade when one names a library.")),
}
TAGS = {"ok": ("green", _("In order")), "warning": ("yellow", _("Soon")), "fault": ("red", _("Now"))}
PLACES: dict[str, Words] = {
    "state": _("State folder"),
    "files": _("Files of officers"),
    "temporary": _("Temporary files"),
    "data": _("Database"),
    "changes": _("Log of changes of the database"),
}
LAST_RUNS = """
select task_name, to_timestamp(max(defer_timestamp)) from procrastinate_periodic_defers group by 1 order by 2 desc
"""
FAILED = "select task_name, count(*) from procrastinate_jobs where status = 'failed' group by 1"


def findings() -> tuple[datetime | None, bool, list[dict[str, Any]]]:
    """When the doctor last looked, whether that still counts, and what it found, the worst first."""
    age, found = told(STATE)
    order = {"fault": 0, "warning": 1, "ok": 2}
    rows = [
        {
            "name": SAID.get(one["check"], (one["check"], ""))[0],
            "todo": SAID.get(one["check"], ("", one["remedy"]))[1] if one["state"] != "ok" else "",
            "words": one["words"],
            "colour": TAGS[one["state"]][0],
            "tag": TAGS[one["state"]][1],
            "state": one["state"],
        }
        for one in sorted(found, key=lambda one: order[one["state"]])
    ]
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() - age, UTC) if age >= 0 else None
    return at, 0 <= age < STALE, rows


def _jobs() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(FAILED)
        failed = dict(cursor.fetchall())
        cursor.execute(LAST_RUNS)
        rows = [{"name": _short(name), "at": at, "failed": failed.pop(name, 0)} for name, at in cursor.fetchall()]
    return rows + [{"name": _short(name), "at": None, "failed": number} for name, number in failed.items()]


def _short(task: str) -> str:
    """`tongxing.facts.tasks.facts_export` as `facts export`."""
    return task.rpartition(".")[2].replace("_", " ")


@allow("operation", "read")
def operations(request: HttpRequest) -> HttpResponse:
    """What the doctor found, the drill, jobs, room, versions, and what readers reported. No record of anybody."""
    at, is_fresh, found = findings()
    roles = {code: role.name for code, role in permissions.ROLES.items()}
    reported = list(Problem.objects.order_by("seen_at", "-at")[:SHOWN])
    reported.sort(key=lambda one: one.seen_at is not None)
    page = {
        "looked_at": at,
        "is_fresh": is_fresh,
        "findings": found,
        "faults": sum(one["state"] == "fault" for one in found),
        "drill": drill_card(),
        "jobs": _jobs(),
        "room": [(PLACES[name], left // 1024**2) for name, left in places.room(STATE.places()).items()],
        "versions": _versions(),
        "reported": [(one, roles.get(one.role, "")) for one in reported],
    }
    return render(request, "config/operations.html", page)


def _versions() -> list[tuple[str, str]]:
    number = connection.pg_version  # type: ignore[attr-defined]
    return [
        ("Tongxing", __version__),
        ("PostgreSQL", f"{number // 10000}.{number % 10000}"),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
    ]


@require_POST
@allow("operation", "change")
def problem_seen(request: HttpRequest, problem_id: uuid.UUID) -> HttpResponse:
    if not problems.see(problem_id, by=request.acting):  # type: ignore[attr-defined]
        raise Http404
    return HttpResponseRedirect(reverse("operations:operations") + "#reported")


urlpatterns: list[URLPattern] = [
    path("", operations, name="operations"),
    path("problems/<uuid:problem_id>/seen/", problem_seen, name="problem_seen"),
]
