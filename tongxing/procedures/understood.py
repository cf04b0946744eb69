"""What was made of a name and a birth as they were typed: shown beside the form, so that a wrong guess is corrected."""

import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.core.dates import PartialDate
from tongxing.linkage import names, writing
from tongxing.procedures import intake


def about_name(typed: intake.Typed) -> list[str]:
    """Surname, reading, rare characters, letters of a foreign alphabet; [] where no name is typed."""
    name = typed.get("name", "").strip()
    if not name:
        return []
    surname = typed.get("surname", "").strip() or names.split(name)[0]
    spoken = typed.get("spoken", "").strip() or names.spoken(name, typed.get("surname", "").strip() or None)
    said = [_("Surname guessed: %(surname)s") % {"surname": surname}] if surname else []
    said += [_("Read as: %(spoken)s") % {"spoken": spoken}] if spoken != name else []
    if rare := writing.rare(name):
        words = ", ".join(" ".join(filter(None, (one.character, one.code, one.reading))) for one in rare)
        said.append(_("Rarely drawn: %(characters)s") % {"characters": words})
    if meant := writing.one_alphabet(name):
        said.append(_("Letters of another alphabet: perhaps %(name)s is meant") % {"name": meant})
    return said


def about_birth(typed: intake.Typed, today: datetime.date) -> list[str]:
    """The date that the words were taken for, by which calendar, and the age of today; [] where they cannot be read."""
    born = intake.details(typed, today).birth
    if not isinstance(born, PartialDate):
        return []
    kind = {"lunar": _("lunar calendar"), "sui": _("nominal age")}.get(born.calendar, "")
    birth = born.describe(get_language() or "en") + (f" ({kind})" if kind else "")
    return [_("Born: %(birth)s") % {"birth": birth}, _("Age today: %(age)s") % {"age": born.age_on(today)}]
