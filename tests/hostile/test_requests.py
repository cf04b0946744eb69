"""Requests as no browser sends them, to the program as it is really served: never a 500, a trace, or a long wait."""

import hashlib
import re
import secrets
import socket
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.hostile import odd
from tests.hostile.serving import on_loopback
from tests.hostile.wire import Asked, ask
from tongxing.config.state import State

LONGEST = 10.0  # seconds for one answer, on a machine that has other work
UPLOADS = {"desk": b"/en/rosters/", "security": b"/en/accounts/roster/"}


@pytest.fixture(scope="module")
def stays(served) -> dict[str, str]:
    """login -> cookies of a stay. Opened by the owner: a one-time code of the demonstration is some journey's."""
    found = {}
    with psycopg.connect(**State(served.folder).login("tx_owner", "tongxing")) as connection:
        held = connection.execute(
            "select u.login, m.user_id, m.role, m.centre_id from organisations_membership m"
            " join access_user u on u.id = m.user_id where m.ends_on is null"
        ).fetchall()
        for login, user, role, centre in held:
            token = secrets.token_urlsafe(32)
            connection.execute(
                "insert into access_session (id, token_hash, user_id, role, centre_id, started_at, seen_at, ends_at)"
                " values (%s, %s, %s, %s, %s, now(), now(), now() + interval '1 hour')",
                [uuid.uuid4(), hashlib.sha256(token.encode()).digest(), user, role, centre],
            )
            found[login] = f"tx_session={token}"
    return found


def wrong(address: str, requests: Iterator[tuple[str, Asked]], cookie: str = "") -> tuple[list[str], int]:
    faults, sent = [], 0
    for name, asked in requests:
        sent += 1
        try:
            came = ask(address, asked, cookie)
        except TimeoutError:
            faults.append(f"no end: {name}")
            continue
        if came.status >= 500 and came.status not in (501, 505):
            faults.append(f"{came.status}: {name}")
        if came.told:
            faults.append(f"tells {came.told[:2]}: {name}")
        if came.seconds > LONGEST:
            faults.append(f"{came.seconds:.1f} s: {name}")
        if b"evil.example" in came.head or b"X-Planted" in came.head:
            faults.append(f"repeats what was sent in a header: {name}")
        if b"root:" in came.body:
            faults.append(f"a file of the machine: {name}")
    return faults, sent


def test_no_odd_method_path_host_or_header_breaks_it(served) -> None:
    faults, sent = wrong(served.address, odd.headers())
    assert not faults, "\n".join(faults)
    assert sent > 120


@pytest.mark.parametrize("path", [b"/en/sign-in/", b"/en/first/", b"/reports/policy", b"/en/voice/"])
def test_no_odd_body_breaks_it(served, path: bytes) -> None:
    faults, _sent = wrong(served.address, odd.bodies(path))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("login", UPLOADS)
def test_no_file_name_breaks_it(served, stays, login: str) -> None:
    path = UPLOADS[login]
    shown = ask(served.address, Asked(path), stays[login])
    assert shown.status == 200, shown.head
    cookie = re.search(rb"(csrftoken=[^;]+)", shown.head)[1].decode()
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', shown.body)[1].decode()
    faults, _sent = wrong(served.address, odd.uploads(path, token), f"{stays[login]}; {cookie}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1@evil.example", b""])
def test_a_foreign_host_is_refused(served, host: bytes) -> None:
    assert ask(served.address, Asked(b"/en/", lines=(b"Host: " + host,), bare=True)).status == 400


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"PROPFIND", b"QUERY"])
@pytest.mark.parametrize("path", [b"/en/", b"/en/sign-in/", b"/en/p/feed.atom", b"/en/today/"])
def test_no_page_takes_another_method(served, method: bytes, path: bytes) -> None:
    assert ask(served.address, Asked(path, method, (odd.FORM,), b"a=b")).status == 405


def test_what_is_wrong_is_seen() -> None:
    """Control: a server that breaks, tells where, repeats what it was sent, and one that never ends."""

    def broken(environ, start) -> list[bytes]:
        start("500 Oops", [("Content-Type", "text/plain"), ("X-Sent", environ.get("HTTP_X_FORWARDED_HOST", "-"))])
        return [b'Traceback (most recent call last):\n  File "/srv/app/views.py", line 3']

    with on_loopback(broken) as address:
        one = [("planted", Asked(b"/", lines=(b"X-Forwarded-Host: evil.example",)))]
        faults, _sent = wrong(address, iter(one))
    assert len(faults) == 3
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        ask(f"http://127.0.0.1:{silent.getsockname()[1]}", Asked(b"/"), patience=0.2)
