"""Referrals: a consented, frozen copy for one receiver; and the receipt with which the family takes it back."""

import pgtrigger
from django.db import models
from django.utils import timezone

from tongxing.core.history import keeps_history
from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RowPolicy


class State(models.TextChoices):
    """Primero's transition states, kept verbatim so that imports lose nothing."""

    IN_PROGRESS = "in_progress"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"
    REVOKED = "revoked"


# What a receiver writes; whose the referral is and until when it is seen is not among it.
ANSWERED = ("state", "answered_at", "first_meeting", "decline_reason", "note", "outcome", "done_on", "acknowledged_at")


class ReferralQuerySet(models.QuerySet["Referral"]):
    def unanswered(self) -> "ReferralQuerySet":
        return self.filter(state=State.IN_PROGRESS)

    def to_acknowledge(self) -> "ReferralQuerySet":
        return self.filter(withdrawn_at__isnull=False, acknowledged_at=None)


# A snapshot is frozen; and each side changes its own columns only: grants of columns are a union over both policies.
SIDES = """
if new.shared is distinct from old.shared and new.shared <> '{}'::jsonb then
  raise exception 'a snapshot is frozen';
end if;
if acting_at is null then
  return new;
end if;
if not old.sender_id = any(acting_at) and (new.shared, new.withdrawn_at) is distinct from (old.shared, old.withdrawn_at)
then
  raise exception 'only the sender takes back';
end if;
if not old.receiver_id = any(acting_at)
   and (new.answered_at, new.decline_reason, new.first_meeting, new.note, new.outcome, new.done_on, new.acknowledged_at)
       is distinct from
       (old.answered_at, old.decline_reason, old.first_meeting, old.note, old.outcome, old.done_on, old.acknowledged_at)
then
  raise exception 'only the receiver answers';
end if;
if new.state is distinct from old.state
   and (new.state = 'revoked') is distinct from (not old.receiver_id = any(acting_at)) then
  raise exception 'this state is for the other side';
end if;
return new;
"""


@keeps_history("referral", exclude=("shared",))  # taken back means gone: no former version keeps what was shared
class Referral(models.Model):
    """A person handed to a service, by need, with consent. The receiver sees `shared` and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=10, unique=True)  # R-7Q2K, on both sides and on the receipt
    request_id = models.UUIDField(unique=True)  # the same confirmation sent twice refers once
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="referrals")
    consent = models.ForeignKey("registry.Consent", on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey("organisations.Service", on_delete=models.PROTECT, related_name="+")
    need = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    shared = models.JSONField()  # procedures.snapshot.Snapshot as it was at that moment; {} once withdrawn
    state = models.CharField(max_length=12, choices=State.choices, default=State.IN_PROGRESS)
    answer_by = models.DateField()
    expires_on = models.DateField()
    referred_on = models.DateField()
    referred_at = models.DateTimeField(default=timezone.now)
    referred_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    written_by = models.CharField(max_length=120, blank=True)  # on paper, by whom; referred_by typed it in
    sheet = models.CharField(max_length=40, blank=True)  # number of that sheet
    answered_at = models.DateTimeField(null=True)
    first_meeting = models.CharField(max_length=60, blank=True)
    decline_reason = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    done_on = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)  # the receiver says that copies are gone

    objects = ReferralQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sender", "state"]),
            models.Index(fields=["receiver", "state"]),
            models.Index(fields=["sender", "-referred_at", "-id"], name="referral_sent_newest"),
            models.Index(fields=["receiver", "-referred_at", "-id"], name="referral_received_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="referral_withdrawn_is_blank",
                condition=models.Q(withdrawn_at=None) | models.Q(shared={}),
            ),
            models.CheckConstraint(
                name="referral_rejected_says_why",
                condition=~models.Q(state=State.REJECTED) | ~models.Q(decline_reason=""),
            ),
            RowPolicy(
                name="referral_sender",
                part="referral",
                rows="sender_id = any({centres})",
                columns=("state", "shared", "withdrawn_at"),
            ),
            RowPolicy(
                name="referral_receiver",
                part="received",
                rows="receiver_id = any({centres}) and (expires_on >= current_date or"
                " (withdrawn_at is not null and acknowledged_at is null))",
                verbs=("read", "change"),
                columns=ANSWERED,
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="referral_sides",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("acting_at", "uuid[] := access.centres()")],
                func=SIDES,
            )
        ]

    def __str__(self) -> str:
        return self.code


class ReferralCount(models.Model):
    """What the fact of an outcome may carry. Apart from Referral, because row security hides rows and not fields."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="count")
    sender = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    subject = models.UUIDField(null=True)  # null: statistics were refused
    sex = models.CharField(max_length=12, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    origin_division = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            RowPolicy(name="referralcount_rows", part="count", rows="sender_id = any({centres})", verbs=("read", "add"))
        ]


class Receipt(models.Model):
    """The family's paper: what was shared, with whom, for what, until when; and the code that takes it back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="receipt")
    sender = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    rows = models.JSONField()  # the printed lines, frozen; the snapshot may be blank by the time of a reprint
    withdrawal_sealed = models.TextField()  # for a reprint
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            RowPolicy(name="receipt_rows", part="referral", rows="sender_id = any({centres})", verbs=("read", "add"))
        ]


class WithdrawalCode(models.Model):
    """Finds a referral by the hash of the code that somebody typed, before there is any context."""

    code_hash = models.BinaryField(primary_key=True, max_length=32)
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ClosedRows(name="withdrawalcode_rows", reason="read by the definer function only", adders=("tx_app",))
        ]
