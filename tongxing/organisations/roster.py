"""The staff of a programme as a spreadsheet: a template, a dry run with a report of each row, and all of it or nothing.

A row is a person at a place in a role. What it brings is what a page brings too: an account without a password, and a
proposal that another person confirms. The same file a second time changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from tongxing.access.acting import Acting
from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.core.spreadsheet_reader import ReadRow, read_workbook
from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.organisations import accounts
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.models import Centre, Membership

LANGUAGES = ("zh-hans", "en", "mn")
COLUMNS = ("login", "name", "language", "role", "centre", "from", "until")
HEADINGS = (
    gettext_lazy("Log-in"),
    pgettext_lazy("staff", "Name"),
    gettext_lazy("Language"),
    gettext_lazy("Role"),
    gettext_lazy("Centre"),
    gettext_lazy("From"),
    gettext_lazy("Until (empty: without end)"),
)
LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,58}")


@dataclass(frozen=True)
class Line:
    """What becomes of one row: `new` person and place, `place` for somebody known, `same` (nothing), or `refused`."""

    number: int
    outcome: str
    said: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True)
class Report:
    """What a file would do, or did."""

    lines: tuple[Line, ...]

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def is_whole(self) -> bool:
        """Nothing is refused, so it can be taken over."""
        return bool(self.lines) and not self.count("refused")


@dataclass
class _Known:
    """What is there, and what earlier rows of the file have brought."""

    users: dict[str, tuple[str, User | None]]
    centres: Mapping[str, Centre]
    places: set[tuple[str, str, str]]
    roles: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    login: str
    name: str
    language: str
    role: str
    centre: Centre | None
    starts_on: date
    ends_on: date | None


class Refused(ValueError):
    """One row cannot be taken; the text says why, in the reader's language."""


def template() -> bytes:
    """An empty workbook with headings in three languages and the lists of what may stand in a cell."""
    titles = []
    for heading in HEADINGS:
        spoken = []
        for language in LANGUAGES:
            with override(language):
                spoken.append(str(heading))
        titles.append("\n".join(spoken))
    roles = [[code, str(role.name), str(role.work)] for code, role in ROLES.items()]
    centres = [[one.slug, str(one.name)] for one in Centre.objects.order_by("slug")]
    notes = [
        _("One row for each person at each place. Log-ins: small letters, digits, dot and hyphen, at least two."),
        _("Role and centre by their codes, from the other sheets; a national role has no centre."),
    ]
    return workbook(
        [
            Sheet("Staff", titles, [], notes),
            Sheet("Roles", [_("Code"), _("Name"), _("What for")], roles),
            Sheet("Centres", [_("Code"), _("Name")], centres),
        ]
    )


def read(content: bytes) -> list[ReadRow]:
    """The rows of the first sheet, below its headings and above the notes. Raises BadWorkbook."""
    sheets = read_workbook(content, columns=len(COLUMNS))
    rows = sheets[0][1:] if sheets else []
    return [row for row in rows if any(cell.text or cell.is_formula for cell in row.cells[1:])]


@transaction.atomic
def take(rows: Sequence[ReadRow], *, write: bool, by: Acting) -> Report:
    """Say what each row would bring; with `write` bring it, if no row is refused. All or nothing."""
    by.demand("account", "add")
    known = _known()
    lines, places = [], []
    for row in rows:
        said = tuple(cell.text for cell in row.cells)
        try:
            place = _read(row, known, by)
        except Refused as problem:
            lines.append(Line(row.number, "refused", said, str(problem)))
            continue
        key = (place.login, place.role, place.centre.slug if place.centre else "")
        outcome = "same" if key in known.places else "new" if place.login not in known.users else "place"
        known.places.add(key)
        known.users.setdefault(place.login, (place.name, None))
        known.roles.setdefault(place.login, set()).add(place.role)
        lines.append(Line(row.number, outcome, said))
        if outcome != "same":
            places.append(place)
    report = Report(tuple(lines))
    if write and report.is_whole:
        _written(places, by)
    return report


def _written(places: list[_Place], by: Acting) -> None:
    for place in places:
        user = User.objects.filter(login=place.login).first()
        if user is None:
            user = accounts.add_account(login=place.login, name=place.name, language=place.language, by=by)
        accounts.propose(
            user=user,
            role=place.role,
            centre=place.centre,
            starts_on=place.starts_on,
            ends_on=place.ends_on,
            reason=_("staff roster"),
            by=by,
        )


def _known() -> _Known:
    users: dict[str, tuple[str, User | None]] = {user.login: (user.name, user) for user in User.objects.all()}
    centres = {centre.slug: centre for centre in Centre.objects.all()}
    held = Membership.objects.filter(ends_on=None).values_list("user__login", "role", "centre__slug")
    asked = Proposal.objects.filter(answer="").values_list("login", "role", "centre__slug")
    places = {(login, role, slug or "") for login, role, slug in (*held, *asked)}
    known = _Known(users, centres, places)
    for login, role, _slug in places:
        known.roles.setdefault(login, set()).add(role)
    return known


ADMINISTRATORS = {"system", "security", "audit"}


def _read(row: ReadRow, known: _Known, by: Acting) -> _Place:
    for cell in row.cells:
        if cell.is_formula:
            raise Refused(_("%(cell)s is a formula. Write the value itself.") % {"cell": cell.address})
    login, name, language, role, slug, start, end = (cell.text.strip() for cell in row.cells)
    login = login.lower()
    _person(login, name, language, known, by)
    _role(login, role, known)
    starts_on, ends_on = _day(start), _day(end)
    if starts_on is None:
        raise Refused(_("“From” is missing. Write a day, for example 2026-12-01."))
    if ends_on and ends_on <= starts_on:
        raise Refused(_("“Until” must be later than “From”."))
    return _Place(login, name, language, role, _centre(role, slug, known), starts_on, ends_on)


def _person(login: str, name: str, language: str, known: _Known, by: Acting) -> None:
    if not LOGIN.fullmatch(login):
        raise Refused(_("The log-in takes small letters, digits, dot and hyphen, at least two."))
    if not name or len(name) > 120:
        raise Refused(_("The name is missing or longer than 120 characters."))
    if (stored := known.users.get(login)) and stored[0] != name:
        raise Refused(_("This log-in belongs to somebody with another name. Choose another log-in."))
    if stored and stored[1] and stored[1].id == by.user_id:
        raise Refused(_("Nobody proposes a place for oneself."))
    if language not in LANGUAGES:
        raise Refused(_("The language is one of %(codes)s.") % {"codes": ", ".join(LANGUAGES)})


def _role(login: str, role: str, known: _Known) -> None:
    if role not in ROLES:
        raise Refused(_("There is no role “%(code)s”; the sheet Roles lists them.") % {"code": role[:40]})
    held = known.roles.get(login, set()) - {role}
    if held and (role in ADMINISTRATORS or held & ADMINISTRATORS):
        raise Refused(_("An administrator has no second role."))


def _centre(role: str, slug: str, known: _Known) -> Centre | None:
    if ROLES[role].scope == "national":
        if slug:
            raise Refused(_("A national role has no centre: leave the cell empty."))
        return None
    if slug not in known.centres:
        raise Refused(_("There is no centre “%(code)s”; the sheet Centres lists them.") % {"code": slug[:40]})
    return known.centres[slug]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refused(_("“%(text)s” is no day. Write it like 2026-12-01.") % {"text": text[:20]}) from None
