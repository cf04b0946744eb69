"""What a factsheet says beside figures and claims: alignments, contacts, documents, lessons, where which work met.

Every class has defaults, so that an edition frozen before a field existed thaws without it.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tongxing.access.permissions import ROLES, may
from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected
from tongxing.organisations.models import Site
from tongxing.programme.models import Document, Outcome, Programme, WorkAtSite
from tongxing.programme.rules.sites import Meeting, meeting

UNSAID = Text()


@dataclass(frozen=True)
class Alignment:
    """A goal, framework or right; `is_stated` by the page, or else mapped by us later."""

    kind: str
    code: str
    text: Text
    is_stated: bool


@dataclass(frozen=True)
class Partner:
    """Who took part, as the page puts it."""

    role: Text
    name: Text


@dataclass(frozen=True)
class Contact:
    """An office to write to; never a person."""

    role: Text
    office: Text
    note: Text


@dataclass(frozen=True)
class DocumentLine:
    """One document in its newest version on the day of the edition; what was withdrawn since says so when opened."""

    id: str
    title: Text
    kind: str
    language: str
    dated_on: datetime.date
    version: int
    file_name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class LessonLine:
    """One practice or lesson, where it comes from, what it concerns, what was done about it."""

    kind: str
    text: Text
    place: Text
    recorded_on: datetime.date | None
    concerns: Text
    state: str
    done: Text


@dataclass(frozen=True)
class WorkCell:
    """Work of one outcome at one site: what the page names, and the record where a measure of the outcome has one."""

    number: int
    work: Text
    quote: str
    state: str  # "named" | "planned" | "" (the page names none)
    record: Protected | None


@dataclass(frozen=True)
class SiteRow:
    """One site with a cell for each outcome; `priority` is its priority issue, empty where the page states none."""

    site: str
    name: Text
    priority: Text
    cells: tuple[WorkCell, ...]

    @property
    def named(self) -> tuple[int, ...]:
        """The outcomes of which work was here, says the page; what is only planned has not met anything yet."""
        return tuple(cell.number for cell in self.cells if cell.state == "named")


@dataclass(frozen=True)
class About:
    """Everything about a programme that is not counted."""

    dates_exact_to: str = "day"
    parts: str = "outcome"  # what the page divides its work into: "outcome" | "area"
    alignments: tuple[Alignment, ...] = ()
    partners: tuple[Partner, ...] = ()
    contacts: tuple[Contact, ...] = ()
    contribute: Text = UNSAID
    find_out_more: Text = UNSAID
    uploaders: tuple[Text, ...] = ()
    upload_roles: tuple[str, ...] = ()
    documents: tuple[DocumentLine, ...] = ()
    lessons: tuple[LessonLine, ...] = ()
    sites: tuple[SiteRow, ...] = ()

    @property
    def outcomes(self) -> tuple[int, ...]:
        """The columns of the map."""
        return tuple(cell.number for cell in self.sites[0].cells) if self.sites else ()

    @property
    def met(self) -> Meeting:
        """Where the work of several outcomes met, and where it did not."""
        return meeting(self.outcomes, {row.site: row.named for row in self.sites})

    @property
    def site_names(self) -> dict[str, Text]:
        return {row.site: row.name for row in self.sites}


NOTHING = About()
Records = Mapping[str, Mapping[Text, Protected]]  # measure → name of the site → what the key figure's table shows of it


def about(programme: Programme, records: Records) -> About:
    """What is known of `programme` now. `records` are published numbers by site; nothing is counted here."""
    outcomes = list(programme.outcomes.prefetch_related("indicators"))
    return About(
        dates_exact_to=programme.dates_exact_to,
        parts=outcomes[0].kind if outcomes else Outcome.Kind.OUTCOME.value,
        alignments=tuple(
            Alignment(one["kind"], one.get("code", ""), Text(one["text"]), one["stated"])
            for one in programme.alignments
        ),
        partners=tuple(Partner(Text(one["role"]), Text(one["name"])) for one in programme.partners),
        contacts=tuple(
            Contact(Text(one["role"]), Text(one["office"]), Text(one.get("note", {}))) for one in programme.contacts
        ),
        contribute=programme.contribute,
        find_out_more=programme.find_out_more,
        uploaders=tuple(Text(one) for one in programme.uploaders),
        upload_roles=tuple(code for code in ROLES if may(code, "document", "add")),
        documents=tuple(_documents(programme)),
        lessons=tuple(_lessons(programme)),
        sites=tuple(_sites(programme, outcomes, records)),
    )


def _documents(programme: Programme) -> Iterator[DocumentLine]:
    for one in Document.objects.of(programme).newest():
        plain = (one.kind, one.language, one.dated_on, one.version, one.file_name, one.size, one.sha256)
        yield DocumentLine(str(one.pk), one.title, *plain)


def _lessons(programme: Programme) -> Iterator[LessonLine]:
    for one in programme.lessons.select_related("outcome", "site"):
        yield LessonLine(
            kind=one.kind,
            text=one.text,
            place=one.place,
            recorded_on=one.recorded_at.date() if one.recorded_at else None,
            concerns=(one.site.name if one.site else one.outcome.title if one.outcome else Text()),
            state=one.state,
            done=one.done,
        )


def _sites(programme: Programme, outcomes: list[Outcome], records: Records) -> Iterator[SiteRow]:
    named = {(work.outcome_id, work.site_id): work for work in WorkAtSite.objects.filter(outcome__in=outcomes)}
    for site in Site.objects.of_programme(programme.code).order_by("slug"):
        cells = (_cell(outcome, named.get((outcome.pk, site.pk)), site, records) for outcome in outcomes)
        yield SiteRow(site.slug, site.name, site.priority_issue, tuple(cells))


def _cell(outcome: Outcome, work: WorkAtSite | None, site: Site, records: Records) -> WorkCell:
    measures = (line.measure for line in outcome.indicators.all() if line.measure)
    found = (records[code][site.name] for code in measures if site.name in records.get(code, {}))
    return WorkCell(
        number=outcome.number,
        work=work.work if work else Text(),
        quote=work.quote if work else "",
        state="" if work is None else "planned" if work.is_planned else "named",
        record=next(found, None),
    )
