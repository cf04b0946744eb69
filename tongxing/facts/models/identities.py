"""Which pseudonyms are one person, and how sure that is."""

import pgtrigger
from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
from tongxing.core.transaction_id import TransactionIdField


class SubjectIdentity(models.Model):
    """From `valid_from` on, the pseudonym `subject` belongs to `identity`. A later row replaces an earlier one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.UUIDField()
    identity = models.UUIDField()
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True)
    xid = TransactionIdField()

    class Meta:
        constraints = [
            RowPolicy(name="subject_identity_rows", part="fact", rows="true", verbs=("add",), readers=("tx_counter",)),
            RoleRights(name="subject_identity_linker", role="tx_linker", reads=("*",), adds=True),
            models.CheckConstraint(
                name="subject_identity_forward",
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "valid_from"], name="subject_identity_when"),
            models.Index(fields=["xid"], name="subject_identity_xid"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.identity}"


class LinkageRun(models.Model):
    """One run of the linkage that noted uncertain ties, and what reviewed pairs say of how sure it is.

    With `is_full` it looked at all records: ties of earlier runs stand no longer. `quality` is
    `linkage.draws.Quality` as JSON: of pairs known to be the same how many were found and missed, and by bins of the
    probability how many reviewed pairs were the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now)
    is_full = models.BooleanField(default=False)
    quality = models.JSONField(default=dict)

    class Meta:
        constraints = [
            RowPolicy(name="linkage_run_rows", part="fact", rows="true", verbs=("add",), readers=("tx_counter",)),
            RoleRights(name="linkage_run_linker", role="tx_linker", adds=True),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d}"


class ErasedCount(models.Model):
    """How many facts without pseudonym lost their record by erasure, by kind. A number, so that it leads to nobody."""

    kind = models.CharField(primary_key=True, max_length=64)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            ClosedRows(
                name="erased_count_rows",
                reason="written by erasure, read by the nightly check",
                readers=("tx_counter",),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}"


class UncertainTie(models.Model):
    """Two pseudonyms are one person with `probability`. A later row about the same pair replaces an earlier one.

    0 and 1 say that somebody has decided. Where SubjectIdentity joins two subjects and no tie speaks of them, they are
    joined for certain. `run` is the LinkageRun that noted it; empty for a decision at a desk.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_a = models.UUIDField()
    subject_b = models.UUIDField()
    probability = models.FloatField()
    run = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            RowPolicy(name="uncertain_tie_rows", part="fact", rows="true", verbs=("add",), readers=("tx_counter",)),
            RoleRights(name="uncertain_tie_linker", role="tx_linker", adds=True),
            models.CheckConstraint(
                name="uncertain_tie_in_order", condition=models.Q(subject_a__lt=models.F("subject_b"))
            ),
            models.CheckConstraint(
                name="uncertain_tie_probability", condition=models.Q(probability__gte=0, probability__lte=1)
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["recorded_at"], name="uncertain_tie_when")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject_a} ~ {self.subject_b}: {self.probability:.3f}"
