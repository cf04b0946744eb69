"""sqlmap finds a planted page. What it finds in ours says `python3 dev.py bench hostile`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings

from tests.hostile.serving import on_loopback

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
    command += ["--output-dir", str(folder), "--threads=1", "--timeout=30", "--retries=2", *options]
    environment = os.environ | {"HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, env=environment)
    assert "testing if" in done.stdout or "heuristic" in done.stdout, (address, done.stdout[-1500:])
    return re.findall(r"Parameter: (.+)", done.stdout)


def test_sqlmap_finds_the_planted_page(live, tmp_path) -> None:
    """Control. It misses the planted name of a column, which our own listener sees (test_texts)."""
    with override_settings(ROOT_URLCONF="tests.hostile.planted"):
        address = f"{live}/en/by_value/?q=110000"
        assert injectable(tmp_path, address, "--level=1", "--risk=1", "--technique=BE") == ["q (GET)"]
