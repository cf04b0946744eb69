"""What all doors share: credentials, lockout, places of work, and the cookie with which a stay begins."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.access import actions, one_time, security, slips
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.access.middleware import COOKIE
from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.core.ids import folded_code
from tongxing.organisations.models import NATIONAL_TIME_ZONE, Membership

FAILURES = 5  # within 15 minutes, per log-in name
USED_OR_WRONG = _("This code is wrong or was used before. Type the code shown now.")
TOO_MANY = _("Too many wrong tries. Wait 15 minutes, or ask your administrator.")


@dataclass(frozen=True)
class Credentials:
    id: uuid.UUID
    name: str
    password: str
    totp_sealed: str
    totp_step: int


def credentials(login: str) -> Credentials | None:
    """Of somebody active who has a telephone enrolled."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.credentials(%s)", [login])
        row = cursor.fetchone()
    return Credentials(*row) if row else None


def is_locked(login: str, request: HttpRequest) -> bool:
    """Too many failures within the last minutes, counted by what was typed: it tells nothing about who exists."""
    with connection.cursor() as cursor:
        cursor.execute("select access.failures(%s)", [login])
        locked = bool(cursor.fetchone()[0] >= FAILURES)
    if locked:
        security.note(security.LOCKED_OUT, login=login, address=address(request))
    return locked


def address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


def signing_in(user_id: uuid.UUID, name: str) -> Acting:
    return Acting(user_id=user_id, name=name, role="signing_in", centre_id=None, purpose="sign in")


def memberships(user_id: uuid.UUID, name: str) -> list[Membership]:
    """Where this person works today."""
    with acting_as(signing_in(user_id, name)):
        active = Membership.objects.active_at(timezone.now())
        return list(active.filter(user_id=user_id).select_related("centre"))


def contexts(found: list[Membership], request: HttpRequest) -> list[dict[str, Any]]:
    """The places to choose from, as the page shows them; a single one is chosen already."""
    chosen = request.POST.get("context") or (str(found[0].id) if len(found) == 1 else "")
    return [
        {
            "id": str(m.id),
            "centre": m.centre.name if m.centre else "",
            "role": ROLES[m.role].name,
            "work": ROLES[m.role].work,
            "checked": str(m.id) == chosen,
        }
        for m in found
    ]


def chosen(found: list[Membership], request: HttpRequest) -> Membership | None:
    return next((m for m in found if str(m.id) == request.POST.get("context")), None)


def used_up(who: Credentials, typed: str) -> bool:
    """Take a one-time code, or a recovery code of a lost telephone, and use it up. False for a wrong or used one.

    Of two requests with the same code at the same moment, the second finds it used.
    """
    step = one_time.accepted_step(who.totp_sealed, folded_code(typed), last_step=who.totp_step)
    if step is None:
        return slips.spent_recovery(who.id, typed)
    with acting_as(signing_in(who.id, who.name)):
        return bool(User.objects.filter(id=who.id, totp_step__lt=step).update(totp_step=step))


def right_code(form: forms.Form, found: Credentials, login: str, request: HttpRequest) -> bool:
    """Use the typed code up; otherwise the form says what is wrong, and the failure is counted."""
    if is_locked(login, request):
        form.add_error("code", TOO_MANY)
        return False
    if used_up(found, form.cleaned_data["code"]):
        return True
    security.note(security.WRONG_CODE, login=login, address=address(request))
    form.add_error("code", USED_OR_WRONG)
    return False


def begin(request: HttpRequest, response: HttpResponse, membership: Membership, name: str) -> HttpResponse:
    """Open a stay at this place of work and put its cookie on the answer; the log says from where."""
    security.note(security.SIGNED_IN, user_id=membership.user_id, address=address(request), path=membership.role)
    acting = Acting(membership.user_id, name, membership.role, membership.centre_id)
    _session, token = actions.open_session(by=acting, ends_at=_end_of(membership))
    put_cookie(response, COOKIE, token)
    return response


def put_cookie(response: HttpResponse, name: str, value: str, seconds: int | None = None) -> None:
    """For this site only, out of reach of scripts, over TLS where there is TLS."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=settings.BEHIND_TLS)


def _end_of(membership: Membership) -> datetime | None:
    """The midnight at the site from which the membership no longer holds: a stay never outlives it."""
    if membership.ends_on is None:
        return None
    zone = ZoneInfo(membership.centre.time_zone if membership.centre else NATIONAL_TIME_ZONE)
    return datetime.combine(membership.ends_on, time(), tzinfo=zone)
