"""A short journey through a restored installation: sign in, search, open one person. `python -m` this over its state.

Runs in a process of its own, with the scratch folder as its state. The account it signs in with is made in the copy, which
is thrown away; nothing of a person is printed.
"""

import http.cookiejar
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tongxing.config.lifeline import on_start

PATIENCE = 240.0  # seconds for the pages to start on a busy machine, and for each answer
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Whom:
    """An account of the copy, and whom it may find. `name` is empty when nobody is registered."""

    login: str
    password: str
    totp_secret: str
    membership: str
    person: str
    name: str
    birth: str


def tried(folder: Path, database: str, *, is_log_only: bool = False) -> list[str]:
    """Make the journey over the state in `folder`, whose server runs. Returns the steps that went well, in order.

    `is_log_only`: no more than whether the sealed log of who looked at what is as it was sealed; nothing is written.

    Raises RuntimeError with the step that failed and nothing else.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TONGXING_")}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    environment |= {"TONGXING_STATE": str(folder), "TONGXING_DATABASE": database, "TONGXING_POOL": "0"}
    if "TONGXING_PG_BIN" in os.environ:
        environment["TONGXING_PG_BIN"] = os.environ["TONGXING_PG_BIN"]
    command = [sys.executable, "-W", "ignore", "-m", "tongxing.config.backups.journey", *["log"] * is_log_only]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise RuntimeError(words[-1] if words else f"ended with {done.returncode}")
    return list(json.loads(done.stdout))


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongxing.config.settings"
    import django

    django.setup()
    steps = _log_read()
    if "log" not in sys.argv[1:]:
        whom = _prepared()
        with _served() as address:
            steps += _walk(address, whom)
    sys.stdout.write(json.dumps(steps))


def _log_read() -> list[str]:
    """The chain of seals inside the copy; the roots outside know of what came after it, and are not asked."""
    from tongxing.audit import verifying

    found = verifying.verify()
    if not found.is_intact:
        raise SystemExit(f"the log of who looked at what is not as it was sealed: {found.trouble[0]}")
    return [f"read the log under {found.seals} seals"]


def _prepared() -> Whom:
    """An account at the desk of whoever is found first, made by the owner of the copy."""
    from tongxing.access import one_time
    from tongxing.access.actions import create_user
    from tongxing.organisations.actions import add_membership
    from tongxing.organisations.models import Centre
    from tongxing.registry.models import Person

    known = Person.objects.using("owner").filter(birth_precision="day", is_location_locked=False)
    person = known.order_by("?").first()
    centre_id = person.centre_id if person else Centre.objects.using("owner").values_list("id", flat=True)[0]
    login, password = f"drill-{secrets.token_hex(8)}", secrets.token_urlsafe(24)
    totp_secret = one_time.new_secret()
    user = create_user(login=login, name="drill", password=password, totp_secret=totp_secret, language="en")
    desk = add_membership(user_id=user.id, centre_id=centre_id, role="front_desk", starts_on=date(2000, 1, 1))
    found = (str(person.id), person.name, str(person.birth_from)) if person else ("", "", "")
    return Whom(login, password, totp_secret, str(desk.id), *found)


@contextmanager
def _served() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--interface asginl --host 127.0.0.1 --port {port} --no-ws --workers 1"
    quiet = "--workers-kill-timeout 1 --log-level critical tongxing.config.asgi:application"
    command = [sys.executable, "-m", "granian", *options.split(), *quiet.split()]
    web = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr,
        preexec_fn=on_start(signal.SIGTERM),
    )
    try:
        until = time.monotonic() + PATIENCE
        while not _listens(port):
            if web.poll() is not None or time.monotonic() > until:
                raise SystemExit("the pages did not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        web.terminate()
        web.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Visitor:
    """Somebody with cookies who fills in forms, as a browser without scripts does."""

    def __init__(self, address: str) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.address, self._opener = address, urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        return self._text(self.address + path)

    def fill(self, path: str, **fields: str) -> str:
        """Open the form, send it, and return the page that follows."""
        token = TOKEN.search(self.get(path))
        sent = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token.group(1) if token else ""})
        return self._text(self.address + path, sent.encode())

    def _text(self, address: str, sent: bytes | None = None) -> str:
        try:
            with self._opener.open(address, sent, timeout=PATIENCE) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return f"{error.code}"


def _walk(address: str, whom: Whom) -> list[str]:
    import pyotp

    visitor = Visitor(address)
    visitor.fill("/en/sign-in/", login=whom.login, password=whom.password)
    visitor.fill("/en/sign-in/code/", code=pyotp.TOTP(whom.totp_secret).now(), context=whom.membership)
    if "csrfmiddlewaretoken" not in visitor.get("/en/people/search/"):
        raise SystemExit("signing in did not lead to the search")
    steps = ["signed in"]
    name, birth = (whom.name, whom.birth) if whom.person else ("Nobody Anywhere", "2011-01-01")
    found = visitor.fill("/en/people/search/", name=name, birth=birth)
    if (f"/people/{whom.person}/" in found) != bool(whom.person) or len(found) < 100:
        raise SystemExit("the search did not answer as it should")
    steps.append("searched")
    if whom.person:
        if whom.name not in visitor.get(f"/en/people/{whom.person}/"):
            raise SystemExit("the person's page did not open")
        steps.append("opened one person")
    return steps


if __name__ == "__main__":
    main()
