"""What the tables of accounts hold in the leak tests: a newcomer, a proposal, a slip, a check, a review, a big file."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from tests import world
from tongxing.access import slips
from tongxing.access.models import ConductSignature, IdentityCheck, RecoveryCode, Slip, User
from tongxing.facts.models import Extract
from tongxing.organisations import accounts
from tongxing.organisations.account_models import AccessReview
from tongxing.organisations.models import Centre, Membership


def of(cast: Any) -> None:
    """National: accounts belong to no centre. Kinds `account`, `membership`, `proposal`, `released`."""
    with world.as_(cast.security) as by:
        new = accounts.add_account(login="newcomer", name="newcomer (demonstration)", language="en", by=by)
        centre = Centre.objects.get(id=cast.here.centre.id)
        asked = accounts.propose(user=new, role="front_desk", centre=centre, starts_on=date(2026, 1, 1), by=by)
    colleague = world.somebody("case_worker", cast.here.centre.slug)
    held = Membership.objects.using("owner").get(user_id=colleague.user_id)
    looked_at = owner_of(colleague.user_id)
    with world.as_(cast.security) as by:
        accounts.print_slip(user=looked_at, kind="password", document="known", by=by)
        accounts.review(held, keep=True, reason="seen (demonstration)", quarter="2026-Q1", by=by)
    _there(cast)
    cast.national |= {"account": new.id, "membership": held.id, "proposal": asked.id, "released": _big(cast)}
    assert IdentityCheck.objects.using("owner").exists() and AccessReview.objects.using("owner").exists()
    assert ConductSignature.objects.using("owner").filter(user_id=cast.there.front_desk.user_id).exists()


def _there(cast: Any) -> None:
    """One row of each table about somebody of the other centre: a slip that was used, a code, a check, a proposal."""
    somebody, by = owner_of(cast.there.front_desk.user_id), cast.security.user_id
    RecoveryCode.objects.using("owner").create(user=somebody, code_hash=slips.code_hash("22222-22222"))
    IdentityCheck.objects.using("owner").create(user=somebody, checked_by_id=by, document="known", kind="phone")
    now = timezone.now()
    Slip.objects.using("owner").create(
        user=somebody, kind="phone", code_hash=slips.code_hash("2222"), issuer_id=by, expires_at=now, used_at=now
    )
    with world.as_(cast.security) as acting:
        place = Centre.objects.get(id=cast.there.centre.id)
        accounts.propose(user=somebody, role="case_worker", centre=place, starts_on=date(2026, 1, 1), by=acting)


def owner_of(user_id: uuid.UUID) -> User:
    found: User = User.objects.using("owner").get(id=user_id)
    return found


def _big(cast: Any) -> uuid.UUID:
    """A file of 101 persons that somebody else than the officers of the cast has asked for."""
    other = world.somebody("mande")
    day = world.TODAY
    made: Extract = Extract.objects.using("owner").create(
        user_id=other.user_id,
        role="mande",
        kinds=["child_registered"],
        form="csv",
        state="ready",
        persons=101,
        starts_on=day,
        ends_on=day,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    return made.pk
