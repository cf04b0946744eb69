"""Tables about places of work: what is proposed and must be confirmed by another, and the quarterly review."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.access.permissions import ROLES
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy


class Proposal(models.Model):
    """A place of work that a security administrator proposes and another person confirms: then it is a membership.

    Names are kept as they were: who confirms sees what is asked, and needs no look at accounts.
    """

    ANSWERS = [("", _("Waiting")), ("confirmed", _("Confirmed")), ("refused", _("Refused"))]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    login = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=[(code, role.name) for code, role in ROLES.items()])
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    proposed_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    proposer_name = models.CharField(max_length=120)
    proposed_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=10, choices=ANSWERS, blank=True, default="")
    decided_by = models.ForeignKey("access.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            RowPolicy(
                name="proposal_rows",
                part="proposal",
                rows="true",
                # Never for oneself, and never answered at birth. Answering is a function's (sql/accounts.sql).
                new_rows="proposed_by_id = {user} and user_id <> {user} and answer = '' and decided_by_id is null",
                verbs=("read", "add"),
            ),
            models.CheckConstraint(name="proposal_not_for_oneself", condition=~Q(proposed_by=F("user"))),
            models.CheckConstraint(
                name="proposal_four_eyes",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("user")),
            ),
            models.CheckConstraint(
                name="proposal_answered",
                condition=Q(answer="", decided_by=None, decided_at=None)
                | ~Q(answer="") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(name="proposal_days", condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))),
            models.UniqueConstraint(
                name="proposal_once",
                fields=["user", "centre", "role"],
                condition=Q(answer=""),
                nulls_distinct=False,
            ),
        ]


class AccessReview(models.Model):
    """One membership looked at in one quarter: kept or ended, why, by whom. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    membership = models.ForeignKey("organisations.Membership", on_delete=models.PROTECT, related_name="reviews")
    quarter = models.CharField(max_length=7)  # 2026-Q4
    is_kept = models.BooleanField()
    reason = models.CharField(max_length=200)
    reviewed_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            RowPolicy(
                name="accessreview_rows",
                part="account",
                rows="true",
                new_rows="reviewed_by_id = {user} and not access.is_own_membership(membership_id)",
                verbs=("read", "add"),
            ),
            models.UniqueConstraint(name="accessreview_once", fields=["membership", "quarter"]),
        ]
