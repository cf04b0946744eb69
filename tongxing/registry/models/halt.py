"""What stops the use of a record, or its end."""

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.registry.models.person import Person


class HaltQuerySet(models.QuerySet["Halt"]):
    def standing(self, on: datetime.date) -> "HaltQuerySet":
        """Those that hold on that day."""
        return self.filter(Q(until_on=None) | Q(until_on__gte=on), ended_at=None)


class Halt(models.Model):
    """A restriction (the record is read by its desk and used for nothing) or a legal hold (it may not be erased).

    A desk sees restrictions of its own records; a legal hold is between the data protection officer and the law.
    """

    class Kind(models.TextChoices):
        RESTRICTION = "restriction", _("use is restricted")
        HOLD = "hold", _("legal hold")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="halts")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=300)
    starts_on = models.DateField()
    until_on = models.DateField(null=True)  # the last day; empty: until somebody ends it
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = HaltQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(
                name="halt_rows",
                part="halt",
                rows="{national} or (centre_id = any({centres}) and kind = 'restriction')",
                new_rows="{national}",
                columns=("ended_at", "ended_by_id"),
            ),
            models.CheckConstraint(
                name="halt_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(name="halt_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"
