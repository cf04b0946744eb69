"""How many persons there may be when some ties between records are uncertain: seeded draws, connected components.

Each draw takes every uncertain tie or leaves it, by its probability and by itself; records that hang together are one
person. What no uncertain tie touches is the same in every draw and is not drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

COUNT = 400
SEED = 20101

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Graph:
    """Records 0 … size − 1 and their ties: record `left[i]` is `right[i]` with `probability[i]`; 1 is certain."""

    size: int
    left: Numbers
    right: Numbers
    probability: NDArray[np.float64]


def components(size: int, left: Numbers, right: Numbers) -> Numbers:
    """The number of the component of each record."""
    ones = np.ones(len(left), np.int8)
    _count, labels = connected_components(coo_array((ones, (left, right)), (size, size)), directed=False)
    return np.asarray(labels, np.int64)


class Draws:
    """`count` draws over one graph, made once; then any set of its records is counted in every one of them."""

    def __init__(self, graph: Graph, *, count: int = COUNT, seed: int = SEED) -> None:
        self.count = count
        self.seed = seed
        chance = np.random.default_rng(seed)
        self._labels = np.empty((count, graph.size), np.int64)
        for number in range(count):
            taken = chance.random(len(graph.left)) < graph.probability
            self._labels[number] = components(graph.size, graph.left[taken], graph.right[taken])

    def persons(self, members: Numbers) -> Numbers:
        """How many persons the records `members` are, in each draw; also those tied through a record outside."""
        labels = np.sort(self._labels[:, members], axis=1)
        if not labels.shape[1]:
            return np.zeros(self.count, np.int64)
        return np.asarray(1 + (np.diff(labels, axis=1) > 0).sum(axis=1), np.int64)
