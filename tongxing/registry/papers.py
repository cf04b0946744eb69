"""Pictures of signed papers: attached to a child, and taken away from a wrong one."""

import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.files import Checked
from tongxing.registry.models import Person, SignedPaper


@transaction.atomic
def attach(
    file: Checked, *, person: Person, signed_on: datetime.date, read_aloud_by: str = "", by: Acting
) -> SignedPaper:
    """Keeps the picture with the child; the same picture again is the one kept already. Raises PermissionDenied."""
    by.demand("consent", "add")
    by.demand_keeping(person.centre_id)
    Person.objects.select_for_update().get(id=person.id)  # a second press waits, and finds the first's row
    known = SignedPaper.objects.defer("content").filter(person=person, sha256=file.sha256, removed_at=None).first()
    return known or SignedPaper.objects.create(
        person=person,
        centre_id=person.centre_id,
        signed_on=signed_on,
        read_aloud_by=read_aloud_by,
        media_type=file.media_type,
        size=len(file.content),
        sha256=file.sha256,
        content=file.content,
        attached_by_id=by.user_id,
    )


@transaction.atomic
def take_away(paper_id: uuid.UUID, *, by: Acting) -> SignedPaper | None:
    """Deletes the picture for good; that there was one stays. None: no such paper at this centre."""
    by.demand("consent", "change")
    gone = SignedPaper.objects.defer("content").select_for_update().filter(id=paper_id).first()
    if gone is not None and gone.removed_at is None:
        gone.content, gone.removed_at = None, timezone.now()
        gone.save(update_fields=["content", "removed_at"])
    return gone
