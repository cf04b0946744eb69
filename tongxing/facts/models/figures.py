"""Figures that are kept with the records behind their cells."""

from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy


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
