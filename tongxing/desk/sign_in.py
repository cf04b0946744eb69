"""Signing in: password, then one-time code and place of work. Nobody is told which of login or password was wrong."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tongxing.access import actions, one_time, security
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.access.guard import public
from tongxing.access.middleware import COOKIE
from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.core.ids import folded_code
from tongxing.desk.forms import CodeForm, SignInForm
from tongxing.organisations.models import NATIONAL_TIME_ZONE, Membership

HALF_COOKIE = "tx_half"  # who has shown a password and not yet a code; signed, five minutes
HALF_SECONDS = 300
FAILURES = 5  # within 15 minutes, per log-in name
NO_SUCH_USER = make_password("nobody")  # checked when the login is unknown, so that time tells nothing
USED_OR_WRONG = gettext_lazy("This code is wrong or was used before. Type the code shown now.")


@dataclass(frozen=True)
class Credentials:
    id: uuid.UUID
    name: str
    password: str
    totp_sealed: str
    totp_step: int


def _credentials(login: str) -> Credentials | None:
    with connection.cursor() as cursor:
        cursor.execute("select * from access.credentials(%s)", [login])
        row = cursor.fetchone()
    return Credentials(*row) if row else None


def _is_locked(login: str, request: HttpRequest) -> bool:
    """Too many failures within the last minutes, counted by what was typed: it tells nothing about who exists."""
    with connection.cursor() as cursor:
        cursor.execute("select access.failures(%s)", [login])
        locked = bool(cursor.fetchone()[0] >= FAILURES)
    if locked:
        security.note(security.LOCKED_OUT, login=login, address=_address(request))
    return locked


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse("desk:start")


def _address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """First page: login and password."""
    form = SignInForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "next": _next(request), **demo_panel()}
    if request.method != "POST" or not form.is_valid():
        return render(request, "access/sign_in.html", page, status=422 if form.errors else 200)
    login = form.cleaned_data["login"]
    if _is_locked(login, request):
        form.add_error(None, _("Too many wrong tries. Wait 15 minutes, or ask your administrator."))
        return render(request, "access/sign_in.html", page, status=429)
    found = _credentials(login)
    right = check_password(form.cleaned_data["password"], found.password if found else NO_SUCH_USER)
    if not (found and right):
        security.note(security.WRONG_PASSWORD, login=login, address=_address(request))
        form.add_error(None, _("Login or password is wrong. Check both and try again."))
        return render(request, "access/sign_in.html", page, status=422)
    response = HttpResponseRedirect(f"{reverse('desk:sign_in_code')}?{urlencode({'next': page['next']})}")
    half = signing.dumps({"login": login}, salt=HALF_COOKIE)
    response.set_cookie(
        HALF_COOKIE, half, max_age=HALF_SECONDS, httponly=True, samesite="Lax", secure=settings.BEHIND_TLS
    )
    return response


@public
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Second page: the one-time code, and where to work today."""
    found, login = _half_signed_in(request)
    if found is None:
        return HttpResponseRedirect(reverse("desk:sign_in"))
    memberships = _memberships(found)
    form = CodeForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "contexts": _contexts(memberships, request), "next": _next(request)}
    if settings.DEMO:
        code, seconds = one_time.code_now(found.totp_sealed)
        page |= {"demo_code": f"{code[:3]} {code[3:]}", "demo_seconds": seconds, **demo_panel()}
    if request.method != "POST":
        return render(request, "access/sign_in_code.html", page)
    chosen = next((m for m in memberships if str(m.id) == request.POST.get("context")), None)
    if chosen is None:
        page["context_error"] = _("Choose where you work today")
    step = _accepted_step(form, found, login, request) if form.is_valid() else None
    if step is None or chosen is None or not _spent(form, found, step):
        return render(request, "access/sign_in_code.html", page, status=422)
    security.note(security.SIGNED_IN, login=login, user_id=found.id, address=_address(request), path=chosen.role)
    return _signed_in(found, chosen, page["next"])


def _half_signed_in(request: HttpRequest) -> tuple[Credentials | None, str]:
    """Who has shown a password within the last five minutes."""
    try:
        login = signing.loads(request.COOKIES.get(HALF_COOKIE, ""), salt=HALF_COOKIE, max_age=HALF_SECONDS)["login"]
    except signing.BadSignature:
        return None, ""
    return _credentials(login), login


def _half(found: Credentials) -> Acting:
    return Acting(user_id=found.id, name=found.name, role="signing_in", centre_id=None, purpose="sign in")


def _memberships(found: Credentials) -> list[Membership]:
    with acting_as(_half(found)):
        active = Membership.objects.active_at(timezone.now())
        return list(active.filter(user_id=found.id).select_related("centre"))


def _accepted_step(form: CodeForm, found: Credentials, login: str, request: HttpRequest) -> int | None:
    if _is_locked(login, request):
        form.add_error("code", _("Too many wrong tries. Wait 15 minutes, or ask your administrator."))
        return None
    typed = folded_code(form.cleaned_data["code"])
    step = one_time.accepted_step(found.totp_sealed, typed, last_step=found.totp_step)
    if step is None:
        security.note(security.WRONG_CODE, login=login, address=_address(request))
        form.add_error("code", USED_OR_WRONG)
    return step


def _spent(form: CodeForm, found: Credentials, step: int) -> bool:
    """Use the code up. Of two requests with the same code at the same moment, the second finds it used."""
    with acting_as(_half(found)):
        spent = User.objects.filter(id=found.id, totp_step__lt=step).update(totp_step=step)
    if not spent:
        form.add_error("code", USED_OR_WRONG)
    return bool(spent)


def _signed_in(found: Credentials, chosen: Membership, onward: str) -> HttpResponse:
    acting = Acting(user_id=found.id, name=found.name, role=chosen.role, centre_id=chosen.centre_id)
    _session, token = actions.open_session(by=acting, ends_at=_end_of(chosen))
    response = HttpResponseRedirect(onward)
    response.delete_cookie(HALF_COOKIE)
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=settings.BEHIND_TLS)
    return response


def _end_of(membership: Membership) -> datetime | None:
    """The midnight at the site from which the membership no longer holds: a stay never outlives it."""
    if membership.ends_on is None:
        return None
    zone = ZoneInfo(membership.centre.time_zone if membership.centre else NATIONAL_TIME_ZONE)
    return datetime.combine(membership.ends_on, time(), tzinfo=zone)


def _contexts(memberships: list[Membership], request: HttpRequest) -> list[dict[str, Any]]:
    chosen = request.POST.get("context") or (str(memberships[0].id) if len(memberships) == 1 else "")
    return [
        {
            "id": str(m.id),
            "centre": m.centre.name if m.centre else "",
            "role": ROLES[m.role].name,
            "work": ROLES[m.role].work,
            "checked": str(m.id) == chosen,
        }
        for m in memberships
    ]


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
