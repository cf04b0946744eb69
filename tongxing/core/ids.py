"""Identifiers. Made in Python, so that an insert-only role never needs to read back what it wrote."""

import os
import secrets
import time
import uuid

# No vowels and no look-alikes: codes are read aloud over the phone and copied by hand.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXY"


def uuid7() -> uuid.UUID:
    """A UUID in the order of time, to a quarter of a microsecond (RFC 9562, version 7, method 3 of its section 6.2)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000  # the 12 bits below the millisecond: rows of one request keep their order
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | int.from_bytes(os.urandom(8), "big")
    return uuid.UUID(int=value & ~(0xC << 60) | 0x8 << 60)


def spoken_code(length: int) -> str:
    """A random code that survives being read aloud, e.g. `4K792MQX`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def folded_code(typed: str) -> str:
    """The code as stored, from what somebody typed: spaces, hyphens and full-width letters do not matter."""
    half_width = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in typed)
    return "".join(c for c in half_width.upper() if c.isalnum())
