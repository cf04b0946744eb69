"""Who is who in a whole list: keys find pairs, Splink weighs them with the one model, guards keep families apart.

The list decides how common duplicates are: the prior is estimated from its own pairs, and the thresholds move with it.
"""

from collections.abc import Callable, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tongxing.linkage import clusters
from tongxing.linkage.adapting import estimated_prior
from tongxing.linkage.blocking import block
from tongxing.linkage.clusters import Floats, Ints
from tongxing.linkage.engines import InDuckDB
from tongxing.linkage.levels import WEIGHED, level_names
from tongxing.linkage.refusals import REFUSALS, refused
from tongxing.linkage.scoring import Model
from tongxing.linkage.splink_model import columns, levels_from

Progress = Callable[[str, float], None]
SHIFT = 3  # a row's number is its record's, shifted, and the line: at most eight lines
SAMPLE = 400_000  # pairs from which a list's own prior is estimated
# Something of the home agrees, and the names speak for one person. A longer list brings more strangers of one name and
# birthday, not more of one home: the threshold of these pairs does not rise with the list.
AT_HOME = {
    "household": (
        *("phone_and_guardian", "phone_and_county", "phone", "guardian_and_county", "guardian", "guardian_elsewhere"),
        "kin_document",
    ),
    "name": tuple(n for n in level_names("name") if n not in ("other", "other_script", "surname_only", "unknown")),
}
HOME_SAYS = 1.0  # bits by which the threshold of these pairs is lower: weights count the fields of one home once


class Linked(NamedTuple):
    """pairs       left, right (record), probability, weight (log2 odds before the prior), w_… and l_… per comparison;
                   all pairs from the review threshold on, each once with its best rows
    identities     record, identity: the smallest record of the same person
    held           left, right, reason, probability: pairs for people to look at
    counts         records, rows, pairs compared, linked, held, identities; prior; thresholds as used
    """

    pairs: pa.Table
    identities: pa.Table
    held: pa.Table
    counts: dict[str, Any]


def link(
    features: pa.Table,
    model: Model,
    *,
    engine: Any = "duckdb",
    only: Set[int] | None = None,
    progress: Progress = lambda step, share: None,
) -> Linked:
    """Pairs and persons of a list of rows (`bulk.features_of`). `record` counts from 0 without gaps.

    engine    "duckdb", or an engine of `engines.py`
    only      records that are new: only pairs with one of these are weighed
    """
    here = InDuckDB() if engine == "duckdb" else engine
    try:
        return _List(here, model, features, only, progress).linked()
    finally:
        if engine == "duckdb":
            here.close()


def compared(features: pa.Table, model: Model) -> pa.Table:
    """All pairs that the keys bring, with levels and weights, linked or not: for training and for measuring."""
    engine = InDuckDB()
    try:
        one = _List(engine, model, features, None, lambda step, share: None)
        block(engine, "people", "blocked")
        return one.weighed("blocked", 0.0, None)
    finally:
        engine.close()


class _List:
    """One list while it is linked."""

    def __init__(
        self, engine: Any, model: Model, features: pa.Table, only: Set[int] | None, progress: Progress
    ) -> None:
        self.engine, self.model, self.progress = engine, model, progress
        self.size = (pc.max(features["record"]).as_py() + 1) if features.num_rows else 0
        self.guards = clusters.Guards(*(self._by_record(features, name) for name in ("resident_id", "birth_year")))
        self.only = only
        number = pc.add(pc.shift_left(features["record"], SHIFT), pc.cast(features["line"], pa.int64()))
        rows = _wide(features.select([*columns(), "record"])).append_column("unique_id", number)
        engine.load("people", with_rarity(rows))
        if only is not None:
            engine.load("fresh", pa.table({"record": pa.array(sorted(only), pa.int64())}))
        self.counts: dict[str, Any] = {"records": self.size, "rows": features.num_rows}

    def _by_record(self, features: pa.Table, column: str) -> Ints:
        """The column of each record's first line."""
        found = np.zeros(self.size, dtype=np.int64)
        records, values = features["record"].to_numpy()[::-1], features[column].to_numpy()[::-1]
        found[records] = values
        return found

    def linked(self) -> Linked:
        self.progress("blocking", 0.1)
        block(self.engine, "people", "blocked", "fresh" if self.only is not None else "")
        count = self.engine.read("select count(*) as n from blocked")["n"][0].as_py()
        self.progress("prior", 0.35)
        prior = self.prior(count)
        self.progress("weighing", 0.4)
        shift = self.model.prior - prior
        pairs = self.weighed("blocked", prior, self.model.review + shift)
        self.progress("persons", 0.8)
        self.link, self.link_at_home = self.model.link + shift, self.model.link - HOME_SAYS + min(shift, 0.0)
        group, held = self.persons(pairs)
        linked = (self.above(pairs) >= 0) & (refused(pairs) == 0)
        self.counts |= {
            "compared": count, "linked": int(linked.sum()), "held": held.num_rows,
            "identities": len(np.unique(group)), "prior": prior,
            "thresholds": {"review": self.model.review + shift, "link": self.model.link + shift},
        }  # fmt: skip
        self.progress("done", 1.0)
        first = np.full(int(group.max()) + 1 if self.size else 0, self.size, dtype=np.int64)
        np.minimum.at(first, group, np.arange(self.size))
        identities = pa.table({"record": np.arange(self.size), "identity": first[group]})
        return Linked(pairs, identities, held, self.counts)

    def prior(self, compared: int) -> float:
        """How common duplicates are in this list, from a sample of its pairs; in bits."""
        if not compared:
            return self.model.prior
        every = -(-compared // SAMPLE)
        self.engine.keep("sampled", f"select * from blocked where (join_key_l * 31 + join_key_r) % {every} = 0")
        sample = self.weighed("sampled", 0.0, None)
        self.engine.drop("sampled")
        return estimated_prior(np.where(refused(sample) > 0, -np.inf, sample["weight"].to_numpy()), self.model)

    def weighed(self, pairs: str, prior: float, least: float | None) -> pa.Table:
        """Pairs of records with the weights and levels of their best rows."""
        table = self.engine.predicted(self.model, "people", pairs, prior, None if least is None else least + prior)
        details = ", ".join(f"p.mw_{name} as w_{name}" for name in WEIGHED)
        found = self.engine.read(f"""
            select a, b, match_probability as probability, match_weight - ({prior}) as weight, {details}
              from (select p.*, {_record("l")} as a, {_record("r")} as b,
                           row_number() over (partition by {_record("l")}, {_record("r")}
                                              order by match_weight desc, unique_id_l, unique_id_r) as place
                      from {table} p) p
             where place = 1""")
        found = found.rename_columns(["left", "right", *found.column_names[2:]])
        self.engine.drop(table)
        for name in WEIGHED:
            levels = levels_from(name, self.model, found[f"w_{name}"].to_numpy())
            found = found.append_column(f"l_{name}", levels)
        return found

    def above(self, pairs: pa.Table) -> Floats:
        return above(pairs, self.link, self.link_at_home)

    def persons(self, pairs: pa.Table) -> tuple[Ints, pa.Table]:
        """The person of each record, and the pairs that people should look at."""
        left, right = (pairs[side].to_numpy() for side in ("left", "right"))
        margins = self.above(pairs)
        documents, dates = self.guards.apart(left, right)
        refusals = np.where(margins >= 0, refused(pairs), 0)
        usable = np.where(documents | dates | (refusals > 0), -1.0, margins)
        strong = clusters.thinned(self.size, left, right, usable)
        group, open_groups = clusters.unclear(self.size, left[strong], right[strong])
        group, cut = clusters.split(group, open_groups, self.margins, self.guards)
        parted = group[left] != group[right]
        reasons = [
            ("documents", documents & (margins >= 0)), ("dates", dates & (margins >= 0)),
            *((rule.reason, refusals == place) for place, rule in enumerate(REFUSALS, 1)),
            ("crowd", (usable >= 0) & ~strong), ("unsure", margins < 0),
        ]  # fmt: skip
        held = [*cut, *(clusters.Held(int(left[n]), int(right[n]), reason)
                        for reason, which in reasons for n in np.flatnonzero(which & parted))]  # fmt: skip
        once = {(each.left, each.right): each for each in reversed(held)}
        columns = zip(*once.values(), strict=True) if once else ((), (), ())
        kinds = (pa.int64(), pa.int64(), pa.string())
        names = clusters.Held._fields
        return group, pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})

    def margins(self, left: Ints, right: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        """How far above the link threshold each pair of records is (NaN: not known), and whether a rule refuses it."""
        weights, is_refused = np.full(len(left), np.nan), np.zeros(len(left), dtype=np.bool_)
        if not len(left):
            return weights, is_refused
        self.engine.load("inside", pa.table({"a": np.minimum(left, right), "b": np.maximum(left, right)}))
        self.engine.keep(
            "inside_pairs",
            """
            select '0' as match_key, p.unique_id as join_key_l, q.unique_id as join_key_r
              from inside i join people p on p.record = i.a join people q on q.record = i.b""",
        )
        found = self.weighed("inside_pairs", 0.0, None)
        order = np.lexsort((found["right"].to_numpy(), found["left"].to_numpy()))
        number = np.minimum(left, right) * self.size + np.maximum(left, right)
        known = (found["left"].to_numpy() * self.size + found["right"].to_numpy())[order]
        place = np.minimum(np.searchsorted(known, number), len(known) - 1)
        here = known[place] == number
        weights[here] = self.above(found)[order][place[here]]
        is_refused[here] = (refused(found) > 0)[order][place[here]]
        return weights, is_refused


def _wide(table: pa.Table) -> pa.Table:
    """Small integers as 32 bits: an engine may not widen them when it computes."""
    fields = [pa.field(f.name, pa.int32()) if f.type == pa.int16() else f for f in table.schema]
    return table.cast(pa.schema(fields))


def with_rarity(rows: pa.Table) -> pa.Table:
    """The rows with `rarity` as this list has it: shares of surnames and syllables, and of whole names that are usual.

    Shares are drawn towards what is usual elsewhere (`PRIOR` people), so that a short list makes no name common.
    """
    if not rows.num_rows:
        return rows
    surname = np.where(_known(rows["surname_sound"]), _shares(rows["surname_sound"], 0.005), 0.2)
    last = np.where(
        pc.equal(rows["given_first"], rows["given_last"]).to_numpy(), 0.3, _shares(rows["given_last"], 0.004)
    )
    whole = (_counts(rows["near"]) - 4) / rows.num_rows
    han = np.maximum(surname * _shares(rows["given_first"], 0.004) * last, whole)
    steppe = np.where(_known(rows["skeleton"]), _shares(rows["skeleton"], 0.0005), 1.0)
    bits = np.rint(-np.log2(np.where(_known(rows["given_sound"]), han, steppe))).astype(np.int32)
    return rows.set_column(rows.column_names.index("rarity"), "rarity", pa.array(bits))


def above(pairs: pa.Table, link: float, at_home: float) -> Floats:
    """How far above its threshold each pair is: `at_home` for those of AT_HOME, `link` for the others."""
    is_home = np.logical_and.reduce([_is_in(pairs[f"l_{name}"], levels) for name, levels in AT_HOME.items()])
    found: Floats = pairs["weight"].to_numpy() - np.where(is_home, at_home, link)
    return found


def _is_in(column: pa.ChunkedArray, levels: Sequence[str]) -> NDArray[np.bool_]:
    """Whether the level of each pair is one of these."""
    words = pa.array(levels, pa.string())
    found: NDArray[np.bool_] = pc.is_in(pc.cast(column, pa.string()), words).to_numpy(zero_copy_only=False)
    return found


def _known(column: pa.ChunkedArray) -> Any:
    return pc.not_equal(column, "").to_numpy()


def _counts(column: pa.ChunkedArray) -> Ints:
    """How many rows have the value of each row."""
    coded = column.combine_chunks().dictionary_encode()
    codes = (coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded).indices.to_numpy()
    found: Ints = np.bincount(codes)[codes]
    return found


def _shares(column: pa.ChunkedArray, usual: float) -> Floats:
    found: Floats = (_counts(column) + PRIOR * usual) / (len(column) + PRIOR)
    return found


PRIOR = 3000


def _record(side: str) -> str:
    return f"(unique_id_{side} >> {SHIFT})"
