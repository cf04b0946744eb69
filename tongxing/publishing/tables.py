"""Figures by their dimensions: which tables are published is data, and all tables of one figure are protected together.

Whoever reads several tables of one figure can subtract one from the other. So all of them go through `facts.protect()`
as one family that shares its margins. Where one dimension lies inside another (an organisation works at sites) the
family holds their crossing too, even when no table shows it; where an organisation is alone at its only site, the two
are one count with two names.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from tongxing import facts
from tongxing.core.i18n import Text
from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.calculation import Snapshot
from tongxing.facts.disclosure import Ledger, Protected, ProtectedTable
from tongxing.facts.families import ABOVE, BELOW, Listed
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Cell, Keys
from tongxing.facts.suppression import Ref
from tongxing.organisations.models import NEEDS, Centre, Organisation, Site
from tongxing.publishing import labels
from tongxing.publishing.sheet import Cube, Part, Row, Table

REPORT_BY = Path(__file__).parent / "report_by.yaml"
NESTED = (("organisation", "site"),)
STEPS = ("again_in_one_centre", "again_elsewhere", "refused_statistics", "distinct")

Key = tuple[str, str]
Tables = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Rows:
    """Rows and columns that are there whatever was counted, so that they tell of nobody; and who works where.

    `work`: pairs of an organisation and a site where it registers, as everybody knows them.
    """

    listed: Listed
    work: Collection[tuple[Key, Key]] = frozenset()


class BadTable(ValueError):
    """A table that cannot be published; the message names the measure and the dimensions."""


@cache
def report_by() -> dict[str, Tables]:
    """The dimensions of every published table by measure. Raises BadTable."""
    stored = YAML(typ="safe").load(REPORT_BY.read_text("utf-8"))
    return {code: tuple(_checked(measure(code), tuple(by)) for by in tables) for code, tables in stored.items()}


def _checked(one: Measure, by: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(by) <= (1 if one.value == "ratio" else 2):
        raise BadTable(f"{one.code} by {', '.join(by)}: a count has one or two dimensions, a ratio one")
    if unknown := [name for name in by if name not in one.dimensions or name not in labels.DIMENSIONS]:
        raise BadTable(f"{one.code} is not known by {', '.join(unknown)}, or the dimension has no name")
    return by


def protected(
    code: str,
    taken: Snapshot,
    wanted: Tables,
    policy: str,
    *,
    rows: Rows,
    beside: Iterable[Cell] = (),
    same: Iterable[tuple[Ref, Ref]] = (),
    ledgers: Sequence[Ledger] = (),
) -> ProtectedTable:
    """All tables of one figure with their margins, and cells `beside` them, through `facts.protect()` as one family."""
    found = {cell.keys: cell for by in wanted or ((),) for cell in taken.calculate(code, by).cells}
    twins: list[tuple[Ref, Ref]] = []
    for pair in NESTED:
        if {name for by in wanted for name in by}.issuperset(pair):
            crossing = [cell for cell in taken.calculate(code, pair).cells if len(cell.keys) == len(pair)]
            alone = _one_to_one({*rows.work, *((cell.keys[0], cell.keys[1]) for cell in crossing)})
            twins += [((code, (first,)), (code, (second,))) for first, second in alone.items()]
            found |= {cell.keys: cell for cell in crossing if cell.keys[0] not in alone}
    return facts.protect(
        [*found.values(), *beside],
        policy,
        by={code: wanted},
        listed=rows.listed,
        same=[*twins, *same],
        ledgers=ledgers,
    )


def rows_of(programme: str) -> Rows:
    """The rows of a programme. Years have none, nor has an organisation without a centre that registers."""
    sites = Site.objects.of_programme(programme).order_by("slug").values_list("slug", flat=True)
    centres = Centre.objects.community().exclude(organisation=None)
    known = centres.of_programme(programme).values_list("organisation_id", "site__slug")
    work = {(("organisation", str(agency)), ("site", site)) for agency, site in known if site}
    listed = {
        "site": tuple(sites),
        "organisation": tuple(sorted({agency for (_name, agency), _site in work})),
        "sex": ("female", "male"),
        "age_band": (*(label for _upper, label in AGE_BANDS), OLDER),
        "need": tuple(code for code, _name in NEEDS),
        "step": STEPS,
    }
    return Rows(listed, frozenset(work))


def _one_to_one(pairs: Collection[tuple[Key, Key]]) -> dict[Key, Key]:
    """Those of the first dimension that share all their cells with just one of the second: one thing with two names."""
    firsts, seconds = Counter(first for first, _second in pairs), Counter(second for _first, second in pairs)
    return {first: second for first, second in pairs if firsts[first] == seconds[second] == 1}


def cubes(code: str, safe: ProtectedTable, wanted: Iterable[tuple[str, ...]]) -> tuple[Cube, ...]:
    """The tables that are shown; one without a row (nothing recorded yet) is left out."""
    numbers = {cell.keys: cell.number for cell in safe.cells if cell.measure == code}
    return tuple(cube for by in wanted if (cube := _cube(by, numbers)) is not None)


def _cube(by: tuple[str, ...], numbers: dict[Keys, Protected]) -> Cube | None:
    columns = _values(by[1], numbers) if len(by) == 2 else []
    # Where an edition carries the one before on, a row that was not there then is not there now.
    rows = [
        code
        for code in _values(by[0], numbers)
        if all(((by[0], code), (by[1], column)) in numbers for column in columns)
    ]
    if not rows or () not in numbers:
        return None
    names = _names(by[0], rows)

    def row(title: Text, fixed: Keys) -> Row:
        across = (numbers[(*fixed, (by[1], column))] for column in columns)
        return Row(title, (*across, numbers[fixed]))

    lines = tuple(row(names[code], ((by[0], code),)) for code in rows)
    total = row(labels.TOTAL, ())
    states = [number.state for line in (*lines, total) for number in line.numbers]
    table = Table(
        columns=tuple(labels.of(by[1], column) for column in columns),
        rows=lines,
        total=total,
        small=states.count("small"),
        hidden=states.count("hidden"),
    )
    dimensions = tuple(labels.DIMENSIONS[name] for name in by)
    return Cube(by, dimensions, tuple(rows), tuple(columns), table)


def _values(dimension: str, numbers: dict[Keys, Protected]) -> list[str]:
    found = {keys[0][1] for keys in numbers if len(keys) == 1 and keys[0][0] == dimension}
    order = labels.ORDER.get(dimension, ())
    known = [code for code in order if code in found]
    return [*known, *sorted(found.difference(known), key=lambda code: (code == "not_stated", code))]


def _names(dimension: str, codes: list[str]) -> dict[str, Text]:
    found: dict[str, Text] = {}
    if dimension == "site":
        found = {site.slug: site.name for site in Site.objects.filter(slug__in=codes)}
    if dimension == "organisation":
        wanted = [code for code in codes if code != "not_stated"]
        found = {str(one.pk): one.name for one in Organisation.objects.filter(pk__in=wanted)}
    return {code: found.get(code) or labels.of(dimension, code) for code in codes}


def parts_of(cube: Cube) -> tuple[Part, ...]:
    """The rows of a table as named parts of its figure."""
    rows = zip(cube.row_codes, cube.table.rows, strict=True)
    return tuple(Part(code, row.title, row.numbers[-1]) for code, row in rows)


def ratio_parts(one: Measure, safe: ProtectedTable) -> tuple[Part, ...]:
    """The two counts that a ratio divides, as they were protected for it."""
    said = {(cell.measure, cell.keys): cell.number for cell in safe.said}
    parts = ((measure(one.numerator), ABOVE), (measure(one.denominator), BELOW))
    return tuple(Part(part.code, Text(part.title), said[one.code + side, ()]) for part, side in parts)
