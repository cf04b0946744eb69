"""One append-only table of what happened, the links from pseudonyms to identities, and what stands beside them."""

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows, RoleRights, RowPolicy
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
            RoleRights(name="subject_identity_linker", role="tx_linker", reads=("*",), adds=True),
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


class StoredMeasureQuerySet(models.QuerySet["StoredMeasure"]):
    def in_use(self) -> "StoredMeasureQuerySet":
        """What counts today: at most one version of each code."""
        return self.filter(state=StoredMeasure.State.IN_USE)

    def by_code(self) -> "StoredMeasureQuerySet":
        """All versions, the newest of each code first."""
        return self.order_by("code", "-version")


class StoredMeasure(models.Model):
    """One version of a measure that an officer built. Its definition never changes: a change is a further version.

    `definition` is the JSON of a `facts.measures.Measure`, valid when it was stored. A draft counts nothing; of each
    code at most one version is in use; what is retired stays readable for the figures that were made with it.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        IN_USE = "in_use"
        RETIRED = "retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=48)
    version = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=200, blank=True, help_text="why this version differs from the one before")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    author = models.CharField(
        max_length=120, help_text="as colleagues read it: accounts of others are not open to them"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")

    objects = StoredMeasureQuerySet.as_manager()

    class Meta:
        constraints = [
            # No names in a definition; the counter reads it to count.
            RowPolicy(
                name="storedmeasure_rows",
                part="measure",
                rows="true",
                columns=("state", "decided_at", "decided_by_id"),
                readers=("tx_counter",),
            ),
            models.UniqueConstraint(fields=["code", "version"], name="storedmeasure_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state="in_use"), name="storedmeasure_one_in_use"
            ),
            models.CheckConstraint(
                name="storedmeasure_change_has_a_reason", condition=models.Q(version=1) | ~models.Q(reason="")
            ),
            models.CheckConstraint(
                name="storedmeasure_decided_by_somebody",
                condition=models.Q(state="draft", decided_at__isnull=True, decided_by__isnull=True)
                | (~models.Q(state="draft") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="never_back",
                field="state",
                transitions=[("draft", "in_use"), ("draft", "retired"), ("in_use", "retired")],
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class KeptFigureQuerySet(models.QuerySet["KeptFigure"]):
    def living(self) -> "KeptFigureQuerySet":
        """Those whose time has not run out."""
        return self.filter(expires_at__gt=timezone.now())


class KeptFigure(models.Model):
    """One table of figures as it stood at `as_of`, kept so that the records behind each cell can be opened.

    `cells` are the keys in order, without a number; `definition` is the measure as it was. Who may open records, and of
    which centre, the sets below say.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    definition = models.JSONField()
    by = models.JSONField(default=list)
    cells = models.JSONField()
    period_start = models.DateField()
    period_end = models.DateField()
    as_of = models.DateTimeField()
    programme = models.CharField(max_length=32, blank=True)
    kept_at = models.DateTimeField(default=timezone.now)
    kept_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()

    objects = KeptFigureQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(
                name="keptfigure_rows",
                part="records",
                # A desk opens a figure in which it has records; the policy below looks at its own columns only.
                rows="{national} or id in (select figure_id from facts_cellmembers where centre_id = any({centres}))",
                new_rows="{national}",
                verbs=("read", "add", "remove"),
            ),
            models.CheckConstraint(
                name="keptfigure_ends", condition=models.Q(expires_at__gt=models.F("kept_at"))
            ),
        ]  # fmt: skip


class CellMembers(models.Model):
    """The facts of one centre behind all cells of a kept figure, as compressed sets (facts/lineage.py). No names."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    figure = models.ForeignKey(KeptFigure, models.CASCADE, related_name="members")
    centre = models.ForeignKey("organisations.Centre", models.PROTECT, null=True, related_name="+")
    packed = models.BinaryField()

    class Meta:
        constraints = [
            RowPolicy(
                name="cellmembers_rows",
                part="records",
                rows="{national} or centre_id = any({centres})",
                new_rows="{national}",
                verbs=("read", "add", "remove"),
                readers=("tx_counter",),
            ),
            models.UniqueConstraint(fields=["figure", "centre"], nulls_distinct=False, name="cellmembers_once"),
        ]


class CellOpening(models.Model):
    """Somebody opened the records behind a cell: who, when, in which role, which cell, how many. Append-only.

    It outlives the kept figure, so it names it by id only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    session_id = models.UUIDField(null=True)
    role = models.CharField(max_length=20)
    figure_id = models.UUIDField()
    measure = models.CharField(max_length=48)
    keys = models.JSONField()
    shown = models.PositiveIntegerField(help_text="how many records this opening showed")

    class Meta:
        indexes = [models.Index(fields=["figure_id", "at"], name="cellopening_figure")]
        constraints = [RowPolicy(name="cellopening_rows", part="own", rows="user_id = {user}", verbs=("read", "add"))]


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
