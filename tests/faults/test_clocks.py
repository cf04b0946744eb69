"""A clock that is forty days off does no harm: no page is answered. Within seconds the database's clock decides."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import world
from tests.faults.serving import HOUSE
from tongxing.access.middleware import COOKIE

FOUND = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
ASK = """
import asyncio, os, sys
from django.core.wsgi import get_wsgi_application

pages = get_wsgi_application()

from tongxing.config.doors import gated
from tongxing.config.settings import STATE

application = gated(pages, STATE, "")

def ask(path, token):
    sent = []
    async def send(message):
        sent.append(message)
    headers = [(b"host", b"localhost"), (b"cookie", f"COOKIE_NAME={token}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "http_version": "1.1", "headers": headers,
             "client": ("127.0.0.1", 5000)}
    asyncio.run(application(scope, None, send))
    return str(sent[0]["status"]), sent[1]["body"].decode()

valid, expired, *shifts = sys.argv[1:]
for shift in shifts:
    with open(os.environ["FAKETIME_TIMESTAMP_FILE"], "w") as file:
        file.write(shift)
    application.pulse.look()  # what it does every five seconds
    answers = [ask("/en/today/", token) for token in (valid, expired)]
    said = ["clock" if "The clock of this server is wrong" in text else "page" for _status, text in answers]
    print(shift, *(f"{status}:{word}" for (status, _text), word in zip(answers, said)),
          ask("/health/live", "")[0], ask("/health/ready", "")[1].strip())
""".replace("COOKIE_NAME", COOKIE)


@pytest.fixture(scope="module")
def tokens(house) -> dict[str, str]:
    """A stay that holds, and one that ended a second ago by the database's clock."""
    made = {}
    for name in ("valid", "expired"):
        by = world.somebody("front_desk", "changzhou-2")
        made[name] = world.client(by).cookies[COOKIE].value
        if name == "expired":
            house.sql(
                "postgres",
                "update access_session set ends_at = now() - interval '1 second' where user_id = %s",
                [by.user_id],
            )
    return made


def test_no_clock_lets_in_who_is_not_or_turns_away_who_is(house, tokens, tmp_path) -> None:
    """One process whose clock jumps. Forty days off no page is answered; within seconds the database's clock decides."""
    if not FOUND:
        pytest.skip("libfaketime is not installed (Debian: apt-get install libfaketime)")
    moved = tmp_path / "clock"
    moved.write_text("+0s")
    environment = os.environ | {"TONGXING_DATABASE": house.name, "LD_PRELOAD": str(FOUND[0]), "TONGXING_POOL": "0"}
    environment |= {
        "FAKETIME_TIMESTAMP_FILE": str(moved),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    command = [sys.executable, "-c", ASK, tokens["valid"], tokens["expired"], "+40d", "-40d", "-12s", "+12s", "+0s"]
    done = subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == [
        "+40d 503:clock 503:clock 200 clock",
        "-40d 503:clock 503:clock 200 clock",
        "-12s 200:page 302:page 200 ready",  # by its own clock the second stay would still hold
        "+12s 200:page 302:page 200 ready",
        "+0s 200:page 302:page 200 ready",
    ]
