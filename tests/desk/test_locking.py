"""A shared desk: one is parked, the other goes on with a code, and nothing of the first can be reached."""

import time
import uuid
from dataclasses import dataclass
from datetime import date

import pyotp
import pytest
from django.test import Client

from tests import world
from tests.organisations.staff import left
from tongxing.access.acting import Acting
from tongxing.access.actions import create_user, open_session
from tongxing.access.middleware import COOKIE
from tongxing.access.models import Session
from tongxing.organisations.actions import add_membership

LOCK, LOCKED, HERE = "/en/lock/", "/en/locked/", "/en/still-here/"


@dataclass
class Colleague:
    login: str
    secret: str
    by: Acting
    membership_id: uuid.UUID

    def code(self, step: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30 * step)


@pytest.fixture(scope="module", autouse=True)
def _database(house) -> None:
    """Everything here commits."""


def colleague() -> Colleague:
    login, secret, place = f"c-{uuid.uuid4().hex[:8]}", pyotp.random_base32(), world.centre_id("changzhou-2")
    user = create_user(login=login, name=f"{login}（演示）", password=world.PASSWORD, totp_secret=secret)
    held = add_membership(user_id=user.id, centre_id=place, role="front_desk", starts_on=date(2020, 1, 1))
    return Colleague(login, secret, Acting(user.id, user.name, "front_desk", place), held.id)


def sit_down(who: Colleague, browser: Client) -> uuid.UUID:
    session, token = open_session(by=who.by)
    browser.cookies[COOKIE] = token
    assert browser.get(HERE).status_code == 204
    return session.id


def test_one_locks_a_colleague_works_and_each_goes_on_with_a_code() -> None:
    one, other, browser = colleague(), colleague(), Client()
    first = sit_down(one, browser)
    assert browser.post(LOCK).url == LOCKED
    assert browser.get(HERE).status_code == 302 and browser.get("/en/today/").status_code == 302
    second = sit_down(other, browser)
    assert one.login not in browser.get("/en/today/").content.decode()
    browser.post(LOCK)
    page = browser.get(LOCKED).content.decode()
    assert one.login in page and other.login in page
    assert browser.post(LOCKED, {"stay": str(first), "code": one.code()}).url == "/en/start/"
    assert one.login in browser.get("/en/today/").content.decode()
    assert Session.objects.using("owner").get(id=second).locked_at is not None


def test_nothing_of_the_former_page_is_kept_by_the_browser() -> None:
    browser = Client()
    sit_down(colleague(), browser)
    assert browser.get("/en/today/")["Cache-Control"] == "no-store"
    assert browser.post(LOCK)["Clear-Site-Data"] == '"cache"'
    assert not browser.cookies[COOKIE].value


def test_a_parked_token_opens_nothing_by_itself() -> None:
    browser = Client()
    sit_down(colleague(), browser)
    token = browser.cookies[COOKIE].value
    browser.post(LOCK)
    browser.cookies[COOKIE] = token
    assert browser.get(HERE).status_code == 302


def test_a_wrong_code_another_persons_code_and_a_used_one_do_not_unlock() -> None:
    one, other, browser = colleague(), colleague(), Client()
    stay = sit_down(one, browser)
    browser.post(LOCK)
    for code in ("000000", other.code()):
        assert browser.post(LOCKED, {"stay": str(stay), "code": code}).status_code == 422
    assert browser.post(LOCKED, {"stay": str(uuid.uuid4()), "code": one.code()}).status_code == 422
    code = one.code()
    assert browser.post(LOCKED, {"stay": str(stay), "code": code}).status_code == 302
    browser.post(LOCK)
    assert browser.post(LOCKED, {"stay": str(stay), "code": code}).status_code == 422


def test_a_stay_of_another_browser_cannot_be_opened_here() -> None:
    one, browser, elsewhere = colleague(), Client(), Client()
    stay = sit_down(one, elsewhere)
    elsewhere.post(LOCK)
    sit_down(colleague(), browser)
    browser.post(LOCK)
    assert one.login not in browser.get(LOCKED).content.decode()
    assert browser.post(LOCKED, {"stay": str(stay), "code": one.code()}).status_code == 422


def test_an_idle_stay_can_be_locked_and_gone_on_with(house) -> None:
    one, browser = colleague(), Client()
    stay = sit_down(one, browser)
    house.sql("tx_owner", "update access_session set seen_at = now() - interval '20 minutes' where id = %s", [stay])
    assert browser.get(HERE).status_code == 302
    assert browser.post(LOCK).url == LOCKED
    assert browser.post(LOCKED, {"stay": str(stay), "code": one.code()}).status_code == 302
    assert browser.get(HERE).status_code == 204


@pytest.mark.parametrize("ended", ["membership", "twelve hours", "signed out"])
def test_what_has_ended_is_not_unlocked(house, ended: str) -> None:
    one, browser = colleague(), Client()
    stay = sit_down(one, browser)
    browser.post(LOCK)
    if ended == "membership":
        left(one.membership_id)
    else:
        column = "ends_at" if ended == "twelve hours" else "ended_at"
        house.sql("tx_owner", f"update access_session set {column} = now() where id = %s", [stay])
    assert browser.get(LOCKED).url == "/en/sign-in/"


def test_five_wrong_codes_lock_out_here_too() -> None:
    one, browser = colleague(), Client()
    stay = sit_down(one, browser)
    browser.post(LOCK)
    time.sleep(0.01)
    for _try in range(5):
        browser.post(LOCKED, {"stay": str(stay), "code": "000000"})
    answer = browser.post(LOCKED, {"stay": str(stay), "code": one.code()})
    assert answer.status_code == 422 and "Too many wrong tries" in answer.content.decode()
