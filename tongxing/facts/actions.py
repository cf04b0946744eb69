"""Writes: facts are added, never changed."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.facts import kinds
from tongxing.facts.models import Fact
from tongxing.organisations.models import Centre

BATCH = 1000


@transaction.atomic
def record(drafts: Iterable[kinds.Draft], *, by: Acting) -> list[Fact]:
    """Adds one fact per draft, in order, and returns them; all or none.

    Division, organisation and, where none is given, programme come from the centre. Raises UnknownCode for undeclared
    kinds, attributes and values, ValueError for a birth year of somebody who refused statistics or a date that no site has reached yet.
    """
    drafts = list(drafts)
    # Ahead of UTC by at most 14 hours: a date beyond that is a typing error, not a time zone.
    tomorrow = (timezone.now() + datetime.timedelta(hours=14)).date()
    for draft in drafts:
        kinds.check(draft)
        if draft.occurred_on > tomorrow:
            raise ValueError(f"{draft.kind} on {draft.occurred_on} has not happened yet")
    by.demand("fact", "add")
    wanted = {draft.centre_id for draft in drafts if draft.centre_id}
    centres = {centre.pk: centre for centre in Centre.objects.filter(pk__in=wanted).select_related("site")}
    found = [_fact(draft, centres[draft.centre_id] if draft.centre_id else None) for draft in drafts]
    return Fact.objects.bulk_create(found, BATCH)


@transaction.atomic
def void(fact: Fact, *, reason: str, by: Acting) -> Fact:
    """Takes `fact` out of every count from now on and returns the voiding fact; counts as of an earlier time keep it.

    `fact` is what `record` returned (the desk cannot read facts: keep it or its id, kind and date). Raises ValueError
    for an empty reason or when `fact` is itself a voiding fact.
    """
    if not reason.strip():
        raise ValueError("say why this fact is taken back")
    if fact.voids_id:
        raise ValueError("a voiding fact is not voided; record the fact anew")
    by.demand("fact", "add")
    # Same kind, day and place, so that it lies in the same file and month as what it takes back.
    voiding = Fact(
        kind=fact.kind,
        occurred_on=fact.occurred_on,
        centre_id=fact.centre_id,
        programme=fact.programme,
        quantity=0,
        attributes={"reason": reason.strip()[:200]},
        source=fact.source,
        source_id=fact.source_id,
        voids_id=fact.pk,
    )
    voiding.save(force_insert=True)
    return voiding


def _fact(draft: kinds.Draft, centre: Centre | None) -> Fact:
    programme = draft.programme or (centre.site.programme if centre and centre.site else "")
    return Fact(
        kind=draft.kind,
        occurred_on=draft.occurred_on,
        subject=draft.subject,
        centre_id=draft.centre_id,
        division_id=centre.division_id if centre else None,
        organisation_id=centre.organisation_id if centre else None,
        programme=programme,
        sex=draft.sex,
        birth_year=draft.birth_year,
        origin_division_id=draft.origin_division or None,
        quantity=draft.quantity,
        attributes=dict(draft.attributes),
        source=draft.source,
        source_id=draft.source_id,
    )
