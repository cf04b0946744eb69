"""The public factsheet under load, beside the same page when nothing is kept, from the real server on the same cores.

python3 dev.py bench public [--children 800] [--seconds 5] [--lines 8] [--json]      loads the demonstration first

Many readers at once on kept connections, addresses in turns: the factsheet in three languages, by site, how a number is
made, and its JSON. The baseline asks the very same addresses with a query, which is never kept; both run in turns.
Goals: p95 ≤ 50 ms, ≥ 500 requests a second, each page ≤ 150 kB with its styles and script as it is transferred.
"""

import asyncio
import gzip
import http.client
import time
from itertools import count

from bench.common.figures import Goal, Times, tell, words
from bench.common.serving import serving

CODE = "MDGF-1880-H-CHN"
ADDRESSES = (
    *(f"/{language}/p/{CODE}/" for language in ("zh-hans", "en", "mn")),
    f"/zh-hans/p/{CODE}/1/",
    f"/zh-hans/p/{CODE}/1/by/site/",
    f"/en/p/{CODE}/how/children_registered/",
    f"/en/p/{CODE}/1/factsheet.json",
)
ASSETS = ("/static/tongxing.css", "/static/tongxing.js")
SLOWEST_MS, FEWEST, HEAVIEST_KB = 50.0, 500.0, 150.0
TURNS = 3


async def readers(port: int, lines: int, seconds: float, suffix: str) -> tuple[Times, float]:
    """`lines` readers for `seconds`: how long each answer took, and answers a second. Anything but 200 ends the bench."""
    took, number = Times(), count()
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    await asyncio.gather(*(_reader(port, until, suffix, took, number) for _line in range(lines)))
    return took, len(took.seconds) / (time.perf_counter() - began)


async def _reader(port: int, until: float, suffix: str, took: Times, number: "count[int]") -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (start := time.perf_counter()) < until:
        address = ADDRESSES[next(number) % len(ADDRESSES)] + suffix
        writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{address}: {head[:40]!r}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        took.seconds.append(time.perf_counter() - start)
    writer.close()


def weights(port: int) -> dict[str, float]:
    """Kilobytes of each page as they are transferred, with its styles and script."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def weight(address: str) -> int:
        line.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            gzip.decompress(body)
        return len(body)

    assets = sum(map(weight, ASSETS))
    return {address: (weight(address) + assets) / 1000 for address in ADDRESSES if not address.endswith(".json")}


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=800)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--lines", type=int, default=8)
    asked = parser.parse_args()
    kept, anew = Times(), Times()
    rates: dict[str, list[float]] = {"": [], "?anew": []}
    with serving("demo", "--children", str(asked.children)) as served:
        heavy = weights(served.port)
        asyncio.run(readers(served.port, asked.lines, 1.0, ""))
        for _turn in range(TURNS):
            for suffix, times in (("", kept), ("?anew", anew)):
                took, rate = asyncio.run(readers(served.port, asked.lines, asked.seconds, suffix))
                times.seconds += took.seconds
                rates[suffix].append(rate)
    slowest_kept, slowest_anew = min(rates[""]), max(rates["?anew"])
    lines = [
        f"{asked.lines} readers, {TURNS} × {asked.seconds:g} s each, {len(ADDRESSES)} addresses in turns",
        f"kept:          {kept}; {slowest_kept:.0f} requests/s in the slowest turn",
        f"rendered anew: {anew}; {slowest_anew:.0f} requests/s in the fastest turn",
        f"{slowest_kept / slowest_anew:.1f} times the requests, {kept.median / anew.median:.3f} of the time",
    ]
    goals = [
        Goal("public factsheet, p95", kept.p95 * 1000, SLOWEST_MS, "ms"),
        Goal("seconds for 500 requests", FEWEST / slowest_kept, 1.0, "s"),
        Goal("heaviest page with styles and script", max(heavy.values()), HEAVIEST_KB, "kB"),
    ]
    told = {"kept": kept.milliseconds(), "anew": anew.milliseconds(), "rates": rates, "kilobytes": heavy}
    tell(lines, goals, asked.json, children=asked.children, readers=asked.lines, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
