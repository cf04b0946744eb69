"""The frame of every request: headers, one transaction with the signed context, and no view without a guard."""

import logging
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, ImproperlyConfigured
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from tongxing.access import conduct, context
from tongxing.access.acting import Acting
from tongxing.access.actions import token_hash
from tongxing.core.logs import numbered

COOKIE = f"{settings.COOKIES_BEGIN}session"
Answer = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("tongxing.requests")

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "report-uri /reports/policy; report-to policy"
)
# What no page of the house ever asks a browser for.
UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
    "microphone", "midi", "payment", "serial", "usb",
)  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Reporting-Endpoints": 'policy="/reports/policy"',
}


class Headers:
    """Strict policy, no referrer, no caching of what only one person may see, and a number to report a fault by."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.META.get("tongxing.request_id") or uuid.uuid4().hex[:12]
        request.request_id = number  # type: ignore[attr-defined]
        began = time.monotonic()
        with numbered(number):
            response = self.get_response(request)
            _told(request, response, time.monotonic() - began)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if settings.SECURE_HSTS_SECONDS:
            response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        response.headers["X-Request-Id"] = number
        if getattr(request, "acting", None) is not None:
            response.headers["Cache-Control"] = "no-store"
        return response


def _told(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """One line a request: the page's name, never its address, which may carry ids and what somebody looked for."""
    match, acting = request.resolver_match, getattr(request, "acting", None)
    fields = {"route": match.view_name if match else "", "method": request.method, "status": response.status_code}
    log.info("answered", extra=fields | {"ms": round(seconds * 1000), "role": acting.role if acting else ""})


def resumed(token: str) -> Acting | None:
    """Whose stay the cookie belongs to; None when it ended, idled out or never was."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.resume(%s)", [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    session_id, user_id, name, role, centre_id, _language, signed = row
    owes = signed != conduct.current().edition
    return Acting(user_id, name, role, centre_id, session_id=session_id, owes_conduct=owes)


class ActingTransaction:
    """One request, one transaction, one signed context. What renders or streams outside it would see no rows."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting = None  # type: ignore[attr-defined]
        token = request.COOKIES.get(COOKIE, "")
        with transaction.atomic():
            acting = resumed(token) if token else None
            request.acting = acting  # type: ignore[attr-defined]
            with context.acting_as(acting) if acting else nullcontext():
                response = self.get_response(request)
                if response.streaming or not getattr(response, "is_rendered", True):
                    raise ImproperlyConfigured("rendered or streamed outside the transaction: no rows would be seen")
                if response.status_code >= 500:
                    transaction.set_rollback(True)
        return response


class Ordinary:
    """405 for a method that no page takes; 400 for a zero byte anywhere: no column holds one and nobody types one."""

    METHODS = ("GET", "HEAD", "POST")

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        methods = getattr(view, "tx_methods", self.METHODS)
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        said = (word for sent in (request.GET, request.POST) for name, words in sent.lists() for word in (name, *words))
        if "\0" in request.path_info or any("\0" in word for word in said):
            raise BadRequest("a zero byte")
        return None


class SignedInUnlessPublic:
    """A view that says neither `@public` nor `@allow(…)` is a mistake, not an open door."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not hasattr(view, "tx_guard"):
            raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} has no guard")
