"""What the public home offers: ways to help, and figures of the latest approved edition. It calculates nothing."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.core.date_forms import long_date
from tongxing.core.i18n import Text
from tongxing.desk.navigation import address
from tongxing.publishing.actions import sheet
from tongxing.publishing.formats.words import claimed
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet

FIGURES = 3
EDITIONS = 12  # looked through for one with figures


@dataclass(frozen=True)
class Tile:
    """One way to help: where it leads is a search of services for that need."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Figure:
    """A published number as parts/figure.html draws it: never without its date and how it is made."""

    title: Text
    value: str
    unit: Text | str
    note: Text | str
    as_of: str
    how_url: str
    is_claim: bool = False


def tiles() -> list[Tile]:
    """What is here for somebody in need; empty while services cannot be searched."""
    find = address("organisations:find")
    if not find:
        return []
    return [
        Tile(
            _("Register a child"),
            _("New in a city? No identity document is needed. Come with your child, or call first."),
            find,
        ),
        Tile(
            _("School for my child"),
            _("What you can apply for, where, and when you will hear back."),
            f"{find}?need=school",
        ),
        Tile(_("Health care"), _("Check-ups and advice, with stations for young people."), f"{find}?need=health"),
        Tile(
            _("Work and wages"),
            _("Unpaid wages, injury, contracts. Free advice, anonymous if you wish."),
            f"{find}?need=wages",
        ),
        Tile(
            _("Someone to talk to"),
            _("Confidential talks. We do not record what you look for."),
            f"{find}?need=counselling",
        ),
        Tile(_("Learn a skill"), _("Life skills and vocational courses at flexible times."), f"{find}?need=skills"),
    ]


def latest_edition() -> Edition | None:
    """The newest approved edition of any programme that counts something; without one, the newest of all."""
    newest = list(Edition.objects.approved().select_related("programme").order_by("-approved_at")[:EDITIONS])
    return next((edition for edition in newest if sheet(edition).figures), newest[0] if newest else None)


def figures(edition: Edition) -> list[Figure]:
    """The first key figures of the edition and one claim that no record here supports."""
    frozen, code = sheet(edition), edition.programme.code
    until = _("As of %(date)s") % {"date": long_date(frozen.until, get_language() or "en")}
    shown = [
        Figure(
            title=one.title,
            value=one.number.text(get_language() or "en"),
            unit=one.unit,
            note=one.counted,
            as_of=until,
            how_url=reverse("publishing:how", args=[code, one.measure]),
        )
        for one in frozen.figures[:FIGURES]
    ]
    return shown + _claims(frozen, code)


def _claims(frozen: Factsheet, code: str) -> list[Figure]:
    claim = next((line for line in frozen.claims if line.state == "claim_only"), None)
    if claim is None:
        return []
    header = frozen.header
    years = f"{header.starts_on:%Y}–{header.ends_on:%Y}" if header.starts_on and header.ends_on else ""
    return [
        Figure(
            title=claim.words,
            value=claimed(claim),
            unit="",
            note=_("A claim of the archived page; no records here"),
            as_of=years,
            how_url=reverse("publishing:factsheet", args=[code]) + "#claims",
            is_claim=True,
        )
    ]


def reading(edition: Edition | None) -> list[dict[str, str]]:
    """For readers who check: the programmes, and the factsheet of the latest edition."""
    pages = []
    if edition:
        code = edition.programme.code
        pages.append(
            {
                "title": _("Programme factsheet: %(code)s") % {"code": code},
                "url": reverse("publishing:factsheet", args=[code]),
            }
        )
    if programmes := address("publishing:programmes"):
        pages.append({"title": _("All programmes"), "url": programmes})
    return pages
