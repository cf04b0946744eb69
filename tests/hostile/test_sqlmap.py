"""sqlmap finds the planted page, and (TONGXING_LONG=1) nothing in any parameter of any page or form of ours."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings

from tests.access import cast as people
from tests.hostile.crawl import Crawl
from tests.hostile.pages import Form
from tests.hostile.serving import on_loopback
from tongxing.access.middleware import COOKIE

LONG = os.environ.get("TONGXING_LONG") == "1"
MINUTES = float(os.environ.get("TONGXING_MINUTES", "20"))
PROGRAM = os.environ.get("TONGXING_SQLMAP") or shutil.which("sqlmap") or ""

pytestmark = pytest.mark.skipif(not PROGRAM, reason="sqlmap is not on this machine (Debian: apt-get install sqlmap)")


@pytest.fixture
def live(house) -> Iterator[str]:
    pages = get_wsgi_application()

    def each(environ: dict, start) -> list[bytes]:
        answer = pages(environ, start)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()
            connections.close_all()

    with on_loopback(each) as address:
        yield address


def injectable(folder: Path, address: str, *options: str, patience: float = 120) -> list[str]:
    """The parameters that sqlmap calls injectable. Fails when it tested none."""
    command = [*PROGRAM.split(), "-u", address, "--batch", "--flush-session", "--disable-coloring", "--dbms=postgresql"]
    command += ["--output-dir", str(folder), "--threads=1", "--timeout=10", "--retries=0", *options]
    environment = os.environ | {"HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, env=environment)
    assert "testing if" in done.stdout or "heuristic" in done.stdout, (address, done.stdout[-1500:])
    return re.findall(r"Parameter: (.+)", done.stdout)


def test_sqlmap_finds_the_planted_page(live, tmp_path) -> None:
    """Control. It misses the planted name of a column, which our own listener sees (test_texts)."""
    with override_settings(ROOT_URLCONF="tests.hostile.planted"):
        address = f"{live}/en/by_value/?q=110000"
        assert injectable(tmp_path, address, "--level=1", "--risk=1", "--technique=BE") == ["q (GET)"]


def targets(crawl: Crawl) -> Iterator[tuple[str, Form]]:
    """(who, form): each form of each page once, and each page with every query that the code knows."""
    sent: set[tuple[str, ...]] = set()
    for who, name, url in crawl.addresses():
        page = crawl.look(who, name, url)
        if page and name not in {shape[1] for shape in sent}:
            yield who, Form(url, "get", dict.fromkeys(sorted(crawl.names), "1"))
        for form in page.forms if page else ():
            shape = (form.method, name, *sorted(form.fields))
            if form.fields and shape not in sent:
                sent.add(shape)
                yield who, form


def sqlmap_finds_nothing_of_ours(live, tmp_path) -> None:
    crawl = Crawl(people.gathered())
    until, found, tried = time.monotonic() + MINUTES * 60, [], 0
    for who, form in targets(crawl):
        if time.monotonic() > until:
            break
        path, tried = urlsplit(form.action).path, tried + 1
        cookies = "; ".join(f"{name}={crawl.clients[who].cookies[name].value}" for name in crawl.clients[who].cookies)
        options = ["--level=1", "--risk=1", "--technique=BE", "--cookie", cookies or f"{COOKIE}="]
        fields = {name: value or "1" for name, value in form.fields.items()}
        if form.method == "post":
            options += ["--data", urlencode(fields), "--csrf-token=csrfmiddlewaretoken", "--csrf-url", live + path]
            address = live + path
        else:
            address = f"{live}{path}?{urlencode(fields)}"
        found += [(who, path, one) for one in injectable(tmp_path, address, *options, patience=600)]
    print(f"{tried} pages and forms, {len(found)} injectable")
    assert found == []
    assert tried


if LONG:  # minutes; not a skipped test of every run
    test_sqlmap_finds_nothing_of_ours = sqlmap_finds_nothing_of_ours
