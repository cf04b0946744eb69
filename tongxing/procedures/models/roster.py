"""A list of persons that came as a file, and its rows. What a row says is sealed; beside it stands what became of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.procedures.models.registration import Registration
from tongxing.registry.models.person import OWN


class RosterQuerySet(models.QuerySet["Roster"]):
    def at_work(self) -> "RosterQuerySet":
        """Those on which the worker has something to do."""
        return self.filter(state__in=Roster.AT_WORK)


class Roster(models.Model):
    """One file at one centre. `done` of `total` rows are through the present state; each batch commits with its mark."""

    class State(models.TextChoices):
        READING = "reading", _("Waiting to be read")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, nothing imported yet")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Being taken out")
        UNDONE = "undone", _("Taken out again")
        REFUSED = "refused", _("Not read")

    AT_WORK = ("reading", "checking", "importing", "undoing")
    GONE = ("undone", "refused")  # the same file may come again

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    name = models.CharField(max_length=120)  # of the file, as it was called
    file_hash = models.CharField(max_length=64)
    content = models.TextField(blank=True)  # the file, sealed, until its rows are here
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    reason = models.CharField(max_length=20, blank=True)  # why it was not read
    told = models.JSONField(default=list)  # what of the file the reason is about
    found = models.JSONField(default=dict)  # how the file was understood (rosters/reading.py:Found)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    came_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        ordering = ["-came_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "file_hash"],
                condition=~models.Q(state__in=("undone", "refused")),
                name="roster_once",
            ),
            RowPolicy(
                name="roster_rows",
                part="roster",
                rows=OWN,
                columns=("content", "state", "reason", "told", "found", "total", "done", "ended_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"roster {self.pk}"


class RosterRowQuerySet(models.QuerySet["RosterRow"]):
    def to_check(self) -> "RosterRowQuerySet":
        return self.filter(state=RosterRow.State.READ)

    def to_import(self) -> "RosterRowQuerySet":
        return self.filter(state=RosterRow.State.READY)

    def to_take_out(self) -> "RosterRowQuerySet":
        return self.filter(state=RosterRow.State.IMPORTED)


class RosterRow(models.Model):
    """One row of a roster. `effect` is the key under which it registers: the same row at the same centre registers once."""

    class State(models.TextChoices):
        READ = "read", _("Not checked yet")
        READY = "ready", _("Can be imported")
        REVIEW = "review", _("Possibly here already")
        REFUSED = "refused", _("To be corrected")
        KNOWN = "known", _("Imported before")
        IMPORTED = "imported", _("Imported")
        SAME = "same", _("The same person")
        KEPT = "kept", _("Has later work, stays")
        UNDONE = "undone", _("Taken out again")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="rows")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()  # as a spreadsheet program counts
    state = models.CharField(max_length=8, choices=State.choices, default=State.READ)
    sealed = models.TextField(blank=True)  # rosters/rows.py:Row as JSON; empty once it was taken out
    effect = models.UUIDField()
    family = models.CharField(max_length=64, blank=True)  # hash of the family number in this file
    candidates = models.JSONField(default=list)  # persons here whom it may be; after a decision those judged different
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey("access.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = RosterRowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["roster", "state", "number"], name="roster_row_state")]
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="roster_row_once"),
            models.CheckConstraint(
                name="roster_row_decided",
                condition=models.Q(decided_at=None, decided_by=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            RowPolicy(
                name="roster_row_rows",
                part="roster",
                rows=OWN,
                columns=("state", "sealed", "candidates", "registration_id", "decided_by_id", "decided_at"),
            ),
        ]
