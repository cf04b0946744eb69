"""What stands before every page: whom to believe, signs of life, and no more requests than there is room for.

A process works on few requests at a time; some more wait their turn; whoever comes then is told at once to come back
(503, Retry-After), so that those inside are served. Bodies arrive whole before a turn is taken, on the event loop and
in nobody's thread: who sends slowly keeps nobody waiting, and a form that was cut off is never worked on. Decision 28.
"""

import asyncio
import io
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from tongxing.access.middleware import POLICY
from tongxing.config import bounds
from tongxing.config.bounds import LARGEST, PATIENCE, RETRY, SMALL, STATIC, WAITING, WORKING
from tongxing.config.proxies import Networks, believed
from tongxing.config.pulse import Pulse
from tongxing.core.logs import numbered

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[str, list[tuple[str, str]], bytes]  # status, headers, body


class TurnedAway(Exception):
    """`why`: `busy`, `slow` (or broken off) or `clock`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Counts:
    """What happened at this process's gate since it started, and what is going on now."""

    shed: int = 0
    slow: int = 0
    working: int = 0
    waiting: int = 0


class Room:
    """Turns for requests: `working` at a time, `waiting` behind them, no more. Of one event loop."""

    def __init__(self, working: int = WORKING, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self.patience, self.counts = patience, Counts()
        self.turns, self.places = asyncio.Semaphore(working), working + waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises TurnedAway where there is no place to wait, or no turn comes within `patience`."""
        counts = self.counts
        if counts.working + counts.waiting >= self.places:
            raise TurnedAway("busy")
        counts.waiting += 1
        try:
            async with asyncio.timeout(self.patience):
                await self.turns.acquire()
        except TimeoutError:
            raise TurnedAway("busy") from None
        finally:
            counts.waiting -= 1
        counts.working += 1
        try:
            yield
        finally:
            counts.working -= 1
            self.turns.release()


@dataclass
class Gate:
    """The ASGI application that the server runs, around the pages (`pages`, WSGI), which run in threads.

    `doors` are answered without a turn and without the pages: (environ) -> (status, type, body).
    `refusal(why, path, accepted languages)` is the page that says why not.
    """

    pages: Application
    pulse: Pulse
    refusal: Callable[[str, str, str], bytes]
    doors: dict[str, Callable[[Environ], tuple[str, str, bytes]]] = field(default_factory=dict)
    trusted: Networks = ()
    room: Room = field(default_factory=Room)
    statics: Room = field(default_factory=lambda: Room(STATIC, 10 * WAITING))
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(bounds.READING))
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(bounds.READING_LARGE))
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKING + STATIC, "pages"))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        environ = believed(environ_of(scope), self.trusted)
        number = environ["tongxing.request_id"] = uuid.uuid4().hex[:12]
        with numbered(number):
            try:
                status, headers, body = await self._answered(environ, receive)
            except TurnedAway as refused:
                status, headers, body = self._refusal(environ, refused.why)
        named = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        await send({"type": "http.response.start", "status": int(status.split(" ", 1)[0]), "headers": named})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, environ: Environ, receive: Receive) -> Answer:
        path = environ["PATH_INFO"]
        if door := self.doors.get(path):
            await self._take_in(environ, receive)
            return _plain(environ, *door(environ))
        room = self.statics if path.startswith("/static/") else self.room
        if room is self.room and self.pulse.is_clock_wrong:
            raise TurnedAway("clock")
        await self._take_in(environ, receive)
        async with room.turn():
            call = copy_context().run
            return await asyncio.get_running_loop().run_in_executor(self.threads, call, made, self.pages, environ)

    async def _take_in(self, environ: Environ, receive: Receive) -> None:
        """The body, whole, as pages read it. Raises TurnedAway."""
        length = environ.get("CONTENT_LENGTH", "")
        if length in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
            return
        if self.readers.locked():
            raise TurnedAway("busy")
        async with self.readers:
            announced = int(length) if length.isdecimal() else None
            body, environ["CONTENT_LENGTH"] = await received(receive, announced, self.large)
        environ["wsgi.input"] = io.BytesIO(body)

    def _refusal(self, environ: Environ, why: str) -> Answer:
        counts = self.room.counts
        counts.slow += why == "slow"
        counts.shed += why == "busy"
        page = self.refusal(why, environ["PATH_INFO"], environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        status = "408 Request Timeout" if why == "slow" else "503 Service Unavailable"
        return _plain(environ, status, "text/html; charset=utf-8", page)


async def received(receive: Receive, announced: int | None, large: asyncio.Semaphore) -> tuple[bytes, str]:
    """The body up to LARGEST bytes, and how many came. Raises TurnedAway: slow or cut off, or busy with other large ones."""
    kept, seen, is_large = bytearray(), 0, False
    try:
        async for piece in _pieces(receive, announced):
            seen += len(piece)
            if seen > SMALL and not is_large:
                if large.locked():
                    raise TurnedAway("busy")
                is_large = await large.acquire()
            if len(kept) < LARGEST:
                kept += piece
    finally:
        if is_large:
            large.release()
    if announced is not None and seen < announced:
        raise TurnedAway("slow")
    return bytes(kept), str(seen)


async def _pieces(receive: Receive, announced: int | None) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    until = clock() + bounds.STALLED + (LARGEST if announced is None else announced) / bounds.SLOWEST
    more = True
    while more:
        try:
            async with asyncio.timeout_at(min(clock() + bounds.STALLED, until)):
                message = await receive()
        except TimeoutError:
            raise TurnedAway("slow") from None
        if message["type"] == "http.disconnect":
            raise TurnedAway("slow")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def environ_of(scope: dict[str, Any]) -> Environ:
    """A request as WSGI knows it (PEP 3333). Names with an underscore are left out: they would pass for other ones."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    raw = scope.get("raw_path") or scope["path"].encode()
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw.split(b"?", 1)[0]).decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        word = name.decode("latin1").upper().replace("-", "_")
        key, text = word if word in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{word}", value.decode("latin1")
        environ[key] = text if key not in environ else f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
    return environ


def made(pages: Application, environ: Environ) -> Answer:
    """The answer of the pages, whole. No page of ours streams: big files are made by the worker."""
    told: list[Any] = []
    answer = pages(environ, lambda status, headers, *_: told.extend((status, headers)))
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return told[0], told[1], body


def _plain(environ: Environ, status: str, kind: str, body: bytes) -> Answer:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", environ["tongxing.request_id"]),
        ("Content-Security-Policy", POLICY),
    ]
    if status.startswith(("503", "408", "429")):
        headers.append(("Retry-After", str(RETRY)))
    return status, headers, body
