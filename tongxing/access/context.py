"""Signs who acts, so that the database can verify it. The counterpart is sql/context.sql."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections, transaction
from psycopg.pq import TransactionStatus

from tongxing.access import permissions
from tongxing.access.acting import Acting

SECONDS = 60
KEY_SECONDS = 60  # how long a process goes on with the key it knows; two keys are valid while one retires
_known_key: dict[str, tuple[str, float]] = {}


def pads(key: bytes) -> tuple[bytes, bytes]:
    """HMAC's inner and outer pad of `key` (RFC 2104), as the table of keys holds them."""
    block = key.ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def key_material(code: str) -> bytes:
    """The signing key called `code`, from the state folder."""
    return hashlib.sha256(settings.STATE.secret(f"context-{code}").encode()).digest()


def _current_key(using: str) -> str:
    code, known_at = _known_key.get(using, ("", 0.0))
    if not code or time.monotonic() - known_at > KEY_SECONDS:
        with connections[using].cursor() as cursor:
            cursor.execute("select access.current_key()")
            code = cursor.fetchone()[0]
        _known_key[using] = (code, time.monotonic())
    return code


def signed(acting: Acting, *, backend: int, key: str, seconds: int = SECONDS) -> str:
    """The context string for one connection (`backend` is its process id), valid for `seconds`."""
    body = "|".join(
        (
            key,
            str(acting.user_id),
            str(acting.session_id or ""),
            str(acting.centre_id or ""),
            "national" if acting.is_national else "",
            permissions.granted(acting.role),
            acting.purpose.replace("|", " "),
            str(int(time.time()) + seconds),
            str(backend),
            secrets.token_hex(8),
        )
    )
    return f"{body}|{hmac.new(key_material(key), body.encode(), hashlib.sha256).hexdigest()}"


def _set(using: str, value: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("select set_config('tx.context', %s, true)", [value])


@contextmanager
def acting_as(acting: Acting, *, using: str = "default", seconds: int = SECONDS) -> Iterator[None]:
    """Let the database see `acting` within the current transaction; what was before comes back on the way out.

    Raises TransactionManagementError outside a transaction: a setting that outlives it would leak to the next request.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a signed context needs a transaction")
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    before: str = getattr(connection, "tx_context", "")
    now = signed(acting, backend=backend, key=_current_key(using), seconds=seconds)
    _set(using, now)
    connection.tx_context = now  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.tx_context = before  # type: ignore[attr-defined]
        # After an error the transaction is lost, and the setting with it.
        if not connection.needs_rollback and not _is_broken(using):
            _set(using, before)


def _is_broken(using: str) -> bool:
    state = connections[using].connection.info.transaction_status
    return state not in (TransactionStatus.INTRANS, TransactionStatus.ACTIVE)
