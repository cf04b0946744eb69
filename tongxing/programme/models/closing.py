"""The closing checklist of a programme: who ticked what and when. The items themselves are data (closing.yaml)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.programme.models.programme import Programme


class Tick(models.Model):
    """One item done; a tick that was wrong is taken back, not removed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="ticks")
    item = models.SlugField(max_length=40, help_text="code of the item in closing.yaml")
    done_on = models.DateField()
    note = models.CharField(max_length=300, blank=True, help_text="where the proof is; to which office")
    ticked_at = models.DateTimeField(default=timezone.now)
    ticked_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    ticker_name = models.CharField(max_length=120)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["ticked_at"]
        constraints = [
            RowPolicy(name="tick_rows", part="closing", rows="true", columns=("taken_back_at", "taken_back_by_id")),
            models.UniqueConstraint(
                fields=["programme", "item"], condition=Q(taken_back_at=None), name="tick_item_once"
            ),
            models.CheckConstraint(
                name="tick_taken_back",
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.item
