"""The factsheet is built here, once for an edition: page, print and every format show what comes out and count nothing."""

import datetime
import hashlib
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import tongxing
from tongxing import facts
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.calculation import Snapshot, snapshot
from tongxing.facts.disclosure import Ledger, Protected, ProtectedCell, ProtectedTable, ends
from tongxing.facts.kinds import KINDS
from tongxing.facts.measures import Measure, measure
from tongxing.facts.reach import reach
from tongxing.facts.results import Cell, Period
from tongxing.facts.suppression import Ref
from tongxing.organisations.models import Site
from tongxing.programme.framework import approved
from tongxing.programme.models import Claim, Programme
from tongxing.programme.rules import Said, publishable
from tongxing.publishing import labels, sentences, tables
from tongxing.publishing.about import Records, about
from tongxing.publishing.ledger import ledgers
from tongxing.publishing.rules import claim_state, standing
from tongxing.publishing.sheet import ClaimLine, Factsheet, Header, IndicatorLine, KeyFigure, Outcome, Part

POLICY = "public"
ZONE = ZoneInfo("Asia/Shanghai")  # the programme's own day


def build(programme_code: str, *, as_of: datetime.datetime, until: datetime.date | None = None) -> Factsheet:
    """The factsheet of what is known at `as_of` (aware) about everything up to `until` (default: that very day).

    Raises Programme.DoesNotExist, Slip for contradictory claims, ValueError for an `until` after `as_of`. Reads facts
    over the counter connection; every number passes `facts.protect()` under the public policy.
    """
    programme = Programme.objects.get(code=programme_code)
    known_on = as_of.astimezone(ZONE).date()
    until = until or known_on
    if until > known_on:
        raise ValueError(f"nothing is known on {known_on} of what happens up to {until}")
    codes, period = programme.key_figures, Period.until(until)
    earlier, rows = ledgers(programme.code), tables.rows_of(programme.code)
    with snapshot(codes, period=period, as_of=as_of, programme=programme.code) as taken:
        made = [_figure(measure(code), taken, rows, earlier) for code in codes]
    figures = tuple(figure for figure, _said in made)
    reports = approved(programme, as_of, ledgers=earlier)
    stands = standing(until, known_on)
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
        sentences=sentences.of(programme.code, figures),
        standing=stands,
        standing_reason=labels.STANDING[stands],
        reported=reports.indicators,
        ledger=(*(cell for _figure, said in made for cell in said), *reports.said),
    )


def _figure(
    one: Measure, taken: Snapshot, rows: tables.Rows, earlier: list[Ledger]
) -> tuple[KeyFigure, tuple[ProtectedCell, ...]]:
    """The figure, and what it says of every count. All its tables and its steps are protected together."""
    wanted = tables.report_by().get(one.code, ())
    safe = _protected(one, taken, wanted, rows, earlier)
    cubes = tables.cubes(one.code, safe, wanted)
    number, way = safe.only(one.code), _way(one, safe) if one.value == "distinct" else ()
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
        number=number,
        parts=next((tables.parts_of(cube) for cube in cubes if cube.by == ("area",)), ()),
        steps=way,
        table=None,
        cubes=cubes,
        ratio_of=tables.ratio_parts(one, safe) if one.value == "ratio" else (),
        records=way[0].number if way else number if one.value in ("count", "reference") else None,
        sources=tuple(KINDS[kind].title for kind in one.kinds if kind in KINDS),
        filters=tuple(_filter(name, codes) for name, codes in one.where.items()),
        places=tuple(site.name for site in Site.objects.of_programme(taken.scope.programme).order_by("slug")),
        basis=one.basis,
        small=sum(cube.table.small for cube in cubes),
        hidden=sum(cube.table.hidden for cube in cubes),
        reach=_reach(one, taken, number) if one.value == "distinct" else (),
        definition=hashlib.sha256(one.model_dump_json().encode()).hexdigest()[:12],
    )
    return figure, safe.said


def _protected(
    one: Measure, taken: Snapshot, wanted: tables.Tables, rows: tables.Rows, earlier: list[Ledger]
) -> ProtectedTable:
    """All tables of the figure and its steps, of which the last is the figure itself."""
    same: tuple[Ref, Ref] = ((f"{one.code}:steps", (("step", "distinct"),)), (one.code, ()))
    return tables.protected(
        one.code,
        taken,
        wanted,
        POLICY,
        rows=rows,
        beside=_steps(one, taken) if one.value == "distinct" else (),
        same=[same],
        ledgers=earlier,
    )


def _filter(name: str, codes: tuple[str, ...]) -> Text:
    titles = [labels.of(name, code) for code in codes]
    return Text({lang: ", ".join(title.spoken(lang) for title in titles) for lang in LANGUAGES})


def _steps(one: Measure, taken: Snapshot) -> list[Cell]:
    """From records to persons, as cells: the total is what the steps take apart."""
    raw, name = taken.funnel(one.code), f"{one.code}:steps"
    return [
        Cell(name, one.topic, (), raw.gross),
        *(Cell(name, one.topic, (("step", code),), getattr(raw, code)) for code in tables.STEPS),
    ]


def _way(one: Measure, safe: ProtectedTable) -> tuple[Part, ...]:
    """The steps as they may be shown; nothing at all where one would have to hide the very number it explains."""
    name = f"{one.code}:steps"
    gross = safe.only(name)
    if gross.state == "hidden" or safe.only(one.code).state == "hidden":
        return ()
    return (
        Part("gross", labels.of("step", "gross"), gross),
        *(Part(code, labels.of("step", code), safe.only(name, (("step", code),))) for code in tables.STEPS),
    )


def _reach(one: Measure, taken: Snapshot, number: Protected) -> tuple[Part, ...]:
    """Between which ends the number of persons lies, and how many links between records are uncertain."""
    if number.value is None:
        return ()
    [raw] = reach(one.code, taken)
    total = Cell(one.code, one.topic, (), raw.distinct)
    low, high = ends(number, raw.distinct - raw.low, raw.high - raw.distinct, total, POLICY)
    uncertain = facts.protect([Cell("uncertain", one.topic, (), raw.uncertain)], POLICY).only("uncertain")
    found = {"low": low, "high": high, "uncertain": uncertain}
    return tuple(Part(code, labels.of("reach", code), shown) for code, shown in found.items())


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
    return {
        figure.measure: {row.title: row.numbers[-1] for row in cube.table.rows}
        for figure in figures
        for cube in figure.tables
        if cube.by[0] == "site"
    }


def _texts(stored: list[dict[str, str]]) -> tuple[Text, ...]:
    return tuple(Text(text) for text in stored)
