"""The results framework page of a large plan, beside the same numbers fetched with a query per indicator.

python3 dev.py bench framework [--indicators 1000] [--periods 12] [--sites 20] [--runs 5] [--json]

Every indicator has a target and an approved value at every site and period (240,000 of each), reported by five
organisations; seven more come from records. The page is asked of the real program by a signed-in M&E officer, as tx_app
under the signed context. Cold is the first request of a fresh process that has done what the web server does at its start
(config/asgi.py: the engine of figures is loaded) and nothing else: no template, address or connection of a page.
Goals: cold ≤ 2 s, ≤ 25 queries. The yardstick is what many systems do: for each indicator its values and targets, one query each.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import folder, house, say
from tongxing.config.state import State
from tongxing.core.ids import uuid7

LONGEST_S, QUERIES = 2.0, 25
BODIES = 5
FIRST = date(2024, 1, 1)
PROGRAMME = "MDGF-1880-H-CHN"
TEXT = json.dumps({language: "An indicator of a large plan (demonstration)" for language in ("zh", "en", "mn")})


@dataclass(frozen=True)
class Large:
    """What the plan is made of: keys of the periods with their days, of indicators, sites and organisations."""

    spans: list[tuple[Any, date, date]]
    rows: list[Any]
    places: list[Any]
    bodies: list[Any]

    def cells(self) -> Iterator[tuple[Any, Any, Any, Any]]:
        """(indicator, period, organisation, site) of every value."""
        for row in self.rows:
            for period, *_days in self.spans:
                for number, place in enumerate(self.places):
                    yield row, period, self.bodies[number % BODIES], place


def filled(state: State, indicators: int, periods: int, sites: int) -> None:
    """The plan and its reports by COPY, past the triggers, which look at one row at a time."""
    with psycopg.connect(**state.administrator("tongxing")) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        bodies = cursor.execute("select id from organisations_organisation order by slug limit %s", [BODIES]).fetchall()
        spans = [(uuid7(), *_span(number)) for number in range(periods)]
        keys = [uuid7() for _ in range(indicators)], [uuid7() for _ in range(sites)]
        large = Large(spans, *keys, [body for (body,) in bodies])
        _planned(cursor, large)
        _reported(cursor, large)
    with psycopg.connect(**state.administrator("tongxing"), autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _planned(cursor: Any, large: Large) -> None:
    programme = _one(cursor, "select id from programme_programme where code = %s", PROGRAMME)
    outcome = _one(cursor, "select id from programme_outcome where programme_id = %s and number = 1", programme)
    for number, place in enumerate(large.places):
        cursor.execute(
            "insert into organisations_site (id, slug, name, kinds, priority_issue, programme, source)"
            " values (%s, %s, %s, '{}', '{}', 'bench', 'bench')",
            [place, f"bench-{number}", TEXT],
        )
    periods = (
        (key, programme, f"P{number}", start, end, end + timedelta(days=20))
        for number, (key, start, end) in enumerate(large.spans)
    )
    _copied(cursor, "reportingperiod (id, programme_id, code, starts_on, ends_on, due_on)", periods)
    texts = "title, unit, responsible, note, definition, population, baseline_source"
    kinds = "measure, kind, topic, additivity, over_time, over_place, direction, disaggregations"
    how = ("", "number", "persons", "flow", "sum", "sum", "up", "[]")
    rows = ((key, outcome, f"9.{n}", *how, *[TEXT] * 7) for n, key in enumerate(large.rows))
    _copied(cursor, f"indicator (id, outcome_id, number, {kinds}, {texts})", rows)
    undertaken = (
        (uuid7(), row, large.bodies[n % BODIES], place) for row in large.rows for n, place in enumerate(large.places)
    )
    _copied(cursor, "undertaking (id, indicator_id, organisation_id, site_id)", undertaken)
    targets = ((uuid7(), row, period, place, 10) for row, period, _body, place in large.cells())
    _copied(cursor, "target (id, indicator_id, period_id, site_id, value)", targets)


def _reported(cursor: Any, large: Large) -> None:
    user = _one(cursor, "select id from access_user where login = %s", "officer")
    reports = {(body, period): uuid7() for body in large.bodies for period, *_days in large.spans}
    said = "reason, state, version, returned_for, submitter_name, approver_name, accepter_name, approved_at, approved_by_id"
    rows = (
        (key, *where, 1, "", "approved", 3, "", "", "", "", "2026-01-01T00:00Z", user) for where, key in reports.items()
    )
    _copied(cursor, f"report (id, organisation_id, period_id, number, {said})", rows)
    values = (
        (uuid7(), reports[body, period], body, row, place, "", 7, "", "list")
        for row, period, body, place in large.cells()
    )
    columns = "id, report_id, organisation_id, indicator_id, site_id, part, value, text, evidence"
    _copied(cursor, f"reportedvalue ({columns})", values)


def _span(number: int) -> tuple[date, date]:
    start = date(FIRST.year + number // 12, number % 12 + 1, 1)
    return start, date(start.year + start.month // 12, start.month % 12 + 1, 1) - timedelta(days=1)


def _one(cursor: Any, statement: str, value: Any) -> Any:
    return cursor.execute(statement, [value]).fetchone()[0]


def _copied(cursor: Any, where: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"copy programme_{where} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def records() -> None:
    """One more indicator for each shipped measure."""
    from tongxing.facts.measures import shipped
    from tongxing.programme.actions import load_framework

    said = {language: "From records (demonstration)" for language in ("zh", "en", "mn")}
    lines = [{"number": f"8.{n}", "title": said, "unit": said, "measure": code} for n, code in enumerate(shipped())]
    load_framework({"programme": PROGRAMME, "outcomes": [{"number": 2, "indicators": lines}]}, "bench")


def officer() -> str:
    """An M&E officer who is signed in; the token of the session."""
    from django.db import transaction

    from tongxing.access.acting import Acting
    from tongxing.access.actions import create_user, open_session
    from tongxing.organisations.actions import add_membership

    user = create_user(login="officer", name="officer (demonstration)", password="bench")
    add_membership(user_id=user.id, centre_id=None, role="mande", starts_on=FIRST)
    with transaction.atomic():
        return open_session(by=Acting(user.id, user.name, "mande", None))[1]


def look(token: str, runs: int, *, bare: bool) -> dict[str, Any]:
    """In a fresh process: the page for the first time, then again, its queries, and the yardstick."""
    import django

    django.setup()
    from django.test import Client

    from tongxing.access.middleware import COOKIE
    from tongxing.facts.calculation import warm

    if not bare:
        warm()
    client = Client(SERVER_NAME="localhost")
    client.cookies[COOKIE] = token
    took = Times()
    for _run in range(runs + 1):
        answer = took.run(lambda: client.get("/en/results/"))
        if answer.status_code != 200:
            raise SystemExit(f"The page answered {answer.status_code}.")
    asked_of = asked_by(lambda: client.get("/en/results/"))
    start = time.perf_counter()
    asked = naive()
    return {
        "cold_s": took.seconds[0],
        "warm_s": sorted(took.seconds[1:])[runs // 2],
        "queries": len(asked_of),
        "bytes": len(answer.content),
        "naive_s": time.perf_counter() - start,
        "naive_queries": asked,
    }


def asked_by(page: Callable[[], Any]) -> list[str]:
    """Every statement on both connections; facts come by COPY."""
    from django.db import connections

    from tongxing.facts import store

    asked: list[str] = []

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    fetched = store.fetched
    store.fetched = lambda *given: (asked.append("copy"), fetched(*given))[1]
    with connections["default"].execute_wrapper(counted), connections["counter"].execute_wrapper(counted):
        page()
    return asked


def naive() -> int:
    """The numbers of the page without its HTML: each indicator asks for its own values and targets. Returns the queries."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from tongxing.access.acting import Acting
    from tongxing.access.context import acting_as
    from tongxing.access.models import User
    from tongxing.programme.models import Indicator, Report

    user = User.objects.using("owner").get(login="officer")
    with (
        transaction.atomic(),
        acting_as(Acting(user.id, "", "mande", None)),
        CaptureQueriesContext(connection) as asked,
    ):
        for one in Indicator.objects.filter(measure=""):
            total: dict[Any, Any] = {}
            for value in one.values.filter(report__in=Report.objects.current(), part="").select_related("report"):
                total[value.report.period_id] = total.get(value.report.period_id, 0) + (value.value or 0)
            sum(target.value for target in one.targets.all())
    return len(asked)


def main() -> int:
    parser = words(__doc__)
    for name, default in (("indicators", 1000), ("periods", 12), ("sites", 20), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--bare", action="store_true", help="without what the server loads at its start")
    parser.add_argument("--look", help="the token of a session: only measure, in a house that is there")
    asked = parser.parse_args()
    if asked.look:
        print(json.dumps(look(asked.look, asked.runs, bare=asked.bare)))
        return 0
    with folder() as made, house(made) as state:
        token = officer()
        say("filling")
        filled(state, asked.indicators, asked.periods, asked.sites)
        records()
        command = [sys.executable, "-m", "bench.framework", "--look", token, "--runs", str(asked.runs)]
        command += ["--bare"] if asked.bare else []
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    lines = [
        f"{asked.indicators:,} indicators × {asked.periods} periods × {asked.sites} sites; page of {found['bytes'] / 1e6:.1f} MB",
        f"cold {found['cold_s']:.2f} s, warm {found['warm_s']:.2f} s, {found['queries']} queries",
        f"a query per indicator {found['naive_s']:.2f} s, {found['naive_queries']} queries, without any HTML",
        f"ratio of the warm page to it {found['warm_s'] / found['naive_s']:.2f}",
    ]
    goals = [
        Goal("page, cold", found["cold_s"], LONGEST_S, "s"),
        Goal("queries of the page", found["queries"], QUERIES, "queries"),
    ]
    tell(lines, goals, asked.json, **found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
