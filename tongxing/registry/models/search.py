"""What desk search reads. The app role writes these rows and cannot read them: only the definer function can."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, OpenRows, RoleRights, RowPolicy
from tongxing.registry.models.person import OWN, Person


class SearchKey(models.Model):
    """One blocking key of a person (linkage/keys.py). Personal data: a small domain makes hashes guessable."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    k = models.BigIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["k"], include=["person"], name="searchkey_k"), models.Index(fields=["person"])]
        constraints = [RowPolicy(name="searchkey_rows", part="person", rows=OWN, verbs=("add",), readers=("tx_match",))]


class SearchRow(models.Model):
    """One comparable row of a person: columns as in linkage.details.Features, one to four rows a person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.SmallIntegerField()
    script = models.TextField(blank=True)
    written = models.TextField(blank=True)
    sound = models.TextField(blank=True)
    near = models.TextField(blank=True)
    surname_sound = models.TextField(blank=True)
    given_sound = models.TextField(blank=True)
    given_first = models.TextField(blank=True)
    given_last = models.TextField(blank=True)
    given_core = models.TextField(blank=True)
    skeleton = models.TextField(blank=True)
    initial = models.TextField(blank=True)
    sex = models.TextField(blank=True)
    birth_from = models.DateField(null=True)
    birth_precision = models.TextField(blank=True)
    birth_year = models.SmallIntegerField()
    birth_month = models.SmallIntegerField()
    birth_day = models.SmallIntegerField()
    origin = models.TextField(blank=True)
    guardians = ArrayField(models.BigIntegerField())
    phones = ArrayField(models.BigIntegerField())
    documents = ArrayField(models.BigIntegerField())
    resident_id = models.BigIntegerField()

    class Meta:
        constraints = [
            RowPolicy(name="searchrow_rows", part="person", rows=OWN, verbs=("add",), readers=("tx_match",)),
            RoleRights(name="searchrow_linker", role="tx_linker", reads=("*",)),
        ]


class SearchNote(models.Model):
    """One search: who, when, and how much it told. Written by the search function; it also counts the hour's searches."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    user_id = models.UUIDField()
    centre_id = models.UUIDField(null=True)
    inside = models.PositiveSmallIntegerField()
    elsewhere = models.CharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["user_id", "at"])]
        constraints = [
            ClosedRows(
                name="searchnote_rows",
                reason="written by the search function only",
                adders=("tx_match",),
                readers=("tx_match",),
            )
        ]


class Alert(models.Model):
    """What the safeguarding lead must know: a search from outside came close to a child under location lock (the
    searcher was told "none"); a centre opened a record in an emergency, with its reason; a child is here alone."""

    class Kind(models.TextChoices):
        SEARCH = "search"
        EMERGENCY = "emergency"
        ALONE = "alone"
        UNLOCKED = "unlocked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    searched_by = models.UUIDField()
    centre_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SEARCH)
    reason = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            RowPolicy(
                name="alert_rows",
                part="alert",
                rows="{national}",
                new_rows="{national} or centre_id = any({centres})",
                verbs=("read", "add", "change"),
                columns=("seen_at",),
                adders=("tx_match",),
            )
        ]


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
