"""The real program in a process of its own: `tongxing demo` or `serve` over a folder and a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from bench.common.house import folder
from tongxing.config.lifeline import on_start

PATIENCE = 600.0


@dataclass(frozen=True)
class Served:
    port: int
    folder: Path
    seconds: float  # from starting the program to the first page


@contextmanager
def serving(command: str, *options: str, over: Path | None = None) -> Iterator[Served]:
    """Run `tongxing <command>` over an empty state, or `over` one, until the first page answers 200; stop it afterwards."""
    with nullcontext(over) if over else folder() as made:
        port = _free_port()
        ours = {name for name in os.environ if name.startswith("TONGXING_")} - {"TONGXING_PG_BIN"} | {"DATABASE_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        with (made / "served.log").open("wb") as log:
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", "tongxing.config.cli", command, "--port", str(port), *options],
                env=environment | {"TONGXING_STATE": str(made)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=on_start(signal.SIGTERM),  # ends with this one, however that ends
            )
        try:
            _wait(process, f"http://127.0.0.1:{port}/en/", made / "served.log")
            yield Served(port, made, time.monotonic() - began)
        finally:
            process.terminate()
            process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"The program did not serve:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refusal:
        raise SystemExit(f"{address} answers {refusal.code}.") from refusal
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
