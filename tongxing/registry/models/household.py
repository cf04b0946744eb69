"""Households, guardians, where a person lives and how they moved."""

from django.db import models

from tongxing.core.history import keeps_history
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.registry.models.person import OWN, Person, of_person


class Household(models.Model):
    """People who live as one. Siblings share it; it is the reason why they look alike to a search."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [RowPolicy(name="household_rows", part="person", rows=OWN)]


class Relation(models.TextChoices):
    """Who cares for the child (GB/T 4761 in the words of the desk)."""

    MOTHER = "mother"
    FATHER = "father"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    RELATIVE = "relative"
    OTHER = "other"


@keeps_history("guardianship")
class Guardianship(models.Model):
    """Who may decide for a child, and since when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guardianships")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=20, choices=Relation.choices)
    lives_with = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [of_person("guardianship_rows")]


@keeps_history("residence")
class Residence(models.Model):
    """Where the person lives now, down to the community; verified or as said."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="residences")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey("organisations.Division", null=True, on_delete=models.PROTECT, related_name="+")
    community = models.CharField(max_length=120, blank=True)  # 社区 / 村
    address = models.CharField(max_length=200, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    verified_on = models.DateField(null=True)

    class Meta:
        constraints = [of_person("residence_rows")]


class Movement(models.Model):
    """One move: from where, to where, when as far as known, why, with whom."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="movements")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    from_division = models.ForeignKey("organisations.Division", null=True, on_delete=models.PROTECT, related_name="+")
    to_division = models.ForeignKey("organisations.Division", null=True, on_delete=models.PROTECT, related_name="+")
    moved_on = models.DateField(null=True)
    precision = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=20)
    moved_with = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [of_person("movement_rows")]
