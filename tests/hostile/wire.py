"""Requests as no browser sends them: written byte by byte on a socket, and the answer read until the other side is done."""

import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# What no answer may tell: a trace, or where on the machine something lies.
TELLS = re.compile(
    rb'Traceback \(most recent|File "[^"]+", line \d|site-packages|/tongxing/[a-z_/]+\.py|/tmp/tx-|/usr/lib/'
)


@dataclass(frozen=True)
class Asked:
    """One request. `lines` are header lines as they go out; a Host line is added unless `bare`."""

    target: bytes
    method: bytes = b"GET"
    lines: tuple[bytes, ...] = ()
    body: bytes = b""
    bare: bool = False

    def bytes(self, host: str, cookie: str = "") -> bytes:
        lines = [b"%s %s HTTP/1.1" % (self.method, self.target)]
        lines += [] if self.bare else [b"Host: " + host.encode()]
        lines += [b"Cookie: " + cookie.encode()] if cookie else []
        lines += [*self.lines, b"Connection: close"]
        if self.body and not any(line.lower().startswith((b"content-length", b"transfer-")) for line in self.lines):
            lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


@dataclass
class Came:
    """Status 0: the connection was closed without an answer, as with what is no HTTP at all."""

    status: int
    head: bytes
    body: bytes
    seconds: float
    told: list[bytes] = field(default_factory=list)


def ask(address: str, asked: Asked, cookie: str = "", patience: float = 15) -> Came:
    """Send it and read everything. Raises TimeoutError when no end comes."""
    host = urlsplit(address).netloc
    began = time.monotonic()
    name, _, port = host.partition(":")
    pieces = []
    with socket.create_connection((name, int(port)), timeout=patience) as line:
        try:
            line.sendall(asked.bytes(host, cookie))
            while piece := line.recv(65536):
                pieces.append(piece)
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server has had enough of it
    whole = b"".join(pieces)
    head, _, body = whole.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return Came(int(found[1]) if found else 0, head, body, time.monotonic() - began, TELLS.findall(whole))
