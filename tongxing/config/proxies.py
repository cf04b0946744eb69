"""Whom to believe about a caller: what a proxy says counts only when the proxy is on the operator's list."""

import ipaddress
from typing import Any

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
SAID_BY_PROXIES = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


def networks(words: str) -> Networks:
    """`127.0.0.1, 10.0.0.0/8` as networks. Raises ValueError for what is no address."""
    return tuple(ipaddress.ip_network(word.strip(), strict=False) for word in words.split(",") if word.strip())


def is_among(address: str, known: Networks) -> bool:
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    return any(found in network for network in known)


def believed(environ: dict[str, Any], trusted: Networks) -> dict[str, Any]:
    """`environ` with caller and scheme as a trusted proxy says, and without any such word from anybody else.

    The caller is the last address in X-Forwarded-For that is not itself a trusted proxy: what stands before it was
    written by the caller.
    """
    said = {name: environ.pop(name) for name in SAID_BY_PROXIES if name in environ}
    if not is_among(environ.get("REMOTE_ADDR", ""), trusted):
        return environ
    hops = [hop.strip() for hop in said.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        environ["REMOTE_ADDR"] = hop
        if not is_among(hop, trusted):
            break
    if said.get("HTTP_X_FORWARDED_PROTO") in ("http", "https"):
        environ["wsgi.url_scheme"] = said["HTTP_X_FORWARDED_PROTO"]
    environ["tongxing.proxied"] = bool(hops)
    return environ
