"""The measures in plain Python, cell by cell, to check the engine against."""

import json
from collections import defaultdict
from typing import Any

from tongxing.facts.expressions import AGE_BANDS, OLDER
from tongxing.facts.measures import Measure, measure
from tongxing.facts.references import subsets
from tongxing.facts.results import NOT_STATED, Scope

Fact = dict[str, Any]


def calculated(one: Measure, facts: list[Fact], links: list[Fact], scope: Scope, by: tuple[str, ...]) -> dict[Any, Any]:
    """{keys: value}, ratios as (numerator, denominator)."""
    if one.value == "ratio":
        above, below = (calculated(measure(code), facts, links, scope, by) for code in (one.numerator, one.denominator))
        return {keys: (above.get(keys, 0), below.get(keys, 0)) for keys in above.keys() | below.keys()}
    who = _identities(links, scope)
    cells: dict[Any, Any] = defaultdict(list)
    cells[()] = []
    for fact in _living(one, facts, scope):
        for group in subsets(by):
            cells[tuple((name, _label(fact, name)) for name in group)].append(fact)
    if one.value == "distinct":
        persons = {
            keys: {who.get(f["subject"], f["subject"]) for f in found if f["subject"]} for keys, found in cells.items()
        }
        return {keys: len(found) for keys, found in persons.items()}
    return {keys: len(found) for keys, found in cells.items()}


def _living(one: Measure, facts: list[Fact], scope: Scope) -> list[Fact]:
    moment = scope.as_of.replace(tzinfo=None) if scope.as_of else None
    known = [fact for fact in facts if moment is None or fact["recorded_at"] <= moment]
    gone = {fact["voids"] for fact in known if fact["voids"]}
    start = scope.period.start if one.basis == "during" else None
    return [
        fact
        for fact in known
        if fact["kind"] in one.kinds
        and fact["id"] not in gone
        and not fact["voids"]
        and fact["occurred_on"] <= scope.period.end
        and (start is None or fact["occurred_on"] >= start)
        and (not scope.programme or fact["programme"] == scope.programme)
    ]


def _identities(links: list[Fact], scope: Scope) -> dict[str, str]:
    moment = scope.as_of.replace(tzinfo=None) if scope.as_of else None
    found = {}
    for link in sorted(links, key=lambda link: link["valid_from"]):
        ended = link["valid_to"] is not None and (moment is None or link["valid_to"] <= moment)
        if not ended and (moment is None or link["valid_from"] <= moment):
            found[link["subject"]] = link["identity"]
    return found


def _label(fact: Fact, name: str) -> str:
    day = fact["occurred_on"]
    if name == "month":
        return f"{day:%Y-%m}"
    if name == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if name == "year":
        return str(day.year)
    if name == "age_band":
        if fact["birth_year"] is None:
            return NOT_STATED
        age = day.year - fact["birth_year"]
        return next((label for upper, label in AGE_BANDS if age <= upper), OLDER)
    if name in fact:
        return fact[name] or NOT_STATED
    return json.loads(fact["attributes"]).get(name) or NOT_STATED
