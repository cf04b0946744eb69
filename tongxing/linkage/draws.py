"""How many persons there may be while ties between records are uncertain: seeded draws, connected components.

Each draw takes every uncertain tie or leaves it, by its probability; records that hang together are one person. What no
uncertain tie touches is the same in every draw and is not drawn. What is known of the probabilities themselves
(`Quality`) is drawn as well: they may be wrong together, and some pairs were never looked at.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.special import expit, logit

COUNT = 400
SEED = 20101
BINS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0)
DOUBT = 0.5  # standard deviation of the log odds of a probability that nobody has checked
SURE = 1e-9  # as near to 0 or 1 as makes no difference
AS_GOOD_AS_CERTAIN = 0.99  # records tied so speak of others as one group
UNNOTED = 0.05  # the probability of a pair that is not worth a tie
WORTH = 150  # joins: as much as what is known of another register says of this one
LOUDEST = 7.0  # log odds: no single tie outweighs a whole group
AT_ONCE = 2_000_000  # ties drawn in one piece of memory

Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """Of `reviewed` pairs with a probability from `low` to below `high`, people found `same` to be one person."""

    low: float
    high: float
    reviewed: int
    same: int


@dataclass(frozen=True)
class Quality:
    """What is known of a linkage from pairs whose truth is known.

    bins    how far its probabilities are right
    found   of known persons with several records: how many records their ties join to another of the same person,
            with whatever probability; `missed`: how many more it would take to make every person whole
    """

    bins: tuple[Bin, ...] = ()
    found: int = 0
    missed: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Quality":
        """What `as_json` gave; of an empty object: nothing is known."""
        bins = tuple(Bin(**one) for one in stored.get("bins", ()))
        return cls(bins, stored.get("found", 0), stored.get("missed", 0))


NOTHING_KNOWN = Quality()
# Of a run that says nothing of itself: as if of fifty known joins one had been missed; that is little to go by, and so
# the interval is wide. Both populations of the benches lie within it.
USUAL = Quality(found=49, missed=1)


@dataclass(frozen=True)
class Graph:
    """Records 0 … size − 1 and their ties: record `left[i]` is `right[i]` with `probability[i]`; 1 is certain."""

    size: int
    left: Numbers
    right: Numbers
    probability: Shares


def components(size: int, left: Numbers, right: Numbers) -> Numbers:
    """The number of the component of each record, from 0 without gaps."""
    ones = np.ones(len(left), np.int8)
    _count, labels = connected_components(coo_array((ones, (left, right)), (size, size)), directed=False)
    return np.asarray(labels, np.int64)


def weighed(graph: Graph) -> Graph:
    """The ties as evidence that can be drawn one by one: a forest over groups of records that are as good as certain.

    Ties within a family are no independent witnesses: that a child resembles both records of another is one
    resemblance, and drawn by themselves the two would join them nearly twice as often. So all pairs between two such
    groups speak together, by the mean of their log odds, those without a tie with UNNOTED; one that somebody decided
    to be two persons speaks for all. And a tie that closes a circle says nothing new.
    """
    sure = graph.probability >= AS_GOOD_AS_CERTAIN
    group = components(graph.size, graph.left[sure], graph.right[sure])
    size = int(group.max(initial=-1)) + 1
    members, first = np.bincount(group, minlength=size), np.unique(group, return_index=True)[1]
    inner = group[graph.left] == group[graph.right]
    low, high = (pick(group[graph.left], group[graph.right])[~inner] for pick in (np.minimum, np.maximum))
    pairs, place = np.unique(low * size + high, return_inverse=True)
    low, high = np.divmod(pairs, max(size, 1))
    odds = np.clip(logit(np.clip(graph.probability[~inner], SURE, 1 - SURE)), -LOUDEST, LOUDEST)
    odds[graph.probability[~inner] <= SURE] = -np.inf
    silent = members[low] * members[high] - np.bincount(place, minlength=len(pairs))
    mean = (np.bincount(place, odds, len(pairs)) + silent * logit(UNNOTED)) / (members[low] * members[high])
    return _forest(
        Graph(
            graph.size,
            np.concatenate([graph.left[inner], first[low]]),
            np.concatenate([graph.right[inner], first[high]]),
            np.concatenate([graph.probability[inner], expit(mean)]),
        )
    )


def _forest(graph: Graph) -> Graph:
    """The strongest ties that hold together what all of them do; of two ties of one pair the stronger."""
    low, high = np.minimum(graph.left, graph.right), np.maximum(graph.left, graph.right)
    strongest = np.lexsort((-graph.probability, high, low))
    low, high, probability = low[strongest], high[strongest], graph.probability[strongest]
    once = np.append(True, (np.diff(low) != 0) | (np.diff(high) != 0))[: len(low)]  # an array that adds up repetitions
    distance = coo_array((2 - probability[once], (low[once], high[once])), (graph.size, graph.size)).tocsr()
    kept = minimum_spanning_tree(distance).tocoo()
    return Graph(graph.size, kept.row.astype(np.int64), kept.col.astype(np.int64), 2 - kept.data)


class Draws:
    """`count` draws over one graph, made once; then any set of its records is counted in every one of them."""

    def __init__(
        self,
        graph: Graph,
        quality: Quality = NOTHING_KNOWN,
        *,
        doubt: float = DOUBT,
        count: int = COUNT,
        seed: int = SEED,
    ) -> None:
        self.count, self.seed, self._quality = count, seed, quality
        self._chance = np.random.default_rng(seed)
        certain = graph.probability >= 1 - SURE
        # Records that are one for certain are one node from here on.
        self._node = components(graph.size, graph.left[certain], graph.right[certain])
        size = int(self._node.max(initial=-1)) + 1
        left, right = self._node[graph.left], self._node[graph.right]
        drawn = (graph.probability > SURE) & ~certain & (left != right)
        left, right, probability = left[drawn], right[drawn], graph.probability[drawn]
        chances = _Chances(probability, quality, self._chance.random(count), doubt)
        group = components(size, left, right)
        is_pair = np.bincount(group, minlength=size)[group[left]] == 2
        self._pairs(size, left[is_pair], right[is_pair], np.flatnonzero(is_pair), chances)
        self._others(size, left[~is_pair], right[~is_pair], np.flatnonzero(~is_pair), chances)

    def persons(self, members: Numbers) -> Numbers:
        """How many persons the records `members` are, in each draw; two may be one through a record outside."""
        nodes = np.unique(self._node[members])
        inside = np.zeros(len(self._place), bool)
        inside[nodes] = True
        joined = self._taken[:, inside[self._first] & inside[self._second]].sum(axis=1, dtype=np.int64)
        place = self._place[nodes]
        labels = np.sort(self._labels[:, place[place >= 0]], axis=1)
        joined += (np.diff(labels, axis=1) == 0).sum(axis=1)
        return np.asarray(len(nodes) - joined, np.int64)

    def overlooked(self, joined: Numbers) -> Numbers:
        """How many more would be one person among those `joined` in each draw, had every pair been looked at.

        By the share of known pairs that were missed; 0 where nothing is known of it.
        """
        known = self._quality.found + self._quality.missed
        if not known:
            return np.zeros(self.count, np.int64)
        chance = np.random.default_rng(self.seed + 1)
        worth = min(1.0, WORTH / known)
        share = chance.beta(worth * self._quality.found + 0.5, worth * self._quality.missed + 0.5, self.count)
        return np.asarray(chance.poisson(np.maximum(joined, 0) * (1 - share) / share), np.int64)

    def _pairs(self, size: int, left: Numbers, right: Numbers, ties: Numbers, chances: "_Chances") -> None:
        """Two nodes and what is between them: most of all. They are joined or not; no graph is searched."""
        low, high = np.minimum(left, right), np.maximum(left, right)
        pair, place = np.unique(low * size + high, return_inverse=True)
        self._first, self._second = (pair // size, pair % size) if size else (pair, pair)
        self._taken = np.zeros((self.count, len(pair)), bool)
        for part in _parts(self.count, len(ties)):
            taken = self._chance.random((part.stop - part.start, len(ties))) < chances.of(part, ties)
            rows, columns = np.nonzero(taken)
            self._taken[rows + part.start, place[columns]] = True

    def _others(self, size: int, left: Numbers, right: Numbers, ties: Numbers, chances: "_Chances") -> None:
        """Components of three nodes or more: the draws of a part are searched as one graph, side by side."""
        nodes = np.unique(np.concatenate([left, right]))
        self._place = np.full(size, -1, np.int64)
        self._place[nodes] = np.arange(len(nodes))
        left, right = self._place[left], self._place[right]
        self._labels = np.empty((self.count, len(nodes)), np.int32)
        for part in _parts(self.count, len(ties)):
            rows = part.stop - part.start
            draw, tie = np.nonzero(self._chance.random((rows, len(ties))) < chances.of(part, ties))
            found = components(rows * len(nodes), draw * len(nodes) + left[tie], draw * len(nodes) + right[tie])
            self._labels[part] = found.reshape(rows, len(nodes))


class _Chances:
    """The probability of each tie in each draw: shifted, all of a bin together, by what people found in that bin."""

    def __init__(self, probability: Shares, quality: Quality, quantiles: Shares, doubt: float) -> None:
        self._odds = logit(np.clip(probability, SURE, 1 - SURE))
        edges = np.array(sorted({*BINS, *(edge for one in quality.bins for edge in (one.low, one.high))}))
        self._bin = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
        reviewed = {one.low: one for one in quality.bins}
        # The same quantile in every bin: a model that is too sure of itself is so everywhere.
        self._shift = np.column_stack(
            [
                _shifts(self._odds[self._bin == number], reviewed.get(float(low)), quantiles, doubt)
                for number, low in enumerate(edges[:-1])
            ]
        )

    def of(self, draws: slice, ties: Numbers) -> Shares:
        return np.asarray(expit(self._odds[ties] + self._shift[draws][:, self._bin[ties]]), np.float64)


def _shifts(odds: Shares, found: Bin | None, quantiles: Shares, doubt: float) -> Shares:
    """By how much the log odds of one bin may be off: its distribution after review, at `quantiles`."""
    if not len(odds) or not doubt:
        return np.zeros(len(quantiles))
    grid = np.linspace(-8, 8, 801)
    weight = -0.5 * (grid / doubt) ** 2
    if found and found.reviewed:
        some = odds[:: max(1, len(odds) // 500)]
        share = np.clip(expit(some[:, None] + grid).mean(axis=0), SURE, 1 - SURE)
        weight = weight + found.same * np.log(share) + (found.reviewed - found.same) * np.log1p(-share)
    density = np.exp(weight - weight.max())
    return np.asarray(np.interp(quantiles, np.cumsum(density) / density.sum(), grid))


def _parts(count: int, ties: int) -> list[slice]:
    step = max(1, AT_ONCE // max(1, ties))
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]
