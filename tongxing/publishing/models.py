"""Frozen editions of factsheets. A draft is read at work; an approved one by everyone, and nobody changes it."""

from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy, may


class EditionQuerySet(models.QuerySet["Edition"]):
    def approved(self) -> "EditionQuerySet":
        """Approved editions, the newest first."""
        return self.filter(state=Edition.State.APPROVED).order_by("-number")

    def drafts(self) -> "EditionQuerySet":
        """Drafts, the newest first."""
        return self.filter(state=Edition.State.DRAFT).order_by("-drafted_at")

    def of(self, programme_code: str) -> "EditionQuerySet":
        return self.filter(programme__code=programme_code)


class Edition(models.Model):
    """One factsheet, frozen: `content` holds protected numbers only, `content_hash` is the SHA-256 of its canonical JSON."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey("programme.Programme", models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    as_of = models.DateTimeField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    drafted_at = models.DateTimeField(default=timezone.now)
    drafted_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    approver_name = models.CharField(max_length=120, blank=True, help_text="as the public reads it")

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(
                name="edition_rows",
                part="edition",
                rows="state = 'draft'",
                new_rows=f"state = 'draft' or {may('edition', 'change')}",
                columns=("state", "approved_at", "approved_by_id", "approver_name"),
                open_when="state = 'approved'",
            ),
            models.CheckConstraint(
                name="edition_approved_by_somebody",
                condition=models.Q(state="draft", approved_at__isnull=True, approved_by__isnull=True, approver_name="")
                | (
                    models.Q(state="approved", approved_at__isnull=False, approved_by__isnull=False)
                    & ~models.Q(approver_name="")
                ),
            ),
            models.UniqueConstraint(
                fields=["programme", "number"], condition=models.Q(state="approved"), name="edition_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
