"""A clock that is forty days off does no harm: no page is answered. Within seconds the database's clock decides."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import world
from tests.faults.serving import HOUSE
from tongxing.access.middleware import COOKIE

FOUND = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
ASK = """
import io, sys
from django.core.wsgi import get_wsgi_application

pages = get_wsgi_application()

from tongxing.config.doors import gated
from tongxing.config.settings import STATE

application = gated(pages, STATE, "")

def ask(path, token):
    told = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "localhost",
               "SERVER_PORT": "80", "HTTP_HOST": "localhost", "HTTP_COOKIE": f"COOKIE_NAME={token}",
               "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
    body = b"".join(application(environ, lambda status, headers: told.append(status.split()[0])))
    return told[0], body.decode()

for token in sys.argv[1:]:
    status, text = ask("/en/today/", token)
    print(status, "clock" if "The clock of this server is wrong" in text else "")
print(ask("/health/live", "")[0], ask("/health/ready", "")[1].strip())
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


def asked(house: Any, shift: str, tokens: dict[str, str]) -> list[str]:
    """What a web process whose clock is off by `shift` answers to a valid and to an expired stay, and to a monitor."""
    if not FOUND:
        pytest.skip("libfaketime is not installed (Debian: apt-get install libfaketime)")
    environment = os.environ | {"TONGXING_DATABASE": house.name, "LD_PRELOAD": str(FOUND[0]), "FAKETIME": shift}
    environment |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "TONGXING_POOL": "0"}
    command = [sys.executable, "-c", ASK, tokens["valid"], tokens["expired"]]
    done = subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("shift", ["+40d", "-40d"])
def test_forty_days_off_nobody_is_let_in_or_turned_away_by_mistake(house, tokens, shift: str) -> None:
    assert asked(house, shift, tokens) == ["503 clock", "503 clock", "200 clock"]


@pytest.mark.parametrize("shift", ["-12s"])
def test_a_few_seconds_off_the_databases_clock_decides(house, tokens, shift: str) -> None:
    """The control: the same process with a usable clock. By its own clock the second stay would still hold."""
    assert asked(house, shift, tokens) == ["200 ", "302 ", "200 ready"]
