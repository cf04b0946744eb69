"""Measures that officers built."""

import pgtrigger
from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy


class StoredMeasureQuerySet(models.QuerySet["StoredMeasure"]):
    def in_use(self) -> "StoredMeasureQuerySet":
        """What counts today: at most one version of each code."""
        return self.filter(state=StoredMeasure.State.IN_USE)

    def by_code(self) -> "StoredMeasureQuerySet":
        """All versions, the newest of each code first."""
        return self.order_by("code", "-version")


class StoredMeasure(models.Model):
    """One version of a measure that an officer built. Its definition never changes: a change is a further version.

    `definition` is the JSON of a `facts.measures.Measure`, valid when it was stored. A draft counts nothing; of each
    code at most one version is in use; what is retired stays readable for the figures that were made with it.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        IN_USE = "in_use"
        RETIRED = "retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=48)
    version = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=200, blank=True, help_text="why this version differs from the one before")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    author = models.CharField(
        max_length=120, help_text="as colleagues read it: accounts of others are not open to them"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")

    objects = StoredMeasureQuerySet.as_manager()

    class Meta:
        constraints = [
            # No names in a definition; the counter reads it to count.
            RowPolicy(
                name="storedmeasure_rows",
                part="measure",
                rows="true",
                columns=("state", "decided_at", "decided_by_id"),
                readers=("tx_counter",),
            ),
            models.UniqueConstraint(fields=["code", "version"], name="storedmeasure_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state="in_use"), name="storedmeasure_one_in_use"
            ),
            models.CheckConstraint(
                name="storedmeasure_change_has_a_reason", condition=models.Q(version=1) | ~models.Q(reason="")
            ),
            models.CheckConstraint(
                name="storedmeasure_decided_by_somebody",
                condition=models.Q(state="draft", decided_at__isnull=True, decided_by__isnull=True)
                | (~models.Q(state="draft") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="never_back",
                field="state",
                transitions=[("draft", "in_use"), ("draft", "retired"), ("in_use", "retired")],
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
