"""What the audit administrator works through, and the seals over the log."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RoleRights, RowPolicy


class FindingQuerySet(models.QuerySet["Finding"]):
    def waiting(self) -> "FindingQuerySet":
        return self.filter(state=Finding.State.OPEN)


class Finding(models.Model):
    """Events that a rule of misuse.yaml calls unusual. A question about events: no record, no name, no score."""

    class State(models.TextChoices):
        OPEN = "open"
        EXPLAINED = "explained"
        REPORTED = "reported"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=20)
    user_id = models.UUIDField(null=True)
    address = models.CharField(max_length=45, blank=True)  # of failed log-ins
    role = models.CharField(max_length=20, blank=True)
    centre_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    reached_at = models.DateTimeField()
    found_at = models.DateTimeField(default=timezone.now)
    counted = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "-found_at"])]
        constraints = [
            RowPolicy(
                name="finding_rows",
                part="trace",
                rows="{national}",
                # Nobody answers a question about his own account.
                new_rows="{national} and user_id is distinct from {user}",
                verbs=("read", "change"),
                columns=("state", "reason", "decided_at", "decided_by"),
                readers=("tx_auditor",),
                adders=("tx_auditor",),
            ),
            models.CheckConstraint(
                name="finding_decided",
                condition=Q(state="open", reason="", decided_at=None, decided_by=None)
                | (~Q(state="open") & ~Q(reason="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]


class Seal(models.Model):
    """One signed statement about the log: the root of a batch, or what was done to the log itself. Never changed.

    `statement` is JSON, kept letter by letter as it was signed; sealing.py says what stands in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    statement = models.TextField()
    signature = models.BinaryField(max_length=64)
    leaves = models.BinaryField()  # the beginnings of the batch's leaves: which row, when a root no longer fits

    class Meta:
        constraints = [
            RowPolicy(name="seal_rows", part="trace", rows="{national}", verbs=("read",)),
            RoleRights(name="seal_sealer", role="tx_sealer", reads=("*",), adds=True),
        ]
