"""The plan beside the indicators: reporting periods, targets, closed lists of parts, and who reports what. Reference data."""

import datetime

from django.db import models

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows
from tongxing.programme.models.programme import Indicator, Programme
from tongxing.programme.rules.reports import Window

PLAN = "the plan of a public programme; no person is named"


class Dimension(models.Model):
    """A closed list by which values are disaggregated; what is in none of its parts is "not stated"."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="dimensions")
    code = models.SlugField(max_length=32)
    title = TextField()
    parts = models.JSONField(help_text='list of {"code", "title": text in three languages}, in order')

    class Meta:
        ordering = ["code"]
        constraints = [
            OpenRows(name="dimension_open", reason=PLAN),
            models.UniqueConstraint(fields=["programme", "code"], name="dimension_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class ReportingPeriod(models.Model):
    """From when to when a report speaks, and the last day on which it is in time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="periods")
    code = models.CharField(max_length=16)  # 2026-Q3
    starts_on = models.DateField()
    ends_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            OpenRows(name="reporting_period_open", reason=PLAN),
            models.UniqueConstraint(fields=["programme", "code"], name="reporting_period_code_once"),
            models.CheckConstraint(
                name="reporting_period_in_order",
                condition=models.Q(ends_on__gte=models.F("starts_on")) & models.Q(due_on__gte=models.F("ends_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def window(self) -> Window:
        return Window(self.starts_on, self.ends_on, self.due_on)

    def has_begun(self, today: datetime.date) -> bool:
        return self.starts_on <= today


class Target(models.Model):
    """The value wanted by the end of a period: of the whole programme, or at one site. Percentages in per cent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="targets")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    value = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        constraints = [
            OpenRows(name="target_open", reason=PLAN),
            models.UniqueConstraint(fields=["indicator", "period", "site"], name="target_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.period}"


class Undertaking(models.Model):
    """One organisation reports one indicator, at a site or for its whole work: a line of its report."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="undertakings")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="undertakings")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            OpenRows(name="undertaking_open", reason=PLAN),
            models.UniqueConstraint(
                fields=["indicator", "organisation", "site"], name="undertaking_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.organisation}"
