"""Pages of a signed-in worker over HTTP, beside the cheapest page that there is, from the real server.

python3 dev.py bench pages [--children 3500] [--runs 100] [--json]      loads the demonstration first, a minute or two
python3 dev.py bench pages --scale full      350,000 children with what became of them; the first run builds them

As tx_app with policies and read log, one visitor after the other on kept connections; pages take turns. Goal: p95 of
each ≤ 150 ms, at every scope: a desk, a receiver, a registering officer, and roles that see the country. The yardstick
is the sign-in page, which reads nothing.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import cycle
from typing import Any

import psycopg

from bench.common.country import country
from bench.common.figures import Goal, Times, tell, words
from bench.common.serving import Served, serving
from bench.common.visitor import Answer, Visitor
from tongxing.config.state import State

LONGEST_MS = 150.0
EACH = 50  # searches by one worker; sixty an hour are allowed
WARM = 5
DESKS = ("desk", "case", "other")
YARDSTICK = "sign_in"
# Whose page, and where it is; `figures` counts the whole country anew at each look.
SCOPES = {
    "officer_registrations": ("police", "registrations/"),
    "case_worker_review": ("case", "people/review/"),
    "partner_reports": ("partner", "reports/"),
    "national_alerts": ("guard", "people/alerts/"),
    "national_review": ("guard", "people/review/"),
    "national_linking": ("guard", "people/linkage/"),
    "national_results": ("lead", "results/"),
    "national_editions": ("lead", "publish/"),
    "national_figures": ("mande", "figures/"),
    "national_extracts": ("mande", "extracts/"),
}
PEOPLE = """
    select p.name, case when p.birth_precision = 'day' then p.birth_from::text end,
           (select g.name from registry_guardianship g where g.person_id = p.id limit 1),
           (select c.value from registry_contact c where c.person_id = p.id limit 1)
      from registry_person p order by md5(p.number) limit 500"""
Page = Callable[[], Answer]


def links(visitor: Visitor, path: str, pattern: str) -> Iterator[str]:
    """The addresses on a page that look like `pattern`, again and again."""
    found = sorted(set(re.findall(pattern, visitor.get(path).text)))
    if not found:
        raise SystemExit(f"No link like {pattern} on {path}.")
    return cycle(found)


def looked_for(served: Served) -> Iterator[dict[str, str]]:
    """What is typed into a search: name, birth date, guardian and phone of people of all centres, in any order."""
    with psycopg.connect(**State(served.folder).login("tx_owner", "tongxing")) as connection:  # type: ignore[arg-type]
        rows = connection.execute(PEOPLE).fetchall()
    for name, birth, guardian, phone in cycle(rows):
        yield {"name": name, "birth": birth or "", "guardian": guardian or "", "phone": phone or ""}


def search(desks: list[Visitor], typed: Iterator[dict[str, str]], number: Iterator[int]) -> Answer:
    return desks[next(number) // EACH % len(desks)].post("people/search/", **next(typed))


def pages(served: Served) -> dict[str, Page]:
    """What is opened, by name."""
    logins = {*DESKS, "school", *(login for login, _path in SCOPES.values())}
    signed = {login: Visitor(served.port).sign_in(login) for login in sorted(logins)}
    desks, school, stranger = [signed[login] for login in DESKS], signed["school"], Visitor(served.port)
    desk = desks[0]
    persons = links(desk, "today/", r'href="(/[a-z-]+/people/[0-9a-f-]{36}/)"')
    received = links(school, "referrals/", r'href="(/[a-z-]+/referrals/[0-9a-f-]{36}/received/)"')
    typed, number = looked_for(served), iter(range(10**9))
    return {
        YARDSTICK: lambda: stranger.get("sign-in/"),
        "today": lambda: desk.get("today/"),
        "search": lambda: search(desks, typed, number),
        "person": lambda: desk.get(next(persons)),
        "referral_list": lambda: desk.get("referrals/"),
        "referral_list_received": lambda: school.get("referrals/"),
        "referral_received": lambda: school.get(next(received)),
        **older(desk, "referrals/"),
        **{name: opens(signed[login], path) for name, (login, path) in SCOPES.items()},
    }


def opens(visitor: Visitor, path: str) -> Page:
    return lambda: visitor.get(path)


def older(desk: Visitor, path: str) -> dict[str, Page]:
    """The page after the first, where there is one: in a small demonstration there is none."""
    found = re.search(r'href="\?([^"]*older=[^"]+)"', desk.get(path).text)
    return {"referral_list_older": lambda: desk.get(f"{path}?{unescape(found[1])}")} if found else {}


def opened(offered: dict[str, Page], runs: int) -> dict[str, Times]:
    """Each page `runs` times, in turns. A page that does not answer 200 ends the bench."""
    took = {name: Times() for name in offered}
    for run in range(WARM + runs):
        for name, page in offered.items():
            answer = (Times() if run < WARM else took[name]).run(page)
            if answer.status != 200:
                raise SystemExit(f"{name} answered {answer.status}.")
    return took


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=3500)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--scale", choices=("typical", "full"), default="typical", help="full: the country of benches")
    asked = parser.parse_args()
    if asked.runs + WARM > EACH * len(DESKS):
        parser.error(f"at most {EACH * len(DESKS) - WARM} runs: searches are limited by the hour")
    small = serving("demo", "--children", str(asked.children))
    with country() if asked.scale == "full" else small as served:
        took = opened(pages(served), asked.runs)
    yardstick = took[YARDSTICK]
    lines = [f"{'350,000' if asked.scale == 'full' else f'{asked.children:,}'} children; {asked.runs} rounds"]
    lines += [f"{name:24} {times}, {times.median / yardstick.median:.1f} × sign-in" for name, times in took.items()]
    goals = [
        Goal(f"{name}, p95", times.p95 * 1000, LONGEST_MS, "ms")
        for name, times in took.items()
        if times is not yardstick
    ]
    told: dict[str, Any] = {
        name: times.milliseconds() | {"ratio": round(times.median / yardstick.median, 2)}
        for name, times in took.items()
    }
    tell(lines, goals, asked.json, scale=asked.scale, children=asked.children, runs=asked.runs, pages=told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
