"""Writes of this context: sessions, the trace of reading, keys of the signed context."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from tongxing.access import conduct, context, one_time, slips
from tongxing.access.acting import Acting
from tongxing.access.models import ConductSignature, ContextKey, ReadNote, Session, Slip, User

UNUSED = "!"  # the password of an account whose slip was not used yet: no password equals it
KEY_OVERLAP = timedelta(minutes=10)  # a retiring key stays valid until every process has learned the new one


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@transaction.atomic
def open_session(*, by: Acting, ends_at: datetime | None = None) -> tuple[Session, str]:
    """Start a stay for who has just shown password and code. Returns the session and the cookie's token."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    longest = now + timedelta(hours=settings.SESSION_HOURS)
    with context.acting_as(by):
        session = Session.objects.create(
            token_hash=token_hash(token),
            user_id=by.user_id,
            role=by.role,
            centre_id=by.centre_id,
            started_at=now,
            seen_at=now,
            ends_at=min(longest, ends_at) if ends_at else longest,
        )
    return session, token


@transaction.atomic
def close_session(*, by: Acting) -> None:
    """Sign out: the stay of the signed context ends."""
    if by.session_id:
        with connection.cursor() as cursor:
            cursor.execute("select access.leave()")


def note_read(kind: str, ids: Iterable[uuid.UUID], *, by: Acting) -> None:
    """Leave the trace of one page that showed confidential rows, in the same transaction as the reading."""
    shown = [str(i) for i in ids]
    if shown:
        ReadNote.objects.create(
            user_id=by.user_id,
            session_id=by.session_id,
            centre_id=by.centre_id,
            role=by.role,
            kind=kind,
            ids=shown,
            purpose=by.purpose,
        )


def create_user(*, login: str, name: str, password: str, totp_secret: str = "", language: str = "zh-hans") -> User:
    """Make an account with which one can work at once, for the demonstration and for measuring. Runs as owner.

    Staff begin with a slip: they choose the password, enrol the telephone and sign the code of conduct themselves.
    """
    user = User.objects.using("owner").create(
        login=login,
        name=name,
        password=make_password(password),
        totp_sealed=one_time.seal(totp_secret or one_time.new_secret()),
        language=language,
    )
    signed = conduct.current().edition
    ConductSignature.objects.using("owner").create(user=user, edition=signed, language=language)
    return user


@transaction.atomic(using="owner")
def account_by_operator(*, login: str, name: str, language: str) -> tuple[User, str]:
    """An account without password, and the code of its slip, which stands nowhere else. Runs as owner.

    Raises IntegrityError for a log-in that exists.
    """
    user = User.objects.using("owner").create(login=login, name=name, password=UNUSED, language=language)
    code = slips.new_code()
    until = timezone.now() + timedelta(days=slips.SLIP_DAYS)
    Slip.objects.using("owner").create(user=user, kind="invite", code_hash=slips.code_hash(code), expires_at=until)
    return user, code


def install_key() -> str:
    """Make sure that there is a valid signing key. Runs as owner; returns its code."""
    current = ContextKey.objects.using("owner").filter(retires_at=None).first()
    return current.code if current else _new_key()


def rotate_key() -> str:
    """Sign with a new key from now on; the old one retires after the overlap. Runs as owner; returns the new code."""
    with transaction.atomic(using="owner"):
        old = list(ContextKey.objects.using("owner").filter(retires_at=None).values_list("code", flat=True))
        code = _new_key()
        ContextKey.objects.using("owner").filter(code__in=old).update(retires_at=timezone.now() + KEY_OVERLAP)
    return code


def _new_key() -> str:
    code = f"k{timezone.now():%y%m%d}{secrets.token_hex(3)}"
    inner, outer = context.pads(context.key_material(code))
    ContextKey.objects.using("owner").create(code=code, inner_pad=inner, outer_pad=outer)
    return code
