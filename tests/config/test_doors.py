"""Signs of life, metrics for this machine or a token, and reports of the browser's policy that carry nobody's data."""

import io
import json
import logging
from typing import Any

import pytest

from tongxing.config import doors
from tongxing.config.doors import PolicyReports, may_read_metrics, reported
from tongxing.config.gate import Counts
from tongxing.config.pulse import Look, Pulse
from tongxing.config.state import State


@pytest.fixture
def at(tmp_path) -> dict[str, Any]:
    state = State(tmp_path)
    pulse = Pulse(state.login("tx_app"))
    pulse.last = Look(database=True, jobs={"todo": 3}, worker_silent=2.5)
    return doors.doors(state, pulse, Counts(shed=7)) | {
        "pulse": pulse, "state": state,
    }  # fmt: skip


def test_life_and_readiness_are_two_things(at) -> None:
    assert at["/health/ready"]({})[0] == "200 OK"
    at["pulse"].last = Look(database=False)
    assert at["/health/ready"]({})[::2] == ("503 Service Unavailable", b"database\n")
    at["pulse"].last = Look(database=True, clock_off=40.0)
    assert at["/health/ready"]({})[::2] == ("503 Service Unavailable", b"clock\n")
    assert at["/health/live"]({})[0] == "200 OK"


def test_a_look_that_is_old_says_nothing(at) -> None:
    at["pulse"].last = Look(at=at["pulse"].last.at - 60, database=True)
    assert at["/health/ready"]({})[0].startswith("503")


def test_the_pulse_sees_the_database_and_survives_its_absence(house) -> None:
    pulse = Pulse(house.state.login("tx_app", house.name))
    look = pulse.look()
    assert look.database and abs(look.clock_off) < 1 and look.worker_silent == -1
    pulse.close()
    pulse.login["dbname"] = "no such database"
    assert not pulse.look().database


def test_metrics_tell_of_the_house_and_name_nobody(at) -> None:
    status, kind, body = at["/metrics"]({"REMOTE_ADDR": "127.0.0.1"})
    text = body.decode()
    assert status == "200 OK" and kind.startswith("text/plain")
    assert 'tongxing_jobs{state="todo"} 3.0' in text
    assert 'tongxing_requests_shed_total{process="' in text and "} 7.0" in text
    assert 'tongxing_free_bytes{place="state"}' in text
    labels = {part.split("=")[0] for line in text.splitlines() if "{" in line and not line.startswith("#")
              for part in line.partition("{")[2].partition("}")[0].split(",")}  # fmt: skip
    assert labels <= {"state", "process", "place", "version"}, "a label that could name somebody"


@pytest.mark.parametrize(
    ("environ", "may"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "192.0.2.7"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "tongxing.proxied": True}, False),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": "Bearer wrong"}, False),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer {token}"}, True),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(tmp_path, environ: dict[str, Any], may: bool) -> None:
    state = State(tmp_path)
    given = {name: value.replace("{token}", state.secret("metrics")) if isinstance(value, str) else value
             for name, value in environ.items()}  # fmt: skip
    assert may_read_metrics(given, state) is may


OLD = {"csp-report": {"document-uri": "https://x/en/people/吕苇航/", "effective-directive": "script-src-elem",
                      "blocked-uri": "https://cdn.evil.example/a.js?who=吕苇航", "script-sample": "吕苇航"}}  # fmt: skip
NEW = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "inline"}}]
ODD = {"csp-report": {"effective-directive": "吕苇航", "blocked-uri": "https://evil.example"}}
HOST = {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://吕苇航.example/"}}


def test_a_report_is_cut_down_to_the_rule_and_the_host() -> None:
    assert reported(json.dumps(OLD).encode()) == [("script-src-elem", "evil.example")]
    assert reported(json.dumps(NEW).encode()) == [("img-src", "inline")]
    assert reported(json.dumps(HOST).encode()) == [("img-src", "other")]
    for nothing in (json.dumps(ODD).encode(), b"{", b"[1, 2]", b"null", b'{"csp-report": []}'):
        assert reported(nothing) == []


def test_reports_are_logged_without_what_they_carry_and_not_without_end(caplog) -> None:
    at, body = PolicyReports(a_minute=5), json.dumps(OLD).encode()
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            told = at.receive(
                {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
            )
            assert told[0] == "204 No Content"
    assert len(caplog.records) == 5 and "吕苇航" not in str([vars(record) for record in caplog.records])
    caplog.clear()
    PolicyReports().receive({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "900000", "wsgi.input": None})
    assert not caplog.records
