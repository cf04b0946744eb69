"""A first log-in, or one after a reset: the slip, a password, a telephone, recovery codes. Then the code of conduct.

Nothing is written until the last page: what was typed travels in a cookie that only this program can read.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tongxing.access import one_time, security, slips
from tongxing.access.guard import public
from tongxing.core.ids import folded_code
from tongxing.desk import stays
from tongxing.desk.forms import CodeForm, CurrentCodeForm, CurrentPasswordForm, NewPasswordForm, NewPhoneForm, SlipForm
from tongxing.desk.stays import TOO_MANY, USED_OR_WRONG

FIRST_COOKIE = f"{settings.COOKIES_BEGIN}first"
NO_SUCH_SLIP = gettext_lazy(
    "Log-in and code do not belong together, or the slip has expired or was used. Ask for a new slip."
)


@dataclass(frozen=True)
class Begun:
    """Somebody whose slip is good, and what the pages so far have brought."""

    opened: slips.Opened
    known: dict[str, str]

    @property
    def login(self) -> str:
        return self.known["login"]

    @property
    def hashed(self) -> bytes:
        return bytes.fromhex(self.known["slip"])


def _begun(request: HttpRequest) -> Begun | None:
    known = slips.unsealed(request.COOKIES.get(FIRST_COOKIE, ""), FIRST_COOKIE)
    opened = slips.opened(known["login"], bytes.fromhex(known["slip"])) if known else None
    return Begun(opened, known) if opened else None


def _onward(page: str, known: dict[str, str]) -> HttpResponse:
    response = HttpResponseRedirect(reverse(page))
    stays.put_cookie(response, FIRST_COOKIE, slips.sealed(known, FIRST_COOKIE), slips.HALF_SECONDS)
    return response


@public
@never_cache  # on a shared computer nothing of it stays: neither secret nor codes
def first(request: HttpRequest) -> HttpResponse:
    """First page: log-in and the code of the slip."""
    form = SlipForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "access/first.html", {"form": form}, status=422 if form.errors else 200)
    login, hashed = form.cleaned_data["login"], slips.code_hash(form.cleaned_data["slip"])
    if stays.is_locked(login, request):
        form.add_error(None, TOO_MANY)
        return render(request, "access/first.html", {"form": form}, status=429)
    if slips.opened(login, hashed) is None:
        security.note(security.WRONG_SLIP, login=login, address=stays.address(request))
        form.add_error(None, NO_SUCH_SLIP)
        return render(request, "access/first.html", {"form": form}, status=422)
    return _onward("desk:first_password", {"login": login, "slip": hashed.hex()})


@public
@never_cache
def first_password(request: HttpRequest) -> HttpResponse:
    """Second page: choose a password; or show the one that stays, with a lost telephone."""
    begun = _begun(request)
    if begun is None:
        return HttpResponseRedirect(reverse("desk:first"))
    kind = begun.opened.kind
    form = _password_form(kind, request, begun.login)
    page = {"form": form, "kind": kind, "name": begun.opened.name, "shortest": slips.SHORTEST}
    if request.method != "POST" or not form.is_valid() or not _is_right(form, begun, request):
        return render(request, "access/first_password.html", page, status=422 if form.errors else 200)
    password = "" if kind == "phone" else make_password(form.cleaned_data["password"])
    if kind == "password":
        return _redeemed_password(begun, password)
    secret = begun.known.get("secret") or one_time.new_secret()
    return _onward("desk:first_phone", begun.known | {"password": password, "secret": secret, "passed": "1"})


def _password_form(kind: str, request: HttpRequest, login: str) -> Any:
    data = request.POST or None
    if kind == "phone":
        return CurrentPasswordForm(data)
    return (CurrentCodeForm if kind == "password" else NewPasswordForm)(data, login=login)


def _is_right(form: Any, begun: Begun, request: HttpRequest) -> bool:
    """What is not renewed must be shown: whoever holds only the slip takes over nothing."""
    if begun.opened.kind not in ("phone", "password"):
        return True
    if stays.is_locked(begun.login, request):
        form.add_error(None, TOO_MANY)
    elif begun.opened.kind == "phone":
        if check_password(form.cleaned_data["password"], _kept_password(begun)):
            return True
        security.note(security.WRONG_PASSWORD, login=begun.login, address=stays.address(request))
        form.add_error("password", _("This is not the password of this log-in."))
    else:
        found = stays.credentials(begun.login)
        if found and stays.used_up(found, form.cleaned_data["code"]):
            return True
        security.note(security.WRONG_CODE, login=begun.login, address=stays.address(request))
        form.add_error("code", USED_OR_WRONG)
    return False


def _kept_password(begun: Begun) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select access.kept_password(%s, %s)", [begun.login, begun.hashed])
        return str(cursor.fetchone()[0] or "")


def _redeemed_password(begun: Begun, password: str) -> HttpResponse:
    _redeem(begun, password, "", 0, [])
    response = HttpResponseRedirect(reverse("desk:sign_in"))
    response.delete_cookie(FIRST_COOKIE)
    return response


@public
@never_cache
def first_phone(request: HttpRequest) -> HttpResponse:
    """Third page: the telephone. With its first code the slip is spent and the recovery codes are shown, once."""
    begun = _begun(request)
    if begun is None or "passed" not in begun.known:
        return HttpResponseRedirect(reverse("desk:first"))
    secret, form = begun.known["secret"], NewPhoneForm(request.POST or None)
    places = stays.memberships(begun.opened.user_id, begun.opened.name)
    page: dict[str, Any] = phone_page(secret, begun.login) | {
        "form": form,
        "contexts": stays.contexts(places, request) if len(places) > 1 else [],
    }
    chosen = places[0] if len(places) == 1 else stays.chosen(places, request)
    if request.method != "POST":
        return render(request, "access/first_phone.html", page)
    if chosen is None and places:
        page["context_error"] = _("Choose where you work today")
    step = right_step(form, secret) if form.is_valid() else None
    codes = slips.recovery_codes()
    if step is None or (chosen is None and places):
        return render(request, "access/first_phone.html", page, status=422)
    if not _redeem(begun, begun.known["password"], secret, step, codes):
        form.add_error(None, NO_SUCH_SLIP)
        return render(request, "access/first_phone.html", page, status=422)
    response = render(
        request, "access/recovery_codes.html", {"codes": codes, "is_first": True, "has_place": bool(places)}
    )
    response.delete_cookie(FIRST_COOKIE)
    return stays.begin(request, response, chosen, begun.opened.name) if chosen else response


def phone_page(secret: str, login: str) -> dict[str, Any]:
    """The secret as text, in groups, and what the QR code says."""
    return {"secret": slips.in_groups(secret, 4).replace("-", " "), "address": one_time.address_of(secret, login)}


def right_step(form: CodeForm, secret: str) -> int | None:
    """The step of the first code of a new telephone; otherwise the form says what to do."""
    step = one_time.accepted_step(one_time.seal(secret), folded_code(form.cleaned_data["code"]), last_step=0)
    if step is None:
        form.add_error(
            "code", _("This code does not fit. Is the time on the telephone right? Type the code shown now.")
        )
    return step


def _redeem(begun: Begun, password: str, secret: str, step: int, codes: list[str]) -> bool:
    totp = one_time.seal(secret) if secret else ""
    hashes = [slips.code_hash(code) for code in codes]
    with connection.cursor() as cursor:
        cursor.execute(
            "select access.redeem(%s, %s, %s, %s, %s, %s::bytea[], %s)",
            [begun.login, begun.hashed, password, totp, step, hashes, get_language() or ""],
        )
        return cursor.fetchone()[0] is not None
