"""What a factsheet holds, as one frozen value: every format shows exactly this and calculates nothing.

Nothing here can reach a fact: a number stands in it as `Protected` only.
"""

import datetime
from dataclasses import dataclass, field

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected, ProtectedCell
from tongxing.programme.reported import Reported
from tongxing.publishing import labels
from tongxing.publishing.about import NOTHING, About


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
    """A figure by one or two dimensions with its totals. The last column and the last row are totals.

    By one dimension there is no column but the total. `small` and `hidden` count the cells of this table that say less.
    """

    columns: tuple[Text, ...]
    rows: tuple[Row, ...]
    total: Row
    small: int
    hidden: int


@dataclass(frozen=True)
class Cube:
    """A table with the codes behind its names: `by` are one or two dimensions, the first stands in the rows."""

    by: tuple[str, ...]
    dimensions: tuple[Text, ...]
    row_codes: tuple[str, ...]
    column_codes: tuple[str, ...]
    table: Table

    @property
    def is_over_time(self) -> bool:
        return self.by[0] in ("year", "quarter", "month")


@dataclass(frozen=True)
class KeyFigure:
    """One published number with everything that says how it is made.

    Editions that are older than a field lack it: every field that was added later has a default.
    """

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
    cubes: tuple[Cube, ...] = ()
    ratio_of: tuple[Part, ...] = ()  # the two counts that a ratio divides
    records: Protected | None = None  # how many records were counted, before anything is taken off
    sources: tuple[Text, ...] = ()  # what was recorded, kind by kind
    filters: tuple[Text, ...] = ()
    places: tuple[Text, ...] = ()  # the sites it may come from
    basis: str = ""
    small: int = 0
    hidden: int = 0
    definition: str = ""  # the first digits of the SHA-256 of the measure
    note: Text = field(default_factory=Text)
    reach: tuple[Part, ...] = ()  # of persons: low, high, and how many links are uncertain

    @property
    def range(self) -> tuple[Protected, Protected] | None:
        """Both ends where they differ from each other and may be shown."""
        found = {part.code: part.number for part in self.reach}
        if not found or found["low"].value == found["high"].value:
            return None
        return found["low"], found["high"]

    @property
    def tables(self) -> tuple[Cube, ...]:
        """The figure by its dimensions; an edition of before cubes has one table, by site and sex."""
        if self.cubes or self.table is None:
            return self.cubes
        by = ("site", "sex")
        rows = tuple(row.title.get("en", "") for row in self.table.rows)
        columns = tuple(column.get("en", "") for column in self.table.columns)
        return (Cube(by, tuple(labels.DIMENSIONS[name] for name in by), rows, columns, self.table),)


@dataclass(frozen=True)
class Sentence:
    """What was achieved, in words with the code of a figure in braces where its number belongs: no digit is typed."""

    code: str
    words: Text
    figures: tuple[str, ...]


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
    claimed_to: str = ""  # the upper end where the page claims a range


@dataclass(frozen=True)
class Outcome:
    """One outcome with what was achieved, in the page's words, and its indicators (number, title, measure, note)."""

    number: int
    title: Text
    achievements: tuple[Text, ...]
    indicators: "tuple[IndicatorLine, ...]"
    kind: str = "outcome"  # or "area" where the page states no outcomes


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
    sentences: tuple[Sentence, ...] = ()
    standing: str = ""  # final | open | settling; empty in editions of before
    standing_reason: Text = field(default_factory=Text)
    reported: tuple[Reported, ...] = ()
    ledger: tuple[ProtectedCell, ...] = ()  # what is said of every count, shown or not: the next edition looks at it

    def figure(self, code: str) -> KeyFigure | None:
        """The figure of the measure `code`, or None."""
        return next((figure for figure in self.figures if figure.measure == code), None)

    @property
    def is_final(self) -> bool:
        return self.standing == "final"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what its figures are reported, in the order in which they come."""
        return tuple(dict.fromkeys(cube.by[0] for figure in self.figures for cube in figure.tables))
