"""What an operator copies: the unit, the compose file, the examples of proxies, and TLS with a certificate of one's own."""

import http.client
import re
import shutil
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.browser import free_port
from tests.config.test_doctor import certificate
from tests.faults.serving import HOUSE, wait_for
from tongxing.config.state import StateProblem
from tongxing.config.supervisor import listens, web_server

DEPLOY = HOUSE / "deploy"


def test_the_unit_is_one_that_systemd_understands(tmp_path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / "tongxing.service").read_text()
    for name, changed in (("good", text), ("spoiled", text.replace("ProtectHome=yes", "ProtectHouse=yes"))):
        (tmp_path / name).mkdir()
        unit = tmp_path / name / "tongxing.service"
        unit.write_text(changed.replace("/opt/tongxing/bin/tongxing", "/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if "tongxing.service" in line]
        assert bool(said) is (name == "spoiled"), said


def test_in_the_compose_file_the_program_has_no_way_out() -> None:
    found: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    program, proxy = found["services"]["tongxing"], found["services"]["proxy"]
    assert list(program["networks"]) == ["inside"] and found["networks"]["inside"]["internal"] is True
    assert "ports" not in program and program["read_only"] and program["cap_drop"] == ["ALL"]
    assert program["environment"]["TONGXING_PROXIES"] == proxy["networks"]["inside"]["ipv4_address"]
    assert (DEPLOY / program["build"]["dockerfile"].removeprefix("deploy/")).exists()


def test_every_setting_that_is_written_down_is_one_that_is_read() -> None:
    code = "".join(path.read_text() for path in (HOUSE / "tongxing").rglob("*.py"))
    written = [*DEPLOY.iterdir(), HOUSE / "docs" / "guides" / "operate.md"]
    names = {name for path in written for name in re.findall(r"TONGXING_[A-Z_]+", path.read_text())}
    assert {name for name in names if name not in code} == set()
    assert "TONGXING_PROXIES" in names


def test_proxies_keep_metrics_to_themselves() -> None:
    assert "/metrics" in (DEPLOY / "Caddyfile").read_text() and "metrics" in (DEPLOY / "nginx.conf").read_text()


APP = """
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})
"""


def test_the_web_speaks_tls_with_a_certificate_of_ones_own(monkeypatch, tmp_path) -> None:
    path = certificate(tmp_path, days=30)
    monkeypatch.setenv("TONGXING_CERTIFICATE", str(path))
    monkeypatch.setenv("TONGXING_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    (tmp_path / "tiny.py").write_text(APP)
    port = free_port()
    arguments = [*web_server("127.0.0.1", port)[:-1], "--workers", "1", "tiny:application"]
    trusting = ssl.create_default_context(cafile=str(path))
    with subprocess.Popen([sys.executable, *arguments], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}) as web:
        try:
            wait_for(lambda: listens("127.0.0.1", port), 30)
            with urllib.request.urlopen(f"https://localhost:{port}/", context=trusting, timeout=10) as answer:
                assert answer.read() == b"https"
            with pytest.raises((OSError, http.client.HTTPException)):
                urllib.request.urlopen(f"http://localhost:{port}/", timeout=5)
        finally:
            web.terminate()


def test_a_certificate_without_its_key_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("TONGXING_CERTIFICATE", str(Path(tmp_path) / "certificate.pem"))
    with pytest.raises(StateProblem, match="come together"):
        web_server("127.0.0.1", 1)
