"""From cells to families: counts that are tied by sums and must be protected together. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product

from tongxing.facts.audit import Sum
from tongxing.facts.policies import Policy
from tongxing.facts.results import Cell, Keys, subsets
from tongxing.facts.suppression import Family, Ref, Said

Listed = Mapping[str, Collection[str]]
Tables = Mapping[str, Sequence[Sequence[str]]]  # of each measure, the dimensions of each of its tables
ABOVE, BELOW = ":above", ":below"  # the parts of a rate


def counts(cell: Cell) -> dict[Ref, int]:
    """The counts behind a cell: one, or the two parts of a rate, the upper first."""
    if not cell.is_ratio:
        return {(cell.measure, cell.keys): int(cell.value or 0)}
    return {
        (cell.measure + ABOVE, cell.keys): int(cell.numerator or 0),
        (cell.measure + BELOW, cell.keys): int(cell.denominator or 0),
    }


def listed(values: Listed, before: Iterable[Keys]) -> Listed:
    """The values that have a row whatever was counted, with those that had one before: a row does not go again."""
    found = {name: set(some) for name, some in values.items()}
    for keys in before:
        for name, value in keys:
            found.setdefault(name, set()).add(value)
    return found


def filled(cells: list[Cell], policy: Policy, fixed: Listed, by: Tables) -> list[Cell]:
    """With a zero wherever a row and a column meet, and for every listed value: that a cell is there tells nothing.

    `by`: the dimensions of a measure's tables, which are there even when nothing was counted. A row that is not listed
    and counts nobody goes: whoever refused statistics has no sex and is no person, and would hide the sex of others.
    """
    empty = _nobody(cells, fixed)
    found = [
        cell for cell in cells if not policy.rule(cell) or not any((cell.measure, key) in empty for key in cell.keys)
    ]
    for measure in dict.fromkeys(cell.measure for cell in cells if policy.rule(cell)):
        mine = [cell for cell in found if cell.measure == measure]
        first = next(cell for cell in cells if cell.measure == measure)
        seen = {cell.keys for cell in mine}
        groups = [tuple(name for name, _value in cell.keys) for cell in mine]
        groups += [group for dimensions in by.get(measure, ()) for group in subsets(dimensions)]
        for names in dict.fromkeys(groups):
            values = [_values(mine, name, fixed) for name in names]
            for keys in (tuple(zip(names, one, strict=True)) for one in product(*values)):
                if keys not in seen:
                    nothing = (None, 0, 0) if first.is_ratio else (0,)
                    found.append(Cell(measure, first.topic, keys, *nothing))
    return found


def of(
    cells: list[Cell],
    policy: Policy,
    fixed: Listed,
    same: Iterable[tuple[Ref, Ref]],
    said: Sequence[Mapping[Ref, Said]],
) -> Iterator[Family]:
    """The families of `cells` that are under a rule; no count of one is tied to a count of another.

    `said`: what each edition until now said of every count, the oldest first.
    """
    ruled = [(cell, rule) for cell in cells if (rule := policy.rule(cell))]
    values = {ref: count for cell, _rule in ruled for ref, count in counts(cell).items()}
    rules = {ref: rule for cell, rule in ruled for ref in counts(cell)}
    pairs = [(above, below) for cell, _rule in ruled if cell.is_ratio for above, below in [counts(cell)]]
    sums = [*_sums(values), *(Sum(one, (other,)) for one, other in same if one in values and other in values)]
    for refs in _together(values, [*((one.total, *one.parts) for one in sums), *pairs]):
        yield Family(
            counts={ref: values[ref] for ref in refs},
            rules={ref: rules[ref] for ref in refs},
            sums=tuple(one for one in sums if one.total in refs),
            present=frozenset(ref for ref in refs if values[ref] and _is_told_of(ref[1], fixed)),
            pairs=tuple(pair for pair in pairs if pair[0] in refs),
            said=tuple({ref: one[ref] for ref in refs if ref in one} for one in said),
        )


def _nobody(cells: list[Cell], fixed: Listed) -> set[tuple[str, tuple[str, str]]]:
    """The rows and columns, by measure, that are not listed and in which nobody is counted."""
    counted: dict[tuple[str, tuple[str, str]], int] = {}
    for cell in cells:
        for name, value in cell.keys:
            if value not in fixed.get(name, ()):
                row = cell.measure, (name, value)
                counted[row] = counted.get(row, 0) + sum(counts(cell).values())
    return {row for row, count in counted.items() if not count}


def _values(cells: list[Cell], name: str, fixed: Listed) -> list[str]:
    found = {value for cell in cells for key, value in cell.keys if key == name}
    return sorted(found | set(fixed.get(name, ())))


def _is_told_of(keys: Keys, fixed: Listed) -> bool:
    """Whether a row or column stands there only because somebody was counted in it."""
    return len(keys) == 1 and keys[0][1] not in fixed.get(keys[0][0], ())


def _sums(values: Mapping[Ref, int]) -> Iterator[Sum[Ref]]:
    """Every row and column with its total. By how much the parts exceed it, a reader is taken to know."""
    parts: dict[tuple[str, Ref], list[Ref]] = {}
    for measure, keys in values:
        for key in keys:
            rest = tuple(other for other in keys if other != key)
            parts.setdefault((key[0], (measure, rest)), []).append((measure, keys))
    for (_name, total), members in parts.items():
        if total in values:
            overlap = sum(values[ref] for ref in members) - values[total]
            yield Sum(total, tuple(members), overlap, overlap)


def _together(refs: Iterable[Ref], ties: Iterable[tuple[Ref, ...]]) -> list[list[Ref]]:
    """`refs` in groups that no tie crosses."""
    group = {ref: [ref] for ref in refs}
    for first, *others in ties:
        for other in others:
            if group[other] is not group[first]:
                group[first] += group[other]
                group |= dict.fromkeys(group[other], group[first])
    return list({id(members): members for members in group.values()}.values())
