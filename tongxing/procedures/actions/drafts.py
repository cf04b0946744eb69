"""Drafts of registrations: sealed, one's own, and never silently overwritten."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.procedures.models import Draft


class StaleForm(Exception):
    """The draft was changed elsewhere since this form was shown; nothing was saved."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("the draft has changed")
        self.draft = draft


def content(draft: Draft) -> dict[str, Any]:
    """What was typed, unsealed."""
    opened: dict[str, Any] = json.loads(one_time.unseal(draft.sealed))
    return opened


def _sealed(typed: Mapping[str, Any]) -> str:
    return one_time.seal(json.dumps(typed, ensure_ascii=False))


@transaction.atomic
def start_draft(typed: Mapping[str, Any], *, by: Acting) -> Draft:
    """Begin a registration with what the search already knows."""
    by.demand("draft", "add")
    return Draft.objects.create(centre_id=by.place, user_id=by.user_id, sealed=_sealed(typed))


@transaction.atomic
def save_draft(draft_id: uuid.UUID, typed: Mapping[str, Any], *, version: int, by: Acting) -> Draft:
    """Lay `typed` over the draft. Raises StaleForm when `version` is not the one last saved, Draft.DoesNotExist."""
    by.demand("draft", "change")
    draft = Draft.objects.select_for_update().get(id=draft_id)
    if draft.version != version:
        raise StaleForm(draft)
    draft.sealed = _sealed(content(draft) | dict(typed))
    draft.version += 1
    draft.saved_at = timezone.now()
    draft.save(update_fields=["sealed", "version", "saved_at"])
    return draft


@transaction.atomic
def discard(draft_id: uuid.UUID, *, by: Acting) -> None:
    """Throw the draft away: registered, or the family decided otherwise."""
    by.demand("draft", "remove")
    Draft.objects.filter(id=draft_id).delete()
