"""Problems that readers report to the system administrator."""

from django.db import models
from django.utils import timezone

from tongxing.access.models import User
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy


class Problem(models.Model):
    """Somebody met a fault: the number of the request, the name of the page and the role. No words, no person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    number = models.CharField(max_length=12)
    page = models.CharField(max_length=100, blank=True)  # the route's name, never the address
    role = models.CharField(max_length=20, blank=True)  # empty: nobody was signed in
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-at"])]
        constraints = [
            RowPolicy(
                name="problem_rows",
                part="operation",
                rows="true",
                verbs=("read", "change"),
                columns=("seen_at", "seen_by_id"),
                adders=("tx_log",),
            ),
            models.CheckConstraint(
                name="problem_seen_by_somebody",
                condition=models.Q(seen_at__isnull=True, seen_by__isnull=True)
                | models.Q(seen_at__isnull=False, seen_by__isnull=False),
            ),
        ]
