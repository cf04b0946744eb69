"""Before every page: more than there is room for is told to come back, and signs of life come whatever happens."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from tongxing.config import bounds
from tongxing.config import gate as gates
from tongxing.config.bounds import RETRY
from tongxing.config.gate import Gate, Receive, Room, environ_of
from tongxing.config.proxies import believed, networks


def pulse(**changed: Any) -> Any:
    return SimpleNamespace(**{"is_clock_wrong": False, "is_ready": True} | changed)


def gate(pages: Any, room: Room | None = None, **changed: Any) -> Gate:
    doors = {"/health/live": lambda _environ: ("200 OK", "text/plain", b"live\n")}
    return Gate(pages, pulse(**changed), lambda why, *_: why.encode(), doors, room=room or Room(2, 2, patience=5))


def of(*pieces: bytes) -> Receive:
    """A caller who sends these pieces, and then nothing, if they do not end with an empty one."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return receive


async def ask(
    at: Gate, path: str = "/en/", receive: Receive | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST" if receive else "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "http_version": "1.1", "client": ("192.0.2.7", 5000), "headers": named}
    await at(scope, receive or of(b""), send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


class Pages:
    """Pages that take until `go_on` is set; counts how many are made at once."""

    def __init__(self) -> None:
        self.go_on, self.lock = threading.Event(), threading.Lock()
        self.now = self.most = 0

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go_on.wait(10)
        with self.lock:
            self.now -= 1
        start("200 OK", [])
        return [b"page"]


def echo(environ: Any, start: Any) -> list[bytes]:
    """A page that says how long a body it was told of, and the body."""
    start("200 OK", [])
    return [environ.get("CONTENT_LENGTH", "").encode(), b" ", environ["wsgi.input"].read()]


def burst(at: Gate, number: int) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(ask(at)) for _ in range(number)]


async def until(happened: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.005)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """In a thread of its own: journeys leave the loop of their browser running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, story()).result()


def test_a_burst_is_shed_and_those_inside_are_served() -> None:
    async def story() -> None:
        pages = Pages()
        at = gate(pages)
        desks = burst(at, 12)
        # Two at work, two waiting, eight told to come back while nothing moves.
        await until(lambda: sum(desk.done() for desk in desks) == 8)
        assert {desk.result()[0] for desk in desks if desk.done()} == {503} and at.room.counts.shed == 8
        status, headers, body = await ask(at)
        assert (status, headers["retry-after"], body) == (503, str(RETRY), b"busy")
        assert len(headers["x-request-id"]) == 12
        assert (await ask(at, "/health/live"))[::2] == (200, b"live\n")
        pages.go_on.set()
        found = [one[0] for one in await asyncio.gather(*desks)]
        assert sorted(found) == [200] * 4 + [503] * 8
        assert pages.most == 2
        assert (await ask(at))[0] == 200, "it takes requests again at once"

    run(story)


def test_without_the_bound_everybody_is_let_in() -> None:
    """The control: the burst above is more than the bound, and pages would have been made for all at once."""

    async def story() -> None:
        pages = Pages()
        at = gate(pages, Room(1000, 0))
        at.threads = ThreadPoolExecutor(1000)
        desks = burst(at, 12)
        await until(lambda: pages.now == 12)
        assert not any(desk.done() for desk in desks)
        pages.go_on.set()
        assert {one[0] for one in await asyncio.gather(*desks)} == {200}

    run(story)


def test_who_waits_longer_than_patience_is_told_so() -> None:
    async def story() -> None:
        pages = Pages()
        at = gate(pages, Room(1, 1, patience=0.05))
        [desk] = burst(at, 1)
        await until(lambda: pages.now == 1)
        assert (await ask(at))[0] == 503
        pages.go_on.set()
        assert (await desk)[0] == 200

    run(story)


def test_slow_callers_take_no_turn_and_are_given_up(monkeypatch) -> None:
    monkeypatch.setattr(bounds, "STALLED", 0.3)

    async def story() -> None:
        at = gate(echo)
        slow = [asyncio.create_task(ask(at, receive=of(b"abc"), content_length="100")) for _ in range(100)]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in slow)
        assert (await ask(at, receive=of(b"a=1", b""), content_length="3"))[::2] == (200, b"3 a=1")
        assert {one[::2] for one in await asyncio.gather(*slow)} == {(408, b"slow")}
        assert at.room.counts.slow == 100 and not at.readers.locked()

    run(story)


def test_who_sends_a_byte_now_and_then_is_given_up_too(monkeypatch) -> None:
    monkeypatch.setattr(bounds, "STALLED", 0.2)
    monkeypatch.setattr(bounds, "SLOWEST", 10**9)

    async def drops() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def story() -> None:
        assert (await ask(gate(echo), receive=drops, content_length="1000"))[0] == 408

    run(story)


@pytest.mark.parametrize("end", [{"type": "http.disconnect"}, {"type": "http.request", "body": b""}])
def test_a_form_that_was_cut_off_reaches_no_page(end: dict[str, Any]) -> None:
    pieces = [{"type": "http.request", "body": b"csrf=1&name=", "more_body": True}, end]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0)

    async def story() -> None:
        at = gate(lambda *_: pytest.fail("a page was made for half a form"))
        assert (await ask(at, receive=receive, content_length="40"))[0] == 408

    run(story)


def test_a_body_arrives_whole_and_a_huge_one_is_read_past(monkeypatch) -> None:
    whole = b"name=%E6%9E%97" * 5000
    pieces = [whole[at : at + 9999] for at in range(0, len(whole), 9999)]
    monkeypatch.setattr(gates, "LARGEST", 20_000)

    async def story() -> None:
        at = gate(echo)
        told = (await ask(at, receive=of(*pieces, b""), transfer_encoding="chunked"))[2]
        assert told.startswith(f"{len(whole)} name=".encode()) and len(told) < 40_000, "cut, and not in secret"
        monkeypatch.setattr(gates, "LARGEST", 10**6)
        assert (await ask(at, receive=of(*pieces, b""), content_length=str(len(whole))))[2].endswith(b" " + whole)

    run(story)


def test_large_bodies_wait_for_no_small_ones_and_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(gates, "SMALL", 10)

    async def story() -> None:
        at = gate(echo)
        at.large = asyncio.Semaphore(1)
        first = asyncio.create_task(ask(at, receive=of(b"x" * 11), content_length="20"))
        await asyncio.sleep(0.05)
        assert (await ask(at, receive=of(b"x" * 11, b""), content_length="11"))[0] == 503
        assert (await ask(at, receive=of(b"x" * 10, b""), content_length="10"))[0] == 200
        first.cancel()

    run(story)


def test_no_header_passes_for_another() -> None:
    scope = {"method": "GET", "path": "/en/%E6", "raw_path": b"/en/%E6%9E%97", "query_string": b"q=1"}
    headers = [(b"x_forwarded_for", b"1"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"content-type", b"text/plain")]
    environ = environ_of(scope | {"http_version": "1.1", "headers": headers})
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert (environ["HTTP_COOKIE"], environ["CONTENT_TYPE"]) == ("a=1; b=2", "text/plain")
    assert environ["PATH_INFO"].encode("latin1").decode() == "/en/林"


def test_a_wrong_clock_stops_pages_and_no_sign_of_life() -> None:
    async def story() -> None:
        at = gate(lambda *_: pytest.fail("a page was made"), is_clock_wrong=True)
        assert (await ask(at))[::2] == (503, b"clock")
        assert (await ask(at, "/health/live"))[0] == 200

    run(story)


SAID = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.4", "HTTP_X_FORWARDED_PROTO": "https"}


@pytest.mark.parametrize(
    ("peer", "trusted", "caller", "scheme"),
    [
        ("127.0.0.1", "127.0.0.1", "198.51.100.4", "https"),
        ("127.0.0.1", "127.0.0.1,198.51.100.0/24", "203.0.113.9", "https"),
        ("::1", "127.0.0.1,::1", "198.51.100.4", "https"),
        ("192.0.2.7", "127.0.0.1", "192.0.2.7", "http"),
        ("127.0.0.1", "", "127.0.0.1", "http"),
    ],
)
def test_only_a_listed_proxy_is_believed(peer: str, trusted: str, caller: str, scheme: str) -> None:
    found = believed({"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"} | SAID, networks(trusted))
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"]) == (caller, scheme)
    assert not [name for name in found if "FORWARDED" in name]
