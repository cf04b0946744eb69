"""Kept pages: fast for everybody, fresh within a second of an approval, and never anything of somebody signed in."""

import gzip
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.publishing import rich
from tongxing.access.middleware import COOKIE
from tongxing.publishing import kept
from tongxing.publishing.models import Edition

HOME = f"/en/p/{rich.CODE}/"


@pytest.fixture(scope="module")
def coordinator(house: Any) -> Any:
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def edition(coordinator: Any) -> Edition:
    return rich.published(coordinator)


@pytest.fixture
def server(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> Client:
    """One process: whoever asks it, what is kept is the same. A slow machine makes nothing old meanwhile."""
    monkeypatch.setattr(kept, "FRESH", 3600.0)
    return Client()


@pytest.fixture(scope="module")
def token(house: Any) -> str:
    """The session of a monitoring officer."""
    return str(world.client(world.somebody("mande")).cookies[COOKIE].value)


def of_passer_by(server: Client, address: str = HOME, **headers: str) -> Any:
    server.cookies.clear()
    return server.get(address, headers=headers)


def of_officer(server: Client, token: str, address: str = HOME, **headers: str) -> Any:
    server.cookies[COOKIE] = token
    return server.get(address, headers=headers)


def test_what_is_kept_is_answered_without_the_database(server: Client, edition: Edition) -> None:
    with CaptureQueriesContext(connection) as rendering:
        first = server.get(HOME)
    with CaptureQueriesContext(connection) as answering:
        second = server.get(HOME)
    assert len(rendering) > len(answering) == 0
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert edition.content_hash[:16] in first["ETag"]


def test_kept_answers_have_every_header_of_a_rendered_one(server: Client) -> None:
    server.get(HOME)
    kept_one, anew = server.get(HOME), server.get(f"{HOME}?anew")
    added = {"ETag", "Content-Length"}
    assert {*kept_one.headers} - added == {*anew.headers} - added
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Content-Type"):
        assert kept_one[name] == anew[name]
    assert kept_one["X-Content-Type-Options"] == "nosniff"
    assert kept_one["X-Request-Id"] != server.get(HOME)["X-Request-Id"], "each request has its own number"


def test_an_approval_shows_at_once_on_its_own_address_and_soon_on_the_latest(
    server: Client, coordinator: Any, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = server.get(HOME).content.decode()
    following = rich.published(coordinator)
    assert f"Edition {following.number} " in server.get(f"{HOME}{following.number}/").content.decode()
    assert server.get(HOME).content.decode() == old, "the control: within the second the latest is what was kept"
    monkeypatch.setattr(kept, "FRESH", 0.0)  # the second has passed
    assert f"Edition {following.number} " in server.get(HOME).content.decode()
    assert "A newer edition has replaced this one." in server.get(f"{HOME}{edition.number}/").content.decode()


def test_the_look_at_what_is_approved_is_at_most_a_second_old(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(kept.time, "monotonic", lambda: clock[0])
    approved = kept.Approved()
    with CaptureQueriesContext(connection) as seen:
        for moment in (100.0, 100.5, 100.99, 101.0, 101.2):
            clock[0] = moment
            approved.now()
    assert len(seen) == 2


def test_what_somebody_signed_in_sees_is_neither_kept_nor_answered_from_what_is_kept(
    server: Client, token: str
) -> None:
    before = of_passer_by(server)
    signed_in = of_officer(server, token)
    assert "Back to work" in signed_in.content.decode()
    assert signed_in["Cache-Control"] == "no-store"
    assert "ETag" not in signed_in
    after = of_passer_by(server)
    assert "Back to work" not in after.content.decode()
    assert after.content == before.content


def test_a_signed_in_page_that_comes_first_is_not_what_a_passer_by_gets(server: Client, token: str) -> None:
    address = f"{HOME}how/centres_community/"
    assert "Back to work" in of_officer(server, token, address).content.decode()
    assert "Back to work" not in of_passer_by(server, address).content.decode()
    assert "Back to work" in of_officer(server, token, address).content.decode()


def test_a_browser_that_signed_in_meanwhile_is_not_told_that_nothing_changed(server: Client, token: str) -> None:
    tag = {"If-None-Match": of_passer_by(server)["ETag"]}
    assert of_passer_by(server, **tag).status_code == 304
    assert of_officer(server, token, **tag).status_code == 200


@pytest.mark.parametrize("cookie", ["expired-or-forged", ""])
def test_whoever_brings_a_session_cookie_goes_the_long_way(server: Client, cookie: str) -> None:
    of_passer_by(server)
    with CaptureQueriesContext(connection) as seen:
        answer = of_officer(server, cookie)
    assert answer.status_code == 200
    assert len(seen) > 0


def test_packed_and_plain_say_the_same(server: Client) -> None:
    plain, packed = server.get(HOME), server.get(HOME, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 3


# The middleware alone, around an answer that a view would have given ------------------------------------------------


def asked(answer: HttpResponse, path: str = HOME, **meta: Any) -> tuple[kept.KeptPages, HttpRequest]:
    def view(request: HttpRequest) -> HttpResponse:
        request.acting = meta.get("acting")  # type: ignore[attr-defined]
        return answer

    pages = kept.KeptPages(view)
    pages.approved.now = lambda: (1, None)  # type: ignore[method-assign]
    request = RequestFactory().get(path, HTTP_HOST="localhost", **{k: v for k, v in meta.items() if k.isupper()})
    pages(request)
    return pages, request


def public(words: str = "everybody") -> HttpResponse:
    return kept.keep(HttpResponse(words))


def with_cookie() -> HttpResponse:
    answer = public()
    answer.set_cookie("a", "b")
    return answer


@pytest.mark.parametrize(
    ("answer", "meta"),
    [
        (HttpResponse("not marked"), {}),
        (with_cookie(), {}),
        (public(), {"acting": "somebody"}),
        (public(), {"HTTP_COOKIE": f"{COOKIE}=abc"}),
        (public(), {"HTTP_AUTHORIZATION": "Bearer abc"}),
        (public(), {"QUERY_STRING": "anew"}),
        (public(), {"path": "/en/today/"}),
        (public(), {"REQUEST_METHOD": "POST"}),
        (kept.keep(HttpResponse("gone", status=404)), {}),
    ],
    ids=["unmarked", "cookie set", "signed in", "session cookie", "authorised", "query", "elsewhere", "post", "404"],
)
def test_what_is_not_for_everybody_is_never_kept(answer: HttpResponse, meta: dict[str, Any]) -> None:
    pages, _request = asked(answer, **meta)
    assert not pages.shelf.kept


def test_the_control_what_is_for_everybody_is_kept() -> None:
    pages, request = asked(public())
    assert len(pages.shelf.kept) == 1
    pages.get_response = lambda _request: pytest.fail("rendered again")  # type: ignore[assignment]
    assert pages(request).content == b"everybody"  # type: ignore[attr-defined]


def test_another_host_or_language_is_another_page() -> None:
    pages, _request = asked(public())
    for path, host in ((HOME, "127.0.0.1"), (HOME.replace("/en/", "/mn/"), "localhost")):
        pages(RequestFactory().get(path, HTTP_HOST=host))
    assert len(pages.shelf.kept) == 3


def test_the_shelf_has_an_end() -> None:
    shelf = kept.Shelf(room=1000)
    for number in range(50):
        answer = kept.keep(HttpResponse(bytes(100)))
        shelf.put(("http", "localhost", str(number)), kept.Kept.of(answer, (1,)))
    assert shelf.used <= 1000
    assert shelf.take(("http", "localhost", "49"), (1,)) is not None
    assert shelf.take(("http", "localhost", "0"), (1,)) is None
    assert shelf.take(("http", "localhost", "49"), (2,)) is None, "an edition was approved since"


def test_what_is_old_is_made_anew_whatever_is_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = kept.Shelf()
    shelf.put(("http", "localhost", "a"), kept.Kept.of(public(), (1,)))
    later = kept.time.monotonic() + kept.OLDEST + 1
    monkeypatch.setattr(kept.time, "monotonic", lambda: later)
    assert shelf.take(("http", "localhost", "a"), (1,)) is None
