"""Writes: a document is uploaded for everyone, followed by newer versions, withdrawn with a reason."""

import datetime
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.files import Checked
from tongxing.core.i18n import Text
from tongxing.programme.models import Document, Programme


class Overtaken(Exception):
    """Somebody else uploaded the next version, or withdrew the document, meanwhile."""


@transaction.atomic
def upload(
    file: Checked,
    *,
    programme: Programme,
    title: Text,
    kind: str,
    language: str,
    dated_on: datetime.date,
    by: Acting,
    replaces: Document | None = None,
) -> Document:
    """Keeps the file for everyone to read; with `replaces` as the next version of that document.

    Raises Overtaken when the document to be replaced is no longer the newest, ValueError for a title in no language.
    """
    by.demand("document", "add")
    if not any(title.values()):
        raise ValueError("a document needs a title in one language at least")
    if replaces is not None and not Document.objects.of(programme).newest().filter(pk=replaces.pk).exists():
        raise Overtaken
    document = Document(
        programme=programme,
        series=replaces.series if replaces else uuid.uuid4(),
        version=_next_version(replaces) if replaces else 1,
        title=title,
        kind=kind,
        language=language,
        dated_on=dated_on,
        file_name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=file.sha256,
        content=file.content,
        uploaded_by_id=by.user_id,
        uploader_role=by.role,
    )
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError as error:
        raise Overtaken from error
    return document


@transaction.atomic
def withdraw_document(document: uuid.UUID, *, reason: str, by: Acting) -> Document:
    """Takes the content away for good; title, hash, day and reason stay. A second press changes nothing.

    Raises Document.DoesNotExist, ValueError for an empty reason.
    """
    by.demand("document", "change")
    if not reason.strip():
        raise ValueError("say why it is withdrawn")
    gone = Document.objects.defer("content").select_for_update().get(pk=document)
    if gone.withdrawn_at is None:
        gone.content, gone.withdrawn_at, gone.withdrawn_by_id = None, timezone.now(), by.user_id
        gone.withdrawn_reason = reason.strip()
        gone.save(update_fields=["content", "withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return gone


def _next_version(document: Document) -> int:
    """Numbers of withdrawn versions are not used again."""
    newest = Document.objects.filter(series=document.series).order_by("-version").values_list("version", flat=True)
    return newest[0] + 1
