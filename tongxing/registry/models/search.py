"""What desk search reads. The app role writes these rows and cannot read them: only the definer function can."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
from tongxing.registry.models.person import OWN, Person


class SearchKey(models.Model):
    """One blocking key of a person (linkage/keys.py). Personal data: a small domain makes hashes guessable.

    `tag` is a small hash of the given name. Where a block is crowded, only its rows with the right tag are asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    k = models.BigIntegerField()
    tag = models.SmallIntegerField(default=0)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["k", "tag"], include=["person"], name="searchkey_k"),
            models.Index(fields=["person"]),
        ]
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
    father = models.TextField(blank=True)
    shape_first = models.TextField(blank=True)
    shape_last = models.TextField(blank=True)
    rarity = models.SmallIntegerField(default=0)
    self_key = models.BigIntegerField(default=0)
    sex = models.TextField(blank=True)
    birth_from = models.DateField(null=True)
    birth_precision = models.TextField(blank=True)
    birth_year = models.SmallIntegerField()
    birth_month = models.SmallIntegerField()
    birth_day = models.SmallIntegerField()
    lunar = models.IntegerField(default=0)
    origin = models.TextField(blank=True)
    guardians = ArrayField(models.BigIntegerField())
    phones = ArrayField(models.BigIntegerField())
    documents = ArrayField(models.BigIntegerField())
    resident_id = models.BigIntegerField()
    kin_documents = ArrayField(models.BigIntegerField(), default=list)
    crowded = ArrayField(models.BigIntegerField(), default=list)

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
        indexes = [
            models.Index(fields=["-at", "-id"], name="alert_newest"),
            models.Index(fields=["-at", "-id"], condition=models.Q(seen_at=None), name="alert_unseen"),
        ]
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
