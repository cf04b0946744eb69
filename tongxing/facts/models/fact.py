"""The append-only table of what happened, and what may be recorded in it."""

import pgtrigger
from django.db import models
from django.utils import timezone

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows, RowPolicy
from tongxing.core.transaction_id import TransactionIdField

# Of what people say no fact tells a place: it would tell a centre that somebody spoke about it.
PLACELESS = ("voice_heard", "voice_answered")


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
                rows=f"centre_id = any({{centres}}) or (centre_id is null and kind in {PLACELESS})",
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
