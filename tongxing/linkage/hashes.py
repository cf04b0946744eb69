"""Salted 64-bit hashes: the same value of another kind gives another number. Signed, as PostgreSQL's bigint."""

import struct
from hashlib import blake2b

_NUMBER = struct.Struct(">q")


def hashed(kind: str, *parts: str) -> int:
    """Deterministic across machines and versions of Python; `kind` is at most 16 ASCII letters."""
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    found: int = _NUMBER.unpack(blake2b(text, digest_size=8, person=kind.encode()).digest())[0]
    return found
