"""sqlmap on the parameters of a running demonstration: python3 dev.py bench hostile [--sqlmap PROGRAM] [--minutes 25]

First the control: a planted page that can be injected (tests/hostile/test_sqlmap.py); if sqlmap does not find it, nothing
else counts. Then the demonstration, really served: as a passer-by and signed in as each role every page that links lead to;
of each page all parameters that its links and forms carry and that its code asks for, then its forms that are posted. Level
2, risk 1; boolean, error, union, time. Pages come in turns, so that a run that is cut short has seen something of all.

sqlmap: Debian's, or PyPI's in an environment of its own (`python3 -m venv X && X/bin/pip install sqlmap`; --sqlmap X/bin/sqlmap).
The hour's limit of searches is lifted meanwhile (the notes that count are removed), else sqlmap would meet the limit alone.
"""

import argparse
import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bench.common.figures import Goal, tell, words
from bench.common.house import administrator, say
from bench.common.serving import Served, serving
from bench.common.visitor import Visitor
from tests.architecture.house import HOUSE
from tests.hostile.pages import read
from tongxing.config.state import State

LOGINS = (
    "",
    "case",
    "desk",
    "school",
    "mande",
    "lead",
    "guard",
    "rights",
    "system",
    "security",
    "audit",
    "partner",
    "police",
)
STARTS = ("", "find/", "today/", "people/search/", "referrals/", "figures/", "operations/", "accounts/", "voice/")
LINK = re.compile(r'href="([^"#]+)"')
NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
ENDS = (
    "sign-out",
    "/lock",
    "language",
    "password",
    "totp",
    "/end/",
    "deactivate",
)  # what would end the attacker's own stay
CONTROL = "tests/hostile/test_sqlmap.py::test_sqlmap_finds_the_planted_page"
PAGES, PATIENCE = 80, 240.0  # pages looked at by each role; seconds for one call of sqlmap
COUNTED = ("registry_searchnote", "access_securityevent")
STILL_HERE = 240.0  # seconds; a stay ends after a quarter of an hour without a sign of life


@dataclass(frozen=True)
class Target:
    """One page or form as one role sees it, with a value for each of its parameters."""

    who: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> tuple[str, str, tuple[str, ...]]:
        return self.method, NUMBERS.sub("N", self.path), tuple(name for name, _ in self.fields)


@dataclass
class Run:
    """What sqlmap said."""

    tried: Counter[str] = field(default_factory=Counter)  # parameters by method
    found: list[str] = field(default_factory=list)
    cut: int = 0
    untried: list[str] = field(default_factory=list)  # of which sqlmap tried no parameter
    lost: set[str] = field(default_factory=set)  # roles whose stay ended meanwhile: they met the sign-in page alone
    targets: int = 0
    requests: int = 0


def asked_for(path: str) -> set[str]:
    """Names that the module of this page's view takes from a query. Django is set up."""
    from django.urls import Resolver404, resolve
    from django.utils.translation import override

    from tests.hostile.crawl import query_names

    try:
        with override(path.split("/")[1]):
            view = resolve(path).func
    except Resolver404:
        return set()
    return query_names([Path(sys.modules[view.__module__].__file__ or "")])


@dataclass
class Walk:
    """What one role comes by, from where each begins, link by link; each kind of page once."""

    who: str
    visitor: Visitor
    queries: dict[str, dict[str, str]] = field(default_factory=dict)  # of a kind of page: parameters with a value
    shown: dict[str, str] = field(default_factory=dict)  # of a kind of page: the address that was opened

    def targets(self) -> Iterator[Target]:
        begin = f"/{self.visitor.language}/"
        waiting, seen = [f"{begin}{start}" for start in STARTS], set[str]()
        while waiting and len(self.shown) < PAGES:
            link = urlsplit(waiting.pop(0))
            kind = NUMBERS.sub("N", link.path)
            self.queries.setdefault(kind, {}).update(parse_qsl(link.query))
            if kind not in seen and link.path.startswith(begin) and not _ends(link.path):
                seen.add(kind)
                waiting += (yield from self._page(kind, link.path)) or []
        for kind, path in self.shown.items():
            if asked := self.queries[kind]:
                yield Target(
                    self.who, "GET", path, tuple(sorted((name, value or "1") for name, value in asked.items()))
                )

    def _page(self, kind: str, path: str) -> Generator[Target, None, list[str]]:
        """Its forms that are posted; returns where its links lead."""
        answer = self.visitor.get(path)
        if answer.status != 200 or "<html" not in answer.text[:400]:
            return []
        self.shown[kind] = path
        self.queries[kind].update(dict.fromkeys(asked_for(path), ""))
        for form in read(path, answer.text).forms:
            at = urlsplit(form.action).path
            fields = {name: value or "1" for name, value in form.fields.items() if name != "csrfmiddlewaretoken"}
            if form.method == "get":
                self.queries.setdefault(NUMBERS.sub("N", at), {}).update(form.fields)
            elif fields and not _ends(at):
                yield Target(self.who, "POST", at, tuple(sorted(fields.items())))
        return [urljoin(path, found.replace("&amp;", "&")) for found in LINK.findall(answer.text)]


def _ends(path: str) -> bool:
    return any(word in path for word in ENDS)


def gathered(served: Served) -> tuple[list[Target], dict[str, Visitor]]:
    """Each kind of page or form once, whoever comes by it first; pages before forms, roles in turns."""
    visitors, kinds, found = {}, set[Any](), list[list[Target]]()
    for who in LOGINS:
        visitors[who] = Visitor(served.port, language="en")
        if who:
            visitors[who].sign_in(who)
        mine = [one for one in Walk(who, visitors[who]).targets() if one.shape not in kinds]
        kinds |= {one.shape for one in mine}
        found.append(sorted({one.shape: one for one in mine}.values(), key=lambda one: one.method))
    both = [[one for one in mine if one.method == method] for method in ("GET", "POST") for mine in found]
    in_turns = [mine[place] for half in (both[: len(found)], both[len(found) :])
                for place in range(max(map(len, half), default=0)) for mine in half if place < len(mine)]  # fmt: skip
    return in_turns, visitors


def attacked(target: Target, program: list[str], served: Served, visitor: Visitor, run: Run) -> None:
    at = f"http://127.0.0.1:{served.port}{target.path}"
    names = ",".join(name for name, _ in target.fields)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    options = ["--batch", "--flush-session", "--disable-coloring", "--dbms=postgresql", "--level=2", "--risk=1"]
    options += ["--technique=BEUT", "--timeout=30", "--retries=2", "--ignore-redirects", "--ignore-code=*", "-p", names]
    if cookies:
        options += ["--cookie", cookies]
    if target.method == "POST":
        token = visitor.cookies.get("csrftoken", "")
        options += ["-u", at, "--data", urlencode([*target.fields, ("csrfmiddlewaretoken", token)])]
    else:
        options += ["-u", f"{at}?{urlencode(target.fields)}"]
    with tempfile.TemporaryDirectory() as folder:
        command = [*program, *options, "--output-dir", folder]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=PATIENCE, env=os.environ | {"HOME": folder}
            )
            said = done.stdout
        except subprocess.TimeoutExpired as late:
            said, run.cut = (late.stdout or b"").decode(), run.cut + 1
    run.targets += 1
    tried = set(re.findall(r"testing for SQL injection on \w+ parameter '([^']+)'", said))
    run.tried[target.method] += len(tried)
    if not tried:
        run.untried.append(f"{target.who} {target.method} {target.path}: {' '.join(said[-200:].split())}")
    run.found += [f"{target.who} {target.path} {name}" for name in re.findall(r"Parameter: (.+)", said)]


def unlimited(served: Served, visitors: dict[str, Visitor], run: Run, is_over: threading.Event) -> None:
    """Removes what counts against somebody who searches, or fails to sign in, again and again; and each role shows every
    few minutes that it is still here, else its stay would end. A throw-away house."""
    awake = {who: replace(visitor, line=None) for who, visitor in visitors.items() if who}
    shown = 0.0
    with administrator(State(served.folder)) as connection:
        for table in COUNTED:
            connection.execute(f"alter table {table} disable trigger all")
        while not is_over.wait(2):
            for table in COUNTED:
                connection.execute(f"delete from {table}")
            if time.monotonic() - shown > STILL_HERE:
                shown = time.monotonic()
                run.lost |= {who for who, one in awake.items() if not _is_still_here(one)}


def _is_still_here(visitor: Visitor) -> bool:
    """Asked again in the next turn when nobody answers: the server is under attack."""
    try:
        return visitor.get("still-here/").status == 204
    except (OSError, http.client.HTTPException):
        visitor.line = None
        return True


def options() -> argparse.Namespace:
    """Raises SystemExit without a program that finds what is known to be there."""
    parser = words(__doc__)
    parser.add_argument("--sqlmap", default=shutil.which("sqlmap") or "", help="the program")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--children", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=2)
    asked = parser.parse_args()
    if not asked.sqlmap:
        raise SystemExit("Name the program: --sqlmap PROGRAM (see --help).")
    control = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", CONTROL]
    if subprocess.call(control, cwd=HOUSE, env=os.environ | {"TONGXING_SQLMAP": asked.sqlmap}, stdout=sys.stderr):
        raise SystemExit("sqlmap did not find the planted page: nothing else counts.")
    return asked


def main() -> int:
    asked = options()
    run, is_over = Run(), threading.Event()
    with serving("demo", "--children", str(asked.children)) as served, ThreadPoolExecutor(asked.at_once) as threads:
        os.environ |= {"TONGXING_STATE": str(served.folder), "DJANGO_SETTINGS_MODULE": "tongxing.config.settings"}
        import django

        django.setup()
        found, visitors = gathered(served)
        say(f"{len(found)} pages and forms, {sum(len(one.fields) for one in found)} parameters")
        until = time.monotonic() + asked.minutes * 60
        forgetting = threading.Thread(target=unlimited, args=(served, visitors, run, is_over), daemon=True)
        forgetting.start()

        def one(target: Target) -> None:
            if time.monotonic() < until:
                attacked(target, asked.sqlmap.split(), served, visitors[target.who], run)

        try:
            list(threads.map(one, found))
        finally:
            run.lost |= set() if forgetting.is_alive() else {"all: nobody kept them awake"}
            is_over.set()
            forgetting.join(10)
    lines = [f"{run.targets} of {len(found)} pages and forms; parameters: {run.tried['GET']} in queries, {run.tried['POST']} in"
             f" forms; {run.cut} calls cut off after {PATIENCE:.0f} s", *run.found,
             *(f"nothing was tried: {one}" for one in run.untried[:10]),
             *(f"the stay of {who} ended meanwhile" for who in sorted(run.lost))]  # fmt: skip
    goals = [
        Goal("parameters that can be injected", len(run.found), 0, "parameters"),
        Goal("pages and forms without a parameter tried", len(run.untried), 0, "pages"),
        Goal("roles whose stay ended", len(run.lost), 0, "roles"),
        Goal("left when the time was over", len(found) - run.targets, 0, "pages"),
    ]
    tell(lines, goals, asked.json, targets=run.targets, gathered=len(found), tried=run.tried, found=run.found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
