"""The review desk with 50,000 open pairs: from the key that gives an answer to the next pair on the screen.

python3 dev.py bench review [--open 50000] [--pairs 60] [--json]      serves the demonstration, one or two minutes

A worker of a centre that keeps every record and a lead of the whole country each decide pairs in Chromium by keyboard
alone: a letter, then Enter. The clock runs from Enter until the next pair is painted. Beside it, the page alone over
HTTP, and the yardstick: the sign-in page, which reads nothing. Goals: next pair ≤ 300 ms each time (p95), ≤ 3 keys.
"""

import shutil
import time
from itertools import cycle
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from bench.common.figures import Goal, Times, tell, words
from bench.common.serving import Served, serving
from bench.common.visitor import Visitor
from tongxing.config.demo.staff import PASSWORD
from tongxing.config.state import State

CHILDREN = 700
LONGEST_MS = 300.0
MOST_KEYS = 3
KEYS = "SDBLD"  # the answers in turn; later (L) among them
GATHER = """
with here as (select id from organisations_centre where slug = 'changzhou-2')
update registry_person p set centre_id = here.id from here where p.centre_id <> here.id"""
# As many pairs of different persons as are asked for, in no order of the persons.
OPEN = """
insert into registry_reviewpair (id, left_id, right_id, left_centre_id, right_centre_id, weight, probability, levels, weights,
    model_version, reason, is_sensitive, is_disputed, priority, opened_at, state, first_said, decided_reason)
select gen_random_uuid(), p.id, q.id, p.centre_id, q.centre_id, 3.2, random(),
       '{"name": "same_sound", "birth": "same_day", "household": "phone", "document": "unknown", "sex": "same", "kin": "twin"}',
       '{"name": 6.3, "birth": 4.5, "household": 3.1, "document": 0, "sex": 0.9, "kin": -9.5}',
       '2/2', (array['uncertain', 'size', 'documents', 'dates'])[1 + n %% 4], false, false, random(), now(), 'open', '', ''
  from (select p.id as one, q.id as other, row_number() over (order by md5(p.number || q.number)) n
          from registry_person p join registry_person q on p.id < q.id) s
  join registry_person p on p.id = s.one join registry_person q on q.id = s.other
 where n <= %s"""


def opened(served: Served, count: int) -> int:
    """Put the pairs into the queue, as the owner; returns how many wait."""
    with psycopg.connect(**State(served.folder).login("tx_owner", "tongxing"), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(GATHER)
        connection.execute(OPEN, [count])
        connection.execute("analyze registry_reviewpair")
        found = connection.execute("select count(*) from registry_reviewpair where state = 'open'").fetchone()
    return int(found[0]) if found else 0


def signed_in(browser: Browser, served: Served, login: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"http://127.0.0.1:{served.port}/en/sign-in/")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[name=code]")
    page.fill("[name=code]", page.locator(".tx-card .tx-code.govuk-heading-l").inner_text())
    page.locator("input[name=context]").first.check()
    with page.expect_navigation():
        page.locator("main form button").first.click()
    return page


def decided(page: Page, served: Served, count: int) -> tuple[Times, int]:
    """`count` pairs by keyboard alone: the time of each, and the most keys that one took."""
    page.goto(f"http://127.0.0.1:{served.port}/en/people/review/next/")
    took, most = Times(), 0
    for _n, key in zip(range(count), cycle(KEYS), strict=False):
        before, keys = page.url, 0
        for one in (key, "Enter"):
            if one == "Enter":
                page.wait_for_timeout(20)
                start = time.perf_counter()
            page.keyboard.press(one)
            keys += 1
        page.wait_for_function(
            "before => location.href !== before && document.querySelector('form.tx-decide')", arg=before
        )
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # painted
        took.seconds.append(time.perf_counter() - start)
        most = max(most, keys)
    return took, most


def over_http(served: Served, login: str, runs: int) -> dict[str, Times]:
    visitor, took = Visitor(served.port).sign_in(login), {name: Times() for name in ("sign_in", "pair", "list")}
    pair = visitor.get("people/review/next/").onward
    stranger = Visitor(served.port)
    asked = {
        "sign_in": lambda: stranger.get("sign-in/"),
        "pair": lambda: visitor.get(pair),
        "list": lambda: visitor.get("people/review/"),
    }
    for _run in range(runs):
        for name, ask in asked.items():
            took[name].run(ask)
    return took


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--open", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=60)
    asked = parser.parse_args()
    told: dict[str, Any] = {}
    lines, goals = [], []
    with serving("demo", "--children", str(CHILDREN)) as served, sync_playwright() as playwright:
        waiting = opened(served, asked.open)
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        lines.append(f"{waiting:,} open pairs; {asked.pairs} decided by each")
        for who, login in (("centre", "case"), ("lead", "guard")):
            took, most = decided(signed_in(browser, served, login), served, asked.pairs)
            lines.append(f"{who}: Enter to next pair {took}, at most {max(took.seconds) * 1000:.0f} ms, {most} keys")
            goals += [
                Goal(f"{who}, next pair, p95", took.p95 * 1000, LONGEST_MS, "ms"),
                Goal(f"{who}, keys", float(most), MOST_KEYS, "keys"),
            ]
            told[who] = took.milliseconds() | {"max_ms": round(max(took.seconds) * 1000, 1), "keys": most}
        browser.close()
        # A code works once: the log-ins have been used, so a front door of their own for the pages over HTTP.
        pages = over_http(served, "case", 30)
        lines += [
            f"{name} over HTTP: {times}, {times.median / pages['sign_in'].median:.1f} × sign-in"
            for name, times in pages.items()
        ]
        told |= {f"{name}_http": times.milliseconds() for name, times in pages.items()}
    tell(lines, goals, asked.json, open=waiting, pairs=asked.pairs, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
