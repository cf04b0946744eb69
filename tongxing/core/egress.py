"""No connection leaves this machine but to where the operator said: a guard inside the process.

Sees what Python opens. Libraries in C (the database's driver, DuckDB) open their own: for these the service manager
and the firewall hold the same list (guide: operate, deploy/). A guard cannot be taken away once it stands.
"""

import ipaddress
import logging
import socket
import sys
from collections.abc import Iterable
from typing import Any

log = logging.getLogger("tongxing.egress")
# Questions to a name server: what is the number of a name, what is the name of a number.
BY_NAME = ("socket.getaddrinfo", "socket.gethostbyname")
BY_NUMBER = ("socket.gethostbyaddr", "socket.getnameinfo")


class EgressRefused(PermissionError):
    """The address is not on the operator's list."""


class Allowed:
    """Loopback and unix sockets always; beside them `host` or `host:port`, as TONGXING_EGRESS names them."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.places = {self._place(word.strip()) for word in words if word.strip()}
        # A name that was looked up here may be connected to by the number that came back.
        self.hosts = {host for host, _port in self.places}
        self.numbers: dict[str, str] = {}

    @staticmethod
    def _place(word: str) -> tuple[str, int | None]:
        host, colon, port = word.rpartition(":")
        return (host.strip("[]").lower(), int(port)) if colon and port.isdecimal() else (word.lower(), None)

    def names(self, host: str) -> bool:
        """May this name be looked up?"""
        return is_here(host) or host.lower() in self.hosts

    def reaches(self, host: str, port: int) -> bool:
        """May this address be connected to?"""
        if is_here(host):
            return True
        known = {host.lower(), self.numbers.get(host, "")}
        return any(name in known and allowed in (None, port) for name, allowed in self.places)

    def learn(self, name: str) -> None:
        """Note the numbers of a name on the list."""
        for found in socket.getaddrinfo(name, None):
            self.numbers[str(found[4][0])] = name


def is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def guard(words: Iterable[str] = ()) -> Allowed:
    """Refuse, from now on and for good, what is not allowed. Raises EgressRefused where the connection is tried."""
    allowed = Allowed(words)
    looking_up: set[str] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            sock, address = arguments
            if sock.family in (socket.AF_INET, socket.AF_INET6) and address and not allowed.reaches(*address[:2]):
                _refuse(str(address[0]), int(address[1]))
        elif name := _asked(event, arguments):
            if not allowed.names(name):
                _refuse("a name", 0)
            if name.lower() in allowed.hosts and name not in looking_up and not is_number(name):
                looking_up.add(name)
                try:
                    allowed.learn(name)
                finally:
                    looking_up.discard(name)

    sys.addaudithook(hook)
    return allowed


def _asked(event: str, arguments: tuple[Any, ...]) -> str:
    """What a name server would be asked about: a name, or a number whose name is wanted; empty for anything else."""
    if event in BY_NUMBER:
        return arguments[0] if isinstance(arguments[0], str) else str(arguments[0][0])
    if event not in BY_NAME or not isinstance(arguments[0], str | bytes):
        return ""
    name = arguments[0].decode("ascii", "replace") if isinstance(arguments[0], bytes) else arguments[0]
    return "" if is_number(name) else name


def is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _refuse(host: str, port: int) -> None:
    log.error("a connection was refused: not on the list of TONGXING_EGRESS", extra={"host": host, "port": port})
    raise EgressRefused(f"{host}:{port} is not on the list of TONGXING_EGRESS")
