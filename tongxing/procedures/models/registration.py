"""Registrations under an SOP edition, the steps done, and the tasks that are due."""

import datetime

from django.db import models
from django.utils import timezone

from tongxing.core.history import keeps_history
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.registry.models.person import OWN


class Draft(models.Model):
    """A registration that is being written down; its content is sealed. `version` finds a stale form."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["centre", "saved_at"])]
        constraints = [
            RowPolicy(
                name="draft_rows",
                part="draft",
                rows=f"{OWN} and user_id = {{user}}",
                verbs=("read", "add", "change", "remove"),
                columns=("sealed", "version", "saved_at"),
            )
        ]


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def open(self) -> "RegistrationQuerySet":
        return self.filter(case__closed_on=None)


class Registration(models.Model):
    """One child registered under one edition. Written once: what becomes of it stands in Case.

    A registering officer reads the rows of registrations that the officer carried out, and `shown` is all they tell.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft_id = models.UUIDField(unique=True)  # the same draft sent twice registers once
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="registrations")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    edition = models.CharField(max_length=60)  # e.g. child-registration/1
    shown = models.JSONField()  # name, sex, birth: the registration step's own words
    channel = models.CharField(max_length=10, default="desk")  # desk | paper (recorded later than it occurred)
    written_by = models.CharField(max_length=120, blank=True)  # on paper, by whom; registered_by typed it in
    registered_on = models.DateField()  # the site's own date; of a paper form the day that stands on it
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["centre", "-registered_at"]),
            # A registering officer's own, newest first.
            models.Index(fields=["registered_by", "centre", "-registered_at", "-id"], name="registration_by_officer"),
        ]
        constraints = [
            RowPolicy(name="registration_rows", part="registration", rows=OWN, verbs=("read", "add")),
            RowPolicy(
                name="registration_carried_out",
                part="carried_out",
                rows=f"{OWN} and registered_by_id = {{user}}",
                verbs=("read", "add"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@keeps_history("case")
class Case(models.Model):
    """What becomes of a registration: the level of risk, and the day it closed. Not for the registering officer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="case")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    risk = models.CharField(max_length=10, blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [RowPolicy(name="case_rows", part="case", rows=OWN, columns=("risk", "closed_on"))]


class Step(models.Model):
    """A step of the procedure that was done. Appended, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="steps")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)  # a step of the edition, or an event such as referral_sent
    opened = models.JSONField(null=True)  # the next steps that the worker chose; null: all that the edition names
    due_on = models.DateField(null=True)
    done_on = models.DateField()
    done_at = models.DateTimeField(default=timezone.now)
    done_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            RowPolicy(name="step_rows", part="case", rows=OWN, verbs=("read", "add")),
        ]


class TaskQuerySet(models.QuerySet["Task"]):
    def waiting(self) -> "TaskQuerySet":
        return self.filter(done_on=None)

    def due_by(self, day: datetime.date) -> "TaskQuerySet":
        return self.waiting().filter(due_on__lte=day)


class Task(models.Model):
    """A step that is open: who should do it, by when. What Today lists."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="tasks")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="tasks")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    opened_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["centre", "due_on"], condition=models.Q(done_on=None), name="task_waiting")]
        constraints = [
            RowPolicy(name="task_rows", part="case", rows=OWN, columns=("done_on",)),
        ]
