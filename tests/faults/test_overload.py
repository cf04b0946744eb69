"""More people than there is room for, at the real program: told to come back, signs of life at once, soon over."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlsplit

DESKS, SECONDS = 120, 2.0
PAGE = "/en/find/?need=school"


@dataclass
class Seen:
    """What a burst met with: answers by status, the longest sign of life, and one refusal as it stands."""

    answers: Counter[int] = field(default_factory=Counter)
    life: list[float] = field(default_factory=list)
    refusal: str = ""


async def _ask(address: str, path: str) -> tuple[int, str]:
    at = urlsplit(address)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return int(text.split(" ", 2)[1]), text


async def _burst(address: str, seen: Seen) -> None:
    end = time.monotonic() + SECONDS

    async def desk() -> None:
        while time.monotonic() < end:
            status, text = await _ask(address, PAGE)
            seen.answers[status] += 1
            if status == 503:
                seen.refusal = text
                await asyncio.sleep(0.2)

    async def watcher() -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            assert (await _ask(address, "/health/live"))[0] == 200
            seen.life.append(time.monotonic() - began)
            await asyncio.sleep(0.1)

    await asyncio.gather(watcher(), *(desk() for _ in range(DESKS)))


async def _warmed(address: str) -> None:
    """Each process has made this page once: what its first page loads is no part of a burst."""
    await asyncio.gather(*(_ask(address, PAGE) for _ in range(8)))


def _run(work: Any) -> Any:
    """In a thread of its own: journeys leave the loop of their browser running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_a_burst_is_shed_and_is_over_when_it_is_over(served) -> None:
    seen = Seen()
    _run(_warmed(served.address))
    _run(_burst(served.address, seen))
    began = time.monotonic()
    status, _text = _run(_ask(served.address, PAGE))
    again = time.monotonic() - began
    print(
        f"\n{DESKS} at once: {dict(seen.answers)}; longest sign of life {max(seen.life):.2f} s; again in {again:.2f} s"
    )
    assert set(seen.answers) == {200, 503}, "nobody sees a fault"
    assert seen.answers[200] > 20, "those inside are served"
    head = seen.refusal.lower()
    assert "retry-after: 5" in head and "x-request-id" in head
    assert "Many people are here at this moment" in seen.refusal
    assert median(seen.life) <= 1 and max(seen.life) <= 5, "one stall of the machine is none of the gate"
    assert status == 200 and again <= 5


async def _half_a_form(address: str, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(address)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    head = f"POST {path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\nlogin=half".encode())
    await writer.drain()
    return reader, writer


async def _held(address: str) -> tuple[list[tuple[int, float]], list[bytes]]:
    """While sixty callers have sent half a form: signs of life, pages and styles; then what the sixty are told."""
    paths = ["/en/sign-in/"] * 30 + ["/reports/policy"] * 30
    half = await asyncio.gather(*(_half_a_form(address, path) for path in paths))
    found = []
    for path in ("/health/live", "/en/", "/static/tongxing.css") * 3:
        began = time.monotonic()
        found.append(((await _ask(address, path))[0], time.monotonic() - began))
    async with asyncio.timeout(60):
        told = await asyncio.gather(*(reader.readuntil(b"\r\n") for reader, _writer in half))
    for _reader, writer in half:
        writer.close()
    return found, told


def test_who_sends_half_a_form_keeps_nobody_waiting(served) -> None:
    found, told = _run(_held(served.address))
    print(f"\n60 half forms held: longest answer meanwhile {max(seconds for _, seconds in found):.2f} s")
    assert {status for status, _ in found} == {200}
    life = [seconds for _, seconds in found[::3]]
    assert median(life) <= 1 and max(life) <= 5
    assert {line.split()[1] for line in told} == {b"408"}, "given up, and told so"
