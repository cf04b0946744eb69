"""Practices and lessons: those of the archived page, and those that are recorded here; what was done about each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.programme.models.programme import Outcome, Programme


class Lesson(models.Model):
    """One practice or lesson about the work, never about a person. `code` is that of the page's own; empty: recorded here."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", _("Good practice")
        LESSON = "lesson", _("Lesson")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("lesson", "Open")
        TAKEN_UP = "taken_up", _("Taken up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="lessons")
    code = models.SlugField(max_length=64, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = TextField(help_text="in the languages in which it was written")
    place = TextField(help_text="where the page says it")
    outcome = models.ForeignKey(Outcome, models.PROTECT, null=True, related_name="lessons")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    done = TextField(help_text="what was done about it")
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-kind", "position", "recorded_at"]
        constraints = [
            RowPolicy(
                name="lesson_rows",
                part="lesson",
                rows="true",
                columns=("state", "done", "answered_at", "answered_by_id"),
                open_when="true",
            ),
            models.UniqueConstraint(
                fields=["programme", "code"], condition=~Q(code=""), name="lesson_of_the_page_once"
            ),
            models.CheckConstraint(
                name="lesson_of_the_page_or_recorded",
                condition=(~Q(code="") & Q(recorded_at__isnull=True, recorded_by__isnull=True))
                | Q(code="", recorded_at__isnull=False, recorded_by__isnull=False),
            ),
            models.CheckConstraint(
                name="lesson_answered",
                condition=Q(state="open", answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)
