"""What a reader sees when something is refused, missing or broken: what stayed as it was, and what to do next."""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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


def broken(request: HttpRequest) -> HttpResponse:
    """500. Uses nothing that may be what broke: no database, no context processor, only the number of the request."""
    context: dict[str, Any] = {
        "request_id": getattr(request, "request_id", ""),
        "language_tag": language_tag(get_language()),
        "home_url": address("desk:home"),
    }
    log.error("request %s failed", context["request_id"])
    return HttpResponse(get_template("500.html").render(context), status=500)


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
