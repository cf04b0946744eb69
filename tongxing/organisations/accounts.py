"""What a security administrator does: accounts, places of work that another confirms, slips, leaving, the review.

Whether it is allowed is decided in the database (sql/accounts.sql); here is what it is called and what it needs.
"""

import uuid
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongxing.access import slips
from tongxing.access.acting import Acting
from tongxing.access.actions import UNUSED
from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.core.ids import uuid7
from tongxing.organisations.account_models import AccessReview, Proposal
from tongxing.organisations.models import Centre, Membership

BOOTSTRAP = ("system", "security", "audit", "coordinator")  # made by the operator, one command each


class NotPossible(Exception):
    """`reason` says why; the page has the words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class State:
    """What an account has to sign in with, which slip is open until when, when it was last seen."""

    has_password: bool  # one that can be typed: a new account has none, nor one whose password was lost
    has_phone: bool
    slip_kind: str | None
    slip_until: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class Printed:
    """A slip as it is printed once: nobody can read the code again."""

    user: User
    kind: str
    code: str
    until: datetime


def states() -> dict[uuid.UUID, State]:
    """Of all accounts, for who may read accounts; nobody else is told anything."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.account_states()")
        return {row[0]: State(*row[1:]) for row in cursor.fetchall()}


def last_seen() -> dict[tuple[uuid.UUID, str, uuid.UUID | None], datetime]:
    """When somebody was last at work in a role at a place."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.last_seen()")
        return {(user, role, centre): seen for user, role, centre, seen in cursor.fetchall()}


@transaction.atomic
def add_account(*, login: str, name: str, language: str, by: Acting) -> User:
    """Somebody new, who can do nothing yet. Raises NotPossible("login") for a log-in that exists."""
    by.demand("account", "add")
    try:
        with transaction.atomic():
            return User.objects.create(login=login, name=name, password=UNUSED, language=language)
    except IntegrityError as error:
        raise NotPossible("login") from error


@transaction.atomic
def propose(
    *,
    user: User,
    role: str,
    centre: Centre | None,
    starts_on: date,
    ends_on: date | None = None,
    reason: str = "",
    by: Acting,
) -> Proposal:
    """Propose a place of work for somebody else; another person confirms it.

    Raises NotPossible: `oneself`, `scope` (a national role has no centre, every other has one), `twice` (another one
    waits, or one holds on a day between).
    """
    by.demand("proposal", "add")
    if user.id == by.user_id:
        raise NotPossible("oneself")
    if (ROLES[role].scope == "national") != (centre is None):
        raise NotPossible("scope")
    held = Membership.objects.filter(user_id=user.id, role=role, centre=centre)
    here = held.filter(Q(ends_on=None) | Q(ends_on__gt=max(starts_on, timezone.localdate())))
    if (here.filter(starts_on__lt=ends_on) if ends_on else here).exists():
        raise NotPossible("twice")
    proposal = Proposal(
        user_id=user.id,
        login=user.login,
        name=user.name,
        role=role,
        centre=centre,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        proposed_by_id=by.user_id,
        proposer_name=by.name,
    )
    _added_once(proposal)
    return proposal


def _added_once(row: Proposal | AccessReview) -> None:
    """The database knows, also of what somebody else did a moment ago, that there is one already."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NotPossible("twice") from error


@transaction.atomic
def decide(proposal: Proposal, *, confirm: bool, by: Acting) -> None:
    """Confirm or refuse what somebody else proposed. A confirmed one holds at once.

    Raises PermissionDenied for one's own or one about oneself, NotPossible: `answered`, `apart` (an administrator has no
    second role).
    """
    by.demand("proposal", "change")
    if by.user_id in (proposal.proposed_by_id, proposal.user_id):
        raise PermissionDenied("four eyes: somebody else confirms")
    says = "confirmed" if confirm else "refused"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select access.decide_proposal(%s, %s, %s)", [proposal.id, says, uuid7()])
            if not cursor.fetchone()[0]:
                raise NotPossible("answered")
    except IntegrityError as error:
        raise NotPossible("apart") from error


@transaction.atomic
def print_slip(*, user: User, kind: str = "invite", document: str = "", by: Acting) -> Printed:
    """A slip for somebody else; earlier ones are void. `document`: what was looked at before a reset.

    A reset ends every stay at once. Raises PermissionDenied for oneself, NotPossible("slip") when it is not due: no
    confirmed place, already begun, or everything lost and nobody else has looked within a day (`look`).
    """
    by.demand("account", "change")
    if user.id == by.user_id:
        raise PermissionDenied("nobody resets the own log-in")
    if kind != "invite" and not document:
        raise NotPossible("document")
    code = slips.new_code()
    with connection.cursor() as cursor:
        cursor.execute(
            "select access.issue_slip(%s, %s, %s, %s, %s, %s)",
            [user.id, kind, document, slips.code_hash(code), slips.SLIP_DAYS, uuid7()],
        )
        until = cursor.fetchone()[0]
    if until is None:
        raise NotPossible("slip")
    return Printed(user, kind, code, until)


def was_looked_at(user: User) -> bool:
    """Has another administrator looked at this person within a day, because everything is lost?"""
    with connection.cursor() as cursor:
        cursor.execute("select access.was_looked_at(%s)", [user.id])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def look(*, user: User, document: str, by: Acting) -> None:
    """The first of two looks when everything is lost: it prints nothing. Raises NotPossible("slip") before a first log-in."""
    by.demand("account", "change")
    if user.id == by.user_id:
        raise PermissionDenied("nobody resets the own log-in")
    with connection.cursor() as cursor:
        cursor.execute("select access.look_at(%s, %s)", [user.id, document])
        if not cursor.fetchone()[0]:
            raise NotPossible("slip")


@transaction.atomic
def end_place(membership: Membership, *, heir_id: uuid.UUID | None, by: Acting) -> None:
    """End a membership now, its stays at once; drafts go to a named colleague there. Raises NotPossible("heir")."""
    by.demand("account", "change")
    if membership.user_id == by.user_id:
        raise PermissionDenied("nobody ends the own place")
    with connection.cursor() as cursor:
        cursor.execute("select access.end_place(%s, %s)", [membership.id, heir_id])
        if not cursor.fetchone()[0]:
            raise NotPossible("heir")


def waiting_at(membership: Membership) -> tuple[int, int]:
    """How many drafts are this person's own there, and how many tasks of the centre are open."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access.waiting_at(%s)", [membership.id])
        drafts, tasks = cursor.fetchone()
        return drafts, tasks


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def due_on(quarter: str) -> date:
    """Its last day: until then the quarter is looked through, and from the next day on the next one."""
    year, month = int(quarter[:4]), int(quarter[-1]) * 3
    return date(year, month, monthrange(year, month)[1])


@transaction.atomic
def review(membership: Membership, *, keep: bool, reason: str, quarter: str, by: Acting) -> AccessReview:
    """Look at one membership in one quarter: kept, or ended at once. Raises NotPossible: `oneself`, `twice`, `heir`."""
    by.demand("account", "add")
    if membership.user_id == by.user_id:
        raise NotPossible("oneself")
    seen = AccessReview(membership=membership, quarter=quarter, is_kept=keep, reason=reason, reviewed_by_id=by.user_id)
    _added_once(seen)
    if not keep:
        end_place(membership, heir_id=None, by=by)
    return seen
