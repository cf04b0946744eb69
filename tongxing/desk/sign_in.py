"""Signing in: password, then one-time code and place of work. Nobody is told which of login or password was wrong."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tongxing.access import actions, one_time, security
from tongxing.access.guard import public
from tongxing.access.middleware import COOKIE
from tongxing.access.permissions import ROLES
from tongxing.desk import stays
from tongxing.desk.forms import CodeForm, SignInForm
from tongxing.desk.locking import PARKED
from tongxing.desk.stays import Credentials

HALF_COOKIE = f"{settings.COOKIES_BEGIN}half"  # who has shown a password and not yet a code; signed, five minutes
HALF_SECONDS = 300
NO_SUCH_USER = make_password("nobody")  # checked when the login is unknown, so that time tells nothing


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse("desk:start")


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """First page: login and password."""
    form = SignInForm(request.POST or None)
    page: dict[str, Any] = {
        "form": form,
        "next": _next(request),
        "is_parked": PARKED in request.COOKIES,
        **demo_panel(),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "access/sign_in.html", page, status=422 if form.errors else 200)
    login = form.cleaned_data["login"]
    if stays.is_locked(login, request):
        form.add_error(None, stays.TOO_MANY)
        return render(request, "access/sign_in.html", page, status=429)
    found = stays.credentials(login)
    right = check_password(form.cleaned_data["password"], found.password if found else NO_SUCH_USER)
    if not (found and right):
        security.note(security.WRONG_PASSWORD, login=login, address=stays.address(request))
        form.add_error(None, _("Login or password is wrong. Check both and try again."))
        return render(request, "access/sign_in.html", page, status=422)
    response = HttpResponseRedirect(f"{reverse('desk:sign_in_code')}?{urlencode({'next': page['next']})}")
    stays.put_cookie(response, HALF_COOKIE, signing.dumps({"login": login}, salt=HALF_COOKIE), HALF_SECONDS)
    return response


@public
@never_cache
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Second page: the one-time code, and where to work today."""
    found, login = _half_signed_in(request)
    if found is None:
        return HttpResponseRedirect(reverse("desk:sign_in"))
    places = stays.memberships(found.id, found.name)
    form = CodeForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "contexts": stays.contexts(places, request), "next": _next(request)}
    page |= demo_code(found)
    if request.method != "POST":
        return render(request, "access/sign_in_code.html", page)
    chosen = stays.chosen(places, request)
    if chosen is None:
        page["context_error"] = _("Choose where you work today")
    if not form.is_valid() or chosen is None or not stays.right_code(form, found, login, request):
        return render(request, "access/sign_in_code.html", page, status=422)
    response = stays.begin(request, HttpResponseRedirect(page["next"]), chosen, found.name)
    response.delete_cookie(HALF_COOKIE)
    return response


def _half_signed_in(request: HttpRequest) -> tuple[Credentials | None, str]:
    """Who has shown a password within the last five minutes."""
    try:
        login = signing.loads(request.COOKIES.get(HALF_COOKIE, ""), salt=HALF_COOKIE, max_age=HALF_SECONDS)["login"]
    except signing.BadSignature:
        return None, ""
    return stays.credentials(login), login


@require_POST
@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this stay; the cookie is worth nothing afterwards."""
    response = HttpResponseRedirect(reverse("desk:home"))
    if acting := request.acting:  # type: ignore[attr-defined]
        actions.close_session(by=acting)
        response.delete_cookie(COOKIE)
    return response


def demo_panel() -> dict[str, Any]:
    """Log-ins of the demonstration, one per role; nothing on a real site."""
    if not settings.DEMO:
        return {}
    logins = [{"role": ROLES[role].name, "login": login} for role, login in settings.DEMO_LOGINS]
    return {"demo_logins": logins, "demo_password": settings.DEMO_PASSWORD}


def demo_code(found: Credentials) -> dict[str, Any]:
    """The code of the moment, in the demonstration; nothing on a real site."""
    if not settings.DEMO:
        return {}
    code, seconds = one_time.code_now(found.totp_sealed)
    return {"demo_code": f"{code[:3]} {code[3:]}", "demo_seconds": seconds, **demo_panel()}
