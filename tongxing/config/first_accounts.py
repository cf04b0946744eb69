"""What the operator does before there is anybody: one administrator of each role, and a roster in a name."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongxing.access.acting import Acting
from tongxing.access.actions import account_by_operator
from tongxing.access.context import acting_as
from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.access.slips import SLIP_DAYS
from tongxing.core.spreadsheet_reader import BadWorkbook
from tongxing.organisations import roster
from tongxing.organisations.accounts import BOOTSTRAP, NotPossible
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Membership
from tongxing.organisations.roster import LOGIN, Report


class Refusal(Exception):
    """What the operator asked for is not done; the text says why."""


@transaction.atomic(using="owner")
def first_of(role: str, *, login: str, name: str, language: str, today: date) -> tuple[User, str]:
    """The first administrator of a role, with the code of the slip. Runs as owner.

    Raises Refusal when somebody holds the role, or the log-in exists or is none.
    """
    if role not in BOOTSTRAP:
        raise Refusal(f"{role} is not made here: a security administrator proposes it and another person confirms.")
    if not LOGIN.fullmatch(login):
        raise Refusal("A log-in takes small letters, digits, dot and hyphen, at least two.")
    if Membership.objects.using("owner").filter(role=role).active_at(timezone.now()).exists():
        raise Refusal(f"There is one: {role}. Further ones are proposed and confirmed on the page Accounts.")
    try:
        with transaction.atomic(using="owner"):
            user, code = account_by_operator(login=login, name=name, language=language)
    except IntegrityError as error:
        raise Refusal(
            f"The log-in {login} exists. Nobody holds two roles of administrators: choose another."
        ) from error
    add_membership(user_id=user.id, centre_id=None, role=role, starts_on=today)
    return user, code


def slip_text(user: User, code: str, role: str) -> str:
    """The slip for a terminal or a printer, in the language of the person."""
    with override(user.language):
        lines = [
            "同行 Tongxing",
            "",
            f"{user.name} · {ROLES[role].name}",
            f"{_('Address to type')}: /{user.language}/first/",
            f"{_('Log-in')}: {user.login}",
            f"{_('Code of the slip')}: {code}",
            _("Valid for %(days)s days. It works once.") % {"days": SLIP_DAYS},
        ]
    return "\n".join(lines)


def roster_of(content: bytes, *, login: str, write: bool) -> Report:
    """A roster in the name of a security administrator, under that person's signed context.

    Raises Refusal for a log-in that is no security administrator today, or a file that cannot be read.
    """
    members = Membership.objects.using("owner").filter(user__login=login, role="security").select_related("user")
    found = members.active_at(timezone.now()).first()
    if found is None:
        raise Refusal(f"{login} is no security administrator today.")
    by = Acting(found.user_id, found.user.name, "security", None, purpose="roster")
    try:
        rows = roster.read(content)
    except BadWorkbook as problem:
        raise Refusal(f"The file cannot be read: {problem.reason}.") from problem
    try:
        with transaction.atomic(), acting_as(by):
            return roster.take(rows, write=write, by=by)
    except NotPossible as problem:
        raise Refusal(f"Somebody else did the same a moment ago ({problem.reason}). Nothing was taken.") from problem
