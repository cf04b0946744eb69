"""Files of rows without persons."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy

ALONE = 100  # persons of whom one officer may take rows without a second one


class Extract(models.Model):
    """A file of rows without persons that an officer asked for; the worker writes it, who asked takes it, it expires."""

    class Form(models.TextChoices):
        XLSX = "xlsx", _("Excel")
        CSV = "csv", _("CSV, zipped")
        PARQUET = "parquet", _("Parquet")

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    kinds = models.JSONField(help_text="codes of the kinds of fact in it")
    starts_on = models.DateField()
    ends_on = models.DateField()
    form = models.CharField(max_length=8, choices=Form.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    total = models.PositiveIntegerField(null=True)
    written = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(null=True)  # how many different ones the rows are of, at most
    released_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            RowPolicy(
                name="extract_rows",
                part="extract",
                rows="user_id = {user}",
                columns=("state", "total", "written", "ready_at", "persons"),
            ),
            # A second officer sees what waits for a release; releasing is a function's (sql/release.sql).
            RowPolicy(
                name="extract_release",
                part="release",
                rows=f"user_id <> {{user}} and persons > {ALONE}",
                verbs=("read",),
            ),
            models.CheckConstraint(
                name="extract_four_eyes",
                condition=models.Q(released_by=None, released_at=None)
                | models.Q(released_by__isnull=False, released_at__isnull=False)
                & ~models.Q(released_by=models.F("user")),
            ),
            models.CheckConstraint(name="extract_days", condition=models.Q(ends_on__gte=models.F("starts_on"))),
        ]

    @property
    def needs_release(self) -> bool:
        """Of more persons than one officer may take alone, and nobody has released it yet. Not counted is too many."""
        return self.released_by_id is None and (self.persons is None or self.persons > ALONE)

    def __str__(self) -> str:
        return f"{self.form} {self.starts_on}–{self.ends_on}"
