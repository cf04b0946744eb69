"""What is answered before every page and without a turn: signs of life, metrics, reports of the browser's policy."""

import hmac
import ipaddress
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tongxing.config import metrics
from tongxing.config.gate import Application, Counts, Environ, Gate
from tongxing.config.proxies import networks
from tongxing.config.pulse import Pulse
from tongxing.config.state import State
from tongxing.desk.errors import unavailable

log = logging.getLogger("tongxing.policy")

LARGEST_REPORT = 8192
REPORTS_A_MINUTE = 20
Answer = tuple[str, str, bytes]


def gated(pages: Application, state: State, proxies: str) -> Gate:
    """The pages behind their gate, with a pulse that beats. `proxies`: as config/proxies.py:networks reads them."""
    pulse = Pulse(state.login("tx_app")).start()
    gate = Gate(pages, pulse, unavailable, trusted=networks(proxies))
    gate.doors.update(doors(state, pulse, gate.room.counts))
    return gate


def _plain(status: str, words: str) -> Answer:
    return status, "text/plain; charset=utf-8", f"{words}\n".encode()


def doors(state: State, pulse: Pulse, counts: Counts) -> dict[str, Callable[[Environ], Answer]]:
    """The addresses and who answers. `counts`: of the gate that these stand in."""
    reports = PolicyReports()

    def live(environ: Environ) -> Answer:
        """200: this process answers. Says nothing about the database."""
        return _plain("200 OK", "live")

    def ready(environ: Environ) -> Answer:
        """200: pages can be answered; 503: they cannot, for a reason in one word."""
        if pulse.is_ready:
            return _plain("200 OK", "ready")
        return _plain("503 Service Unavailable", "clock" if pulse.is_clock_wrong else "database")

    def measured(environ: Environ) -> Answer:
        """Prometheus text, for this machine or for who brings the token; for others there is nothing here."""
        if not may_read_metrics(environ, state):
            return _plain("404 Not Found", "not found")
        return "200 OK", metrics.KIND, metrics.text(state, pulse, counts)

    return {"/health/live": live, "/health/ready": ready, "/metrics": measured, "/reports/policy": reports.receive}


def may_read_metrics(environ: Environ, state: State) -> bool:
    """From this machine and not through a proxy, or with `Authorization: Bearer` and the secret `metrics`."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    if given:
        return hmac.compare_digest(given.encode(), f"Bearer {state.secret('metrics')}".encode())
    try:
        is_here = ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_here and not environ.get("tongxing.proxied")


class PolicyReports:
    """Browsers tell what the policy stopped. Logged: which rule, and the host that was not asked. Never an address."""

    def __init__(self, a_minute: int = REPORTS_A_MINUTE) -> None:
        self.a_minute, self.lock = a_minute, threading.Lock()
        self.minute, self.seen = 0, 0

    def receive(self, environ: Environ) -> Answer:
        """204 always: who reports learns nothing."""
        length = environ.get("CONTENT_LENGTH", "")
        is_read = environ.get("REQUEST_METHOD") == "POST" and length.isdecimal() and int(length) <= LARGEST_REPORT
        if is_read and self._may_log():
            for directive, blocked in reported(environ["wsgi.input"].read(int(length))):
                log.warning("the policy stopped something", extra={"directive": directive, "blocked": blocked})
        return "204 No Content", "text/plain", b""

    def _may_log(self) -> bool:
        with self.lock:
            minute = int(time.monotonic() // 60)
            if minute != self.minute:
                self.minute, self.seen = minute, 0
            self.seen += 1
            return self.seen <= self.a_minute


# Directives of the policy (CSP level 3); another word in a report is somebody's own and stays out of the log.
DIRECTIVES = {
    *("default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem"),
    *("style-src-attr", "img-src", "connect-src", "font-src", "object-src", "base-uri", "form-action"),
    *("frame-ancestors", "frame-src", "media-src", "worker-src", "manifest-src"),
}
BLOCKED_WORDS = {"inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink", "data", "blob", "self"}


def reported(body: bytes) -> list[tuple[str, str]]:
    """(directive, host or word of what was stopped) of both kinds of reports; what cannot be read is nothing."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    several = said if isinstance(said, list) else [said]
    return [found for one in several[:5] if isinstance(one, dict) and (found := _one(one))]


def _one(report: dict[str, Any]) -> tuple[str, str] | None:
    old, new = report.get("csp-report"), report.get("body")
    if isinstance(old, dict):
        directive, blocked = old.get("effective-directive") or old.get("violated-directive"), old.get("blocked-uri")
    elif isinstance(new, dict):
        directive, blocked = new.get("effectiveDirective"), new.get("blockedURL")
    else:
        return None
    directive = str(directive).split(" ")[0]
    if directive not in DIRECTIVES:
        return None
    return directive, _host(str(blocked or ""))


def _host(blocked: str) -> str:
    """`https://evil.example/?name=…` as `evil.example`; a host of odd signs, which could carry words, as `other`."""
    if blocked in BLOCKED_WORDS:
        return blocked
    try:
        host = urlsplit(blocked).hostname or ""
    except ValueError:
        return "other"
    is_plain = host.isascii() and len(host) <= 60 and all(sign.isalnum() or sign in ".-" for sign in host)
    return ".".join(host.split(".")[-2:]) if is_plain and "." in host else "other"
