"""The staff of a programme as a spreadsheet: a template, a dry run with a report of each row, and all of it or nothing.

A row is a person at a place in a role. What it brings is what a page brings too: an account without a password, and a
proposal that another person confirms. The same file a second time changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
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
Key = tuple[str, str, str]  # log-in, role, centre


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
    periods: dict[Key, list[tuple[date, date | None]]] = field(default_factory=dict)
    waiting: set[Key] = field(default_factory=set)  # to be confirmed: of one place one proposal at a time
    roles: dict[str, set[str]] = field(default_factory=dict)

    def note(self, key: Key, starts_on: date, ends_on: date | None, *, waits: bool) -> None:
        self.periods.setdefault(key, []).append((starts_on, ends_on))
        self.roles.setdefault(key[0], set()).add(key[1])
        if waits:
            self.waiting.add(key)


@dataclass(frozen=True)
class _Place:
    login: str
    name: str
    language: str
    role: str
    centre: Centre | None
    starts_on: date
    ends_on: date | None

    @property
    def key(self) -> Key:
        return self.login, self.role, self.centre.slug if self.centre else ""


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
    rows = sheets[0] if sheets else []
    if rows and _is_heading(rows[0]):
        rows = rows[1:]
    return [row for row in rows if not _is_note(row)]


def _is_heading(row: ReadRow) -> bool:
    """The first row of the template; a person who stands there has a role or a day in it."""
    return row.cells[3].text.strip() not in ROLES and not re.match(r"\d{4}-", row.cells[5].text.strip())


def _is_note(row: ReadRow) -> bool:
    """A sentence below the rows; what could be a log-in is a person of whom the rest is missing."""
    is_alone = not any(cell.text or cell.is_formula for cell in row.cells[1:])
    return is_alone and not row.cells[0].is_formula and not LOGIN.fullmatch(row.cells[0].text.strip().lower())


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
            outcome = _outcome(place, known)
        except Refused as problem:
            lines.append(Line(row.number, "refused", said, str(problem)))
            continue
        lines.append(Line(row.number, outcome, said))
        if outcome != "same":
            places.append(place)
            known.users.setdefault(place.login, (place.name, None))
            known.note(place.key, place.starts_on, place.ends_on, waits=True)
    report = Report(tuple(lines))
    if write and report.is_whole:
        _written(places, by)
    return report


def _outcome(place: _Place, known: _Known) -> str:
    for starts_on, ends_on in known.periods.get(place.key, ()):
        if (ends_on is None or place.starts_on < ends_on) and (place.ends_on is None or starts_on < place.ends_on):
            return "same"
    if place.key in known.waiting:
        raise Refused(_("This place holds already, or waits to be confirmed."))
    return "place" if place.login in known.users else "new"


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
            by=by,
        )


def _known() -> _Known:
    users: dict[str, tuple[str, User | None]] = {user.login: (user.name, user) for user in User.objects.all()}
    centres = {centre.slug: centre for centre in Centre.objects.all()}
    # What has ended leaves a place free again, and the role too: from the day on which it ended on the house's calendar.
    held = Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gt=timezone.localdate()))
    asked = Proposal.objects.filter(answer="")
    known = _Known(users, centres)
    told = ("user__login", "role", "centre__slug", "starts_on", "ends_on")
    for waits, rows in ((False, held.values_list(*told)), (True, asked.values_list(*told))):
        for login, role, slug, starts_on, ends_on in rows:
            known.note((login, role, slug or ""), starts_on, ends_on, waits=waits)
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
