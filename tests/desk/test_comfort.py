"""static/tongxing.js in a real browser: a small page of ours, no server. What it must never do matters most."""

from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).resolve().parent.parent.parent
SCRIPT = HOUSE / "tongxing" / "static" / "tongxing.js"
ADDRESS = "http://tongxing.test"
PAGE = """<!doctype html><html lang="en"><head><title>A page</title></head>
<body data-search="/search/" data-idle-minutes="15" data-still-here="/still-here/">
  <form data-once method="post" action="/sent/"><input id="name" name="name"><button name="go" value="yes">Send</button></form>
  <a id="hide" href="/elsewhere/" data-quickhide>Hide this page</a>
  <button id="print" data-print hidden type="button">Print</button>
  <ul><li hidden data-quick-keys data-on="on" data-off="off"></li></ul>
  <form data-sign-out method="post" action="/sign-out/"></form>
  <p hidden data-idle-note>Still there?</p>
  <script type="module" src="/tongxing.js"></script>
</body></html>"""


@pytest.fixture
def visited(page: Any) -> list[str]:
    """The page, opened, and every address that was asked for afterwards."""
    asked: list[str] = []

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if path == "/tongxing.js":
            route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
            return
        asked.append(f"{route.request.method} {path}")
        if path == "/sent/":
            route.fulfill(status=204)  # the page stays as it is
            return
        route.fulfill(body=PAGE if path == "/" else "<title>Elsewhere</title>", content_type="text/html")

    page.route("**/*", answer)
    page.clock.install()
    page.goto(f"{ADDRESS}/")
    asked.clear()
    return asked


def test_the_quick_key_leads_to_the_search(page: Any, visited: list[str]) -> None:
    page.keyboard.press("/")
    page.wait_for_url("**/search/")
    assert visited == ["GET /search/"]


def test_the_quick_key_types_a_stroke_inside_a_field(page: Any, visited: list[str]) -> None:
    page.focus("#name")
    page.keyboard.press("/")
    assert page.input_value("#name") == "/"
    assert visited == []


def test_the_quick_key_can_be_switched_off(page: Any, visited: list[str]) -> None:
    page.click("[data-quick-keys] button")
    assert page.inner_text("[data-quick-keys] button") == "off"
    page.locator("body").press("/")
    page.wait_for_timeout(200)
    assert visited == []


@pytest.mark.parametrize("event", ["{isComposing: true, key: 'Enter'}", "{key: 'Enter', keyCode: 229}"])
def test_enter_that_confirms_a_word_of_the_input_method_sends_nothing(
    page: Any, visited: list[str], event: str
) -> None:
    stopped = page.evaluate(
        f"""() => !document.getElementById("name").dispatchEvent(
            new KeyboardEvent("keydown", {{...{event}, bubbles: true, cancelable: true}}))"""
    )
    assert stopped
    assert visited == []


def test_a_form_pressed_twice_is_sent_once(page: Any, visited: list[str]) -> None:
    page.evaluate("() => { const go = document.querySelector('[name=go]'); go.click(); go.click(); }")
    page.wait_for_timeout(200)
    assert visited == ["POST /sent/"]


def test_hide_this_page_leaves_nothing_to_read(page: Any, visited: list[str]) -> None:
    page.click("#hide")
    page.wait_for_url("about:blank")
    assert page.inner_text("body") == ""
    assert visited == []


def test_the_print_button_appears_where_it_works(page: Any, visited: list[str]) -> None:
    assert page.is_visible("#print")


def test_after_idle_minutes_the_note_comes_and_then_the_person_is_signed_out(page: Any, visited: list[str]) -> None:
    page.clock.fast_forward("14:10")
    assert page.is_visible("[data-idle-note]")
    page.clock.fast_forward("01:00")
    page.wait_for_url("**/sign-out/")
    assert visited == ["POST /sign-out/"]


def test_typing_keeps_the_session_and_the_page(page: Any, visited: list[str]) -> None:
    for _minute in range(5):
        page.clock.fast_forward("04:00")
        page.keyboard.press("Shift")
        page.clock.fast_forward("00:10")
    assert set(visited) == {"GET /still-here/"}
