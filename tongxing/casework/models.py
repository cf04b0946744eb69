"""Assessments and deliveries."""

from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.registry.models.person import OWN


class Assessment(models.Model):
    """What a child needs, how urgently, and the level of risk that follows. Scores nobody: words by need."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    registration = models.ForeignKey("procedures.Registration", on_delete=models.PROTECT, related_name="assessments")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="assessments")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    needs = models.JSONField()  # {need code: pressing | some | none}
    risk = models.CharField(max_length=10)
    assessed_on = models.DateField()
    assessed_at = models.DateTimeField(default=timezone.now)
    assessed_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [RowPolicy(name="assessment_rows", part="case", rows=OWN, verbs=("read", "add"))]


class Delivery(models.Model):
    """A service that somebody received, as the one who gave it recorded it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    referral = models.OneToOneField("procedures.Referral", on_delete=models.PROTECT, related_name="delivery")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("organisations.Service", on_delete=models.PROTECT, related_name="+")
    delivered_on = models.DateField()
    outcome = models.CharField(max_length=20)  # received | partly | not_received
    recorded_at = models.DateTimeField(default=timezone.now)
    written_by = models.CharField(max_length=120, blank=True)  # on paper, by whom; recorded_by typed it in
    sheet = models.CharField(max_length=40, blank=True)  # number of that sheet
    recorded_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [RowPolicy(name="delivery_rows", part="delivery", rows=OWN, verbs=("read", "add"))]
