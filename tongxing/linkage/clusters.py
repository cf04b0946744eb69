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
REFUSED = -8.0  # bits, for two that a rule refuses: only records that are surely both of them outweigh it
CROWD = 60  # records in a group of links: too many to be looked at one by one
GENERATION = 13  # years


class Held(NamedTuple):
    """A pair that people should look at. reason: unsure | twins | documents | dates | weak_link | crowd."""

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


def thinned(size: int, left: Ints, right: Ints, margins: Floats) -> NDArray[np.bool_]:
    """Which links to keep so that no group is a crowd: in a crowd weak links are let go of first.

    margins    bits above the link threshold; pairs below it are no links
    """
    keep: NDArray[np.bool_] = margins >= 0
    for step in range(2, int(LIMIT) + 1, 2):
        group = groups(size, left[keep], right[keep])
        in_crowd = (np.bincount(group)[group] > CROWD)[left]
        if not (in_crowd & keep).any():
            break
        keep &= ~(in_crowd & (margins < step))
    return keep


class Guards(NamedTuple):
    """Facts of each record that no two records of one person have: valid own number (a hash), year of birth; 0 unknown."""

    documents: Ints
    years: Ints

    def apart(self, left: Ints, right: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(two valid documents, impossible dates) for each pair."""
        own, years = (self.documents[left], self.documents[right]), (self.years[left], self.years[right])
        two = (own[0] != own[1]) & (own[0] != 0) & (own[1] != 0)
        return two, (years[0] != 0) & (years[1] != 0) & (np.abs(years[0] - years[1]) >= GENERATION)


def split(
    group: Ints,
    unclear_groups: list[Ints],
    weigh: Callable[[Ints, Ints], tuple[Floats, NDArray[np.bool_]]],
    guards: Guards,
) -> tuple[Ints, list[Held]]:
    """New group numbers after the unclear groups were taken apart, and the links that were cut, for people to look at.

    weigh    bits above the link threshold of pairs of records (NaN: not weighed), and which of them a rule refuses
    """
    unclear_groups = [each for each in unclear_groups if len(each) <= CROWD]
    if not unclear_groups:
        return group, []
    places = [np.triu_indices(len(each), 1) for each in unclear_groups]
    both = list(zip(unclear_groups, places, strict=True))
    left, right = (np.concatenate([each[place[side]] for each, place in both]) for side in (0, 1))
    weights, refused = weigh(left, right)
    documents, dates = guards.apart(left, right)
    numbers, fresh, begin = group.copy(), int(group.max()) + 1, 0
    held: list[Held] = []
    for each, (i, j) in both:
        here = slice(begin, begin + len(i))
        begin += len(i)
        matrix, apart = np.full((len(each),) * 2, STRANGER), np.zeros((len(each),) * 2, dtype=np.bool_)
        matrix[i, j] = matrix[j, i] = np.where(
            np.isnan(weights[here]), STRANGER, np.where(refused[here], REFUSED, weights[here])
        )
        apart[i, j] = apart[j, i] = documents[here] | dates[here]
        place = np.zeros(len(each), dtype=np.int64)
        for number, person in enumerate(agglomerated(matrix, apart)):
            place[person] = number
        numbers[each] = np.where(place == 0, group[each], fresh + place)
        fresh += len(each)
        for n in np.flatnonzero((place[i] != place[j]) & (weights[here] > 0) & ~refused[here]):
            at = here.start + n
            reason = "documents" if documents[at] else "dates" if dates[at] else "weak_link"
            held.append(Held(int(left[at]), int(right[at]), reason))
    return numbers, held
