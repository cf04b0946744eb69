"""Reports of participating organisations: one per organisation, period and number; values; what was said on the way.

The database holds the states, the locks and the four eyes, so that no code can go around them.
"""

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.programme.models.framework import ReportingPeriod
from tongxing.programme.models.programme import Indicator
from tongxing.programme.rules.reports import COUNTED, OPEN

# A partner's organisation is that of the centre where the partner works today; nobody but the owner changes centres.
OWN = "organisation_id in (select c.organisation_id from organisations_centre c where c.id = any({centres}))"
SEEN = f"({OWN} or {{national}})"

WAY = """
if tg_op = 'INSERT' then
  if new.state <> 'draft' or new.version <> 0 then
    raise exception 'a report begins as a draft' using errcode = 'check_violation';
  end if;
  if (new.number > 1) is distinct from exists (
    select from programme_report r where r.organisation_id = new.organisation_id and r.period_id = new.period_id
       and r.number = new.number - 1 and r.state in ('approved', 'accepted'))
  then
    raise exception 'a correction follows an approved report' using errcode = 'check_violation';
  end if;
  return null;
end if;
if new is not distinct from old then
  return null;
end if;
if new.state = old.state then
  if old.state not in ('draft', 'returned') or to_jsonb(new) - 'version' <> to_jsonb(old) - 'version' then
    raise exception 'this report is locked' using errcode = 'check_violation';
  end if;
  return null;
end if;
if (old.state, new.state) not in (('draft', 'submitted'), ('returned', 'submitted'), ('submitted', 'returned'),
                                  ('submitted', 'approved'), ('approved', 'accepted'))
then
  raise exception 'no way from % to %', old.state, new.state using errcode = 'check_violation';
end if;
part := (case new.state when 'submitted' then 'report' when 'accepted' then 'acceptance' else 'review' end);
whose := (case new.state when 'submitted' then new.submitted_by_id when 'approved' then new.approved_by_id
                         when 'accepted' then new.accepted_by_id else access.user_id() end);
own := array['state', 'version'] || (case new.state
  when 'submitted' then array['submitted_at', 'submitted_by_id', 'submitter_name', 'returned_for']
  when 'returned' then array['returned_for']
  when 'approved' then array['approved_at', 'approved_by_id', 'approver_name']
  else array['accepted_at', 'accepted_by_id', 'accepter_name'] end);
if current_user <> 'tx_owner' and (not access.may(part, 'change') or whose is distinct from access.user_id()) then
  raise exception 'this step is for another role, or under another name' using errcode = 'check_violation';
end if;
if to_jsonb(new) - own <> to_jsonb(old) - own then
  raise exception 'this step writes other columns' using errcode = 'check_violation';
end if;
return null;
"""

# After, not before: the row policy speaks first.
LOCK = """
select r.state, r.organisation_id into found from programme_report r where r.id = new.report_id for share;
if found.organisation_id is distinct from new.organisation_id or found.state not in ('draft', 'returned') then
  raise exception 'this report is locked' using errcode = 'check_violation';
end if;
if tg_op = 'UPDATE' and (new.report_id, new.indicator_id, new.site_id, new.part)
                        is distinct from (old.report_id, old.indicator_id, old.site_id, old.part) then
  raise exception 'a value stays where it belongs' using errcode = 'check_violation';
end if;
return null;
"""

BELONGS = """
if not exists (
  select from programme_report r where r.id = new.report_id and r.organisation_id = new.organisation_id
     and new.kind in ('comment', 'started', 'corrected', r.state))
then
  raise exception 'this has not happened to this report' using errcode = 'check_violation';
end if;
return null;
"""


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> "ReportQuerySet":
        return self.filter(state__in=OPEN)

    def counted(self) -> "ReportQuerySet":
        """Approved at least; of several numbers all of them, see `current`."""
        return self.filter(state__in=COUNTED)

    def current(self) -> "ReportQuerySet":
        """Of each organisation and period the approved report with the highest number: what totals are made from."""
        newest = (
            self.counted().order_by("organisation_id", "period_id", "-number").distinct("organisation_id", "period_id")
        )
        return self.filter(pk__in=newest.values("pk"))

    def newest(self) -> "ReportQuerySet":
        """Of each organisation and period the report with the highest number, in whatever state."""
        newest = self.order_by("organisation_id", "period_id", "-number").distinct("organisation_id", "period_id")
        return self.filter(pk__in=newest.values("pk"))


class Report(models.Model):
    """What one organisation reports for one period. Number 1 is the report, higher ones are corrections with a reason."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        ACCEPTED = "accepted", pgettext_lazy("report", "Accepted")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="reports")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=500, blank=True, help_text="why a correction was needed")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(
        default=0, help_text="counts every save; two people never overwrite each other"
    )
    returned_for = models.CharField(max_length=500, blank=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    submitter_name = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    approver_name = models.CharField(max_length=120, blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    accepter_name = models.CharField(max_length=120, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["period__starts_on", "organisation__slug", "number"]
        indexes = [models.Index(fields=["period", "state"], name="report_period_state")]
        constraints = [
            RowPolicy(
                name="report_rows",
                part="report",
                rows=SEEN,
                columns=("state", "version", "returned_for", "submitted_at", "submitted_by_id", "submitter_name"),
                readers=("tx_counter",),
            ),
            RowPolicy(
                name="report_review",
                part="review",
                rows="{national}",
                verbs=("change",),
                columns=(
                    *("state", "version", "returned_for", "approved_at", "approved_by_id", "approver_name"),
                    *("accepted_at", "accepted_by_id", "accepter_name"),
                ),
            ),
            models.UniqueConstraint(fields=["organisation", "period", "number"], name="report_number_once"),
            models.CheckConstraint(
                name="report_correction_has_reason",
                condition=models.Q(number=1, reason="") | (models.Q(number__gt=1) & ~models.Q(reason="")),
            ),
            models.CheckConstraint(
                name="report_returned_for_a_reason",
                condition=~models.Q(state="returned") | ~models.Q(returned_for=""),
            ),
            *(
                models.CheckConstraint(
                    name=f"report_{step}_by_somebody",
                    condition=models.Q(**{f"{step}_at": None, f"{step}_by": None})
                    | models.Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                )
                for step in ("submitted", "approved", "accepted")
            ),
            models.CheckConstraint(
                name="report_four_eyes",
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("submitted_by")),
            ),
            models.CheckConstraint(
                name="report_six_eyes",
                condition=models.Q(accepted_by=None) | ~models.Q(accepted_by=models.F("approved_by")),
            ),
            models.CheckConstraint(
                name="report_state_has_its_step",
                condition=(models.Q(state__in=COUNTED) & models.Q(approved_at__isnull=False))
                | (~models.Q(state__in=COUNTED) & models.Q(approved_at=None)),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="report_way",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("part", "text"), ("whose", "uuid"), ("own", "text[]")],
                func=WAY,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.period_id} {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_counted(self) -> bool:
        return self.state in COUNTED


class ReportedValue(models.Model):
    """One cell of a report: an indicator at a site, the total (`part` empty) or one part of it.

    A percentage keeps numerator and denominator. Cleared cells stay as rows without a value.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="values")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="values")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+", db_index=False)
    part = models.CharField(max_length=120, blank=True, help_text="sex=female;age_band=6-11")
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    numerator = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    text = models.CharField(max_length=2000, blank=True)
    evidence = models.CharField(max_length=300, blank=True, help_text="document, page, file: what the value rests on")

    class Meta:
        constraints = [
            RowPolicy(
                name="reported_value_rows",
                part="report",
                rows=SEEN,
                columns=("value", "numerator", "denominator", "text", "evidence"),
                readers=("tx_counter",),
            ),
            models.UniqueConstraint(
                fields=["report", "indicator", "site", "part"], name="reported_value_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="reported_ratio_is_whole",
                condition=models.Q(numerator=None, denominator=None)
                | models.Q(numerator__isnull=False, denominator__gt=0, value=None),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="value_lock",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("found", "record")],
                func=LOCK,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.part}"


class ReportStep(models.Model):
    """What happened to a report, by whom and why; append-only. `content` is what was submitted, word by word."""

    class Kind(models.TextChoices):
        STARTED = "started", _("Started")
        CORRECTED = "corrected", _("Correction started")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        ACCEPTED = "accepted", pgettext_lazy("report", "Accepted")
        COMMENT = "comment", _("Comment")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="steps")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.CharField(max_length=500, blank=True)
    content = models.JSONField(null=True)
    said_at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["said_at", "id"]
        constraints = [
            RowPolicy(name="report_step_rows", part="report", rows=SEEN, verbs=("read",)),
            RowPolicy(
                name="report_step_said",
                part="remark",
                rows=f"{SEEN} and user_id = {{user}}",
                verbs=("add",),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(name="step_belongs", when=pgtrigger.After, operation=pgtrigger.Insert, func=BELONGS),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.said_at}"
