"""What people say about the programme and its staff: only who handles it reads it, and who holds the code."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RowPolicy, may
from tongxing.programme.rules.voice import Route, Stands

HANDED = "(assigned_centre_id is null or {national} or assigned_centre_id = any({centres}))"
HANDLED = ("assigned_centre_id", "acknowledged_at", "answered_at", "closed_at", "closed_for")
OF_A_VOICE_SEEN = "by_id = {user} and voice_id in (select id from programme_voice)"
THREAD = "route = 'programme' and ({national} or centre_id = any({centres}))"


class VoiceQuerySet(models.QuerySet["Voice"]):
    def waiting(self) -> "VoiceQuerySet":
        """Those to whom something is owed: not closed, and not answered."""
        return self.filter(closed_at=None, answered_at=None)


class Voice(models.Model):
    """One complaint, suggestion or report of harm, as it was said. Nobody is asked for a name."""

    class Channel(models.TextChoices):
        PUBLIC = "public"
        DESK = "desk"
        PAPER = "paper"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Route])
    kind = models.CharField(max_length=12)  # programme/voice.yaml
    about_person = models.BooleanField()
    in_danger = models.BooleanField(default=False)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    language = models.CharField(max_length=2)  # in which to answer
    centre = models.ForeignKey("organisations.Centre", models.PROTECT, null=True, related_name="+")  # about which
    sealed = models.TextField()  # the words; opened by the program, not by who reads the table
    said_on = models.DateField()
    heard_on = models.DateField()  # when it was recorded: a paper may come days later
    heard_at = models.DateTimeField(default=timezone.now)
    acknowledge_by = models.DateField()
    answer_by = models.DateField()
    assigned_centre = models.ForeignKey("organisations.Centre", models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_for = models.CharField(max_length=16, blank=True)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["route", "answer_by"])]
        constraints = [
            RowPolicy(
                name="voice_rows",
                part="voice",
                rows="route = 'programme' and ({national} or assigned_centre_id = any({centres}))",
                new_rows=HANDED,
                columns=HANDLED,
            ),
            RowPolicy(
                name="voice_safe",
                part="safe_voice",
                rows="route = 'safeguarding'",
                verbs=("read", "change"),
                columns=HANDLED,
            ),
            models.CheckConstraint(
                name="voice_about_staff_never_at_a_centre",
                condition=Q(assigned_centre=None) | Q(route=Route.PROGRAMME, about_person=False),
            ),
            models.CheckConstraint(name="voice_closed_says_why", condition=Q(closed_at=None) | ~Q(closed_for="")),
        ]

    @property
    def state(self) -> Stands:
        if self.closed_at:
            return Stands.CLOSED
        if self.answered_at:
            return Stands.ANSWERED
        return Stands.ACKNOWLEDGED if self.acknowledged_at else Stands.NEW


class VoiceStep(models.Model):
    """What was said and done about it afterwards, in order; `is_shown`: who holds the code reads it."""

    class What(models.TextChoices):
        SAID = "said"  # by the person, with the code
        ACKNOWLEDGED = "acknowledged"
        ANSWERED = "answered"
        NOTED = "noted"
        HANDED = "handed"
        RAISED = "raised"
        PASSED_ON = "passed_on"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    voice = models.ForeignKey(Voice, models.PROTECT, related_name="steps")
    route = models.CharField(max_length=12)  # the voice's own: a wall asks a row for its own columns
    centre = models.ForeignKey("organisations.Centre", models.PROTECT, null=True, related_name="+")  # that handles it
    what = models.CharField(max_length=12, choices=What.choices)
    sealed = models.TextField(blank=True)
    is_shown = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")  # null: the person who spoke
    by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            RowPolicy(
                name="voicestep_rows",
                part="voice",
                rows=THREAD,
                new_rows=f"{THREAD} and {OF_A_VOICE_SEEN}",
                verbs=("read", "add"),
            ),
            RowPolicy(
                name="voicestep_safe",
                part="safe_voice",
                rows="route = 'safeguarding'",
                new_rows=f"route = 'safeguarding' and {OF_A_VOICE_SEEN}",
                verbs=("read", "add"),
            ),
        ]


class VoiceCode(models.Model):
    """Finds a voice by the hash of the code on the slip, before there is any context."""

    code_hash = models.BinaryField(primary_key=True, max_length=32)
    voice = models.OneToOneField(Voice, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ClosedRows(name="voicecode_rows", reason="read by definer functions only", adders=("tx_app",)),
        ]


class VoiceChange(models.Model):
    """You said, we did: one entry for the public page, without a word about a person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey("programme.Programme", models.PROTECT, related_name="+")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    said = TextField()
    done = TextField()
    drafted_at = models.DateTimeField(default=timezone.now)
    drafted_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-approved_at", "-drafted_at"]
        constraints = [
            RowPolicy(
                name="voicechange_rows",
                part="what_changed",
                rows="true",
                new_rows=f"approved_at is null or {may('what_changed', 'change')}",
                columns=("approved_at", "approved_by_id"),
                open_when="approved_at is not null",
            ),
            models.CheckConstraint(
                name="voicechange_approved",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
        ]


class VoiceNumbers(models.Model):
    """How many were heard, by kind, and how soon they were answered: frozen when the coordinator published them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    until = models.DateField()
    content = models.JSONField()  # protected cells only (programme/voice_numbers.py)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-published_at"]
        constraints = [
            RowPolicy(
                name="voicenumbers_rows",
                part="what_changed",
                rows="true",
                new_rows=f"published_by_id = {{user}} and {may('what_changed', 'change')}",
                verbs=("read", "add"),
                open_when="true",
            ),
        ]
