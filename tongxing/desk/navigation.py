"""Which pages appear in the bar, for whom. A page whose address does not exist yet is left out, not shown dead."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.access.acting import Acting

DESK = ("front_desk", "case_worker")
REPORTING = ("partner", "mande", "coordinator")


@dataclass(frozen=True)
class Page:
    """One entry: where it leads, what it is called, who sees it (empty: everyone).

    `covers` are beginnings of view names during which the entry counts as the current one.
    """

    url_name: str
    label: str | Promise
    roles: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Badge:
    """The number beside an entry; `said` is what a screen reader adds ("overdue"), urgent ones are vermilion."""

    count: int | str  # a word when it is not counted to the end: "999+"
    said: str
    urgent: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry as the bar shows it."""

    url_name: str
    url: str
    label: str | Promise
    is_current: bool
    badge: Badge | None = None


WORK = (
    Page("desk:today", _("Today"), DESK),
    Page("registry:search", _("People"), DESK, ("registry:", "procedures:")),
    Page("registry:search", pgettext_lazy("navigation", "Register"), ("police",), ("procedures:registration_",)),
    Page("procedures:registration_list", _("Registrations"), ("police",)),
    Page("procedures:referral_list", _("Referrals"), (*DESK, "receiver"), ("procedures:referral", "casework:")),
    Page("procedures:roster_list", _("Rosters"), DESK, ("procedures:roster",)),
    Page("registry:review", pgettext_lazy("identity", "Review"), ("case_worker", "safeguarding"), ("registry:review",)),
    Page("registry:alerts", _("Alerts"), ("safeguarding",)),
    Page(
        "publishing:figures",
        _("Figures"),
        ("mande", "coordinator"),
        ("publishing:figure", "publishing:cell_", "publishing:overlap", "publishing:measure"),
    ),
    Page("facts:extracts", _("Extracts"), ("mande", "coordinator"), ("facts:extract",)),
    Page("programme:calendar", _("Reports"), REPORTING, ("programme:report",)),
    Page("programme:framework", _("Results"), REPORTING, ("programme:indicator",)),
    Page(
        "programme:programmes",
        _("Programmes"),
        ("mande", "coordinator"),
        ("programme:document_", "programme:lesson", "programme:closing"),
    ),
    Page("organisations:accounts", _("Accounts"), ("security",), ("organisations:account", "organisations:place_")),
    Page("organisations:access_review", _("Access review"), ("security",)),
    Page("organisations:proposals", _("To confirm"), ("security", "coordinator"), ("organisations:proposal",)),
    Page("publishing:editions", _("Publish"), ("coordinator",), ("publishing:edition_",)),
    Page("programme:voice_take", pgettext_lazy("navigation", "Complaints"), DESK, ("programme:voice_take",)),
    Page(
        "programme:voice_list",
        pgettext_lazy("navigation", "Voices"),
        ("case_worker", "coordinator", "safeguarding"),
        ("programme:voice",),
    ),
    Page("programme:voice_changes", _("What changed"), ("mande",)),
    Page("audit:findings", _("Unusual look-ups"), ("audit",), ("audit:finding",)),
    Page("audit:trace", _("Who looked at what"), ("audit",)),
    Page("audit:events", _("Security events"), ("audit",)),
    Page("audit:breach", _("Breach report"), ("audit",)),
    Page("audit:seals", _("Seals of the log"), ("audit",)),
    Page("operations:operations", pgettext_lazy("of the house", "Operations"), ("system",), ("operations:",)),
    Page(
        "rights:requests",
        pgettext_lazy("navigation", "Family requests"),
        (*DESK, "safeguarding", "protection"),
        ("rights:request",),
    ),
    Page("rights:halts", _("Legal holds"), ("protection",), ("rights:halt",)),
    Page("rights:purges", _("Retention"), ("protection", "system", "audit")),
    Page("registry:linking_runs", _("Linkage"), ("coordinator", "safeguarding")),
)
PUBLIC = (
    Page("desk:home", _("Home")),
    Page("organisations:find", _("Find a service")),
    Page("publishing:programmes", _("Programmes"), (), ("publishing:", "programme:document")),
    Page("programme:voice_say", _("Complaints and suggestions"), (), ("programme:voice", "programme:what_changed")),
)

_badges: dict[str, Callable[[Acting], Badge | None]] = {}


def badge(url_name: str) -> Callable[[Callable[[Acting], Badge | None]], Callable[[Acting], Badge | None]]:
    """Declare who counts what waits behind an entry: `@badge("desk:today")`. Called once per page at work."""

    def declared(count: Callable[[Acting], Badge | None]) -> Callable[[Acting], Badge | None]:
        _badges[url_name] = count
        return count

    return declared


def address(url_name: str) -> str:
    """The address of a page without arguments, or an empty string while it does not exist."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def marked(pages: list[Page], view_name: str) -> Page | None:
    """The entry the reader is on: its own page first, else the one with the longest matching beginning."""
    for page in pages:
        if page.url_name == view_name:
            return page
    reach = [(len(start), page) for page in pages for start in page.covers if view_name.startswith(start)]
    return max(reach, key=lambda found: found[0])[1] if reach else None


def entries(pages: Iterable[Page], view_name: str, acting: Acting | None = None) -> list[Entry]:
    """The bar: pages that exist and that this role sees, the current one marked, with badges when somebody acts."""
    seen = [page for page in pages if not page.roles or (acting and acting.role in page.roles)]
    current = marked(seen, view_name)
    found = []
    for page in seen:
        if not (url := address(page.url_name)):
            continue
        counted = _badges.get(page.url_name) if acting else None
        badge_now = counted(acting) if counted and acting else None
        found.append(Entry(page.url_name, url, page.label, page is current, badge_now))
    return found
