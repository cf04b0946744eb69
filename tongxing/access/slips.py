"""Codes on paper and what a password must be: slips for a first log-in, recovery codes, and their hashes."""

import json
import uuid
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import connection

from tongxing.access import one_time
from tongxing.access.codes import salted
from tongxing.core.ids import folded_code, spoken_code

SLIP_LENGTH, RECOVERY_LENGTH, RECOVERY_CODES = 12, 10, 10
SLIP_DAYS = 7
SHORTEST = 10  # characters of a password
HALF_SECONDS = 1800  # from the slip to the last page of a first log-in
COMMON_HERE = ("tongxing", "demonstration", "password", "同行")


@dataclass(frozen=True)
class Opened:
    """Whose slip was shown: `kind` is what it renews (models.py:Slip)."""

    user_id: uuid.UUID
    name: str
    kind: str
    language: str


def code_hash(typed: str) -> bytes:
    """Of a slip or a recovery code."""
    return salted("slips", typed)


def new_code() -> str:
    """What is printed on a slip, in groups of four that can be read aloud."""
    return in_groups(spoken_code(SLIP_LENGTH), 4)


def recovery_codes() -> list[str]:
    return [in_groups(spoken_code(RECOVERY_LENGTH), 5) for _ in range(RECOVERY_CODES)]


def in_groups(code: str, size: int) -> str:
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def opened(login: str, hashed: bytes) -> Opened | None:
    """What this code is worth for this log-in now; a wrong one counts against the slip."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.slip(%s, %s)", [login, hashed])
        row = cursor.fetchone()
    return Opened(*row) if row else None


def spent_recovery(user_id: uuid.UUID, typed: str) -> bool:
    """Use up one recovery code, if `typed` looks like one and is one."""
    if len(folded_code(typed)) != RECOVERY_LENGTH:
        return False
    with connection.cursor() as cursor:
        cursor.execute("select access.spend_recovery(%s, %s)", [user_id, code_hash(typed)])
        return bool(cursor.fetchone()[0])


def weakness(password: str, login: str) -> str:
    """Why a password will not do: `short`, `like_login`, `common`; empty when it does."""
    folded, name = password.casefold(), login.casefold()
    if len(password) < SHORTEST:
        return "short"
    if len(name) > 2 and name in folded:
        return "like_login"
    if len(set(folded)) < 5 or any(folded.strip("0123456789!.").startswith(word) for word in COMMON_HERE):
        return "common"
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return "common"
    return ""


def sealed(known: dict[str, str], what: str) -> str:
    """What somebody knows between two pages, for the cookie named `what`, which nobody else can read or change."""
    return one_time.seal(json.dumps([what, known]))


def unsealed(cookie: str, what: str) -> dict[str, str]:
    """The opposite; empty when it was sealed for something else, is not ours, or older than half an hour."""
    try:
        match json.loads(one_time.unseal(cookie, seconds=HALF_SECONDS)):
            case [sealed_for, dict(known)] if sealed_for == what:
                return known
    except (InvalidToken, ValueError):
        pass
    return {}
