"""What families ask about their records, what they are answered, and the proof of what was erased."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.access.acting import Acting
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy

OURS = "{national} or centre_id = any({centres})"

# The steps in their order, each by whom the matrix allows it and under the own name; a ruling is never turned into another.
STEPS = """
if current_user = 'tx_app' then
  if (new.decided_at, new.decided_by_id, new.refused_for, new.answer_words)
     is distinct from (old.decided_at, old.decided_by_id, old.refused_for, old.answer_words)
     and not (old.state = 'asked' and access.may('ruling', 'change') and new.decided_by_id = access.user_id()) then
    raise exception 'the data protection officer rules, once' using errcode = 'check_violation';
  end if;
  if (new.second_at, new.second_by_id) is distinct from (old.second_at, old.second_by_id)
     and not (old.state = 'granted' and old.second_by_id is null
              and access.may('erasure', 'change') and new.second_by_id = access.user_id()) then
    raise exception 'the second word is for another role, once, after the ruling' using errcode = 'check_violation';
  end if;
  if new.state is distinct from old.state and not (
       (new.state in ('granted', 'refused') and old.state = 'asked' and access.may('ruling', 'change'))
       or (new.state = 'done' and access.may('request', 'change')
           and (old.state = 'made' or (old.state = 'granted' and old.kind = 'correct')))) then
    raise exception 'this step is for another role' using errcode = 'check_violation';
  end if;
end if;
return new;
"""
# A request begins as one that nobody has ruled on, under the name of who wrote it down.
FRESH = (
    f"({OURS}) and recorded_by_id = {{user}} and state = 'asked' and decided_by_id is null and second_by_id is null"
    " and done_at is null and refused_for = '' and answer_words = ''"
)


class Kind(models.TextChoices):
    """What may be asked (PIPL art. 44-47: know, copy, correct, delete; restrict)."""

    COPY = "copy", _("A copy of everything")
    SEEN = "seen", _("Who has seen the record")
    CORRECT = "correct", pgettext_lazy("request", "Correct something")
    RESTRICT = "restrict", _("Stop using the record")
    DELETE = "delete", _("Erase the record")


class State(models.TextChoices):
    ASKED = "asked", _("Waiting for the data protection officer")
    GRANTED = "granted", _("Granted, to be carried out")
    MADE = "made", _("Ready to be handed over")
    DONE = "done", pgettext_lazy("request", "Done")
    REFUSED = "refused", _("Refused")


class Refusal(models.TextChoices):
    """Why a request is refused; each is printed with how to complain."""

    IDENTITY = "identity", _("We could not make sure that you may decide for this child.")
    LEGAL = "legal", _("A law or a court asks us to keep the record for now.")
    RUNNING = "running", _("A service that you asked for is still running; end it first, then ask again.")
    OTHERS = "others", _("It would tell about other people.")
    NOTHING = "nothing", _("There is nothing here about this child.")


class Identity(models.TextChoices):
    """How the desk made sure who asks. No document is ever required."""

    KNOWN = "known", _("Known to the desk as the guardian on record")
    SHOWN = "shown", _("Showed a document with the name on record")
    RECEIPT = "receipt", _("Showed the registration card or a receipt")
    CALLED = "called", _("Called back at the number on record")
    OFFICER = "officer", _("Asked the data protection officer to check")


class RequestQuerySet(models.QuerySet["Request"]):
    def open(self) -> "RequestQuerySet":
        return self.exclude(state__in=(State.DONE, State.REFUSED))

    def waiting_for(self, by: Acting) -> "RequestQuerySet":
        """What `by` has to do something about, the most urgent first."""
        mine = Q(pk=None)
        if by.may("ruling", "change"):
            mine |= Q(state=State.ASKED)
        if by.may("erasure", "change"):
            mine |= Q(state=State.GRANTED, kind=Kind.DELETE, second_by=None)
        if by.centre_id:
            mine |= Q(state=State.MADE) | Q(state=State.GRANTED, kind=Kind.CORRECT)
        return self.open().filter(mine).order_by("due_on", "id")


class Request(models.Model):
    """One request of a family about one child's record: who asks, how that was checked, what was ruled and by whom.

    It outlives the child's record, without a name: `person_id` is no key, and erasure empties it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=10, unique=True)  # Q-7K2MX, on the family's paper
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")  # keeps the record
    person_id = models.UUIDField(null=True)
    child = models.CharField(max_length=20, blank=True)  # programme number
    kind = models.CharField(max_length=10, choices=Kind.choices)
    asked_by_whom = models.CharField(max_length=12)  # guardian | young_person
    requester = models.CharField(max_length=120, blank=True)
    relation = models.CharField(max_length=20, blank=True)
    identity = models.CharField(max_length=10, choices=Identity.choices)
    language = models.CharField(max_length=10)  # of the answer
    words = models.CharField(max_length=1000, blank=True)
    asked_on = models.DateField()
    due_on = models.DateField()
    is_due_confirmed = models.BooleanField()  # a lawyer of the country has confirmed the term
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    refused_for = models.CharField(max_length=10, choices=Refusal.choices, blank=True)
    answer_words = models.CharField(max_length=1000, blank=True)
    second_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["centre", "state", "due_on"]), models.Index(fields=["person_id"])]
        constraints = [
            RowPolicy(
                name="request_rows",
                part="request",
                rows=OURS,
                new_rows=FRESH,
                verbs=("read", "add"),
            ),
            RowPolicy(
                name="request_ruled",
                part="request",
                rows=OURS,
                verbs=("change",),
                columns=("state", "decided_at", "decided_by_id", "refused_for", "answer_words", "done_at"),
            ),
            RowPolicy(
                name="request_second",
                part="erasure",
                rows=f"({OURS}) and kind = 'delete'",
                verbs=("change",),
                columns=("second_at", "second_by_id"),
            ),
            models.CheckConstraint(
                name="request_decided",
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="request_ruled_first", condition=Q(state="asked") | Q(decided_by__isnull=False)
            ),
            models.CheckConstraint(
                name="request_seconded",
                condition=Q(second_at=None, second_by=None)
                | (Q(second_at__isnull=False, second_by__isnull=False) & ~Q(second_by=F("decided_by"))),
            ),
            models.CheckConstraint(
                name="request_refused_says_why", condition=~Q(state="refused") | ~Q(refused_for="")
            ),
            models.CheckConstraint(name="request_refused_only", condition=Q(state="refused") | Q(refused_for="")),
            models.CheckConstraint(  # four eyes: no erasure on one person's word
                name="request_four_eyes",
                condition=~Q(kind="delete", state="done") | Q(second_by__isnull=False, decided_by__isnull=False),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Trigger(name="request_steps", when=pgtrigger.Before, operation=pgtrigger.Update, func=STEPS)
        ]

    def __str__(self) -> str:
        return self.code


class Answer(models.Model):
    """What is handed to the family: everything held, or who has seen it. Sealed; made by the worker; for a month."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="answer")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [RowPolicy(name="answer_rows", part="answer", rows="centre_id = any({centres})", verbs=("read",))]


class Certificate(models.Model):
    """That the record of a child was erased: number, day, which classes of data; nothing of the child."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=16, unique=True)  # E-2026-7K2MX
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    classes = models.JSONField()  # labels of tables in which something was erased
    content_hash = models.CharField(max_length=64)  # SHA-256 of number, day and classes
    language = models.CharField(max_length=10)
    request_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [RowPolicy(name="certificate_rows", part="request", rows=OURS, verbs=("read",))]

    def __str__(self) -> str:
        return self.number


class Purge(models.Model):
    """One night's work: how many rows of each table went and how many fields were blanked; numbers only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ran_at = models.DateTimeField(default=timezone.now)
    today = models.DateField()  # the day for which it was reckoned
    counts = models.JSONField(default=dict)  # {table: {erased | blanked: number}}
    overdue = models.PositiveIntegerField(default=0)  # what is still there although its days are over
    held = models.PositiveIntegerField(default=0)  # persons whom a legal hold keeps

    class Meta:
        ordering = ["-ran_at"]
        constraints = [RowPolicy(name="purge_rows", part="retention", rows="{national}", verbs=("read",))]

    def __str__(self) -> str:
        return f"{self.today:%Y-%m-%d}"
