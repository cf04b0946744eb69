"""The clock on the wall of the centre where one works: times and dates of a page are the site's own."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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
