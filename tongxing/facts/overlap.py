"""Persons counted more than once: which records repeat whom, and who is known at two places. Ibis, on any engine.

Raw counts, for the inside; what leaves passes disclosure.protect(). The tie of records to persons is as linked at the
moment of the scope: what is not linked yet is not seen as a repetition.
"""

from dataclasses import dataclass
from typing import Literal

import ibis
from ibis import _

from tongxing.facts import expressions
from tongxing.facts.calculation import Snapshot
from tongxing.facts.engines import Tables
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import NOT_STATED, Cell, Scope

Level = Literal["organisation", "centre", "site", "area"]
LEVELS: tuple[Level, ...] = ("organisation", "centre", "site", "area")
SENDING, RECEIVING = "sending", "receiving"


@dataclass(frozen=True)
class Repeats:
    """From records to persons: gross − the four kinds of double counting − refused_statistics = distinct, exactly.

    A record repeats a person whom an earlier one counts. It is explained once, by the nearest place that had counted:
    same_centre    at the same centre before
    same_agency    at another centre of the same organisation
    up_downstream  on the other side: at a sending centre before and at a receiving one now, or the other way round
    other_agency   at a centre of another organisation
    """

    gross: int
    same_centre: int
    same_agency: int
    up_downstream: int
    other_agency: int
    refused_statistics: int
    distinct: int


def overlap(code: str, taken: Snapshot, level: Level = "organisation") -> tuple[Cell, ...]:
    """Persons of the distinct measure `code` known at both of two places, each pair once: keys ("a", …), ("b", …).

    With a = b: all persons of that place. A pair that shares nobody has no cell. To publish: protect(cells), and no
    total by the same places beside it, because with few places the sum less the whole tells what they share. Raises
    ValueError for a measure that counts no persons.
    """
    return tuple(matrix(_of_persons(measure(code)), taken.tables, taken.scope, level))


def repeats(one: Measure, tables: Tables, scope: Scope) -> Repeats:
    """Which kind of double counting explains each record too many. Raises ValueError unless `one` counts persons."""
    facts = _identified(_of_persons(one), tables, scope)
    stated = facts.filter(_.who.notnull())
    [row] = tables.rows(facts.aggregate(gross=_.count(), stated=_.who.count(), distinct=_.who.nunique()))
    # Most persons have one record: only the others are put in order.
    again = stated.group_by(several="who").agg(n=_.count()).filter(_.n > 1)
    explained = _explained(stated.semi_join(again, stated.who == again.several)).group_by("why").agg(n=_.count())
    found = {line["why"]: line["n"] for line in tables.rows(explained)} if row["stated"] > row["distinct"] else {}
    return Repeats(
        gross=row["gross"],
        **{kind: found.get(kind, 0) for kind in ("same_centre", "same_agency", "up_downstream", "other_agency")},
        refused_statistics=row["gross"] - row["stated"],
        distinct=row["distinct"],
    )


def matrix(one: Measure, tables: Tables, scope: Scope, level: Level) -> list[Cell]:
    """As `overlap`, of any measure on any engine."""
    facts = _identified(one, tables, scope).filter(_.who.notnull())
    known = facts.select("who", place=ibis.coalesce(facts[level].nullif(""), NOT_STATED)).distinct()
    here, there = known.select("who", a="place"), known.select(other="who", b="place")
    pairs = here.join(there, [here.who == there.other, here.a <= there.b])
    shared = pairs.group_by("a", "b").agg(value=_.count())
    cells = [Cell(one.code, one.topic, (("a", row["a"]), ("b", row["b"])), row["value"]) for row in tables.rows(shared)]
    return sorted(cells, key=lambda cell: cell.keys)


def _explained(stated: ibis.Table) -> ibis.Table:
    """With `why`: the kind of repetition, empty for the first record of each person."""
    order = [_.occurred_on, _.recorded_at, _.id]
    so_far = ibis.cumulative_window(group_by="who", order_by=order)
    placed = stated.mutate(place=ibis.coalesce(_.centre, ""), agency=ibis.coalesce(_.organisation, ""))
    counted = placed.mutate(
        records=_.count().over(so_far),
        here=_.count().over(ibis.cumulative_window(group_by=["who", "place"], order_by=order)),
        agency_s=_.count().over(ibis.cumulative_window(group_by=["who", "agency"], order_by=order)),
        sending=(_.area == SENDING).fill_null(False).cast("int64").sum().over(so_far),
        receiving=(_.area == RECEIVING).fill_null(False).cast("int64").sum().over(so_far),
    )
    # Sums include the record itself; on its own side that says nothing, on the other side it is an earlier record.
    crossed = ((_.area == SENDING) & (_.receiving > 0)) | ((_.area == RECEIVING) & (_.sending > 0))
    why = ibis.cases(
        (_.records == 1, ""),
        (_.here > 1, "same_centre"),
        ((_.agency != "") & (_.agency_s > 1), "same_agency"),
        (crossed.fill_null(False), "up_downstream"),
        else_="other_agency",
    )
    return counted.mutate(why=why)


def _identified(one: Measure, tables: Tables, scope: Scope) -> ibis.Table:
    facts = expressions.located(expressions.living(tables.facts, one, scope), tables.places)
    return expressions.identified(facts, tables.identities, scope.as_of)


def _of_persons(one: Measure) -> Measure:
    if one.value != "distinct":
        raise ValueError(f"{one.code} counts no persons, so nobody is counted twice in it")
    return one
