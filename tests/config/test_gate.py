"""Before every page: more than there is room for is told to come back, and signs of life come whatever happens."""

import io
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tongxing.config import gate as gates
from tongxing.config.bounds import RETRY
from tongxing.config.gate import Gate, Room, Slow, received
from tongxing.config.proxies import believed, networks


def pulse(**changed: Any) -> Any:
    return SimpleNamespace(**{"is_clock_wrong": False, "is_ready": True} | changed)


def gate(pages: Any, room: Room | None = None, **changed: Any) -> Gate:
    doors = {"/health/live": lambda _environ: ("200 OK", "text/plain", b"live\n")}
    return Gate(pages, pulse(**changed), lambda why, *_: why.encode(), doors, room=room or Room(2, 2, patience=5))


def ask(at: Gate, path: str = "/en/", **environ: Any) -> tuple[int, dict[str, str], bytes]:
    told: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        told.update(status=int(status.split()[0]), headers=dict(headers))

    body = b"".join(at({"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "192.0.2.7"} | environ, start))
    return told["status"], told["headers"], body


class Pages:
    """Pages that take as long as `slow` is set; counts how many are made at once."""

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


def burst(at: Gate, number: int) -> tuple[list[threading.Thread], list[int]]:
    found: list[int] = []
    desks = [threading.Thread(target=lambda: found.append(ask(at)[0]), daemon=True) for _ in range(number)]
    for desk in desks:
        desk.start()
    return desks, found


def until(happened: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_burst_is_shed_and_those_inside_are_served() -> None:
    pages = Pages()
    at = gate(pages)
    desks, found = burst(at, 12)
    until(lambda: len(found) == 8)  # two at work, two waiting, eight told to come back while nothing moves
    assert set(found) == {503}
    status, headers, body = ask(at)
    assert (status, headers["Retry-After"], body) == (503, str(RETRY), b"busy")
    assert len(headers["X-Request-Id"]) == 12
    assert ask(at, "/health/live")[::2] == (200, b"live\n")
    pages.go_on.set()
    for desk in desks:
        desk.join(5)
    assert sorted(found) == [200] * 4 + [503] * 8
    assert pages.most == 2
    assert ask(at)[0] == 200, "it takes requests again at once"


def test_without_the_bound_everybody_is_let_in() -> None:
    """The control: the burst above is more than the bound, and pages would have been made for all at once."""
    pages = Pages()
    desks, found = burst(gate(pages, Room(1000, 0)), 12)
    until(lambda: pages.now == 12)
    assert found == []
    pages.go_on.set()
    for desk in desks:
        desk.join(5)
    assert found == [200] * 12


def test_who_waits_longer_than_patience_is_told_so() -> None:
    pages = Pages()
    at = gate(pages, Room(1, 1, patience=0.05))
    desks, _found = burst(at, 1)
    until(lambda: pages.now == 1)
    assert ask(at)[0] == 503
    pages.go_on.set()
    desks[0].join(5)


class Dribble(io.RawIOBase):
    """A caller who sends three bytes and then nothing, until the connection is closed."""

    def __init__(self) -> None:
        self.closed_by_us, self.sent = threading.Event(), False

    def read(self, size: int = -1) -> bytes:
        if not self.sent:
            self.sent = True
            return b"abc"
        self.closed_by_us.wait(10)
        return b""


def test_a_slow_caller_takes_no_turn_and_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(gates, "STALLED", 0.1)
    at, source = gate(lambda *_: pytest.fail("a page was made for half a form")), Dribble()
    began = time.monotonic()
    status, _headers, body = ask(at, **{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "100", "wsgi.input": source})
    assert (status, body) == (408, b"slow") and time.monotonic() - began < 2
    assert at.room.counts.slow == 1 and at.readers._value == gates.READING
    source.closed_by_us.set()


def test_who_sends_a_byte_now_and_then_is_given_up_too(monkeypatch) -> None:
    monkeypatch.setattr(gates, "STALLED", 0.2)
    monkeypatch.setattr(gates, "SLOWEST", 10**9)

    class Drops:
        def read(self, size: int) -> bytes:
            time.sleep(0.05)
            return b"x"

    with pytest.raises(Slow):
        received({"wsgi.input": Drops(), "CONTENT_LENGTH": "1000"})


def test_a_body_arrives_whole_and_a_huge_one_is_read_past(monkeypatch) -> None:
    whole = b"name=%E6%9E%97" * 5000
    assert received({"wsgi.input": io.BytesIO(whole), "CONTENT_LENGTH": str(len(whole))}).read() == whole
    monkeypatch.setattr(gates, "LARGEST", 20_000)
    assert len(received({"wsgi.input": io.BytesIO(whole), "CONTENT_LENGTH": str(len(whole))}).read()) < 40_000


def test_a_wrong_clock_stops_pages_and_no_sign_of_life() -> None:
    at = gate(lambda *_: pytest.fail("a page was made"), is_clock_wrong=True)
    assert ask(at)[::2] == (503, b"clock")
    assert ask(at, "/health/live")[0] == 200


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
