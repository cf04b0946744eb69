"""Documents of a programme: read by everyone; what is withdrawn leaves a line that says so, and no content."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.programme.models.programme import Programme

KINDS = [
    ("agreement", _("programme document or agreement")),
    ("report", _("narrative report")),
    ("financial", _("financial report")),
    ("procedure", _("procedure")),
    ("study", _("study or survey")),
    ("material", _("training material")),
    ("minutes", _("minutes")),
    ("picture", _("picture")),
    ("data", _("data")),
    ("other", _("other")),
]
LANGUAGES = [("zh", "中文"), ("en", "English"), ("mn", "Монгол"), ("several", _("several languages"))]


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, programme: Programme) -> "DocumentQuerySet":
        """Every version, withdrawn ones too, without content; newest document first, newest version first."""
        return self.filter(programme=programme).defer("content").order_by("-dated_on", "title", "series", "-version")

    def newest(self) -> "DocumentQuerySet":
        """The newest version of each document that has not been withdrawn."""
        newer = Document.objects.filter(series=models.OuterRef("series"), version__gt=models.OuterRef("version"))
        return self.filter(~models.Exists(newer.filter(withdrawn_at=None)), withdrawn_at=None)


class Document(models.Model):
    """One version of one document. `series` is the same in all its versions; `content` is the file, ≤ files.LARGEST."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="documents")
    series = models.UUIDField(default=uuid.uuid4)
    version = models.PositiveSmallIntegerField(default=1)
    title = TextField(help_text="in the languages in which it has one")
    kind = models.CharField(max_length=12, choices=KINDS)
    language = models.CharField(max_length=8, choices=LANGUAGES)
    dated_on = models.DateField(help_text="the date that the document bears")
    file_name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    uploader_role = models.CharField(max_length=20, help_text="as the public reads it: a role, no name")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(
                name="programme_document_rows",
                part="document",
                rows="true",
                columns=("content", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason"),
                open_when="true",
            ),
            models.CheckConstraint(
                name="programme_document_there_or_withdrawn",
                condition=Q(
                    content__isnull=False, withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason=""
                )
                | (
                    Q(content__isnull=True, withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~Q(withdrawn_reason="")
                ),
            ),
            models.UniqueConstraint(fields=["series", "version"], name="programme_document_version_once"),
        ]

    def __str__(self) -> str:
        return str(self.title)
