"""A Merkle tree over the rows of a batch, as RFC 6962 (section 2.1) makes it with SHA-256."""

import hashlib
from collections.abc import Sequence

SHORT = 8  # bytes of a leaf that are kept beside the seal: enough to say which row, never enough to prove one


def leaf(row: bytes) -> bytes:
    """The hash of one row; the first byte keeps a leaf from being taken for a node."""
    return hashlib.sha256(b"\0" + row).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves, in their order. Of nothing: the hash of nothing, as the standard says."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    sha = hashlib.sha256
    level = list(leaves)
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        level = [sha(b"\1" + one + other).digest() for one, other in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def shortened(leaves: Sequence[bytes]) -> bytes:
    """The beginnings of the leaves, one after the other."""
    return b"".join([one[:SHORT] for one in leaves])


def pieces(kept: bytes) -> list[bytes]:
    """The beginnings again, one by one."""
    return [kept[place : place + SHORT] for place in range(0, len(kept), SHORT)]
