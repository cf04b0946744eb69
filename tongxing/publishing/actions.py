"""Writes: an edition is drafted, looked at, approved once, and never changed."""

import datetime
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.programme.models import Programme
from tongxing.publishing import factsheet
from tongxing.publishing.frozen import digest, freeze, thaw
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet


class Stale(Exception):
    """What was approved is not what is there now: another edition came first, or the draft is another one."""


@transaction.atomic
def draft_edition(
    *,
    programme_code: str,
    by: Acting,
    as_of: datetime.datetime | None = None,
    until: datetime.date | None = None,
) -> Edition:
    """Freezes what is known at `as_of` (default: now) of all days up to `until` (default: today) as a draft edition."""
    content = freeze(factsheet.build(programme_code, as_of=as_of or timezone.now(), until=until))
    programme = Programme.objects.get(code=programme_code)
    by.demand("edition", "add")
    draft = Edition(
        programme=programme,
        number=_next_number(programme),
        as_of=datetime.datetime.fromisoformat(content["as_of"]),
        content=content,
        content_hash=digest(content),
        drafted_by_id=by.user_id,
    )
    draft.save(force_insert=True)
    return draft


def approve_edition(*, edition: uuid.UUID, seen: str, by: Acting) -> Edition:
    """Approves the draft whose hash the coordinator has seen; from then on everyone reads it and nobody changes it.

    A second press of the button returns the approved edition. Raises Stale when the draft is not the one seen or
    another edition was approved meanwhile, Edition.DoesNotExist for an unknown draft.
    """
    try:
        return _approve(edition, seen, by)
    except IntegrityError as error:
        raise Stale("another edition was approved at the same moment") from error


@transaction.atomic
def _approve(edition: uuid.UUID, seen: str, by: Acting) -> Edition:
    by.demand("edition", "change")
    # Whoever approves second finds the row no longer a draft, once the first is through.
    draft = Edition.objects.select_for_update(of=("self",)).filter(pk=edition, state=Edition.State.DRAFT).first()
    if draft is None:
        approved = Edition.objects.approved().get(pk=edition)
        if approved.content_hash != seen:
            raise Stale("this edition was approved with other content")
        return approved
    if draft.content_hash != seen or digest(draft.content) != seen:
        raise Stale("the draft is not the one that was looked at")
    if draft.number != _next_number(draft.programme):
        raise Stale("another edition was approved meanwhile")
    draft.state = Edition.State.APPROVED
    draft.approved_at, draft.approved_by_id, draft.approver_name = timezone.now(), by.user_id, by.name
    draft.save(update_fields=["state", "approved_at", "approved_by", "approver_name"])
    return draft


def sheet(edition: Edition) -> Factsheet:
    """The frozen factsheet of an edition. Raises ValueError when its content is not what was hashed."""
    if digest(edition.content) != edition.content_hash:
        raise ValueError(f"edition {edition.pk} was altered after it was made")
    thawed: Factsheet = thaw(Factsheet, edition.content)
    return thawed


def _next_number(programme: Programme) -> int:
    latest = Edition.objects.approved().filter(programme=programme).values_list("number", flat=True).first()
    return (latest or 0) + 1
