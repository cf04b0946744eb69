"""An edition as open data: one documented document in three languages, the same shape as OpenAPI says it has."""

import datetime
import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from django.utils.translation import override

import tongxing
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.disclosure import Protected
from tongxing.programme.reported import Reported
from tongxing.publishing import sentences
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import ClaimLine, Cube, Factsheet, Header, KeyFigure, Part, Sentence

SHAPE = 1  # raised when a field changes its meaning or goes
DJANGO = {"zh": "zh-hans", "en": "en", "mn": "mn"}


@dataclass(frozen=True)
class Words:
    """The same words in three languages; empty where the source states nothing."""

    zh: str
    en: str
    mn: str


@dataclass(frozen=True)
class Number:
    """One number. `value` is a decimal number in a string, null unless `state` is exact or rounded.

    small: fewer than `threshold`, maybe none; hidden: withheld so that no small number can be worked out; none: nothing to count.
    `since`: the number of an earlier edition, as of then, carried on because it has not moved far enough.
    """

    state: Literal["exact", "rounded", "small", "hidden", "none"]
    value: str | None
    threshold: int
    text: Words
    since: str | None = None


@dataclass(frozen=True)
class NamedNumber:
    """A part of a figure, or a step from records to persons."""

    code: str
    title: Words
    number: Number


@dataclass(frozen=True)
class TableRow:
    """One row: its numbers stand under the columns; the last one is the total of the row."""

    code: str
    title: Words
    numbers: list[Number]


@dataclass(frozen=True)
class TableOf:
    """A figure by one dimension (a column of totals only) or two. `small` and `hidden` count the withheld cells."""

    by: list[str]
    dimensions: list[Words]
    column_codes: list[str]
    columns: list[Words]
    rows: list[TableRow]
    total: TableRow
    small: int
    hidden: int


@dataclass(frozen=True)
class Figure:
    """One key figure with its definition, its steps and its tables.

    `reach`, of persons: `low` and `high`, between which the number lies 95 times in a hundred as far as links between
    records are uncertain, and how many links are `uncertain`.
    """

    measure: str
    version: int
    definition: str
    value: str
    basis: str
    over_time: str
    over_place: str
    title: Words
    unit: Words
    counted: Words
    one: Words
    where_when: Words
    note: Words
    number: Number
    records: Number | None
    sources: list[Words]
    filters: list[Words]
    places: list[Words]
    steps: list[NamedNumber]
    ratio_of: list[NamedNumber]
    reach: list[NamedNumber]
    tables: list[TableOf]


@dataclass(frozen=True)
class Achievement:
    """A sentence with its numbers in it, and the codes of the figures that it is bound to."""

    code: str
    text: Words
    footnote: Words
    figures: list[str]


@dataclass(frozen=True)
class Claim:
    """Words of the source page beside the record here; the two are never added. `claimed` is the page's number."""

    code: str
    words: Words
    place: Words
    qualifier: str
    claimed: str
    claimed_to: str
    unit: str
    population: Words
    note: Words
    state: str
    measure: str
    record: Number | None


@dataclass(frozen=True)
class OutcomeOf:
    """One outcome in the words of the page, with the measures of its indicators."""

    number: int
    title: Words
    achievements: list[Words]
    indicators: list[str]


@dataclass(frozen=True)
class ReportedPeriod:
    """One period; with fewer organisations `reported` than `expected` the number is not the whole."""

    code: str
    target: str | None
    number: Number
    reported: int
    expected: int


@dataclass(frozen=True)
class ReportedOf:
    """One indicator made of approved reports of organisations. It is never added to a figure from records."""

    outcome: int
    output: str
    number: str
    title: Words
    unit: Words
    definition: Words
    population: Words
    baseline: str | None
    periods: list[ReportedPeriod]


@dataclass(frozen=True)
class Programme:
    """The programme at a glance; dates are null and words empty where the source states nothing."""

    code: str
    project_id: str
    title: Words
    fund: str
    theme: str
    country: Words
    status: Words
    participating: Words
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    summary: Words
    source: str


@dataclass(frozen=True)
class EditionOf:
    """Which edition this is. `sha256` is the hash of content.json at the same address; null: an unapproved draft."""

    number: int | None
    standing: str
    standing_reason: Words
    as_of: datetime.datetime
    until: datetime.date
    approved_at: datetime.datetime | None
    approved_by: str
    sha256: str | None
    policy: str
    policy_version: int
    code_version: str


@dataclass(frozen=True)
class Document:
    """An approved edition of a factsheet, exactly what its page shows."""

    shape: int
    generator: str
    programme: Programme
    edition: EditionOf
    figures: list[Figure]
    achievements: list[Achievement]
    claims: list[Claim]
    outcomes: list[OutcomeOf]
    reported: list[ReportedOf]


def as_json(sheet: Factsheet, edition: Edition | None) -> bytes:
    """The document as UTF-8 JSON. `edition` is None for an unapproved draft."""
    return json.dumps(asdict(document(sheet, edition)), ensure_ascii=False, indent=1, default=_dated).encode()


def _dated(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the document")


def document(sheet: Factsheet, edition: Edition | None) -> Document:
    """The document of an edition."""
    return Document(
        shape=SHAPE,
        generator=f"Tongxing {tongxing.__version__}",
        programme=_programme(sheet.header),
        edition=_edition(sheet, edition),
        figures=[_figure(figure) for figure in sheet.figures],
        achievements=[_achievement(sentence, sheet) for sentence in sheet.sentences],
        claims=[_claim(claim) for claim in sheet.claims],
        outcomes=[
            OutcomeOf(
                number=outcome.number,
                title=words(outcome.title),
                achievements=[words(line) for line in outcome.achievements],
                indicators=[line.measure for line in outcome.indicators if line.measure],
            )
            for outcome in sheet.outcomes
        ],
        reported=[_reported(one) for one in sheet.reported],
    )


def words(text: Text) -> Words:
    """All three languages; what the source states in none stays empty."""
    return Words(zh=text.get("zh", ""), en=text.get("en", ""), mn=text.get("mn", ""))


def number(safe: Protected) -> Number:
    """A protected number with its words. Raises TypeError for anything else."""
    if not isinstance(safe, Protected):
        raise TypeError(f"{safe!r} has not passed facts.protect()")
    spoken = {}
    for language in LANGUAGES:
        with override(DJANGO[language]):
            spoken[language] = safe.text(DJANGO[language])
    value = None if safe.value is None else f"{safe.value:f}"
    since = safe.since.isoformat() if safe.since else None
    return Number(safe.state, value, safe.threshold, Words(**spoken), since)


def _figure(figure: KeyFigure) -> Figure:
    plain = ("measure", "version", "definition", "value", "basis", "over_time", "over_place")
    spoken = ("title", "unit", "counted", "one", "where_when", "note")
    lists = ("sources", "filters", "places")
    named: dict[str, Any] = {name: getattr(figure, name) for name in plain}
    named |= {name: words(getattr(figure, name)) for name in spoken}
    named |= {name: [words(text) for text in getattr(figure, name)] for name in lists}
    return Figure(
        **named,
        number=number(figure.number),
        records=None if figure.records is None else number(figure.records),
        steps=[_part(step) for step in figure.steps],
        ratio_of=[_part(part) for part in figure.ratio_of],
        reach=[_part(part) for part in figure.reach],
        tables=[_table(cube) for cube in figure.tables],
    )


def _part(part: Part) -> NamedNumber:
    return NamedNumber(part.code, words(part.title), number(part.number))


def _table(cube: Cube) -> TableOf:
    table = cube.table
    rows = zip((*cube.row_codes, ""), (*table.rows, table.total), strict=True)
    *body, total = [TableRow(code, words(row.title), [number(one) for one in row.numbers]) for code, row in rows]
    return TableOf(
        by=list(cube.by),
        dimensions=[words(name) for name in cube.dimensions],
        column_codes=list(cube.column_codes),
        columns=[words(column) for column in table.columns],
        rows=body,
        total=total,
        small=table.small,
        hidden=table.hidden,
    )


def _achievement(sentence: Sentence, sheet: Factsheet) -> Achievement:
    text = {language: sentences.spoken(sentence, sheet, DJANGO[language]) for language in LANGUAGES}
    notes = {language: sentences.footnote(sentence, sheet, DJANGO[language]) for language in LANGUAGES}
    return Achievement(sentence.code, Words(**text), Words(**notes), list(sentence.figures))


def _claim(claim: ClaimLine) -> Claim:
    plain = ("code", "qualifier", "claimed", "claimed_to", "unit", "state", "measure")
    spoken = ("words", "place", "population", "note")
    named: dict[str, Any] = {name: getattr(claim, name) for name in plain}
    named |= {name: words(getattr(claim, name)) for name in spoken}
    return Claim(**named, record=None if claim.record is None else number(claim.record))


def _reported(one: Reported) -> ReportedOf:
    plain = ("outcome", "output", "number")
    spoken = ("title", "unit", "definition", "population")
    named: dict[str, Any] = {name: getattr(one, name) for name in plain}
    named |= {name: words(getattr(one, name)) for name in spoken}
    periods = [ReportedPeriod(p.code, p.target or None, number(p.number), p.reported, p.expected) for p in one.periods]
    return ReportedOf(**named, baseline=one.baseline or None, periods=periods)


def _programme(header: Header) -> Programme:
    found: dict[str, Any] = {field.name: getattr(header, field.name) for field in fields(Programme)}
    found |= {name: words(value) for name, value in found.items() if isinstance(value, Text)}
    return Programme(**found)


def _edition(sheet: Factsheet, edition: Edition | None) -> EditionOf:
    return EditionOf(
        number=edition.number if edition else None,
        standing=sheet.standing,
        standing_reason=words(sheet.standing_reason),
        as_of=sheet.as_of,
        until=sheet.until,
        approved_at=edition.approved_at if edition else None,
        approved_by=edition.approver_name if edition else "",
        sha256=edition.content_hash if edition else None,
        policy=sheet.policy,
        policy_version=sheet.policy_version,
        code_version=sheet.code_version,
    )
