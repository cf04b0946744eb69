"""Measures that read a register instead of facts: cells straight from reference tables that everyone may read."""

from collections import Counter
from collections.abc import Callable, Sequence

from tongxing.facts.measures import Measure
from tongxing.facts.results import NOT_STATED, Cell, Scope, subsets
from tongxing.organisations.models import Centre

Register = Callable[[Sequence[str], Scope], list[tuple[str, ...]]]


def _community_centres(by: Sequence[str], scope: Scope) -> list[tuple[str, ...]]:
    columns = {"area": "area", "site": "site__slug", "division": "division_id"}
    centres = Centre.objects.using("counter").community().open_on(scope.period.end)
    if scope.programme:
        centres = centres.of_programme(scope.programme)
    rows = centres.values_list("pk", *(columns[name] for name in by))
    return [tuple(str(value or "") or NOT_STATED for value in row[1:]) for row in rows]


REGISTERS: dict[str, Register] = {"centres_community": _community_centres}


def cells(measure: Measure, by: Sequence[str], scope: Scope) -> list[Cell]:
    """Cells of the register that `measure` names, with every margin of `by`; registers know only the present.

    Raises ValueError for a dimension that the measure does not have.
    """
    if unknown := [name for name in by if name not in measure.dimensions]:
        raise ValueError(f"{measure.code} is not known by {unknown}; it is known by {list(measure.dimensions)}")
    rows = REGISTERS[measure.reference](by, scope)
    found = []
    for group in subsets(by):
        places = [list(by).index(name) for name in group]
        counts = Counter(tuple(row[place] for place in places) for row in rows)
        if not group:
            counts[()] += 0  # an empty register is 0, not nothing
        for key, value in sorted(counts.items()):
            found.append(Cell(measure.code, measure.topic, tuple(zip(group, key, strict=True)), value))
    return found
