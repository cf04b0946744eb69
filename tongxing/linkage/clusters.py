"""From weighed pairs to persons. A weak link never chains two families: what speaks against a pair counts as well.

Inside each group that links hold together all pairs are weighed, and persons are put together from the strongest link
on, as long as the mean weight between the two sides speaks for one person and no guard speaks against it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LIMIT = 20.0  # no single pair speaks louder than this many bits against or for a whole group
STRANGER = -4.0  # bits, for two records of a group that were never weighed
CROWD = 60  # records in a group of links: too many to be looked at one by one


class Held(NamedTuple):
    """A pair that people should look at. reason: documents | weak_link | crowd."""

    left: int
    right: int
    reason: str


def groups(size: int, left: Ints, right: Ints) -> Ints:
    """The number of the connected component of each of `size` records."""
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    found: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return found


def unclear(size: int, left: Ints, right: Ints) -> tuple[Ints, list[Ints]]:
    """(group of each record, members of each group of three and more in which not every pair is linked)."""
    group = groups(size, left, right)
    members = np.bincount(group, minlength=1)
    links = np.bincount(group[left], minlength=len(members))
    open_groups = np.flatnonzero((members > 2) & (links < members * (members - 1) // 2))
    if not len(open_groups):
        return group, []
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(members)])
    return group, [order[starts[g] : starts[g + 1]] for g in open_groups]


def agglomerated(weights: Floats, apart: NDArray[np.bool_]) -> list[list[int]]:
    """Members of each person: average linkage over a full matrix of weights that speak for (> 0) or against (< 0).

    apart    pairs that must not be one person, whatever their weight
    """
    size = len(weights)
    sums = np.clip(weights, -LIMIT, LIMIT).astype(float)
    blocked = apart.copy()
    np.fill_diagonal(blocked, True)
    members = [[n] for n in range(size)]
    counts = np.ones(size)
    while True:
        means = np.where(blocked, -np.inf, sums / np.outer(counts, counts))
        best = int(np.argmax(means))
        a, b = divmod(best, size)
        if means[a, b] <= 0:
            return [each for each in members if each]
        members[a] += members[b]
        members[b] = []
        counts[a] += counts[b]
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        blocked[a] |= blocked[b]
        blocked[:, a] |= blocked[:, b]
        blocked[b] = blocked[:, b] = True
        blocked[a, a] = True


def split(
    group: Ints,
    unclear_groups: list[Ints],
    weigh: Callable[[Ints, Ints], Floats],
    documents: Ints,
) -> tuple[Ints, list[Held]]:
    """New group numbers after the unclear groups were taken apart, and what is held for people.

    weigh      weights of pairs of records above the link threshold (> 0 speaks for one person); NaN when not weighed
    documents  the valid own resident number of each record (a hash), 0 for none
    """
    if not unclear_groups:
        return group, []
    small = [each for each in unclear_groups if len(each) <= CROWD]
    held = [Held(int(each[0]), int(other), "crowd") for each in unclear_groups if len(each) > CROWD
            for other in each[1:]]  # fmt: skip
    places = [np.triu_indices(len(each), 1) for each in small]
    left = np.concatenate([each[i] for each, (i, _) in zip(small, places, strict=True)] or [np.array([], np.int64)])
    right = np.concatenate([each[j] for each, (_, j) in zip(small, places, strict=True)] or [np.array([], np.int64)])
    weights = weigh(left, right)
    numbers, fresh, done = group.copy(), int(group.max()) + 1, 0
    for each in [each for each in unclear_groups if len(each) > CROWD]:
        numbers[each] = np.arange(fresh, fresh + len(each))
        fresh += len(each)
    for each, (i, j) in zip(small, places, strict=True):
        here = weights[done : done + len(i)]
        done += len(i)
        matrix = np.full((len(each), len(each)), STRANGER)
        matrix[i, j] = matrix[j, i] = np.where(np.isnan(here), STRANGER, here)
        own = documents[each]
        apart = (own[:, None] != own[None, :]) & (own[:, None] != 0) & (own[None, :] != 0)
        persons = agglomerated(matrix, apart)
        for person in persons[1:]:
            numbers[each[person]] = fresh
            fresh += 1
        place = np.empty(len(each), dtype=np.int64)
        for number, person in enumerate(persons):
            place[person] = number
        cut = (place[i] != place[j]) & (here > 0)
        held += [Held(int(each[a]), int(each[b]), "documents" if apart[a, b] else "weak_link")
                 for a, b in zip(i[cut], j[cut], strict=True)]  # fmt: skip
    return numbers, held
