"""Keeps machines from flooding the public page without keeping addresses, without a third party, and without ever
losing a person's words: what looks like a machine is asked one sum, and only a flood is told to come later.
"""

import hashlib
import hmac
import json
import secrets
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from cryptography.fernet import InvalidToken

from tongxing.access import one_time
from tongxing.core.ids import spoken_code, uuid7
from tongxing.programme.actions.voice import CODE_LENGTH

HOUR = 3600.0
ASKED_AFTER = 6  # matters an hour from one address: a sum is asked; a family at a shared tablet does not notice
FLOOD = 120  # and from here nothing is taken for the rest of the hour
TRIES = 30  # wrong codes an hour from one address
FASTEST = 3.0  # seconds in which nobody reads the page and writes something
OLDEST = 12 * HOUR
ROOM = 10_000  # addresses that a process remembers at once


class Crowd:
    """How often one address came within the hour. Addresses are neither stored nor logged: what is remembered is a
    keyed hash, in memory, under a key that is thrown away each hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._anew(0.0)

    def _anew(self, now: float) -> None:
        self._since, self._key, self._seen = now, secrets.token_bytes(32), OrderedDict[bytes, int]()

    def come(self, address: str, *, now: float | None = None, weight: int = 1) -> int:
        """Counts `weight` more from `address` and returns how many there are in this hour."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            if not 0 <= moment - self._since < HOUR:
                self._anew(moment)
            mark = hmac.digest(self._key, address.encode(), hashlib.sha256)
            count = self._seen.pop(mark, 0) + weight
            self._seen[mark] = count
            if len(self._seen) > ROOM:
                self._seen.popitem(last=False)
            return count


speaking = Crowd()
guessing = Crowd()


class Stale(ValueError):
    """The form was opened too long ago, or is none of ours: what was typed is put into a fresh one."""


@dataclass(frozen=True)
class Ticket:
    """What one opened form carries, sealed: its id (sent twice, kept once), the code to be told, and a sum."""

    id: uuid.UUID
    code: str
    opened_at: float
    left: int
    right: int

    @classmethod
    def new(cls) -> "Ticket":
        return cls(uuid7(), spoken_code(CODE_LENGTH), time.time(), 2 + secrets.randbelow(7), 2 + secrets.randbelow(7))

    def sealed(self) -> str:
        said = [str(self.id), self.code, self.opened_at, self.left, self.right]
        return one_time.seal(json.dumps(said))

    @classmethod
    def opened(cls, sealed: str) -> "Ticket":
        """Raises Stale."""
        try:
            id_, code, opened_at, left, right = json.loads(one_time.unseal(sealed))
            ticket = cls(uuid.UUID(id_), code, opened_at, left, right)
        except (InvalidToken, ValueError, TypeError, AttributeError) as error:
            raise Stale from error
        if not 0 <= time.time() - ticket.opened_at < OLDEST:
            raise Stale
        return ticket

    @property
    def is_hasty(self) -> bool:
        return time.time() - self.opened_at < FASTEST
