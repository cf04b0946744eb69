"""Users, their sessions, the keys of the signed context, the trace of reading and the log of security events."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Cast
from django.db.models.lookups import Regex
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
from tongxing.core.transaction_id import TransactionIdField

SHOWN = ("id", "login", "name", "language", "totp_step", "is_active")  # of a user; never the hash nor the secret


class Users(models.Manager["User"]):
    """Reads what the app may read: password hash and one-time secret stay in the database unless the owner asks.

    Beside another table ask with prefetch_related: select_related would ask for every column, and be refused.
    """

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().defer("password", "totp_sealed")


class User(AbstractBaseUser):
    """Somebody who works here. A new account has the password `!` until its slip is used (sql/accounts.sql)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    login = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=10, default="zh-hans")
    totp_sealed = models.TextField(blank=True)  # the one-time-code secret, sealed with the instance key
    totp_step = models.BigIntegerField(default=0)  # last accepted 30-second step: a code works once
    is_active = models.BooleanField(default=True)
    last_login = None

    USERNAME_FIELD = "login"
    objects = Users()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            RowPolicy(
                name="user_rows",
                part="own",
                rows="id = {user}",
                verbs=("read", "change"),
                columns=("totp_step",),
                shows=SHOWN,
            ),
            # An administrator of accounts adds somebody who can do nothing yet: without password, without a place.
            RowPolicy(
                name="user_accounts",
                part="account",
                rows="true",
                new_rows="password = '!' and totp_sealed = '' and totp_step = 0 and is_active",
                verbs=("read", "add"),
                shows=SHOWN,
            ),
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
    locked_at = models.DateTimeField(null=True)  # parked on a shared desk: nothing until a one-time code opens it

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"])]
        constraints = [
            RowPolicy(
                name="session_rows",
                part="own",
                rows="user_id = {user}",
                # As long as a stay may be, however it was made; afterwards only functions change it (sql/accounts.sql).
                new_rows="user_id = {user} and started_at <= clock_timestamp() + interval '1 minute'"
                " and seen_at <= clock_timestamp() + interval '1 minute' and ends_at <= started_at + interval '12 hours'",
                verbs=("read", "add"),
            ),
        ]


class ContextKey(models.Model):
    """The two HMAC pads of a signing key. The app role has no right on this table; definer functions read it."""

    code = models.CharField(primary_key=True, max_length=20)
    inner_pad = models.BinaryField(max_length=64)
    outer_pad = models.BinaryField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    retires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [ClosedRows(name="contextkey_rows", reason="whoever reads it can sign any context")]


UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


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
            # Who may add lines must not add one at which those who read the log stumble.
            models.CheckConstraint(
                name="readnote_names_records",
                condition=Regex(Cast("ids", models.TextField()), rf'^\[("{UUID}"(, "{UUID}")*)?\]$'),
            ),
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


class Slip(models.Model):
    """A printed slip with a one-time code: for a first log-in, or after a lost phone or password.

    Only the hash of the code is kept, salted with the instance's secret. Written and spent by sql/accounts.sql.
    """

    KINDS = [
        ("invite", _("First log-in")),
        ("phone", _("New phone; the password stays")),
        ("password", _("New password; the phone stays")),
        ("both", _("Everything new")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=KINDS)
    code_hash = models.BinaryField(max_length=32)
    issuer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: the operator
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)  # wrong ones
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ClosedRows(name="slip_rows", reason="reached with the code, or as an administrator, through functions"),
            models.UniqueConstraint(
                name="slip_one", fields=["user"], condition=models.Q(used_at=None, withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="slip_not_for_oneself",
                condition=models.Q(issuer=None) | ~models.Q(issuer=models.F("user")),
            ),
        ]


class RecoveryCode(models.Model):
    """One of ten codes, each of which stands once for the code of a lost phone. Only hashes are kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    code_hash = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ClosedRows(name="recoverycode_rows", reason="spent and replaced through functions only"),
            models.UniqueConstraint(name="recoverycode_once", fields=["user", "code_hash"]),
        ]


class ConductSignature(models.Model):
    """Somebody signed an edition of the code of conduct. Append-only; a new edition asks again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edition = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            RowPolicy(name="conductsignature_rows", part="own", rows="user_id = {user}", verbs=("read", "add")),
            models.UniqueConstraint(name="conductsignature_once", fields=["user", "edition"]),
        ]


class IdentityCheck(models.Model):
    """Before a reset somebody else has looked at a document: who, which kind, when. Its number is never kept."""

    DOCUMENTS = [
        ("work_card", _("work card with a photograph")),
        ("resident_card", _("resident identity card")),
        ("passport", _("passport")),
        ("known", _("known in person, seen face to face")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    document = models.CharField(max_length=16, choices=DOCUMENTS)
    kind = models.CharField(max_length=8, choices=Slip.KINDS)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            RowPolicy(name="identitycheck_rows", part="account", rows="true", verbs=("read",)),
            models.CheckConstraint(name="identitycheck_by_another", condition=~models.Q(checked_by=models.F("user"))),
        ]
