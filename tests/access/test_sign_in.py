"""Signing in, staying, and the end of a stay; through the pages, with real transactions."""

import re
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pyotp
import pytest
from django.conf import settings
from django.core import signing
from django.test import Client, override_settings

from tests import world
from tests.access.answers import comparable
from tests.access.routes import ROUTES, address, constants, in_resolver
from tests.organisations.staff import left
from tongxing.access.acting import Acting
from tongxing.access.actions import create_user, open_session, token_hash
from tongxing.access.middleware import COOKIE
from tongxing.access.models import Session, User
from tongxing.core.ids import uuid7
from tongxing.desk.sign_in import HALF_COOKIE
from tongxing.desk.stays import FAILURES
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Membership
from tongxing.procedures.models import Referral

SIGN_IN, CODE, HERE = "/en/sign-in/", "/en/sign-in/code/", "/en/still-here/"


@dataclass(frozen=True)
class Somebody:
    login: str
    user_id: uuid.UUID
    secret: str
    membership: Membership

    def code(self, step: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30 * step)


def somebody(role: str = "front_desk", centre: str = "changzhou-2") -> Somebody:
    login, secret = f"someone-{uuid.uuid4().hex[:8]}", pyotp.random_base32()
    user = create_user(login=login, name="somebody (demonstration)", password=world.PASSWORD, totp_secret=secret)
    place = world.centre_id(centre) if centre else None
    return Somebody(
        login, user.id, secret, add_membership(user_id=user.id, centre_id=place, role=role, starts_on=date(2020, 1, 1))
    )


@pytest.fixture(scope="module", autouse=True)
def _database(house) -> None:
    """Everything here commits."""


def half(who: Somebody, browser: Client | None = None, **extra) -> Client:
    browser = browser or Client()
    answer = browser.post(SIGN_IN, {"login": who.login, "password": world.PASSWORD, **extra})
    assert answer.status_code == 302 and answer.url.startswith(CODE)
    return browser


def whole(who: Somebody, browser: Client | None = None, *, code: str = "", onward: str = ""):
    browser = half(who, browser)
    typed = {"code": code or who.code(), "context": str(who.membership.id), "next": onward}
    return browser, browser.post(CODE, typed)


def is_in(browser: Client) -> bool:
    answer = browser.get(HERE)
    assert answer.status_code in (204, 302)
    return answer.status_code == 204


def events(house, **where: str) -> list[str]:
    condition = " and ".join(f"{column} = %s" for column in where)
    found = house.sql(
        "tx_owner",
        f"select kind from access_securityevent where kind <> 'signed in' and {condition} order by at",
        [*where.values()],
    )
    return [kind for (kind,) in found]


def test_password_then_code_then_the_first_page(house) -> None:
    who = somebody()
    browser, answer = whole(who)
    assert (answer.status_code, answer.url) == (302, "/en/start/")
    assert browser.get("/en/start/").url == "/en/today/"
    assert is_in(browser)


def test_a_password_alone_opens_nothing() -> None:
    browser = half(somebody())
    assert COOKIE not in browser.cookies
    assert not is_in(browser)
    assert browser.get("/en/today/").status_code == 302


def test_cookies_are_for_this_site_and_for_no_script() -> None:
    _browser, answer = whole(somebody())
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["max-age"] and cookie["path"] == "/"
    assert not cookie["secure"]  # on loopback without TLS; with TLS:
    with override_settings(BEHIND_TLS=True):
        _browser, answer = whole(somebody())
    assert answer.cookies[COOKIE]["secure"]
    assert len(answer.cookies[COOKIE].value) >= 43
    assert settings.CSRF_COOKIE_HTTPONLY and settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert Session.objects.using("owner").filter(token_hash=token_hash(answer.cookies[COOKIE].value)).exists()


def test_wrong_login_and_wrong_password_answer_alike(house) -> None:
    who = somebody()
    nobody = "x" * len(who.login)
    known, unknown = Client(), Client()
    for number in range(FAILURES + 1):  # the lock-out tells no more than the refusals before it
        one = known.post(SIGN_IN, {"login": who.login, "password": "wrong"})
        other = unknown.post(SIGN_IN, {"login": nobody, "password": "wrong"})
        said = [comparable(one, []).replace(who.login, "<login>"), comparable(other, []).replace(nobody, "<login>")]
        assert said[0] == said[1]
        assert one.status_code == (422 if number < FAILURES else 429)
    assert events(house, login=who.login) == ["wrong password"] * FAILURES + ["locked out"]
    assert events(house, login=nobody) == ["wrong password"] * FAILURES + ["locked out"]


def test_a_user_who_is_not_active_looks_like_nobody() -> None:
    who = somebody()
    User.objects.using("owner").filter(id=who.user_id).update(is_active=False)
    answer = Client().post(SIGN_IN, {"login": who.login, "password": world.PASSWORD})
    assert answer.status_code == 422


def test_five_failures_lock_even_the_right_password_and_the_rest_go_on(house) -> None:
    who, colleague = somebody(), somebody()
    browser = Client()
    for _try in range(FAILURES):
        browser.post(SIGN_IN, {"login": who.login, "password": "wrong"})
    answer = browser.post(SIGN_IN, {"login": who.login, "password": world.PASSWORD})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert whole(colleague)[1].status_code == 302
    house.sql(
        "postgres",  # no trigger holds him once he says so; everybody else may not change the log
        "alter table access_securityevent disable trigger kept",
    )
    house.sql(
        "tx_owner", "update access_securityevent set at = at - interval '16 minutes' where login = %s", [who.login]
    )
    assert whole(who)[1].status_code == 302


def test_wrong_codes_count_too(house) -> None:
    who = somebody()
    browser = half(who)
    for _try in range(FAILURES):
        assert browser.post(CODE, {"code": "000000", "context": str(who.membership.id)}).status_code == 422
    answer = browser.post(CODE, {"code": who.code(), "context": str(who.membership.id)})
    assert answer.status_code == 422 and "Too many wrong tries" in answer.content.decode()
    assert COOKIE not in browser.cookies
    assert events(house, login=who.login) == ["wrong code"] * FAILURES + ["locked out"]


def test_events_stay_though_the_request_is_lost(house, monkeypatch) -> None:
    """The log has a connection of its own: what breaks afterwards takes nothing back."""
    who = somebody()
    monkeypatch.setattr("tongxing.desk.sign_in.check_password", lambda *_: False)
    monkeypatch.setattr("tongxing.desk.sign_in._", lambda text: 1 / 0)
    answer = Client(raise_request_exception=False).post(SIGN_IN, {"login": who.login, "password": "wrong"})
    assert answer.status_code == 500
    assert events(house, login=who.login) == ["wrong password"]


def test_a_code_works_once() -> None:
    who = somebody()
    code = who.code()
    assert whole(who, code=code)[1].status_code == 302
    browser, answer = whole(who, code=code)
    assert answer.status_code == 422 and "used before" in answer.content.decode()
    assert COOKIE not in browser.cookies
    assert whole(who, code=who.code(1))[1].status_code == 302  # the next one does, half a minute of slack each way


def test_of_two_requests_with_the_same_code_the_second_finds_it_used(monkeypatch) -> None:
    """Both have read the same last step before either wrote: the write itself decides."""
    who = somebody()
    browsers = [half(who), half(who)]
    now = int(time.time()) // 30
    monkeypatch.setattr("tongxing.access.one_time.accepted_step", lambda *_, **__: now)
    answers = [b.post(CODE, {"code": "123456", "context": str(who.membership.id)}).status_code for b in browsers]
    assert sorted(answers) == [302, 422]


@pytest.mark.parametrize("written", ["full width", "spaced", "hyphen"])
def test_codes_are_accepted_as_people_type_them(written: str) -> None:
    who = somebody()
    code = who.code()
    typed = {
        "full width": "".join(chr(ord(digit) + 0xFEE0) for digit in code),
        "spaced": f" {code[:3]} {code[3:]} ",
        "hyphen": f"{code[:3]}-{code[3:]}",
    }[written]
    assert whole(who, code=typed)[1].status_code == 302


def test_where_to_work_is_ones_own_membership_and_nothing_else() -> None:
    who, other = somebody(), somebody("safeguarding", "")
    browser = half(who)
    for context in ("", str(other.membership.id), str(uuid7()), "x"):
        answer = browser.post(CODE, {"code": who.code(), "context": context})
        assert answer.status_code == 422 and "Choose where you work today" in answer.content.decode()
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("forged", ["", "x", "user:1", None])
def test_the_half_way_cookie_cannot_be_made_up(forged: str | None) -> None:
    browser = Client()
    value = signing.dumps({"login": somebody().login}, salt="another") if forged is None else forged
    browser.cookies[HALF_COOKIE] = value
    assert browser.get(CODE).url == SIGN_IN


def test_the_half_way_cookie_lasts_five_minutes(monkeypatch) -> None:
    browser = half(somebody())
    assert browser.get(CODE).status_code == 200
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 301)
    assert browser.get(CODE).url == SIGN_IN


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.org/",
        "//example.org/x",
        "///example.org",
        "javascript:alert(1)",
        "\\\\example.org",
        "http:example.org",
    ],
)
def test_next_leads_to_no_other_host(wanted: str) -> None:
    _browser, answer = whole(somebody(), onward=wanted)
    assert answer.url == "/en/start/"
    asked = Client().get(SIGN_IN, {"next": wanted}).content.decode()
    assert '<input type="hidden" name="next" value="/en/start/">' in asked


def test_next_leads_to_the_page_that_was_asked_for() -> None:
    asked = Client().get("/en/referrals/?box=sent")
    assert asked.url == f"{SIGN_IN}?next=%2Fen%2Freferrals%2F%3Fbox%3Dsent"
    assert whole(somebody(), onward="/en/referrals/?box=sent")[1].url == "/en/referrals/?box=sent"


def stay(role: str = "front_desk", centre: str = "changzhou-2") -> tuple[Somebody, Client, Session]:
    who = somebody(role, centre)
    by = Acting(user_id=who.user_id, name="", role=role, centre_id=who.membership.centre_id)
    session, token = open_session(by=by)
    browser = Client()
    browser.cookies[COOKIE] = token
    assert is_in(browser)
    return who, browser, session


def test_signing_out_ends_the_stay_for_every_copy_of_the_cookie() -> None:
    _who, browser, session = stay()
    copy = Client()
    copy.cookies[COOKIE] = browser.cookies[COOKIE].value
    browser.post("/en/sign-out/")
    assert not is_in(copy) and not is_in(browser)
    assert Session.objects.using("owner").get(id=session.id).ended_at is not None


@pytest.mark.parametrize(
    ("change", "goes_on"),
    [
        ("seen_at = now() - interval '14 minutes'", True),
        ("seen_at = now() - interval '15 minutes 1 second'", False),
        ("ends_at = now() - interval '1 second'", False),
        ("ended_at = now()", False),
        ("role = 'safeguarding'", False),
        ("centre_id = null", False),
    ],
)
def test_a_stay_ends(house, change: str, goes_on: bool) -> None:
    _who, browser, session = stay()
    house.sql("tx_owner", f"update access_session set {change} where id = %s", [session.id])
    assert is_in(browser) == goes_on
    assert is_in(browser) == goes_on  # and does not come back


def test_working_keeps_the_stay_alive(house) -> None:
    _who, browser, session = stay()
    for _minutes in range(3):
        house.sql(
            "tx_owner", "update access_session set seen_at = now() - interval '10 minutes' where id = %s", [session.id]
        )
        assert is_in(browser)


def test_a_stay_lasts_twelve_hours_at_most() -> None:
    _who, _browser, session = stay()
    assert (session.ends_at - session.started_at).total_seconds() == settings.SESSION_HOURS * 3600 == 12 * 3600


def test_a_user_made_inactive_is_out_at_once() -> None:
    who, browser, _session = stay()
    User.objects.using("owner").filter(id=who.user_id).update(is_active=False)
    assert not is_in(browser)


def test_a_membership_that_ends_ends_the_stay_at_once() -> None:
    who, browser, session = stay()
    left(who.membership.id)
    assert not is_in(browser)
    assert Session.objects.using("owner").get(id=session.id).ended_at is not None


def test_a_membership_whose_last_day_has_passed_ends_the_stay_without_anybody_doing_it() -> None:
    who, browser, session = stay()
    Membership.objects.using("owner").filter(id=who.membership.id).update(ends_on=date(2020, 6, 1))
    assert not is_in(browser)
    assert Session.objects.using("owner").get(id=session.id).ended_at is None


def test_a_membership_ends_where_it_is_held_and_nowhere_else() -> None:
    who, browser, _session = stay()
    other = add_membership(
        user_id=who.user_id, centre_id=world.centre_id("changzhou-1"), role="front_desk", starts_on=date(2020, 1, 1)
    )
    left(other.id)
    assert is_in(browser)


def test_a_receiver_whose_access_ended_meanwhile_gets_the_sign_in_page_and_nothing_else() -> None:
    desk = world.somebody("front_desk", "changzhou-2")
    with world.as_(desk):
        registration = world.registered(desk, world.child("荀漪澜", phones=("000 7711",)))
        sent = world.to_school(registration.person, by=desk)
    who, browser, _session = stay("receiver", "changzhou-school-1")
    page = f"/en/referrals/{sent.id}/received/"
    assert "荀漪澜" in browser.get(page).content.decode()
    left(who.membership.id)
    for asked in (page, "/en/referrals/", "/en/start/"):
        answer = browser.get(asked)
        assert answer.status_code == 302 and answer.url.startswith(SIGN_IN) and not answer.content
    for name in ("answer", "acknowledge"):
        answer = browser.post(f"{page}{name}/", {"accept": "yes"})
        assert answer.status_code == 302 and answer.url.startswith(SIGN_IN)
    assert Referral.objects.using("owner").get(id=sent.id).state == "in_progress"


def test_every_page_that_is_not_public_asks_to_sign_in() -> None:
    guarded = {name for name, view in in_resolver() if getattr(view, "tx_guard", ("public",))[0] != "public"}
    assert len(guarded) > 25 and guarded <= set(ROUTES)
    for name in guarded:
        answer = Client().get(address(name, ROUTES[name].kinds, defaultdict(uuid7), constants()))
        # Where only sending is allowed, asking is refused before anybody is asked to sign in.
        assert answer.status_code == 405 or re.match(r"/en/sign-in/\?next=", answer.url), name


def test_a_form_from_elsewhere_is_refused() -> None:
    _who, browser, _session = stay()
    strict = world.client(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert strict.post("/en/registrations/start/", {"name": "x"}).status_code == 403
    assert (
        strict.post("/en/registrations/start/", {"name": "x"}, headers={"Origin": "https://example.org"}).status_code
        == 403
    )
