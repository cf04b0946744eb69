"""What surrounds every page: who acts, where, in which language, what the role may open."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from tongxing.access import permissions
from tongxing.access.acting import Acting
from tongxing.core.i18n import html_tag
from tongxing.desk import help as helping
from tongxing.desk import navigation


def language_tag(language: str | None = None) -> str:
    """The tag of `language`, else of the page."""
    return html_tag(language or get_language() or settings.LANGUAGE_CODE)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. Values that cost a query are callables: a page that does not show them pays nothing."""
    acting: Acting | None = getattr(request, "acting", None)
    match = request.resolver_match
    view_name = match.view_name if match else ""
    pages = navigation.WORK if acting else navigation.PUBLIC
    return {
        "acting": acting,
        "acting_role": permissions.ROLES[acting.role].name if acting else "",
        "acting_centre": getattr(getattr(request, "centre", None), "name", ""),
        "nav": partial(navigation.entries, pages, view_name, acting),
        "public_nav": partial(navigation.entries, navigation.PUBLIC, view_name),
        "language_tag": language_tag(),
        "is_demo": settings.DEMO,
        "is_training": settings.TRAINING,
        "idle_minutes": settings.SESSION_MINUTES_IDLE,
        "request_id": getattr(request, "request_id", ""),
        "page_help": partial(helping.here, view_name, acting),
        "guide_url": reverse("desk:guide", args=[acting.role]) if acting else "",
        "page_name": view_name,
        "report_url": navigation.address("desk:report_problem"),
        "home_url": navigation.address("desk:home"),
        "start_url": navigation.address("desk:start"),
        "sign_in_url": navigation.address("desk:sign_in"),
        "sign_out_url": navigation.address("desk:sign_out"),
        "search_url": navigation.address("registry:search") if acting and acting.may("search", "read") else "",
    }
