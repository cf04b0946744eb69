"""Which tables are published, how they are protected together, and how they are drawn."""

from dataclasses import dataclass
from typing import Any

import pytest

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import protect
from tongxing.facts.measures import measure
from tongxing.facts.results import Cell
from tongxing.facts.suppression import Disclosing
from tongxing.publishing import charts, labels, tables
from tongxing.publishing.sheet import Cube, Row, Table


def persons(keys: tuple[tuple[str, str], ...], value: int) -> Cell:
    return Cell("m", "persons", keys, value)


def test_every_published_table_is_of_a_measure_that_knows_it() -> None:
    assert {by[0] for cubes in tables.report_by().values() for by in cubes} <= set(labels.DIMENSIONS)


@pytest.mark.parametrize("by", [("shoe_size",), (), ("site", "sex", "year")])
def test_a_table_that_cannot_be_is_refused(by: tuple[str, ...]) -> None:
    with pytest.raises(tables.BadTable):
        tables._checked(measure("children_registered"), by)


def test_a_ratio_is_reported_by_one_dimension_at_a_time() -> None:
    with pytest.raises(tables.BadTable, match="a ratio one"):
        tables._checked(measure("referral_success"), ("site", "year"))


@dataclass
class Taken:
    """A snapshot that knows its cells."""

    cells: dict[tuple[str, ...], list[Cell]]

    def calculate(self, code: str, by: tuple[str, ...] = ()) -> Any:
        @dataclass
        class Raw:
            measures: tuple[str, ...]
            by: tuple[str, ...]
            cells: list[Cell]

        return Raw((code,), by, self.cells[by])


def taken(counts: dict[tuple[str, str], int]) -> Taken:
    """Counts by (organisation, site), with margins."""
    total = persons((), sum(counts.values()))
    sums: dict[tuple[str, str], int] = {}
    for (organisation, site), count in counts.items():
        for key in (("organisation", organisation), ("site", site)):
            sums[key] = sums.get(key, 0) + count
    one = {
        name: [total, *(persons((key,), n) for key, n in sums.items() if key[0] == name)]
        for name in ("organisation", "site")
    }
    cross = [persons((("organisation", o), ("site", s)), n) for (o, s), n in counts.items()]
    both = [total, *one["organisation"][1:], *one["site"][1:], *cross]
    return Taken(
        {(): [total], ("organisation",): one["organisation"], ("site",): one["site"], ("organisation", "site"): both}
    )


LISTED = {"site": ("s1", "s2", "s3"), "organisation": ("a", "b", "c")}


def test_an_organisation_alone_at_its_site_is_told_as_the_site_is() -> None:
    known = taken({("a", "s1"): 3, ("b", "s2"): 40, ("c", "s3"): 90})
    safe = tables.protected("m", known, (("site",), ("organisation",)), "public", rows=tables.Rows(LISTED))
    states = {cell.keys: cell.number.state for cell in safe.cells}
    for organisation, site in (("a", "s1"), ("b", "s2"), ("c", "s3")):
        assert states[("organisation", organisation),] == states[("site", site),]
    assert not any(len(keys) == 2 for keys in states), "one thing with two names needs no crossing"


def test_an_organisation_at_two_sites_is_protected_with_the_crossing() -> None:
    known = taken({("a", "s1"): 25, ("a", "s2"): 3, ("b", "s3"): 90})
    safe = tables.protected("m", known, (("site",), ("organisation",)), "public", rows=tables.Rows(LISTED))
    crossing = {keys: number for keys, number in ((c.keys, c.number) for c in safe.cells) if len(keys) == 2}
    assert set(crossing) >= {(("organisation", "a"), ("site", "s1")), (("organisation", "a"), ("site", "s2"))}
    numbers = {cell.keys: cell.number for cell in safe.cells}
    first, all_of_a = numbers[("site", "s1"),].value, numbers[("organisation", "a"),].value
    if first is not None and all_of_a is not None:
        low, high = all_of_a - 2 - (first + 2), all_of_a + 2 - (first - 2)
        assert low <= 1, "the small site may not be worked out from the organisation"
        assert high >= 9


# Drawings --------------------------------------------------------------------------------------------------------------


def cube(*values: int, by: str = "site") -> Cube:
    numbers = [protect([persons((), value)]).only("m") for value in values]
    name = Text(zh="名", en="name", mn="нэр")
    rows = tuple(Row(name, (number,)) for number in numbers)
    return Cube((by,), (name,), tuple(str(place) for place in range(len(values))), (), Table((), rows, rows[0], 0, 0))


@pytest.mark.parametrize("by", ["site", "year"])
def test_a_withheld_number_has_a_box_whose_size_tells_nothing(by: str) -> None:
    seen = set()
    for small in range(1, 10):
        for drawing in charts.drawings(cube(small, 100, 400, 90, by=by)):
            mark = drawing.marks[0]
            assert mark.lines
            assert mark.text == "< 10"
            seen.add((drawing.where, mark.width, mark.height))
    assert len(seen) == 2, "one size on each screen, whatever the number"


def test_a_shown_number_has_its_length_and_no_hatching() -> None:
    for drawing in charts.drawings(cube(100, 200, 400, 50)):
        assert not any(mark.lines for mark in drawing.marks)
        assert drawing.marks[2].width == pytest.approx(4 * drawing.marks[0].width, abs=0.5)
        assert max(mark.x + mark.width for mark in drawing.marks) < drawing.width


def test_few_numbers_are_a_table_and_no_chart() -> None:
    assert charts.drawings(cube(100, 200, 400)) == ()


def test_a_raw_number_is_never_drawn() -> None:
    raw = cube(100, 200, 400, 50)
    rows = (*raw.table.rows[:3], Row(Text(en="raw"), (50,)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="protect"):
        charts.drawings(Cube(raw.by, raw.dimensions, raw.row_codes, (), Table((), rows, rows[0], 0, 0)))


def test_a_site_where_nobody_was_registered_is_not_told_by_the_organisations() -> None:
    """Each organisation works at one site, as everybody knows: where both tables stand, an empty site has its twin too."""
    known = taken({("a", "s1"): 3, ("b", "s2"): 4})
    work = {(("organisation", name), ("site", site)) for name, site in (("a", "s1"), ("b", "s2"), ("c", "s3"))}
    safe = tables.protected("m", known, (("site",), ("organisation",)), "public", rows=tables.Rows(LISTED, work))
    assert {cell.number.state for cell in safe.cells} == {"small"}
    few = tables.Rows({"site": LISTED["site"], "organisation": ("a", "b")})
    with pytest.raises(Disclosing):  # control: without the knowledge of who works where the empty site has no twin
        tables.protected("m", known, (("site",), ("organisation",)), "public", rows=few)
