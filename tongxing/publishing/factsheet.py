"""The factsheet as one frozen value: page, print and every later format show exactly this and calculate nothing."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import tongxing
from tongxing import facts
from tongxing.core.i18n import Text
from tongxing.facts.calculation import Snapshot, snapshot
from tongxing.facts.disclosure import Ledger, Protected, ProtectedCell, ProtectedTable
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Cell, Period
from tongxing.organisations.models import Site
from tongxing.programme.models import Claim, Programme
from tongxing.programme.rules import Said, publishable
from tongxing.publishing import labels
from tongxing.publishing.ledger import ledgers
from tongxing.publishing.rules import claim_state

POLICY = "public"
ZONE = ZoneInfo("Asia/Shanghai")  # the programme's own day
# Rows and columns that are there whatever was counted; beside them every pilot site of the programme.
LISTED = {
    "sex": ("female", "male"),
    "step": ("again_in_one_centre", "again_elsewhere", "refused_statistics", "distinct"),
}
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


@dataclass(frozen=True)
class Outcome:
    """One outcome with what was achieved, in the page's words, and its indicators (number, title, measure, note)."""

    number: int
    title: Text
    achievements: tuple[Text, ...]
    indicators: "tuple[IndicatorLine, ...]"


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
    practices: tuple[Text, ...]
    lessons: tuple[Text, ...]
    source: str


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
    ledger: tuple[ProtectedCell, ...] = ()

    def figure(self, code: str) -> KeyFigure | None:
        """The figure of the measure `code`, or None."""
        return next((figure for figure in self.figures if figure.measure == code), None)


def build(programme_code: str, *, as_of: datetime.datetime) -> Factsheet:
    """The factsheet of what is known at `as_of` (aware). Raises Programme.DoesNotExist, Slip for contradictory claims.

    Reads facts over the counter connection; every number passes `facts.protect()` under the public policy.
    """
    programme = Programme.objects.get(code=programme_code)
    until = as_of.astimezone(ZONE).date()
    codes, period, earlier = programme.key_figures, Period.until(until), ledgers(programme.code)
    with snapshot(codes, period=period, as_of=as_of, programme=programme.code) as taken:
        made = [_figure(measure(code), taken, earlier) for code in codes]
    figures = tuple(figure for figure, _said in made)
    return Factsheet(
        header=_header(programme),
        as_of=as_of,
        until=until,
        policy=POLICY,
        policy_version=facts.protect([], POLICY).version,
        code_version=tongxing.__version__,
        figures=figures,
        claims=tuple(_claims(programme, figures)),
        outcomes=tuple(_outcomes(programme)),
        ledger=tuple(cell for _figure, said in made for cell in said),
    )


def _figure(one: Measure, taken: Snapshot, earlier: list[Ledger]) -> tuple[KeyFigure, tuple[ProtectedCell, ...]]:
    """The figure, and what it says of every count. Its table and its steps are protected together."""
    by = BREAKDOWNS.get(one.code, ())
    steps = _steps(one, taken) if one.value == "distinct" else []
    safe = facts.protect(
        [*taken.calculate(one.code, by).cells, *steps],
        POLICY,
        by={one.code: by},
        listed={"site": _sites(taken.scope.programme), **LISTED},
        same=[((f"{one.code}:steps", (("step", "distinct"),)), (one.code, ()))],
        ledgers=earlier,
    )
    figure = KeyFigure(
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
        steps=_way(one, safe) if steps else (),
        table=_table(one.code, safe, by) if len(by) == 2 else None,
    )
    return figure, safe.said


def _sites(programme_code: str) -> list[str]:
    return list(Site.objects.of_programme(programme_code).order_by("slug").values_list("slug", flat=True))


def _parts(safe: ProtectedTable, dimension: str) -> tuple[Part, ...]:
    order = labels.ORDER.get(dimension, ())
    found = {cell.keys[0][1]: cell.number for cell in safe.cells if cell.keys}
    codes = [*(code for code in order if code in found), *sorted(set(found) - set(order))]
    return tuple(Part(code, labels.of(dimension, code), found[code]) for code in codes)


def _steps(one: Measure, taken: Snapshot) -> list[Cell]:
    """From records to persons, as cells: the total is what the steps take apart."""
    raw, name = taken.funnel(one.code), f"{one.code}:steps"
    return [
        Cell(name, one.topic, (), raw.gross),
        *(Cell(name, one.topic, (("step", code),), getattr(raw, code)) for code in LISTED["step"]),
    ]


def _way(one: Measure, safe: ProtectedTable) -> tuple[Part, ...]:
    """The steps as they may be shown; nothing at all where one would have to hide the very number it explains."""
    name = f"{one.code}:steps"
    gross = safe.only(name)
    if gross.state == "hidden" or safe.only(one.code).state == "hidden":
        return ()
    return (
        Part("gross", labels.of("step", "gross"), gross),
        *(Part(code, labels.of("step", code), safe.only(name, (("step", code),))) for code in LISTED["step"]),
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
        small=sum(cell.number.state == "small" for cell in safe.cells if cell.measure == code),
        hidden=sum(cell.number.state == "hidden" for cell in safe.cells if cell.measure == code),
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
    return Said(claim.code, claim.figure, claim.value, population, claim.claim_class, claim.stands)


def _outcomes(programme: Programme) -> Iterable[Outcome]:
    for outcome in programme.outcomes.prefetch_related("indicators"):
        lines = [
            IndicatorLine(line.number, line.title, line.unit, line.measure, line.note)
            for line in outcome.indicators.all()
        ]
        yield Outcome(outcome.number, outcome.title, _texts(outcome.achievements), tuple(lines))


def _header(programme: Programme) -> Header:
    plain = ("code", "project_id", "fund", "theme", "starts_on", "ends_on", "source")
    spoken = ("title", "country", "status", "participating", "summary", "background")
    return Header(
        **{name: getattr(programme, name) for name in (*plain, *spoken)},
        practices=_texts(programme.practices),
        lessons=_texts(programme.lessons),
    )


def _texts(stored: list[dict[str, str]]) -> tuple[Text, ...]:
    return tuple(Text(text) for text in stored)
