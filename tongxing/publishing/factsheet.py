"""The factsheet as one frozen value: page, print and every later format show exactly this and calculate nothing."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import tongxing
from tongxing import facts
from tongxing.core.i18n import Text
from tongxing.facts.calculation import Snapshot, snapshot
from tongxing.facts.disclosure import Protected, ProtectedTable
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Cell, Period, Result
from tongxing.organisations.models import Site
from tongxing.programme.models import Claim, Programme
from tongxing.programme.rules import Said, publishable
from tongxing.publishing import labels
from tongxing.publishing.about import NOTHING, About, Records, about
from tongxing.publishing.rules import claim_state

POLICY = "public"
ZONE = ZoneInfo("Asia/Shanghai")  # the programme's own day
BREAKDOWNS = {"children_registered": ("site", "sex"), "centres_community": ("area",)}


@dataclass(frozen=True)
class Part:
    """A protected number with its name: a part of a figure or a step from records to persons."""

    code: str
    title: Text
    number: Protected


@dataclass(frozen=True)
class Row:
    """One row of a table; `numbers` stand under the columns."""

    title: Text
    numbers: tuple[Protected, ...]


@dataclass(frozen=True)
class Table:
    """A figure by two dimensions with its totals. The last column and the last row are totals."""

    columns: tuple[Text, ...]
    rows: tuple[Row, ...]
    total: Row
    small: int
    hidden: int


@dataclass(frozen=True)
class KeyFigure:
    """One published number with everything that says how it is made."""

    measure: str
    version: int
    value: str
    over_time: str
    over_place: str
    title: Text
    unit: Text
    counted: Text
    one: Text
    where_when: Text
    number: Protected
    parts: tuple[Part, ...]
    steps: tuple[Part, ...]
    table: Table | None


@dataclass(frozen=True)
class ClaimLine:
    """Words of the archived page beside what records here show. `claimed` is the page's number, never added to `record`."""

    code: str
    quote: str
    words: Text
    place: Text
    qualifier: str
    claimed: str
    unit: str
    population: Text
    note: Text
    state: str
    measure: str
    record: Protected | None
    record_title: Text
    claimed_to: str = ""


@dataclass(frozen=True)
class Outcome:
    """One outcome with what was achieved, in the page's words, and its indicators (number, title, measure, note)."""

    number: int
    title: Text
    achievements: tuple[Text, ...]
    indicators: "tuple[IndicatorLine, ...]"
    kind: str = "outcome"


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator; without `measure` nothing is recorded here yet, and `note` says so."""

    number: str
    title: Text
    unit: Text
    measure: str
    note: Text


@dataclass(frozen=True)
class Header:
    """The programme at a glance; what is empty is not stated in the source."""

    code: str
    project_id: str
    title: Text
    fund: str
    theme: str
    country: Text
    status: Text
    participating: Text
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    summary: Text
    background: Text
    source: str
    practices: tuple[Text, ...] = ()  # of editions before there was a register
    lessons: tuple[Text, ...] = ()
    about: About = NOTHING


@dataclass(frozen=True)
class Factsheet:
    """Everything that one edition shows."""

    header: Header
    as_of: datetime.datetime
    until: datetime.date
    policy: str
    policy_version: int
    code_version: str
    figures: tuple[KeyFigure, ...]
    claims: tuple[ClaimLine, ...]
    outcomes: tuple[Outcome, ...]

    def figure(self, code: str) -> KeyFigure | None:
        """The figure of the measure `code`, or None."""
        return next((figure for figure in self.figures if figure.measure == code), None)


def build(programme_code: str, *, as_of: datetime.datetime) -> Factsheet:
    """The factsheet of what is known at `as_of` (aware). Raises Programme.DoesNotExist, Slip for contradictory claims.

    Reads facts over the counter connection; every number passes `facts.protect()` under the public policy.
    """
    programme = Programme.objects.get(code=programme_code)
    until = as_of.astimezone(ZONE).date()
    codes, period = programme.key_figures, Period.until(until)
    with snapshot(codes, period=period, as_of=as_of, programme=programme.code) as taken:
        figures = tuple(_figure(measure(code), taken) for code in codes)
    return Factsheet(
        header=header(programme, _by_site(figures)),
        as_of=as_of,
        until=until,
        policy=POLICY,
        policy_version=facts.protect([], POLICY).version,
        code_version=tongxing.__version__,
        figures=figures,
        claims=tuple(_claims(programme, figures)),
        outcomes=tuple(_outcomes(programme)),
    )


def _figure(one: Measure, taken: Snapshot) -> KeyFigure:
    by = BREAKDOWNS.get(one.code, ())
    safe = facts.protect(with_zeros(taken.calculate(one.code, by)), POLICY)
    return KeyFigure(
        measure=one.code,
        version=one.version,
        value=one.value,
        over_time=one.over_time,
        over_place=one.over_place,
        title=Text(one.title),
        unit=Text(one.unit),
        counted=Text(one.counted),
        one=Text(one.one),
        where_when=Text(one.where_when),
        number=safe.only(one.code),
        parts=_parts(safe, by[0]) if len(by) == 1 else (),
        steps=_steps(one, taken) if one.value == "distinct" else (),
        table=_table(one.code, safe, by) if len(by) == 2 else None,
    )


def with_zeros(raw: Result) -> list[Cell]:
    """The cells with a 0 where a row and a column meet and nothing was recorded, so that the table has no holes."""
    seen = {(cell.measure, cell.keys): cell for cell in raw.cells}
    values = {name: sorted({dict(c.keys)[name] for c in raw.cells if name in dict(c.keys)}) for name in raw.by}
    cells = list(raw.cells)
    if len(raw.by) == 2 and all(not cell.is_ratio for cell in cells):
        first, second = raw.by
        for code in raw.measures:
            for row in values[first]:
                for column in values[second]:
                    keys = ((first, row), (second, column))
                    if (code, keys) not in seen:
                        cells.append(Cell(code, cells[0].topic, keys, 0))
    return cells


def _parts(safe: ProtectedTable, dimension: str) -> tuple[Part, ...]:
    order = labels.ORDER.get(dimension, ())
    found = {cell.keys[0][1]: cell.number for cell in safe.cells if cell.keys}
    codes = [*(code for code in order if code in found), *sorted(set(found) - set(order))]
    return tuple(Part(code, labels.of(dimension, code), found[code]) for code in codes)


def _steps(one: Measure, taken: Snapshot) -> tuple[Part, ...]:
    """From records to persons; nothing at all where a step would have to hide the very number it explains."""
    raw = taken.funnel(one.code)
    name = f"{one.code}:steps"
    codes = ("again_in_one_centre", "again_elsewhere", "refused_statistics", "distinct")
    cells = [Cell(name, one.topic, (("step", code),), getattr(raw, code)) for code in codes]
    safe = facts.protect([Cell(name, one.topic, (), raw.gross), *cells], POLICY)
    ends = (safe.only(name), safe.only(name, (("step", "distinct"),)))
    if any(end.state == "hidden" for end in ends):
        return ()
    return (
        Part("gross", labels.of("step", "gross"), ends[0]),
        *(Part(code, labels.of("step", code), safe.only(name, (("step", code),))) for code in codes),
    )


def _table(code: str, safe: ProtectedTable, by: tuple[str, ...]) -> Table | None:
    first, second = by
    places = _values(safe, first)
    columns = [value for value in labels.ORDER.get(second, ()) if value in _values(safe, second)]
    if not places:
        return None
    sites = {site.slug: site.name for site in Site.objects.filter(slug__in=places)}

    def row(title: Text, fixed: tuple[tuple[str, str], ...]) -> Row:
        numbers = (safe.only(code, (*fixed, (second, column))) for column in columns)
        return Row(title, (*numbers, safe.only(code, fixed)))

    return Table(
        columns=tuple(labels.of(second, column) for column in columns),
        rows=tuple(row(sites.get(place) or labels.of(first, place), ((first, place),)) for place in places),
        total=row(labels.TOTAL, ()),
        small=safe.small,
        hidden=safe.hidden,
    )


def _values(safe: ProtectedTable, dimension: str) -> list[str]:
    found = {dict(cell.keys)[dimension] for cell in safe.cells if dimension in dict(cell.keys)}
    return sorted(found, key=lambda value: (value == "not_stated", value))


def _claims(programme: Programme, figures: tuple[KeyFigure, ...]) -> Iterable[ClaimLine]:
    claims = {claim.code: claim for claim in programme.claims.all()}
    known = {figure.measure: figure for figure in figures}
    for one in publishable([_said(claim) for claim in claims.values()]):
        claim = claims[one.code]
        yield claim_line(claim, known.get(claim.measure))


def claim_line(claim: Claim, figure: KeyFigure | None) -> ClaimLine:
    """A claim beside the figure of the same measure, if there is one."""
    recorded = figure.number if figure else None
    return ClaimLine(
        code=claim.code,
        quote=claim.quote,
        words=claim.words,
        place=claim.place,
        qualifier=claim.qualifier,
        claimed=f"{claim.value.normalize():f}",
        claimed_to=f"{claim.value_to.normalize():f}" if claim.value_to is not None else "",
        unit=claim.unit,
        population=claim.population,
        note=claim.note,
        state=claim_state(claim.claim_class, claim.value, recorded.value if recorded else None),
        measure=claim.measure,
        record=recorded,
        record_title=figure.title if figure else Text(),
    )


def _said(claim: Claim) -> Said:
    population = claim.population["en"]
    return Said(claim.code, claim.figure, claim.value, population, claim.claim_class, claim.stands, claim.qualifier)


def _outcomes(programme: Programme) -> Iterable[Outcome]:
    for outcome in programme.outcomes.prefetch_related("indicators"):
        lines = [
            IndicatorLine(line.number, line.title, line.unit, line.measure, line.note)
            for line in outcome.indicators.all()
        ]
        yield Outcome(outcome.number, outcome.title, _texts(outcome.achievements), tuple(lines), outcome.kind)


def header(programme: Programme, records: Records) -> Header:
    """The programme as it is now; `records` are published numbers by site (none before the first edition)."""
    plain = ("code", "project_id", "fund", "theme", "starts_on", "ends_on", "source")
    spoken = ("title", "country", "status", "participating", "summary", "background")
    return Header(**{name: getattr(programme, name) for name in (*plain, *spoken)}, about=about(programme, records))


def _by_site(figures: tuple[KeyFigure, ...]) -> Records:
    """What the tables by site show, so that the map repeats published numbers and counts nothing anew."""
    by_site = (figure for figure in figures if figure.table and BREAKDOWNS[figure.measure][0] == "site")
    return {
        figure.measure: {row.title: row.numbers[-1] for row in figure.table.rows} for figure in by_site if figure.table
    }


def _texts(stored: list[dict[str, str]]) -> tuple[Text, ...]:
    return tuple(Text(text) for text in stored)
