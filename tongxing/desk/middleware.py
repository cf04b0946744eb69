"""Around every page at work: the clock on the wall of the centre where one works, and room for what is saved."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongxing.core import places
from tongxing.desk.errors import problem
from tongxing.organisations.models import Centre


class SiteClock:
    """Puts the acting centre on the request (one query a page, used by the frame too) and its time zone in force."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = request.acting  # type: ignore[attr-defined]
        centre = Centre.objects.filter(id=acting.centre_id).first() if acting and acting.centre_id else None
        request.centre = centre  # type: ignore[attr-defined]
        if centre is None:
            return self.get_response(request)
        with timezone.override(ZoneInfo(centre.time_zone)):
            return self.get_response(request)


class RoomToSave:
    """Saving stops while there is still room for traces, so that looking things up goes on (decision 28).

    A view that its guard calls reading goes on, however it is asked: a search posts, too. So does signing in and out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        part, verb = getattr(view, "tx_guard", ("", ""))
        saves = request.method == "POST" and part != "public" and verb != "read"
        if not saves or not places.short(settings.PLACES):
            return None
        match = request.resolver_match
        return problem(request, "full", match.view_name if match else "")
