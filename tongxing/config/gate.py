"""What stands before every page: whom to believe, signs of life, and no more requests than there is room for.

A process works on few requests at a time; some more wait their turn; whoever comes then is told at once to come back
(503, Retry-After), so that those inside are served. Bodies are read before a turn is taken: who sends slowly keeps
nobody waiting. Decision 28.
"""

import io
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tongxing.access.middleware import POLICY
from tongxing.config.bounds import LARGEST, PATIENCE, PIECE, READING, RETRY, SLOWEST, STALLED, WAITING, WORKING
from tongxing.config.proxies import Networks, believed
from tongxing.config.pulse import Pulse
from tongxing.core.logs import numbered

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]


class Slow(Exception):
    """The caller sends too slowly."""


@dataclass
class Counts:
    """What happened at this process's gate since it started, and what is going on now."""

    shed: int = 0
    slow: int = 0
    working: int = 0
    waiting: int = 0
    reading: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, number: int = 1) -> None:
        with self.lock:
            setattr(self, name, getattr(self, name) + number)


class Room:
    """Turns for requests: `working` at a time, `waiting` behind them, no more. Safe between threads."""

    def __init__(self, working: int = WORKING, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self.patience, self.counts = patience, Counts()
        self.turns, self.places = threading.Semaphore(working), threading.Semaphore(working + waiting)

    @contextmanager
    def turn(self) -> Any:
        """Yields whether there is a turn; waits for it when there is a place to wait."""
        if not self.places.acquire(blocking=False):
            self.counts.add("shed")
            yield False
            return
        try:
            self.counts.add("waiting")
            taken = self.turns.acquire(timeout=self.patience)
            self.counts.add("waiting", -1)
            if not taken:
                self.counts.add("shed")
                yield False
                return
            self.counts.add("working")
            try:
                yield True
            finally:
                self.counts.add("working", -1)
                self.turns.release()
        finally:
            self.places.release()


@dataclass
class Gate:
    """The WSGI application that the server runs, around the pages (`pages`).

    `doors` are answered without a turn and without the pages: (environ) -> (status, type, body).
    `refusal(why, path, accepted languages)` is the page that says why not: `busy`, `slow` or `clock`.
    """

    pages: Application
    pulse: Pulse
    refusal: Callable[[str, str, str], bytes]
    doors: dict[str, Callable[[Environ], tuple[str, str, bytes]]] = field(default_factory=dict)
    trusted: Networks = ()
    room: Room = field(default_factory=Room)
    readers: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(READING))

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        environ = believed(environ, self.trusted)
        number = environ["tongxing.request_id"] = uuid.uuid4().hex[:12]
        path = environ.get("PATH_INFO", "")
        with numbered(number):
            if door := self.doors.get(path):
                return _answer(start, number, *door(environ))
            if path.startswith("/static/"):
                return self.pages(environ, start)
            if self.pulse.is_clock_wrong:
                return self._refuse(environ, start, "clock")
            return self._in_turn(environ, start)

    def _in_turn(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if _has_body(environ):
            if not self.readers.acquire(blocking=False):
                self.room.counts.add("shed")
                return self._refuse(environ, start, "busy")
            try:
                environ["wsgi.input"] = received(environ)
            except Slow:
                self.room.counts.add("slow")
                return self._refuse(environ, start, "slow")
            finally:
                self.readers.release()
        with self.room.turn() as is_mine:
            return self.pages(environ, start) if is_mine else self._refuse(environ, start, "busy")

    def _refuse(self, environ: Environ, start: Start, why: str) -> Iterable[bytes]:
        status = "408 Request Timeout" if why == "slow" else "503 Service Unavailable"
        page = self.refusal(why, environ.get("PATH_INFO", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        return _answer(start, environ["tongxing.request_id"], status, "text/html; charset=utf-8", page)


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def received(environ: Environ) -> io.BytesIO:
    """The body, whole, up to LARGEST bytes. Raises Slow.

    Nothing interrupts a read that waits for the caller, so it happens in a thread of its own, which ends with the
    caller's connection.
    """
    source, kept, arrived = environ["wsgi.input"], io.BytesIO(), threading.Event()
    ended = threading.Event()

    def read() -> None:
        while piece := source.read(PIECE):
            if kept.tell() < LARGEST:
                kept.write(piece)
            arrived.set()
        ended.set()
        arrived.set()

    threading.Thread(target=read, name="body", daemon=True).start()
    length = environ.get("CONTENT_LENGTH", "")
    until = time.monotonic() + STALLED + (int(length) if length.isdecimal() else LARGEST) / SLOWEST
    while not ended.is_set():
        if not arrived.wait(STALLED) or time.monotonic() > until:
            raise Slow
        arrived.clear()
    kept.seek(0)
    return kept


def _answer(start: Start, number: str, status: str, kind: str, body: bytes) -> Iterable[bytes]:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", number),
    ]
    if status.startswith(("503", "408", "429")):
        headers.append(("Retry-After", str(RETRY)))
    headers.append(("Content-Security-Policy", POLICY))
    start(status, headers)
    return [body]
