"""The frame of every request: headers, one transaction with the signed context, and no view without a guard."""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from tongxing.access import conduct, context
from tongxing.access.acting import Acting
from tongxing.access.actions import token_hash

COOKIE = "tx_session"
Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Headers:
    """Strict policy, no referrer, no caching of what only one person may see, and a number to report a fault by."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if getattr(request, "acting", None) is not None:
            response.headers["Cache-Control"] = "no-store"
        return response


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


class SignedInUnlessPublic:
    """A view that says neither `@public` nor `@allow(…)` is a mistake, not an open door."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not hasattr(view, "tx_guard"):
            raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} has no guard")
