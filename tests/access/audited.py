"""What the audit administrator has before him in the tests of access: a finding of each side, and a seal."""

import uuid

from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.audit.models import Finding, Seal


def audited(*desks: Acting) -> dict[str, uuid.UUID]:
    """A finding about a desk of each side, and one seal; written as the owner, since jobs write them."""
    now = timezone.now()
    about = {"rule": "sweep", "started_at": now, "reached_at": now, "counted": 40}
    found = [Finding.objects.using("owner").create(user_id=by.user_id, centre_id=by.centre_id, **about) for by in desks]
    Seal.objects.using("owner").get_or_create(number=1, defaults={"statement": "{}", "signature": b"", "leaves": b""})
    return {"finding": found[0].id}
