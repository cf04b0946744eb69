"""Identifiers. Made in Python, so that an insert-only role never needs to read back what it wrote."""

import os
import secrets
import time
import uuid

# No vowels and no look-alikes: codes are read aloud over the phone and copied by hand.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXY"


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7); `uuidv7()` exists in PostgreSQL only from 18."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def spoken_code(length: int) -> str:
    """A random code that survives being read aloud, e.g. `4K792MQX`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def folded_code(typed: str) -> str:
    """The code as stored, from what somebody typed: spaces, hyphens and full-width letters do not matter."""
    half_width = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in typed)
    return "".join(c for c in half_width.upper() if c.isalnum())
