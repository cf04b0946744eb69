"""Users, their sessions, the keys of the signed context, the trace of reading and the log of security events."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
from tongxing.core.transaction_id import TransactionIdField


class User(AbstractBaseUser):
    """Somebody who works here. Accounts are made by the owner connection; one reads and changes only one's own row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    login = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=10, default="zh-hans")
    totp_sealed = models.TextField(blank=True)  # the one-time-code secret, sealed with the instance key
    totp_step = models.BigIntegerField(default=0)  # last accepted 30-second step: a code works once
    is_active = models.BooleanField(default=True)
    last_login = None

    USERNAME_FIELD = "login"

    class Meta:
        constraints = [
            RowPolicy(
                name="user_rows", part="own", rows="id = {user}", verbs=("read", "change"), columns=("totp_step",)
            )
        ]

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    """One signed-in stay at one place in one role. Only the hash of the cookie is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    role = models.CharField(max_length=20)
    centre_id = models.UUIDField(null=True)  # organisations.Centre lies above this context
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"])]
        constraints = [RowPolicy(name="session_rows", part="own", rows="user_id = {user}", columns=("ended_at",))]


class ContextKey(models.Model):
    """The two HMAC pads of a signing key. The app role has no right on this table; definer functions read it."""

    code = models.CharField(primary_key=True, max_length=20)
    inner_pad = models.BinaryField(max_length=64)
    outer_pad = models.BinaryField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    retires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [ClosedRows(name="contextkey_rows", reason="whoever reads it can sign any context")]


class ReadNote(models.Model):
    """One page on which confidential rows were shown: who, what, when, what for. Append-only, kept by `sql/trace.sql`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    user_id = models.UUIDField()
    session_id = models.UUIDField(null=True)
    centre_id = models.UUIDField(null=True)
    role = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=40)
    ids = models.JSONField()
    purpose = models.CharField(max_length=60)
    xid = TransactionIdField()  # until where the log is sealed: by transaction, not by time (late commits)

    class Meta:
        indexes = [
            models.Index(fields=["user_id", "at"]),
            models.Index(fields=["-at", "-id"], name="readnote_newest"),
            models.Index(fields=["xid"], name="readnote_xid"),
            GinIndex(fields=["ids"], name="readnote_ids"),
        ]
        constraints = [
            RowPolicy(name="readnote_rows", part="own", rows="user_id = {user}", verbs=("read", "add")),
            RowPolicy(name="readnote_trace", part="trace", rows="{national}", verbs=("read",)),
            RoleRights(name="readnote_sealer", role="tx_sealer", reads=("*",)),
            RoleRights(name="readnote_auditor", role="tx_auditor", reads=("*",)),
        ]


class SecurityEvent(models.Model):
    """Failed log-ins, lockouts, refusals. Written on a connection of its own, so that no rollback erases them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)
    login = models.CharField(max_length=60, blank=True)
    user_id = models.UUIDField(null=True)
    address = models.CharField(max_length=45, blank=True)
    # The route's name, never the address itself; for "glass" the number on the card.
    path = models.CharField(max_length=200, blank=True)
    xid = TransactionIdField()

    class Meta:
        indexes = [
            models.Index(fields=["login", "kind", "at"]),
            models.Index(fields=["-at", "-id"], name="securityevent_newest"),
            models.Index(fields=["xid"], name="securityevent_xid"),
        ]
        constraints = [
            RowPolicy(name="securityevent_rows", part="trace", rows="{national}", verbs=("read",), adders=("tx_log",)),
            RoleRights(name="securityevent_sealer", role="tx_sealer", reads=("*",)),
            RoleRights(name="securityevent_auditor", role="tx_auditor", reads=("*",)),
        ]
