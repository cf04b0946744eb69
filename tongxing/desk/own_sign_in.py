"""One's own way in: the code of conduct, and after a lost telephone a new one and new recovery codes."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from tongxing.access import conduct as rules
from tongxing.access import one_time, slips
from tongxing.access.guard import allow
from tongxing.access.models import ConductSignature, User
from tongxing.desk import stays
from tongxing.desk.first_sign_in import phone_page, right_step
from tongxing.desk.forms import CodeForm, ConductForm, NewPhoneForm

OWN_COOKIE = f"{settings.COOKIES_BEGIN}phone"  # the secret of the telephone that is being enrolled


@allow("own", "add")
def conduct(request: HttpRequest) -> HttpResponse:
    """The code of conduct as it is now: read it, sign it. Nothing else opens before."""
    acting = request.acting  # type: ignore[attr-defined]
    form = ConductForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        rules.sign(language=get_language() or "", by=acting)
        return HttpResponseRedirect(reverse("desk:start"))
    signed = ConductSignature.objects.filter(user_id=acting.user_id).order_by("-signed_at").first()
    page = {"form": form, "conduct": rules.current(), "signed": signed, "owes": acting.owes_conduct}
    return render(request, "access/conduct.html", page, status=422 if form.errors else 200)


@allow("own", "change")
def own(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left, and a new telephone: asked for with a code of the old one or a recovery code."""
    acting = request.acting  # type: ignore[attr-defined]
    login = User.objects.get(id=acting.user_id).login
    found = stays.credentials(login)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and found and stays.right_code(form, found, login, request):
        response = HttpResponseRedirect(reverse("desk:own_phone"))
        known = {"secret": one_time.new_secret(), "user": str(acting.user_id)}
        stays.put_cookie(response, OWN_COOKIE, slips.sealed(known, OWN_COOKIE), slips.HALF_SECONDS)
        return response
    with connection.cursor() as cursor:
        cursor.execute("select access.recovery_left()")
        left = cursor.fetchone()[0]
    page = {"form": form, "left": left, "login": login}
    return render(request, "access/own.html", page, status=422 if form.errors else 200)


@allow("own", "change")
def own_phone(request: HttpRequest) -> HttpResponse:
    """The new telephone; with its first code the old one is worth nothing, and other stays end."""
    acting = request.acting  # type: ignore[attr-defined]
    known = slips.unsealed(request.COOKIES.get(OWN_COOKIE, ""), OWN_COOKIE)
    if known.get("user") != str(acting.user_id):
        return HttpResponseRedirect(reverse("desk:own"))
    form = NewPhoneForm(request.POST or None)
    login = User.objects.get(id=acting.user_id).login
    page: dict[str, Any] = phone_page(known["secret"], login) | {"form": form, "is_own": True}
    step = right_step(form, known["secret"]) if request.method == "POST" and form.is_valid() else None
    if step is None:
        return render(request, "access/first_phone.html", page, status=422 if form.errors else 200)
    codes = slips.recovery_codes()
    with connection.cursor() as cursor:
        hashes = [slips.code_hash(code) for code in codes]
        cursor.execute("select access.renew_own(%s, %s, %s::bytea[])", [one_time.seal(known["secret"]), step, hashes])
    response = render(request, "access/recovery_codes.html", {"codes": codes, "has_place": True})
    response.delete_cookie(OWN_COOKIE)
    return response
