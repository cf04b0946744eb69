"""From the printed slip to the first page: what each page asks for, and what nobody gets without it."""

import re
import time
import uuid
from datetime import date, timedelta

import pyotp
import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.utils import timezone

from tests import world
from tongxing.access import conduct, one_time, slips
from tongxing.access.actions import account_by_operator
from tongxing.access.middleware import COOKIE
from tongxing.access.models import ConductSignature, RecoveryCode, Slip, User
from tongxing.organisations.actions import add_membership

FIRST, PASSWORD, PHONE = "/en/first/", "/en/first/password/", "/en/first/phone/"
CHOSEN = "brown cups travel north"


@pytest.fixture(scope="module", autouse=True)
def _database(house) -> None:
    """Everything here commits."""


def newcomer(*places: str) -> tuple[User, str]:
    user, code = account_by_operator(login=f"new-{uuid.uuid4().hex[:8]}", name="新人（演示）", language="en")
    for place in places or ("changzhou-2",):
        add_membership(user_id=user.id, centre_id=world.centre_id(place), role="front_desk", starts_on=date(2020, 1, 1))
    return user, code


def with_slip(user: User, code: str) -> Client:
    browser = Client()
    assert browser.post(FIRST, {"login": user.login, "slip": code}).url == PASSWORD
    return browser


def at_the_phone(user: User, code: str) -> tuple[Client, str]:
    """A browser that has come to the page of the telephone, and the key that the page shows."""
    browser = with_slip(user, code)
    assert browser.post(PASSWORD, {"password": CHOSEN, "again": CHOSEN}).url == PHONE
    page = browser.get(PHONE).content.decode()
    assert 'class="qr"' in page
    return browser, re.search(r'tx-code">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")


def shown(secret: str, step: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * step)


def begun(*places: str) -> tuple[User, Client, str, list[str]]:
    """Somebody who has come all the way: the browser, the telephone's key, the recovery codes."""
    user, code = newcomer(*places)
    browser, secret = at_the_phone(user, code)
    answer = browser.post(PHONE, {"code": shown(secret)})
    assert answer.status_code == 200
    return user, browser, secret, re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", answer.content.decode())


def test_slip_password_phone_codes_conduct_and_then_today() -> None:
    user, browser, _secret, codes = begun()
    assert len(set(codes)) == 10
    assert browser.get("/en/today/").url == "/en/conduct/"
    assert browser.get("/en/start/", follow=True).redirect_chain[-1][0] == "/en/conduct/"
    refused = browser.post("/en/conduct/", {})
    assert refused.status_code == 422 and "Tick the box" in refused.content.decode()
    assert browser.post("/en/conduct/", {"agrees": "on"}).url == "/en/start/"
    assert browser.get("/en/today/").status_code == 200
    [signed] = ConductSignature.objects.using("owner").filter(user=user)
    assert (signed.edition, signed.language) == (conduct.current().edition, "en")
    assert timezone.now() - signed.signed_at < timedelta(minutes=5)


def test_a_new_edition_of_the_rules_asks_again(monkeypatch) -> None:
    user, browser, _secret, _codes = begun()
    browser.post("/en/conduct/", {"agrees": "on"})
    newer = conduct.Conduct("2030-1", conduct.current().rules)
    monkeypatch.setattr("tongxing.access.conduct.current", lambda: newer)
    assert browser.get("/en/today/").url == "/en/conduct/"
    assert browser.post("/en/registrations/start/", {"name": "张三"}).url == "/en/conduct/"
    assert "The rules have changed" in browser.get("/en/conduct/").content.decode()
    browser.post("/en/conduct/", {"agrees": "on"})
    assert browser.get("/en/today/").status_code == 200
    assert ConductSignature.objects.using("owner").filter(user=user).count() == 2


def test_a_slip_works_once_and_nothing_on_it_is_stored() -> None:
    user, code = newcomer()
    browser, secret = at_the_phone(user, code)
    late, _other = at_the_phone(user, code)
    browser.post(PHONE, {"code": shown(secret)})
    assert late.get(PHONE).url == FIRST  # half way with the same slip, when it was used elsewhere
    assert Client().post(FIRST, {"login": user.login, "slip": code}).status_code == 422
    row = Slip.objects.using("owner").get(user=user)
    assert row.used_at and code.replace("-", "").encode() not in bytes(row.code_hash)


def test_until_the_last_page_nothing_is_written() -> None:
    user, code = newcomer()
    browser, secret = at_the_phone(user, code)
    wrong = browser.post(PHONE, {"code": "000000" if shown(secret) != "000000" else "111111"})
    assert wrong.status_code == 422 and COOKIE not in browser.cookies
    stored = User.objects.using("owner").get(id=user.id)
    assert (stored.password, stored.totp_sealed) == ("!", "")
    assert not RecoveryCode.objects.using("owner").filter(user=user).exists()


def test_an_expired_slip_says_so_like_a_wrong_one() -> None:
    user, code = newcomer()
    Slip.objects.using("owner").filter(user=user).update(expires_at=timezone.now())
    answers = [
        Client().post(FIRST, {"login": user.login, "slip": code}),
        Client().post(FIRST, {"login": "nobody-here", "slip": code}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("Ask for a new slip" in answer.content.decode() for answer in answers)


def test_tries_are_limited_within_minutes() -> None:
    user, code = newcomer()
    for _try in range(5):
        assert Client().post(FIRST, {"login": user.login, "slip": "2222-2222-2222"}).status_code == 422
    assert Client().post(FIRST, {"login": user.login, "slip": code}).status_code == 429


def test_tries_are_limited_altogether(house) -> None:
    user, code = newcomer()
    for tries in range(10):
        assert slips.opened(user.login, slips.code_hash(code)), f"after {tries} wrong ones"
        assert slips.opened(user.login, slips.code_hash("2222-2222-2222")) is None
    assert Client().post(FIRST, {"login": user.login, "slip": code}).status_code == 422


def reset(user: User, kind: str) -> str:
    """The code of a slip as an administrator's reset leaves it: what was lost is void."""
    void = {"both": {"password": "!lost", "totp_sealed": ""}, "password": {"password": "!lost"}}[kind]
    User.objects.using("owner").filter(id=user.id).update(**void)
    code, until = slips.new_code(), timezone.now() + timedelta(days=1)
    Slip.objects.using("owner").create(user=user, kind=kind, code_hash=slips.code_hash(code), expires_at=until)
    return code


def test_a_slip_for_a_lost_password_asks_for_the_telephone() -> None:
    user, browser, secret, _codes = begun()
    code, new = reset(user, "password"), "seven green doors"
    late = with_slip(user, code)
    wrong = late.post(PASSWORD, {"password": new, "again": new, "code": "000000"})
    assert wrong.status_code == 422 and "wrong or was used" in wrong.content.decode()
    assert late.post(PASSWORD, {"password": new, "again": new}).status_code == 422
    assert User.objects.using("owner").get(id=user.id).password == "!lost"
    assert late.post(PASSWORD, {"password": new, "again": new, "code": shown(secret, 1)}).url == "/en/sign-in/"
    assert browser.get("/en/still-here/").status_code == 302, "stays that were open have ended"
    assert check_password(new, User.objects.using("owner").get(id=user.id).password)


def test_a_slip_for_everything_brings_a_new_password_and_telephone() -> None:
    user, _browser, secret, codes = begun()
    before = User.objects.using("owner").get(id=user.id).totp_sealed
    browser, new = at_the_phone(user, reset(user, "both"))
    assert browser.post(PHONE, {"code": shown(new)}).status_code == 200
    assert User.objects.using("owner").get(id=user.id).totp_sealed != before and new != secret
    assert sign_in(user, codes[0])[1] == 422 and sign_in(user, shown(new, 1))[1] == 302


def test_a_slip_used_elsewhere_meanwhile_is_said(monkeypatch) -> None:
    user, code = newcomer()
    browser, secret = at_the_phone(user, code)
    monkeypatch.setattr("tongxing.desk.first_sign_in._redeem", lambda *_: False)  # the moment between look and use
    answer = browser.post(PHONE, {"code": shown(secret)})
    assert answer.status_code == 422 and "was used" in answer.content.decode()


def test_pages_before_a_stay_are_kept_by_no_browser() -> None:
    user, code = newcomer()
    browser, secret = at_the_phone(user, code)
    pages = [browser.get(page) for page in (FIRST, PASSWORD, PHONE)]
    pages.append(browser.post(PHONE, {"code": shown(secret)}))
    half = Client()
    half.post("/en/sign-in/", {"login": user.login, "password": CHOSEN})
    pages.append(half.get("/en/sign-in/code/"))
    browser.post("/en/lock/")
    pages.append(browser.get("/en/locked/"))
    for page in pages:
        assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"], page.request["PATH_INFO"]


def test_a_cookie_sealed_for_another_page_begins_nothing() -> None:
    browser = Client()
    browser.cookies["tx_first"] = slips.sealed({"secret": "x"}, "tx_own")
    assert browser.get(PASSWORD).url == FIRST
    browser.cookies["tx_first"] = one_time.seal('"a withdrawal code"')
    assert browser.get(PHONE).url == FIRST


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short 1", "Too short"),
        ("password1234", "Many people"),
        ("qwertyuiop", "Many people"),
        ("aaaaaaaaaaaa", "Many"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password: str, why: str) -> None:
    browser = with_slip(*newcomer())
    answer = browser.post(PASSWORD, {"password": password, "again": password})
    assert answer.status_code == 422 and why in answer.content.decode()
    assert password not in answer.content.decode()


def test_the_login_is_no_part_of_the_password_and_both_must_agree() -> None:
    user, code = newcomer()
    browser = with_slip(user, code)
    like = f"my {user.login.upper()} ok"
    assert "must not be part" in browser.post(PASSWORD, {"password": like, "again": like}).content.decode()
    assert "not the same" in browser.post(PASSWORD, {"password": CHOSEN, "again": "other"}).content.decode()


@pytest.mark.parametrize("cookie", ["", "x", "made up"])
def test_the_pages_in_between_cannot_be_reached_without_the_slip(cookie: str) -> None:
    browser = Client()
    browser.cookies["tx_first"] = cookie
    assert browser.get(PASSWORD).url == FIRST
    assert browser.get(PHONE).url == FIRST
    skipping = with_slip(*newcomer())
    assert skipping.get(PHONE).url == FIRST  # no password chosen yet


def test_who_works_at_two_places_chooses_one() -> None:
    user, code = newcomer("changzhou-1", "changzhou-2")
    browser, secret = at_the_phone(user, code)
    answer = browser.post(PHONE, {"code": shown(secret)})
    assert answer.status_code == 422 and "Choose where you work today" in answer.content.decode()


def sign_in(user: User, code: str) -> tuple[Client, int]:
    browser = Client()
    assert browser.post("/en/sign-in/", {"login": user.login, "password": CHOSEN}).status_code == 302
    [place] = user.memberships.using("owner").all()
    return browser, browser.post("/en/sign-in/code/", {"code": code, "context": str(place.id)}).status_code


def test_a_recovery_code_stands_once_for_a_lost_phone() -> None:
    user, _browser, _secret, codes = begun()
    assert sign_in(user, codes[0].lower().replace("-", " "))[1] == 302
    assert sign_in(user, codes[0])[1] == 422
    assert sign_in(user, codes[1])[1] == 302
    assert sign_in(user, "22222-22222")[1] == 422


def test_a_new_phone_ends_the_old_one_and_the_stays_elsewhere() -> None:
    user, browser, secret, codes = begun()
    elsewhere = sign_in(user, codes[0])[0]
    assert browser.get("/en/own/phone/").url == "/en/own/"
    assert "9" in browser.get("/en/own/").content.decode()
    assert browser.post("/en/own/", {"code": codes[1]}).url == "/en/own/phone/"
    page = browser.get("/en/own/phone/").content.decode()
    new = re.search(r'tx-code">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    assert browser.post("/en/own/phone/", {"code": shown(new)}).status_code == 200
    assert browser.get("/en/still-here/").status_code == 204
    assert elsewhere.get("/en/still-here/").status_code == 302
    assert sign_in(user, codes[2])[1] == 422  # the old recovery codes are worth nothing
    assert sign_in(user, shown(secret, 1))[1] == 422  # nor is the old telephone
    assert sign_in(user, shown(new, 1))[1] == 302
