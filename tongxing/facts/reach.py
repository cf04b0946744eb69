"""Unduplicated reach: how many persons a measure counts, and between which ends, since some links are uncertain.

The figure is that of the measure, as linked. Its ends come from draws over the uncertain ties (linkage/draws.py): which
records may be one person, whether linked or not, how far the probabilities themselves may be trusted, and how many
pairs were never looked at. What is outside: records that a centre wrongly counts as stated, a person who gave no true
word at all, and persons nobody recorded. Raw counts, for the inside; what leaves passes disclosure.protect().
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

from tongxing.facts import engines, expressions
from tongxing.facts.engines import Tables
from tongxing.facts.measures import Measure, measure
from tongxing.facts.results import Keys, Raw, Scope, subsets
from tongxing.linkage.draws import Draws, Graph, Numbers, components, weighed

if TYPE_CHECKING:
    from tongxing.facts.calculation import Snapshot

COVERS = 0.95  # how often the truth lies within the ends


@dataclass(frozen=True)
class Reach(Raw):
    """One cell: `distinct` persons as linked, from `low` to `high`; `gross` records behind them, of which `stated` say whose.

    `uncertain` ties are between records of this cell; with none of them and no known misses both ends are the figure.
    """

    measure: str
    topic: str
    keys: Keys
    distinct: int
    low: int
    high: int
    gross: int
    stated: int
    uncertain: int


def reach(code: str, taken: "Snapshot", by: Sequence[str] = ()) -> tuple[Reach, ...]:
    """The cells of the distinct measure `code` by `by`, with all margins. Raises ValueError for one that counts no persons."""
    return tuple(reached(measure(code), taken.tables, taken.scope, by))


def reached(one: Measure, tables: Tables, scope: Scope, by: Sequence[str] = ()) -> list[Reach]:
    """As `reach`, of any measure; the total first. Raises ValueError, and Unable in plain Python."""
    if one.value != "distinct":
        raise ValueError(f"{one.code} counts no persons, so no link changes it")
    facts = expressions.located(expressions.living(tables.facts, one, scope), tables.places)
    facts = expressions.identified(expressions.labelled(facts, by), tables.identities, scope.as_of)
    uncertain = _Uncertain.of(facts, tables, scope, by)
    found = []
    for group in subsets(by):
        labels = [f"by_{name}" for name in group]
        for row in tables.rows(facts.group_by(labels).agg(**COUNTED) if labels else facts.aggregate(**COUNTED)):
            keys = tuple((name, row[f"by_{name}"]) for name in group)
            low, high, ties = uncertain.ends(keys, row["distinct"], row["records"])
            counts = (row["distinct"], low, high, row["gross"], row["stated"], ties)
            found.append(Reach(one.code, one.topic, keys, *counts))
    return sorted(found, key=lambda cell: (len(cell.keys), cell.keys))


COUNTED = {
    "gross": _.count(),
    "stated": _.who.count(),
    "distinct": _.who.nunique(),
    "records": _.subject.nunique(),
}


@dataclass(frozen=True)
class _Uncertain:
    """The subjects of all identities that an uncertain tie touches, and the draws over them.

    `rows` are those among the facts: columns `node`, `who` and the labels, each combination once.
    """

    rows: pa.Table
    left: Numbers
    right: Numbers
    draws: Draws

    @classmethod
    def of(cls, facts: ibis.Table, tables: Tables, scope: Scope, by: Sequence[str]) -> "_Uncertain":
        ties = tables.ties.rows
        ends = pa.chunked_array([*ties["subject_a"].chunks, *ties["subject_b"].chunks], pa.string()).unique()
        if not len(ends):
            empty = np.empty(0, np.int64)
            return cls(_NO_ROWS, empty, empty, Draws(Graph(0, empty, empty, np.empty(0)), tables.ties.quality))
        tied = engines.beside(tables, pa.table({"subject": ends}))
        whose = expressions.identified(tied, tables.identities, scope.as_of).select("subject", "who")
        touched = whose.select(touched="who").distinct()
        labels = [f"by_{name}" for name in by]
        inside = facts.semi_join(touched, facts.who == touched.touched).select("subject", "who", *labels).distinct()
        rows, outside = tables.engine.to_pyarrow(inside), tables.engine.to_pyarrow(whose)
        subjects = pa.concat_tables([outside, rows.select(["subject", "who"])]).combine_chunks()
        # In order, so that the same ties give the same draws whatever order an engine returns rows in.
        known, persons = (pc.unique(subjects[name]).sort() for name in ("subject", "who"))
        node, who = _places(subjects["subject"], known), _places(subjects["who"], persons)
        left, right = (_places(ties[name], known) for name in ("subject_a", "subject_b"))
        whose_node = np.empty(len(known), np.int64)
        whose_node[node] = who
        graph = _graph(whose_node, left, right, ties["probability"].to_numpy())
        numbered = rows.append_column("node", pa.array(node[outside.num_rows :]))
        numbered = numbered.append_column("person", pa.array(who[outside.num_rows :]))
        open_ = (graph.probability[: len(left)] > 0) & (graph.probability[: len(left)] < 1)
        return cls(numbered, left[open_], right[open_], Draws(weighed(graph), tables.ties.quality))

    def ends(self, keys: Keys, distinct: int, records: int) -> tuple[int, int, int]:
        """Low, high, and how many uncertain ties are within the cell."""
        mine = self.rows
        for name, value in keys if mine.num_rows else ():
            mine = mine.filter(pc.equal(mine[f"by_{name}"], value))
        members = np.unique(mine["node"].to_numpy())
        settled = distinct - len(pc.unique(mine["person"]))
        persons = settled + self.draws.persons(members)
        # What was overlooked lowers the low end alone: how much it is, nobody knows well.
        fewer = persons - self.draws.overlooked(records - persons)
        low, high = np.quantile(fewer, (1 - COVERS) / 2), np.quantile(persons, (1 + COVERS) / 2)
        inside = np.isin(self.left, members) & np.isin(self.right, members)
        # The figure itself is never outside, though links that wait for review may all lie on one side of it.
        return max(min(distinct, 1), min(distinct, int(low))), max(distinct, int(np.ceil(high))), int(inside.sum())


_NO_ROWS = pa.table({"node": pa.array([], pa.int64()), "person": pa.array([], pa.int64())})


def _places(ends: pa.ChunkedArray, known: pa.Array) -> Numbers:
    return np.asarray(pc.index_in(ends, value_set=known).to_numpy(), np.int64)


def _graph(who: Numbers, left: Numbers, right: Numbers, probability: np.ndarray) -> Graph:
    """The ties, and certain ones where an identity holds together by what no tie explains."""
    inner = (who[left] == who[right]) & (probability > 0)
    part = components(len(who), left[inner], right[inner])
    _parts, first = np.unique(part, return_index=True)  # one record of each part
    order = first[np.argsort(who[first], kind="stable")]
    same = who[order[1:]] == who[order[:-1]]
    return Graph(
        len(who),
        np.concatenate([left, order[:-1][same]]),
        np.concatenate([right, order[1:][same]]),
        np.concatenate([probability, np.ones(int(same.sum()))]),
    )
