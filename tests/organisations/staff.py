"""Staff for tests of accounts: added, proposed, confirmed; and a probe that says whether the database refuses."""

import uuid
from datetime import date

from django.db import Error, connection, transaction

from tests import world
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.access.models import User
from tongxing.organisations import accounts
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.models import Centre, Membership

HERE = "changzhou-2"
TODAY = date(2026, 1, 1)


def added(by: Acting) -> User:
    with world.as_(by):
        return accounts.add_account(login=f"n-{uuid.uuid4().hex[:8]}", name="新人（演示）", language="zh-hans", by=by)


def proposed(by: Acting, user: User | None = None, role: str = "front_desk", centre: str = HERE) -> Proposal:
    user = user or added(by)
    place = Centre.objects.get(slug=centre) if centre else None
    with world.as_(by):
        return accounts.propose(user=user, role=role, centre=place, starts_on=TODAY, by=by)


def confirmed(proposal: Proposal, by: Acting) -> Membership:
    with world.as_(by):
        accounts.decide(proposal, confirm=True, by=by)
    return Membership.objects.using("owner").get(user_id=proposal.user_id, role=proposal.role, ends_on=None)


def working(role: str = "front_desk", centre: str = HERE) -> tuple[Acting, Membership]:
    by = world.somebody(role, centre)
    return by, Membership.objects.using("owner").get(user_id=by.user_id)


def left(membership_id: uuid.UUID) -> None:
    """A place of work ends as a security administrator ends it."""
    by = world.somebody("security")
    with world.as_(by):
        accounts.end_place(Membership.objects.get(id=membership_id), heir_id=None, by=by)


def refused(by: Acting | None, statement: str, *values: object) -> bool:
    """Does the database refuse it, or does it touch nothing?"""
    try:
        with transaction.atomic():
            if by is None:
                return _touches_nothing(statement, values)
            with acting_as(by):
                return _touches_nothing(statement, values)
    except Error:
        return True


def _touches_nothing(statement: str, values: tuple[object, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall() if cursor.description else []
        transaction.set_rollback(True)
        return cursor.rowcount == 0 or (bool(cursor.description) and found in ([], [(None,)], [(False,)]))
