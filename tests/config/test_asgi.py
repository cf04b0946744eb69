"""The web process looks at its own rights before it answers anybody."""

import os
import subprocess
import sys

from tests.faults.serving import HOUSE

START = """
import socket, tongxing.config.asgi
print('serves')
with socket.socket() as out:
    out.connect(('192.0.2.1', 443))
"""


def _start(settings: str, house) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "TONGXING_DATABASE": house.name}
    command = [sys.executable, "-c", START]
    return subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True)


def test_pages_start_as_the_app(house) -> None:
    done = _start("tongxing.config.settings", house)
    assert done.stdout.strip() == "serves", done.stderr
    assert "EgressRefused: 192.0.2.1:443 is not on the list of TONGXING_EGRESS" in done.stderr
    assert '"host": "192.0.2.1"' in done.stderr, "and the log says where to"


def test_pages_do_not_start_as_the_owner(house) -> None:
    done = _start("tests.config.settings_as_owner", house)
    assert done.returncode != 0
    assert "serves" not in done.stdout
    assert "Refusing to serve: the database user 'tx_owner' owns the tables" in done.stderr
