"""Whatever anybody typed: no page runs it, no statement is made of it, no sheet computes it, nothing breaks.

Every free text of every table is made hostile (poison.py); then every page is opened as every role that may, every
form in it is sent with hostile text in each box, and every query with each parameter that the code knows (crawl.py).
TONGXING_LONG=1: each page in three languages, each box by itself, under every role.
"""

import logging
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpRequest
from django.test import override_settings
from django.urls import reverse

from tests import world
from tests.access import cast as people
from tests.hostile.crawl import LANGUAGES, Crawl, Statements, everywhere, formulas, hostile, one_by_one
from tests.hostile.pages import CANARY, ODD, Form, read
from tests.hostile.poison import poison
from tests.hostile.serving import on_loopback
from tongxing.access.middleware import COOKIE

LONG = os.environ.get("TONGXING_LONG") == "1"
SHOWN = ("registry:person", "procedures:referral_received", "programme:voice", "procedures:roster", "programme:report")


@pytest.fixture(scope="module")
def cast(house) -> people.Cast:
    return people.gathered()


@pytest.fixture(scope="module")
def crawled(cast, house) -> Iterator[tuple[Crawl, Statements]]:
    """Once through everything."""
    poisoned = poison(house)
    assert len(poisoned) > 60, "the poison no longer reaches the tables"
    crawl = Crawl(cast)
    logging.disable(logging.CRITICAL)
    try:
        with Statements() as statements:
            _through(crawl)
        yield crawl, statements
    finally:
        logging.disable(logging.NOTSET)


def _through(crawl: Crawl) -> None:
    asked: set[str] = set()
    for number, (who, name, url) in enumerate(crawl.addresses()):
        odd = ODD if LONG else (ODD[number % len(ODD)],)
        for language in LANGUAGES if LONG else (LANGUAGES[number % 3],):
            page = crawl.look(who, name, url.replace("/en/", f"/{language}/", 1))
        for text in () if name in asked else (CANARY, *odd):
            crawl.ask(who, name, url, text)
        asked.add(name)
        for form in page.forms if page else ():
            _sent(crawl, who, name, form, odd)


def _sent(crawl: Crawl, who: str, name: str, form: Form, odd: tuple[str, ...]) -> None:
    """A form of the same fields is sent once; where there is time, as everybody who may."""
    shape = (who if LONG else "", form.method, name, *sorted(form.fields))
    if shape in crawl.sent:
        return
    crawl.sent.add(shape)
    crawl.send(who, form, hostile(form))
    for text in odd:
        crawl.send(who, form, everywhere(form, text))
        crawl.send(who, form, hostile(form, text))
    for values in one_by_one(form) if LONG else ():
        crawl.send(who, form, values)


def test_no_page_runs_it_and_nothing_breaks(crawled) -> None:
    seen = crawled[0].seen
    assert not seen.faults, "\n".join(seen.faults)
    assert len(seen.pages) > 150 and len(seen.boxes) > 150, "the crawl no longer gets about"
    assert len(seen.showing) > 80 and seen.sheets > 5, "the hostile text no longer gets to the pages"


def test_no_statement_is_made_of_it(crawled) -> None:
    assert crawled[1].tainted == []


@pytest.mark.parametrize("rows", ["[" * 100_000, "5", "[[1, null]]", "[[1]]", '[["x", ["y"]]]'])
def test_rows_that_a_page_carried_and_somebody_changed_are_refused_kindly(cast, rows: str) -> None:
    client = world.client(cast.here.partner, raise_request_exception=False)
    url = reverse("programme:report_upload", args=[cast.here.ids["report"]])
    assert client.post(url, {"rows": rows, "version": "1"}).status_code == 422


@pytest.mark.parametrize("where", ["by_value/?q=", "by_column/?sort="])
def test_a_statement_made_of_what_was_sent_is_seen(house, where: str) -> None:
    """Control: a planted page that formats a value, and one that formats the name of a column."""
    client = world.client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF="tests.hostile.planted"), Statements() as statements:
        client.get(f"/en/{where}{quote(CANARY)}")
    assert statements.tainted


def test_markup_that_got_through_is_seen(house) -> None:
    """Control: a planted page that writes what it was sent, and a script of a page's own."""
    with override_settings(ROOT_URLCONF="tests.hostile.planted"):
        answer = world.client().get("/en/unescaped/", {"q": CANARY})
    assert read("/", answer.content.decode()).foreign
    assert read("/", "<script>1</script>").foreign and read("/", '<a href=" javascript:1">').foreign
    assert list(formulas("a\r\n=1+1\r\n".encode("utf-8-sig"), "text/csv")) == ["=1+1"]


@pytest.fixture
def live(house) -> Iterator[str]:
    pages = get_wsgi_application()

    def each(environ: dict, start) -> list[bytes]:
        answer = pages(environ, start)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()
            connections.close_all()

    with on_loopback(each) as address:
        yield address


def _opened(page, address: str) -> tuple[bool, int]:
    """Did the text run in a real browser, and how many times did the policy have to stop something."""
    stopped: list[str] = []
    page.on("console", lambda said: stopped.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(address)
    return page.evaluate("typeof window.__canary !== 'undefined'"), len(stopped)


def test_a_browser_runs_nothing_of_it_and_the_policy_has_nothing_to_stop(crawled, live, page) -> None:
    crawl = crawled[0]
    opened = 0
    for who, name, url in crawl.addresses():
        if name not in SHOWN:
            continue
        page.context.clear_cookies()
        token = crawl.clients[who].cookies[COOKIE].value
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": live}])
        assert _opened(page, live + url) == (False, 0), (who, name)
        assert name in crawl.seen.showing, name
        opened += 1
    assert opened >= len(SHOWN)


def test_the_browser_would_run_it(house, live, page) -> None:
    """Control: the planted page runs the text where no policy stands, and the policy stops it where one does."""
    with override_settings(ROOT_URLCONF="tests.hostile.planted"):
        address = f"{live}/en/unescaped/?q={quote(CANARY)}"
        ran, stopped = _opened(page, address)
        assert not ran and stopped
        page.route("**/en/unescaped/**", lambda route: route.fulfill(body=_bare(address), content_type="text/html"))
        assert _opened(page, address)[0]


def _bare(address: str) -> bytes:
    from tests.hostile.planted import unescaped

    request = HttpRequest()
    request.GET = {"q": CANARY}  # type: ignore[assignment]
    return unescaped(request).content
