"""Fixtures of journeys: the real program in a process of its own, and a real Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tongxing.config.lifeline import on_start


@dataclass(frozen=True)
class Served:
    """Where the program listens, e.g. `http://127.0.0.1:41233`, and where it keeps its state."""

    address: str
    folder: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """`tongxing demo` with its demonstration data, on a state folder and a port of its own; stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tx-served-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    port = free_port()
    environment = os.environ | {"TONGXING_STATE": str(folder), "TONGXING_DEMO": "1", "TONGXING_POOL": "1"}
    environment.pop("TONGXING_DATABASE", None)
    log = folder / "served.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tongxing.config.cli", "demo", "--port", str(port), "--children", "300"],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=on_start(signal.SIGTERM),
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 180
        while not answers(f"{address}/en/"):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"The program did not serve:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.2)
        yield Served(address, folder)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium of the machine. Skips (in CI: fails) when there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    # Playwright's sync interface runs a loop in this thread; Django would take database calls beside it for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[*sandbox, "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in a context of its own (no shared cookies), 1280 × 900."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
