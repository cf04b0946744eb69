"""What the family decided, purpose by purpose. A refusal is a valid answer; the latest decision counts."""

import datetime

from django.db import models
from django.utils import timezone

from tongxing.core.history import keeps_history
from tongxing.core.ids import uuid7
from tongxing.core.rls import RoleRights
from tongxing.registry.models.person import Person, of_person


class Decision(models.TextChoices):
    AGREED = "agreed"
    REFUSED = "refused"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self, at: datetime.datetime) -> "ConsentQuerySet":
        """The last decision of each person and purpose, if it is within its term and not withdrawn.

        The last one first: an agreement must not come back to life because a later one was withdrawn or ran out.
        """
        last = self.order_by("person_id", "purpose", "-decided_at", "-id").distinct("person_id", "purpose")
        return self.filter(id__in=last.values("id"), withdrawn_at=None, valid_until__gte=timezone.localdate(at))


@keeps_history("consent")
class Consent(models.Model):
    """One decision for one purpose, by whom, after hearing which text from whom."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=20)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    text_edition = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10)
    decided_by_whom = models.CharField(max_length=12)  # guardian | young_person
    decider_name = models.CharField(max_length=120)
    relation = models.CharField(max_length=20, blank=True)
    read_by = models.CharField(max_length=12)  # desk | interpreter | self
    assent = models.CharField(max_length=8, blank=True)  # the child's own answer, where the guardian decides
    valid_until = models.DateField()
    decided_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["person", "purpose", "decided_at"])]
        constraints = [
            of_person("consent_rows", part="consent", columns=("withdrawn_at",), readers=("tx_match",)),
            RoleRights(
                name="consent_linker",
                role="tx_linker",
                reads=("id", "person_id", "purpose", "decision", "decided_at", "withdrawn_at", "valid_until"),
            ),
        ]
