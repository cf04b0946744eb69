"""One append-only table of what happened, the links from pseudonyms to identities, and what stands beside them."""

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows, RowPolicy
from tongxing.facts.fields import TransactionIdField


class FactKind(models.Model):
    """What may be recorded, as the contexts declare it (facts/kinds.py); the database refuses a fact of no such kind."""

    code = models.CharField(primary_key=True, max_length=64)
    source = models.CharField(max_length=64)
    attributes = models.JSONField(help_text="{attribute: [codes]}; what a voiding fact may say is under the code ''")
    title = TextField()

    class Meta:
        constraints = [OpenRows(name="factkind_open", reason="names of what is counted; no row is about anybody")]

    def __str__(self) -> str:
        return self.code


# By statement and not by row: a million facts are compared with the handful of kinds in one join.
DECLARED = """
    select f.kind, f.source, f.attributes into wrong from fresh f
    left join facts_factkind k on k.code = f.kind and k.source = f.source and k.code <> ''
    left join facts_factkind said on said.code = case when f.voids_id is null then f.kind else '' end
    where k.code is null or exists (
        select from jsonb_each(f.attributes) given
        where not coalesce(said.attributes -> given.key @> given.value, false))
    limit 1;
    if found then
        raise exception 'nobody declared % of % with %', wrong.kind, wrong.source, wrong.attributes
            using errcode = 'check_violation';
    end if;
    return null;
"""


class Fact(models.Model):
    """One thing that happened, once, to at most one person; a correction is a voiding fact and a new one.

    `subject` is a random pseudonym whose tie to the person is kept (and erased) in the registry; it is empty where
    statistics were refused. The desk adds and never reads; only the counter role reads.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=64)
    occurred_on = models.DateField(help_text="the site's own date")
    recorded_at = models.DateTimeField(default=timezone.now)
    xid = TransactionIdField()
    subject = models.UUIDField(null=True)
    centre = models.ForeignKey("organisations.Centre", models.PROTECT, null=True, related_name="+", db_index=False)
    division = models.ForeignKey("organisations.Division", models.PROTECT, null=True, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        "organisations.Organisation", models.PROTECT, null=True, related_name="+", db_index=False
    )
    programme = models.CharField(max_length=32, blank=True)
    sex = models.CharField(max_length=8, blank=True)
    birth_year = models.SmallIntegerField(null=True)
    origin_division = models.ForeignKey(
        "organisations.Division", models.PROTECT, null=True, related_name="+", db_index=False
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=2, default=1)
    attributes = models.JSONField(default=dict)
    source = models.CharField(max_length=64)
    source_id = models.UUIDField()
    voids = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            RowPolicy(
                name="fact_rows",
                part="fact",
                rows="centre_id = any({centres})",
                verbs=("add",),
                readers=("tx_counter",),
            ),
            models.CheckConstraint(
                name="fact_refused_leaves_nothing",
                condition=models.Q(subject__isnull=False)
                | models.Q(birth_year__isnull=True, sex="", origin_division__isnull=True),
            ),
            models.UniqueConstraint(fields=["voids"], condition=models.Q(voids__isnull=False), name="fact_voided_once"),
        ]
        indexes = [
            models.Index(fields=["kind", "occurred_on"], name="fact_kind_day"),
            models.Index(fields=["centre", "occurred_on"], name="fact_centre_day"),
            models.Index(fields=["xid"], name="fact_xid"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_emptied",
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'facts are never emptied';",
            ),
            pgtrigger.Trigger(
                name="declared",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="fresh"),
                declare=[("wrong", "record")],
                func=DECLARED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_on}"


class SubjectIdentity(models.Model):
    """From `valid_from` on, the pseudonym `subject` belongs to `identity`. A later row replaces an earlier one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.UUIDField()
    identity = models.UUIDField()
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True)
    xid = TransactionIdField()

    class Meta:
        constraints = [
            RowPolicy(name="subject_identity_rows", part="fact", rows="true", verbs=("add",), readers=("tx_counter",)),
            models.CheckConstraint(
                name="subject_identity_forward",
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "valid_from"], name="subject_identity_when"),
            models.Index(fields=["xid"], name="subject_identity_xid"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.identity}"


class ReferenceStatistic(models.Model):
    """A published figure about the population behind, with its source and date: a denominator, never a result.

    What the source does not state stays empty and is shown as not stated; facts/coverage.py then refuses to divide by it.
    """

    class Qualifier(models.TextChoices):
        EXACTLY = "exactly", pgettext_lazy("qualifier", "exactly")
        BETWEEN = "between", pgettext_lazy("qualifier", "between")
        OVER = "over", pgettext_lazy("qualifier", "over")
        ALMOST = "almost", pgettext_lazy("qualifier", "almost")
        SOME = "some", pgettext_lazy("qualifier", "some")

    code = models.SlugField(primary_key=True, max_length=64)
    position = models.PositiveSmallIntegerField()
    title = TextField()
    qualifier = models.CharField(max_length=12, choices=Qualifier.choices)
    low = models.DecimalField(max_digits=16, decimal_places=2)
    high = models.DecimalField(max_digits=16, decimal_places=2)
    unit = models.CharField(max_length=8, blank=True, help_text='"%" or empty: persons')
    population = models.SlugField(max_length=64, help_text="what is the same population has the same code")
    population_words = TextField()
    place = models.CharField(max_length=12, blank=True, help_text="country or division code; empty: not stated")
    place_words = TextField()
    year = models.PositiveSmallIntegerField(null=True, help_text="empty: not stated")
    quote = models.CharField(max_length=200, help_text="a few words, exactly as the source has them")
    source = models.CharField(max_length=160)
    source_place = TextField()
    published_on = models.DateField(null=True, help_text="of the source; empty: not stated")

    class Meta:
        ordering = ["position"]
        constraints = [
            OpenRows(name="referencestatistic_open", reason="published figures about whole populations"),
            models.CheckConstraint(
                name="referencestatistic_range",
                condition=models.Q(high__gte=models.F("low"), low__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Extract(models.Model):
    """A file of rows without persons that an officer asked for; the worker writes it, who asked takes it, it expires."""

    class Form(models.TextChoices):
        XLSX = "xlsx", _("Excel")
        CSV = "csv", _("CSV, zipped")
        PARQUET = "parquet", _("Parquet")

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    kinds = models.JSONField(help_text="codes of the kinds of fact in it")
    starts_on = models.DateField()
    ends_on = models.DateField()
    form = models.CharField(max_length=8, choices=Form.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    total = models.PositiveIntegerField(null=True)
    written = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            RowPolicy(
                name="extract_rows",
                part="extract",
                rows="user_id = {user}",
                columns=("state", "total", "written", "ready_at"),
            ),
            models.CheckConstraint(name="extract_days", condition=models.Q(ends_on__gte=models.F("starts_on"))),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.starts_on}–{self.ends_on}"
