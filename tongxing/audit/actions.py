"""What the audit administrator writes: the answer to a finding."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.audit.models import Finding


@transaction.atomic
def answer(finding_id: uuid.UUID, *, state: str, reason: str, by: Acting) -> bool:
    """Say once what became of a finding: `explained` or `reported`, with a reason. False when it is answered already.

    Raises PermissionDenied for anybody else, and for a finding about one's own account; ValueError for another state.
    """
    by.demand("trace", "change")
    if state not in (Finding.State.EXPLAINED, Finding.State.REPORTED):
        raise ValueError(f"{state} is no answer")
    waiting = Finding.objects.waiting().filter(id=finding_id)
    if waiting.filter(user_id=by.user_id).exists():
        raise PermissionDenied("nobody answers for his own account")
    answered = waiting.update(state=state, reason=reason, decided_at=timezone.now(), decided_by=by.user_id)
    return bool(answered)
