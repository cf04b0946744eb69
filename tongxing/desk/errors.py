"""What a reader sees when something is refused, missing or broken: what stayed as it was, and what to do next."""

import errno
import logging
import sys
from functools import cache
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import get_language, override

from tongxing.desk.frame import language_tag
from tongxing.desk.navigation import address

log = logging.getLogger("tongxing.desk")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be read."""
    return render(request, "400.html", status=400)


def not_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for what is absent and for what is refused: the answer must not tell whether something exists."""
    return render(request, "404.html", status=404)


FULL = "53100"  # what a database says when it has no room
AWAY = ("08", "53", "57P")  # and when it is not there, or takes no more connections (classes of SQLSTATE)


def why(error: BaseException | None) -> str:
    """`full` when there was no room to write, `away` when the database could not be reached, else `broken`."""
    is_operational = False
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if state == FULL or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
            return "full"
        if state:
            return "away" if state.startswith(AWAY) else "broken"
        is_operational = is_operational or isinstance(error, OperationalError)
        error = error.__cause__ or error.__context__
    return "away" if is_operational else "broken"


def broken(request: HttpRequest) -> HttpResponse:
    """500 or 503. Uses nothing that may be what broke: no database, no context processor, only the request."""
    reason = why(sys.exc_info()[1])
    match = request.resolver_match
    log.error("request %s failed: %s", getattr(request, "request_id", ""), reason)
    return problem(request, reason, match.view_name if match else "")


def problem(request: HttpRequest, reason: str, page_name: str = "") -> HttpResponse:
    """The page of a fault; when there was no room, with what was typed, to be sent again as it is."""
    context: dict[str, Any] = {
        "why": reason,
        "request_id": getattr(request, "request_id", ""),
        "page_name": page_name,
        "report_url": address("desk:report_problem"),
        "csrf_token": get_token(request),
        "language_tag": language_tag(get_language()),
        "home_url": address("desk:home"),
    }
    if reason == "full" and request.method == "POST" and getattr(request, "acting", None) is not None:
        typed = [(name, value) for name, values in request.POST.lists() for value in values]
        context |= {"again": [pair for pair in typed if pair[0] != "csrfmiddlewaretoken"], "action": request.path}
    response = HttpResponse(get_template("broken.html").render(context), status=500 if reason == "broken" else 503)
    if reason != "broken":
        response.headers["Retry-After"] = "30"
    return response


def unavailable(why: str, path: str, accepted: str) -> bytes:
    """503 before any page: `busy`, `slow` or `clock`, in the language of the address, else the browser's, else Chinese."""
    first = path.strip("/").partition("/")[0]
    wanted = [first, *(part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))]
    known = {code: code for code, _name in settings.LANGUAGES} | {"zh": settings.LANGUAGE_CODE}
    return _unavailable(why, next((known[word] for word in wanted if word in known), settings.LANGUAGE_CODE))


@cache  # under load nothing may cost more than sending it
def _unavailable(why: str, language: str) -> bytes:
    with override(language):
        context = {"why": why, "language_tag": language_tag(language), "home_url": address("desk:home")}
        return get_template("503.html").render(context).encode()
