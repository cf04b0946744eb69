"""Papers that a family signed, as pictures."""

from django.db import models
from django.utils import timezone

from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.registry.models.person import OWN, Person


class SignedPaper(models.Model):
    """The picture of a signed consent. Only the centre that keeps the record sees it, whoever else is let in.

    `content` is the file as `core.files.checked` keeps it, named by its hash; the name that a telephone gave is not kept.
    One that was attached to the wrong child is taken away: the row says so, the content is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="signed_papers")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField()
    read_aloud_by = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    attached_at = models.DateTimeField(default=timezone.now)
    attached_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-attached_at"])]
        constraints = [
            RowPolicy(name="signed_paper_rows", part="consent", rows=OWN, columns=("content", "removed_at")),
            models.CheckConstraint(
                name="signed_paper_there_or_removed",
                condition=models.Q(content__isnull=False, removed_at=None)
                | models.Q(content=None, removed_at__isnull=False),
            ),
            # The same picture sent twice is kept once.
            models.UniqueConstraint(
                name="signed_paper_once", fields=["person", "sha256"], condition=models.Q(removed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
