"""The figure of now, for those who may read figures: exact numbers, through the same door under the internal policy."""

import datetime
from dataclasses import dataclass

from tongxing import facts
from tongxing.facts import overlap
from tongxing.facts.calculation import Snapshot, opened
from tongxing.facts.disclosure import Protected, ends
from tongxing.facts.engines import Tables, evaluate
from tongxing.facts.measures import Measure, measure
from tongxing.facts.overlap import Level
from tongxing.facts.reach import reached
from tongxing.facts.references import cells as register_cells
from tongxing.facts.results import Cell, Keys, Period, Scope
from tongxing.programme.models import Claim, Indicator, Programme
from tongxing.publishing import labels, names
from tongxing.publishing.factsheet import ZONE, claim_line
from tongxing.publishing.sheet import ClaimLine, Part

POLICY = "internal"
TOP = 60  # rows on the page
STEPS = (
    "gross",
    "same_centre",
    "same_agency",
    "up_downstream",
    "other_agency",
    "refused_statistics",
    "distinct",
)
IN_ORDER = ("month", "quarter", "year", "age_band")


@dataclass(frozen=True)
class Reached:
    """Between which ends a number of persons lies, the records behind it, and how many links in it are uncertain."""

    low: Protected
    high: Protected
    gross: Protected
    uncertain: Protected

    @property
    def is_certain(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Counted(Part):
    """A row of a figure; of persons with its ends."""

    reached: Reached | None = None


@dataclass(frozen=True)
class InternalFigure:
    """One measure as it stands: the number, the way from records to it, and by one dimension (or none: "")."""

    measure: Measure
    number: Protected
    by: str
    rows: tuple[Counted, ...]
    more: int  # rows left out after TOP
    steps: tuple[Part, ...]
    reached: Reached | None


@dataclass(frozen=True)
class Matrix:
    """Who is known at two places; `rows[i].numbers[j]` is shared by places i and j, None where nobody is."""

    measure: Measure
    level: Level
    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Protected | None, ...]], ...]
    steps: tuple[Part, ...]
    reached: Reached


def first_indicator(programme: Programme) -> Indicator:
    """The first indicator that is bound to a measure. Raises Indicator.DoesNotExist."""
    return Indicator.objects.filter(outcome__programme=programme).exclude(measure="").order_by("number")[:1].get()


def claim(programme: Programme, code: str) -> ClaimLine | None:
    """What the page claims of the same measure."""
    found = Claim.objects.filter(programme=programme, measure=code, stands=True).first()
    return claim_line(found, None) if found else None


def scope_of(programme: str, now: datetime.datetime) -> Scope:
    """Everything of the programme up to its own day."""
    return Scope(Period.until(now.astimezone(ZONE).date()), None, programme)


def figure(one: Measure, scope: Scope, by: str = "") -> InternalFigure:
    """The measure this second, exact; reads facts over the counter connection. `one` need not be stored."""
    dimensions = (by,) if by else ()
    steps: tuple[Part, ...] = ()
    sure: dict[Keys, Reached] = {}
    if one.reference:
        cells = register_cells(one, dimensions, scope)
    else:
        with opened(_kinds(one), scope, "counter") as tables:
            cells = evaluate(one, tables, scope, by=dimensions)
            if one.value == "distinct":
                steps = _steps(one, Snapshot(scope, tables))
                sure = _reached(one, tables, scope, dimensions)
    safe = facts.protect(cells, POLICY)
    found = [(cell.keys[0][1], cell) for cell in safe.cells if cell.keys]
    called = names.named(by, [key for key, _cell in found])
    rows = [Counted(key, called[key], cell.number, sure.get(cell.keys)) for key, cell in found]
    rows.sort(key=lambda part: part.code if by in IN_ORDER else -(part.number.value or 0))
    number = safe.only(one.code)
    return InternalFigure(one, number, by, tuple(rows[:TOP]), max(0, len(rows) - TOP), steps, sure.get(()))


def shared(one: Measure, scope: Scope, level: Level) -> Matrix:
    """The overlap of a distinct measure at `level`, exact. Raises ValueError for one that counts no persons."""
    with opened(_kinds(one), scope, "counter") as tables:
        cells = overlap.matrix(one, tables, scope, level)
        steps = _steps(one, Snapshot(scope, tables))
        sure = _reached(one, tables, scope)[()]
    known: dict[Keys, Protected] = {cell.keys: cell.number for cell in facts.protect(cells, POLICY).cells}
    called = names.named(level, {key for keys in known for _name, key in keys})
    places = sorted(called, key=lambda place: (str(called[place]), place))
    rows = tuple(
        (str(called[a]), tuple(known.get((("a", min(a, b)), ("b", max(a, b)))) for b in places)) for a in places
    )
    return Matrix(one, level, tuple(str(called[place]) for place in places), rows, steps, sure)


def _kinds(one: Measure) -> set[str]:
    parts = [measure(one.numerator), measure(one.denominator)] if one.value == "ratio" else [one]
    return {kind for part in parts for kind in part.kinds}


def _steps(one: Measure, taken: Snapshot) -> tuple[Part, ...]:
    raw = overlap.repeats(one, taken.tables, taken.scope)
    safe = facts.protect([Cell(code, one.topic, (), getattr(raw, code)) for code in STEPS], POLICY)
    called = {"gross": "records", "distinct": "persons"}  # any measure of persons, not of registered children alone
    return tuple(Part(code, labels.of("step", called.get(code, code)), safe.only(code)) for code in STEPS)


def _reached(one: Measure, tables: Tables, scope: Scope, by: tuple[str, ...] = ()) -> dict[Keys, Reached]:
    """The ends of every cell of a measure of persons, with all margins."""
    found = {}
    for raw in reached(one, tables, scope, by):
        total = Cell(one.code, one.topic, raw.keys, raw.distinct)
        counts = {"gross": raw.gross, "uncertain": raw.uncertain, "distinct": raw.distinct}
        safe = facts.protect([Cell(name, one.topic, raw.keys, value) for name, value in counts.items()], POLICY)
        number = safe.only("distinct", raw.keys)
        low, high = ends(number, raw.distinct - raw.low, raw.high - raw.distinct, total, POLICY)
        found[raw.keys] = Reached(low, high, safe.only("gross", raw.keys), safe.only("uncertain", raw.keys))
    return found
