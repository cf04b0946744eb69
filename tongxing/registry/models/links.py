"""Who is who: assertions about pairs of records, the queue of pairs for people to look at, and the jobs that compare.

Nothing here changes or destroys a record. What stands today says which records are one identity; former words stay.
The app reads no assertion: a row would tell where else a child is known. It asks the functions of sql/links.sql.
"""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.ids import uuid7
from tongxing.core.rls import ClosedRows, RoleRights, RowPolicy
from tongxing.registry.models.person import Person

BOTH_OWN = "left_centre_id = any({centres}) and right_centre_id = any({centres})"


class Kind(models.TextChoices):
    """What is said of two records. A sibling is somebody else, like `different`."""

    SAME = "same"
    SIBLING = "sibling"
    DIFFERENT = "different"


class Link(models.Model):
    """One assertion about two records: by whom or by which model, why, and until when it stood.

    Of a pair at most one assertion stands. Those of people come before those of the model, whatever the weights.
    """

    class Source(models.TextChoices):
        DESK = "desk"
        REVIEW = "review"
        BATCH = "batch"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    left = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    source = models.CharField(max_length=6, choices=Source.choices)
    model_version = models.CharField(max_length=40, blank=True)
    weight = models.FloatField(null=True)  # bits: what the fields say for (or against) one person
    probability = models.FloatField(null=True)  # in the list in which the model found it
    levels = models.JSONField(default=dict)  # {comparison: level}: how each field agreed, no values
    reason = models.CharField(max_length=300, blank=True)
    asserted_at = models.DateTimeField(default=timezone.now)
    asserted_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    # The first of two persons has asked that it end; only where a child is in danger.
    asked_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    asked_reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            ClosedRows(name="link_rows", reason="a row tells where else a child is known: reached through functions"),
            RoleRights(
                name="link_linker",
                role="tx_linker",
                reads=("*",),
                adds=True,
                changes=("asked_by_id", "asked_reason", "ended_at", "ended_by_id", "ended_reason"),
            ),
            models.CheckConstraint(name="link_in_order", condition=Q(left__lt=F("right"))),
            # People say who they are; the model says which version it is.
            models.CheckConstraint(
                name="link_by_somebody",
                condition=Q(source="batch", asserted_by=None) & ~Q(model_version="")
                | ~Q(source="batch") & Q(asserted_by__isnull=False, asserted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="link_ended_once", condition=Q(ended_at__isnull=False) | Q(ended_by=None, ended_reason="")
            ),
            models.UniqueConstraint(fields=["left", "right"], condition=Q(ended_at=None), name="link_one_word"),
        ]
        indexes = [
            models.Index(fields=["left", "right"], name="link_left"),
            models.Index(fields=["right", "left"], name="link_right"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ReviewPairQuerySet(models.QuerySet["ReviewPair"]):
    def waiting(self, by: Acting) -> "ReviewPairQuerySet":
        """What `by` may look at, the most pressing first; not those to which the same person has given the first word."""
        # The centre is named although the wall asks for it too: so the index of the centre serves.
        mine = self if by.is_national else self.filter(left_centre_id=by.centre_id)
        mine = mine.filter(state=ReviewPair.State.OPEN).exclude(first_by_id=by.user_id)
        mine = mine if by.is_national else mine.filter(is_disputed=False)
        return mine.order_by("-priority", "id")


class ReviewPair(models.Model):
    """Two records for people to look at: too uncertain for the model, held by a guard, or asked for by a desk.

    Of a sensitive pair (somebody in it, or in the same household, is under location lock) two persons say the same.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SAME = "same"
        DIFFERENT = "different"
        SIBLING = "sibling"
        DEFERRED = "deferred"

    class Reason(models.TextChoices):
        """Why it is here and not decided by the model."""

        UNCERTAIN = "uncertain"
        SIZE = "size"  # its cluster is larger than a person's records are
        DOCUMENTS = "documents"  # two different valid numbers in one cluster
        DATES = "dates"  # birth dates that cannot be of one person
        WEAK = "weak_link"  # others in its cluster speak against it
        CONFLICT = "conflict"  # somebody said that two in the cluster are different
        PROTECTED = "protected"  # a child in danger is concerned: no model decides that
        DESK = "desk"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    left = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    left_centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)
    right_centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+", db_index=False)
    weight = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    levels = models.JSONField(default=dict)  # {comparison: level}
    weights = models.JSONField(default=dict)  # {comparison: bits}
    model_version = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    is_sensitive = models.BooleanField(default=False)
    is_disputed = models.BooleanField(default=False)  # two persons said different things of it: a lead decides
    priority = models.FloatField(default=0)  # higher first
    opened_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    first_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    first_said = models.CharField(max_length=9, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("access.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_reason = models.CharField(max_length=300, blank=True)

    objects = ReviewPairQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(
                name="reviewpair_rows",
                part="pair",
                rows=f"{{national}} or ({BOTH_OWN})",
                verbs=("read",),
                readers=("tx_match",),
            ),
            RoleRights(
                name="reviewpair_linker",
                role="tx_linker",
                reads=("*",),
                adds=True,
                changes=(
                    "state",
                    "is_sensitive",
                    "is_disputed",
                    "first_by_id",
                    "first_said",
                    "decided_at",
                    "decided_by_id",
                    "decided_reason",
                ),
            ),
            models.CheckConstraint(name="reviewpair_in_order", condition=Q(left__lt=F("right"))),
            models.CheckConstraint(
                name="reviewpair_decided_by_somebody",
                condition=Q(state__in=("open", "deferred"), decided_at=None, decided_by=None)
                | (~Q(state__in=("open", "deferred")) & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="reviewpair_first_word", condition=Q(first_by=None, first_said="") | ~Q(first_said="")
            ),
            models.CheckConstraint(
                name="reviewpair_two_persons",
                condition=Q(is_sensitive=False)
                | Q(decided_by=None)
                | (Q(first_by__isnull=False) & ~Q(first_by=F("decided_by"))),
            ),
            models.UniqueConstraint(
                fields=["left", "right"], condition=Q(state__in=("open", "deferred")), name="reviewpair_once"
            ),
        ]
        indexes = [
            models.Index(F("priority").desc(), "id", condition=Q(state="open"), name="reviewpair_next"),
            models.Index(
                "left_centre", F("priority").desc(), "id", condition=Q(state="open"), name="reviewpair_next_here"
            ),
            models.Index(fields=["left", "right"], name="reviewpair_left"),
            models.Index(fields=["opened_at", "id"], condition=Q(state="deferred"), name="reviewpair_deferred"),
            models.Index(fields=["opened_at", "id"], condition=Q(is_disputed=True), name="reviewpair_disputed"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"


class LinkRun(models.Model):
    """One job that compares records: how far it is, and what came of it. Numbers only, no person."""

    class Scope(models.TextChoices):
        NEW = "new"  # what is new against all, every night
        FULL = "full"  # all against all, every week

    class State(models.TextChoices):
        READING = "reading"
        COMPARING = "comparing"
        WRITING = "writing"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=4, choices=Scope.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.READING)
    model_version = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    steps = models.PositiveIntegerField(default=0)  # how many pieces of work there are
    done = models.PositiveIntegerField(default=0)  # how many of them are committed
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            RowPolicy(name="linkrun_rows", part="linking", rows="{national}", verbs=("read",)),
            RoleRights(
                name="linkrun_linker",
                role="tx_linker",
                reads=("*",),
                adds=True,
                changes=("state", "model_version", "finished_at", "steps", "done", "counts"),
            ),
            models.UniqueConstraint(fields=["scope"], condition=~Q(state="done"), name="linkrun_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.state} {self.done}/{self.steps}"


class Compared(models.Model):
    """With which version of the normaliser and of the model, and how far, a record has been compared.

    A mark on each record and not a point in time: what a long transaction brings late is new all the same.
    """

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="+", primary_key=True)
    version = models.CharField(max_length=60)  # normaliser and model
    across = models.BooleanField()  # with records of other centres too

    class Meta:
        constraints = [
            ClosedRows(name="compared_rows", reason="bookkeeping of the job that compares; says who is compared where"),
            RoleRights(
                name="compared_linker", role="tx_linker", reads=("*",), adds=True, changes=("version", "across")
            ),
        ]

    def __str__(self) -> str:
        return str(self.person_id)
