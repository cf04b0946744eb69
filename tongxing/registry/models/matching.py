"""The matching model in force, what workers answered to its proposals, and questions from one centre to another."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, OpenRows, RoleRights, RowPolicy
from tongxing.registry.models.person import OWN, Person

STANDING = "(answered_at is not null or at > now() - interval '30 days')"  # nobody answers for ever


class Weight(models.Model):
    """The weight of one level of one comparison, installed from the model file by the owner (W14: rows, not DDL)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    comparison = models.CharField(max_length=20)
    level = models.CharField(max_length=30)
    weight = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "level"], name="weight_once"),
            OpenRows(name="weight_rows", reason="numbers of the matching model; no person in them"),
        ]


class InstalledModel(models.Model):
    """One installation of a matching model. The last one is in force; none is ever changed or removed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField()
    normaliser = models.SmallIntegerField()
    content = models.TextField()  # the file as it was given
    content_hash = models.CharField(max_length=64)
    is_shipped = models.BooleanField(default=False)  # came with the program, not from the owner's training
    restores = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ClosedRows(name="installedmodel_rows", reason="trained on a register: its names are counted"),
            RoleRights(name="installedmodel_linker", role="tx_linker", reads=("id", "at", "content")),
        ]


class MatchLabel(models.Model):
    """What a worker answered about one proposal. It says how two records agree and never whose they are."""

    class Answer(models.TextChoices):
        SAME = "same"
        SIBLING = "sibling"
        DIFFERENT = "different"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    on = models.DateField()  # a day, not a moment: it must not be laid beside the read log
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)
    levels = models.JSONField()  # comparison -> level
    weight = models.FloatField()
    model_version = models.PositiveIntegerField()
    answer = models.CharField(max_length=10, choices=Answer.choices)

    class Meta:
        constraints = [
            RowPolicy(name="matchlabel_rows", part="search", rows=OWN, verbs=("add",), readers=("tx_match",))
        ]


class MatchAsk(models.Model):
    """A question sent to whichever centres may hold a child. Its sender sees that it was sent, and that it was answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()  # what was searched for; emptied with the last answer
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            RowPolicy(name="matchask_rows", part="search", rows=f"{OWN} and user_id = {{user}}", verbs=("read",))
        ]


class MatchRequest(models.Model):
    """The question as it reaches one centre: is this child of yours the one that another centre asks about?"""

    class Answer(models.TextChoices):
        SAME = "same"
        SIBLING = "sibling"
        DIFFERENT = "different"
        NONE = "none"  # no answer is given

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ask = models.ForeignKey(MatchAsk, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField(default=timezone.now)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")  # that is asked
    asked_by = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    levels = models.JSONField()
    sealed = models.TextField()  # what was searched for; emptied with the answer
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["centre", "answered_at"])]
        constraints = [
            RowPolicy(name="matchrequest_rows", part="person", rows=f"{OWN} and {STANDING}", verbs=("read",)),
            models.CheckConstraint(
                name="matchrequest_answered",
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False, sealed=""),
            ),
        ]
