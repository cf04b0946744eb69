"""How well identities fit the truth: pairs counted inside clusters, by script and source, and families kept apart."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Fit:
    """Pairs of records that are together in both (hits), in what was found, in the truth."""

    hits: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.found + self.true) if self.found + self.true else 1.0

    def figures(self) -> dict[str, float]:
        known = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {name: round(value, 5) for name, value in known.items()} | {"true": self.true}

    def __str__(self) -> str:
        return f"F1 {self.f1:.4f}, precision {self.precision:.4f}, recall {self.recall:.4f}"


@dataclass(frozen=True)
class Together:
    """Of so many couples of two different persons, those that share an identity."""

    merged: int
    couples: int

    @property
    def share(self) -> float:
        return self.merged / self.couples if self.couples else 0.0

    def __str__(self) -> str:
        return f"{self.share:.2%} of {self.couples:,}"


@dataclass(frozen=True)
class Score:
    """`scripts` and `sources`: pairs with at least one record of that script or source; `pinyin` is a script here."""

    all: Fit
    scripts: dict[str, Fit]
    sources: dict[str, Fit]
    relatives: dict[str, Together]  # twins | namesake_parent | namesake_cousin | siblings

    def figures(self) -> dict[str, Any]:
        parts = {
            name: {key: fit.figures() for key, fit in getattr(self, name).items()} for name in ("scripts", "sources")
        }
        return (
            self.all.figures()
            | parts
            | {name: asdict(each) | {"share": round(each.share, 5)} for name, each in self.relatives.items()}
        )

    def lines(self) -> list[str]:
        parts = {**self.scripts, **{f"source {name}": fit for name, fit in self.sources.items()}}
        found = [f"  {self.all}"]
        found += [f"    {name:16} {fit}  ({fit.true:,} true pairs)" for name, fit in parts.items()]
        return [*found, *(f"    {name} together: {each}" for name, each in self.relatives.items() if each.couples)]


def components(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The number of the component of each of `count` records."""
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def codes(column: Any) -> np.ndarray:
    """Small numbers from 0 for the values of a column."""
    return np.unique(column, return_inverse=True)[1]


def score(truth: pa.Table, identity: np.ndarray) -> Score:
    """What `identity` (any number by record, in the order of `truth`) is worth."""
    identity, person = codes(identity), truth["person"].to_numpy()
    both = codes(identity.astype(np.int64) * (person.max() + 1) + person)
    groups = (both, identity, person)
    return Score(
        all=Fit(*(_pairs(group) for group in groups)),
        scripts=_parts(truth["script"], groups),
        sources=_parts(truth["source"], groups),
        relatives=_relatives(truth, identity, person),
    )


def _pairs(group: np.ndarray, weights: np.ndarray | None = None) -> int:
    sizes = np.bincount(group, weights).astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _parts(column: pa.ChunkedArray, groups: tuple[np.ndarray, ...]) -> dict[str, Fit]:
    values = pc.unique(column).to_pylist()
    found = {}
    for value in sorted(values) if len(values) > 1 else []:
        others = ~pc.equal(column, value).to_numpy(zero_copy_only=False)
        found[value] = Fit(*(_pairs(group) - _pairs(group, others.astype(float)) for group in groups))
    return found


def _relatives(truth: pa.Table, identity: np.ndarray, person: np.ndarray) -> dict[str, Together]:
    pairs = np.unique(np.stack([person, identity], axis=1), axis=0)
    first = np.unique(person, return_index=True)[1]
    known = {
        name: truth[name].to_numpy()[first] for name in ("person", "household", "twin_of", "parent", "namesake_of")
    }
    is_child = pc.equal(truth["kind"], "child").to_numpy(zero_copy_only=False)[first]
    who, namesake = known["person"], known["namesake_of"]
    of_parent = (namesake >= 0) & (namesake == known["parent"])
    cousins = (namesake >= 0) & ~of_parent
    return {
        "twins": _together(who, known["twin_of"], pairs),
        "namesake_parent": _together(who[of_parent], namesake[of_parent], pairs),
        "namesake_cousin": _together(who[cousins], namesake[cousins], pairs),
        "siblings": _together(*_siblings(who, known["household"], known["twin_of"], is_child), pairs),
    }


def _siblings(
    who: np.ndarray, household: np.ndarray, twin: np.ndarray, is_child: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Couples of children of one household who are no twins."""
    order = np.argsort(household[is_child], kind="stable")
    who, household, twin = who[is_child][order], household[is_child][order], twin[is_child][order]
    left, right = [], []
    for step in range(1, 8):
        same = np.flatnonzero((household[step:] == household[:-step]) & (twin[step:] != who[:-step]))
        left.append(who[same])
        right.append(who[same + step])
    return np.concatenate(left), np.concatenate(right)


def _together(left: np.ndarray, right: np.ndarray, pairs: np.ndarray) -> Together:
    """pairs: (person, identity), each once and in order."""
    exists = (right >= 0) & np.isin(right, pairs[:, 0]) & np.isin(left, pairs[:, 0])
    couples = np.unique(np.sort(np.stack([left[exists], right[exists]], axis=1), axis=1), axis=0)
    base = pairs[:, 1].max() + 1
    keys = pairs[:, 0].astype(np.int64) * base + pairs[:, 1]
    start = np.searchsorted(pairs[:, 0], couples[:, 0], "left")
    end = np.searchsorted(pairs[:, 0], couples[:, 0], "right")
    merged = np.zeros(len(couples), bool)
    for step in range(int((end - start).max(initial=0))):
        inside = start + step < end
        at = pairs[np.minimum(start + step, len(pairs) - 1), 1]
        merged |= inside & np.isin(couples[:, 1].astype(np.int64) * base + at, keys)
    return Together(int(merged.sum()), len(couples))


def pair_recall(truth: pa.Table, left: np.ndarray, right: np.ndarray) -> float:
    """Share of the true pairs that are among these pairs of positions (each given once)."""
    person = truth["person"].to_numpy()
    return float((person[left] == person[right]).sum() / max(1, _pairs(codes(person))))


@dataclass(frozen=True)
class Best:
    """The threshold with the best clusters, found by truth."""

    threshold: float
    score: Score


def best(truth: pa.Table, left: np.ndarray, right: np.ndarray, weight: np.ndarray, steps: np.ndarray) -> Best:
    """Clusters of the pairs at least as heavy as each of `steps`, and the best of them by F1."""
    tried = []
    person = truth["person"].to_numpy()
    for step in steps:
        kept = weight >= step
        identity = components(len(person), left[kept], right[kept])
        both = codes(identity.astype(np.int64) * (person.max() + 1) + person)
        tried.append(Fit(_pairs(both), _pairs(identity), _pairs(codes(person))).f1)
    threshold = float(steps[int(np.argmax(tried))])
    kept = weight >= threshold
    return Best(threshold, score(truth, components(len(person), left[kept], right[kept])))
