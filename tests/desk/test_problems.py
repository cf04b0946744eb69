"""What a reader meets when something breaks: a number, what stays as it was, and a way to report it."""

import errno
import re
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, transaction

from tests import world
from tongxing.core import places
from tongxing.desk import errors, problems
from tongxing.desk.models import Problem


@pytest.fixture(scope="module")
def administrator(house) -> Any:
    return world.somebody("system")


@pytest.fixture(autouse=True)
def quiet() -> None:
    problems._taken.clear()


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyError("x"), "broken"),
        (OSError(errno.ENOSPC, "No space left on device"), "full"),
        (raised(OperationalError("x"), psycopg.errors.DiskFull("x")), "full"),
        (raised(OperationalError("x"), psycopg.errors.LockNotAvailable("x")), "broken"),
        (raised(OperationalError("x"), psycopg.errors.AdminShutdown("x")), "away"),
        (raised(OperationalError("x"), psycopg.errors.TooManyConnections("x")), "away"),
        (raised(OperationalError("x"), psycopg.OperationalError("connection refused")), "away"),
        (OSError(errno.EACCES, "denied"), "broken"),
    ],
)
def test_a_fault_is_told_apart_by_its_kind(error: BaseException, why: str) -> None:
    assert errors.why(error) == why


WORDS = {
    "zh-hans": ("无法保存", "再次保存"),
    "en": ("This could not be saved", "Try to save again"),
    "mn": ("Хадгалж чадсангүй", "Дахин хадгалах"),
}


@pytest.mark.parametrize("language", WORDS)
def test_without_room_nothing_is_saved_and_nothing_typed_is_lost(desk, monkeypatch, language: str) -> None:
    browser = world.client(desk)
    address, typed = f"/{language}/registrations/start/", {"name": "吕苇航", "phone": "000 6611"}
    monkeypatch.setattr(places, "RESERVE", 2**62)
    answer = browser.post(address, typed)
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert WORDS[language][0] in text and WORDS[language][1] in text
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    assert again["name"] == typed["name"] and again["phone"] == typed["phone"] and f'action="{address}"' in text
    assert browser.get(f"/{language}/today/").status_code == 200, "reading goes on"
    assert browser.post(f"/{language}/people/search/", {"name": "吕苇航", "birth": "2016"}).status_code == 200
    monkeypatch.setattr(places, "RESERVE", 0)
    assert browser.post(address, again).status_code == 302, "with room again it is saved as it was typed"


def test_a_database_without_room_is_told_in_the_same_words(desk, monkeypatch) -> None:
    """The control: with another error of the database the page is another."""
    browser = world.client(desk, raise_request_exception=False)

    def page_for(sqlstate: str) -> Any:
        def fails(*_: Any, **__: Any) -> None:
            with transaction.get_connection().cursor() as cursor:
                cursor.execute(f"do $$ begin raise exception 'x' using errcode = '{sqlstate}'; end $$")

        monkeypatch.setattr("tongxing.procedures.views.registrations.start_draft", fails)
        return browser.post("/en/registrations/start/", {"name": "吕苇航"})

    full, other = page_for("53100"), page_for("22012")
    assert (
        full.status_code == 503 and "could not be saved" in full.content.decode() and "吕苇航" in full.content.decode()
    )
    assert other.status_code == 500 and "吕苇航" not in other.content.decode()
    assert "Something broke on our side" in other.content.decode()


def test_an_error_page_carries_a_number_and_a_way_to_report_it(desk, administrator, monkeypatch) -> None:
    browser = world.client(desk, raise_request_exception=False)
    monkeypatch.setattr("tongxing.procedures.views.registrations.start_draft", lambda *_, **__: 1 / 0)
    page = browser.post("/mn/registrations/start/", {"name": "吕苇航"})
    text, number = page.content.decode(), page.headers["X-Request-Id"]
    assert page.status_code == 500 and number in text and "Асуудлын талаар мэдэгдэх" in text
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    assert set(sent) == {"csrfmiddlewaretoken", "number", "page"}
    answer = browser.post("/mn/report-problem/", sent)
    assert answer.status_code == 200 and number in answer.content.decode()
    with world.as_(administrator):
        kept = Problem.objects.get(number=number)
    assert (kept.page, kept.role, kept.seen_at) == ("procedures:registration_start", "front_desk", None)


@pytest.mark.parametrize("number", ["", "吕苇航", "0123456789AB", "0123456789abc", "0123456789a;"])
def test_a_report_takes_a_number_and_nothing_else(house, number: str) -> None:
    assert world.client().post("/en/report-problem/", {"number": number, "page": "desk:today"}).status_code == 404


def test_words_in_place_of_a_page_go_no_further(house, administrator) -> None:
    assert world.client().post("/en/report-problem/", {"number": "aaaaaaaaaaaa", "page": "吕苇航"}).status_code == 200
    with world.as_(administrator):
        kept = Problem.objects.get(number="aaaaaaaaaaaa")
    assert (kept.page, kept.role) == ("", "")


def test_too_many_reports_are_not_kept(house, administrator) -> None:
    answers = [
        world.client().post("/en/report-problem/", {"number": "bbbbbbbbbbbb"}) for _ in range(problems.A_MINUTE + 5)
    ]
    with world.as_(administrator):
        assert Problem.objects.filter(number="bbbbbbbbbbbb").count() == problems.A_MINUTE
    assert "Many problems are being reported now" in answers[-1].content.decode()


def test_only_the_system_administrator_reads_reports_and_marks_them_seen(house, desk, administrator) -> None:
    browser = world.client(administrator)
    page = browser.get("/en/operations/")
    assert page.status_code == 200 and "bbbbbbbbbbbb" in page.content.decode()
    assert world.client(desk).get("/en/operations/").status_code == 404
    with world.as_(administrator):
        one = Problem.objects.filter(seen_at=None).first()
    assert browser.post(f"/en/operations/problems/{one.id}/seen/").status_code == 302
    assert browser.post(f"/en/operations/problems/{one.id}/seen/").status_code == 404
    with world.as_(administrator):
        seen = Problem.objects.get(id=one.id)
    assert seen.seen_by_id == administrator.user_id and seen.seen_at
