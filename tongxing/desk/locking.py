"""A shared desk: one is parked behind a lock, a colleague opens the own stay with a code, nothing of the other stays.

The browser keeps the tokens of parked stays in a cookie of its own. A token opens nothing while its stay is parked.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tongxing.access.actions import token_hash
from tongxing.access.guard import public
from tongxing.access.middleware import COOKIE
from tongxing.access.permissions import ROLES
from tongxing.desk import stays
from tongxing.desk.forms import CodeForm
from tongxing.organisations.models import Centre

PARKED = f"{settings.COOKIES_BEGIN}parked"  # tokens of at most four stays, the last one first
MOST = 4


def _tokens(request: HttpRequest) -> list[str]:
    return [token for token in request.COOKIES.get(PARKED, "").split(".") if token][:MOST]


@require_POST
@public
def lock(request: HttpRequest) -> HttpResponse:
    """Park the stay of this browser, also one that has been idle too long to go on without a code."""
    response = HttpResponseRedirect(reverse("desk:locked"))
    token = request.COOKIES.get(COOKIE, "")
    with connection.cursor() as cursor:
        cursor.execute("select access.park(%s)", [token_hash(token)])
        if cursor.fetchone()[0]:
            kept = [token, *(one for one in _tokens(request) if one != token)]
            stays.put_cookie(response, PARKED, ".".join(kept[:MOST]))
    response.delete_cookie(COOKIE)
    # What the page showed must not be reached by going back.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@public
@never_cache
def locked(request: HttpRequest) -> HttpResponse:
    """Who is parked here; one of them goes on with a code."""
    parked = _parked(request)
    if not parked:
        response = HttpResponseRedirect(reverse("desk:sign_in"))
        response.delete_cookie(PARKED)
        return response
    form = CodeForm(request.POST or None)
    wanted = request.POST.get("stay") or (parked[0]["id"] if len(parked) == 1 else "")
    page = {"form": form, "parked": [one | {"checked": one["id"] == wanted} for one in parked]}
    who = next((one for one in parked if one["id"] == request.POST.get("stay")), None)
    if request.method != "POST":
        return render(request, "access/locked.html", page)
    if who is None:
        page["stay_error"] = _("Choose who you are")
    if not form.is_valid() or who is None or not _opens(form, who["login"], request):
        return render(request, "access/locked.html", page, status=422)
    return _unparked(who["token"], request)


def _opens(form: CodeForm, login: str, request: HttpRequest) -> bool:
    found = stays.credentials(login)
    return found is not None and stays.right_code(form, found, login, request)


def _unparked(token: str, request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(reverse("desk:start"))
    with connection.cursor() as cursor:
        cursor.execute("select access.unpark(%s)", [token_hash(token)])
    stays.put_cookie(response, COOKIE, token)
    rest = [one for one in _tokens(request) if one != token]
    if rest:
        stays.put_cookie(response, PARKED, ".".join(rest))
    else:
        response.delete_cookie(PARKED)
    return response


def _parked(request: HttpRequest) -> list[dict[str, Any]]:
    by_hash = {token_hash(token): token for token in _tokens(request)}
    with connection.cursor() as cursor:
        cursor.execute("select * from access.parked(%s)", [list(by_hash)])
        rows = cursor.fetchall()
    places = Centre.objects.in_bulk([row[-1] for row in rows if row[-1]])
    return [
        {
            "id": str(session),
            "login": login,
            "name": name,
            "role": str(ROLES[role].name),
            "centre": places[centre].name if centre else "",
            "token": by_hash[bytes(hashed)],
        }
        for hashed, session, login, name, role, centre in rows
    ]
