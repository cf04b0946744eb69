"""The log of refusals and failed log-ins, on its own insert-only connection: a rollback cannot erase it."""

import uuid

from django.db import connections
from django.utils import timezone

from tongxing.core.ids import uuid7

WRONG_PASSWORD = "wrong password"  # noqa: S105
WRONG_CODE = "wrong code"
WRONG_SLIP = "wrong slip"
LOCKED_OUT = "locked out"
REFUSED = "refused"
RESTORED = "restored"  # the operator said that the database came back from a backup; which seals were lost
NOT_SEALED = "not sealed"  # the sealer could not: the database is older than its own seals, or the roots' disk is full
NOT_WATCHED = "not watched"  # the job that looks for misuse failed
VERIFIED = "log verified"  # the nightly comparison of the log with its seals; how many rows and seals
NOT_VERIFIED = "log not verified"  # it could not compare; why
DAMAGED = "log damaged"  # it found something; what, and in which seals
SIGNED_IN = "signed in"  # from where an account worked; `path` is the role
FACTS_DIFFER = "facts differ"  # the nightly comparison found facts that are not what the records say; numbers only
EXTRACT = "extract"  # a file of rows was taken
GLASS = "glass"  # written before a record is opened in an emergency; sql/break_glass.sql of the registry asks for it
PROBED = "probed"  # the owner's command searched the whole register; how many probes


def note(kind: str, *, login: str = "", user_id: uuid.UUID | None = None, address: str = "", path: str = "") -> None:
    """Write one event now, whatever becomes of the request."""
    with connections["log"].cursor() as cursor:
        cursor.execute(
            "insert into access_securityevent (id, at, kind, login, user_id, address, path)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [uuid7(), timezone.now(), kind, login[:60], user_id, address[:45], path[:200]],
        )


def recent(kind: str, *, address: str) -> int:
    """How many such events came from one address within the last 15 minutes."""
    with connections["default"].cursor() as cursor:
        cursor.execute("select access.recent_events(%s, %s)", [kind, address])
        return int(cursor.fetchone()[0])
