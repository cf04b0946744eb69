"""Draws over uncertain ties: against all 2^n states of small graphs, and a control that such a test can fail."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.linkage.draws import NOTHING_KNOWN, WORTH, Bin, Draws, Graph, Quality, components, weighed

DRAWS = 4000


def graph(size: int, ties: list[tuple[int, int, float]]) -> Graph:
    left, right, probability = (np.array(column) for column in zip(*ties, strict=True)) if ties else ([], [], [])
    return Graph(size, np.asarray(left, np.int64), np.asarray(right, np.int64), np.asarray(probability, np.float64))


def enumerated(size: int, ties: list[tuple[int, int, float]], members: list[int]) -> dict[int, float]:
    """The exact distribution: every state of the ties with its probability, components by walking."""
    found: dict[int, float] = defaultdict(float)
    for state in product((False, True), repeat=len(ties)):
        chance = 1.0
        person = list(range(size))
        for taken, (a, b, probability) in zip(state, ties, strict=True):
            chance *= probability if taken else 1 - probability
            if taken:
                person = [person[a] if one == person[b] else one for one in person]
        found[len({person[member] for member in members})] += chance
    return found


def apart(told: dict[int, float], drawn: np.ndarray) -> float:
    """The largest difference between two distributions' shares at or below a number."""
    return max(
        abs(sum(p for value, p in told.items() if value <= at) - float((drawn <= at).mean())) for at in range(10)
    )


TIES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0])).filter(
        lambda tie: tie[0] != tie[1]
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(ties=TIES, members=st.lists(st.integers(0, 6), unique=True))
def test_draws_follow_the_distribution_of_all_states(ties: list[tuple[int, int, float]], members: list[int]) -> None:
    drawn = Draws(graph(7, ties), doubt=0, count=DRAWS).persons(np.array(members, np.int64))
    assert apart(enumerated(7, ties, members), drawn) < 0.045  # Kolmogorov: exceeded once in 10 million of 4,000 draws


CHAIN = [(0, 1, 0.5), (1, 2, 0.5), (3, 4, 0.9), (4, 5, 1.0), (5, 6, 0.2)]


def test_the_comparison_notices_ties_drawn_with_another_probability() -> None:
    wrong = [(a, b, min(1.0, probability + 0.1)) for a, b, probability in CHAIN]
    drawn = Draws(graph(7, wrong), doubt=0, count=DRAWS).persons(np.arange(7))
    assert apart(enumerated(7, CHAIN, list(range(7))), drawn) > 0.045


def test_two_are_one_through_a_record_outside_the_set() -> None:
    drawn = Draws(graph(3, [(0, 1, 0.8), (1, 2, 0.8)]), doubt=0, count=DRAWS).persons(np.array([0, 2]))
    assert (drawn == 1).mean() == pytest.approx(0.64, abs=0.03)


def test_certain_ties_are_never_drawn_and_ties_decided_away_never_join() -> None:
    certain = Draws(graph(4, [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 0.0)]))
    assert set(certain.persons(np.arange(4))) == {2}


def test_the_same_seed_gives_the_same_draws() -> None:
    first, second = (Draws(graph(7, CHAIN), seed=5).persons(np.arange(7)) for _ in range(2))
    assert (first == second).all()
    assert not (first == Draws(graph(7, CHAIN), seed=6).persons(np.arange(7))).all()


PAIRS = [(2 * n, 2 * n + 1, 0.9) for n in range(500)]


def spread(quality: Quality = NOTHING_KNOWN, doubt: float = 0.5) -> tuple[float, float]:
    drawn = Draws(graph(1000, PAIRS), quality, doubt=doubt).persons(np.arange(1000))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def test_probabilities_that_nobody_has_checked_widen_the_interval() -> None:
    (low, high), (narrow_low, narrow_high) = spread(), spread(doubt=0)
    assert low < narrow_low < narrow_high < high


def test_reviewed_pairs_move_the_interval_to_what_people_found() -> None:
    low, high = spread(Quality((Bin(0.8, 0.95, 2000, 1200),)))  # the model said 90 %, people 60 %
    assert low < 500 + 500 * 0.4 < high
    assert low > 500 + 500 * 0.1


def test_pairs_never_looked_at_make_fewer_persons() -> None:
    draws = Draws(graph(1000, PAIRS), Quality(found=980, missed=20), doubt=0)
    joined = 1000 - draws.persons(np.arange(1000))
    missed, found = 20 * WORTH / 1000 + 0.5, 980 * WORTH / 1000 + 0.5  # what is known of other lists, for less
    assert draws.overlooked(joined).mean() == pytest.approx(450 * missed / (found - 1), rel=0.15)
    assert not Draws(graph(1000, PAIRS)).overlooked(joined).any()


def test_components_are_numbered_without_gaps() -> None:
    assert list(components(4, np.array([2]), np.array([0]))) == [0, 1, 0, 2]


def mean_after_weighing(size: int, ties: list[tuple[int, int, float]]) -> float:
    return float(Draws(weighed(graph(size, ties)), doubt=0, count=DRAWS).persons(np.arange(size)).mean())


FAMILY = [(0, 1, 1.0), (2, 3, 1.0), *((a, b, 0.3) for a in (0, 1) for b in (2, 3))]


def test_four_ties_between_two_children_are_one_resemblance() -> None:
    assert mean_after_weighing(4, FAMILY) == pytest.approx(2 - 0.3, abs=0.03)
    by_themselves = Draws(graph(4, FAMILY), doubt=0, count=DRAWS).persons(np.arange(4)).mean()
    assert by_themselves == pytest.approx(1 + 0.7**4, abs=0.03)  # what it would be otherwise: three times of four one


def test_records_of_a_group_that_have_no_tie_speak_against() -> None:
    assert mean_after_weighing(3, [(0, 1, 1.0), (1, 2, 0.6)]) > 2 - 0.3


def test_a_tie_that_closes_a_circle_says_nothing_new() -> None:
    assert mean_after_weighing(3, [(0, 1, 0.5), (1, 2, 0.5), (0, 2, 0.4)]) == pytest.approx(2, abs=0.03)


def test_two_children_whom_somebody_told_apart_stay_two() -> None:
    assert mean_after_weighing(4, [*FAMILY[:2], (0, 2, 0.9), (1, 3, 0.0)]) == 2


def test_nothing_is_weighed_where_there_is_nothing() -> None:
    assert weighed(graph(0, [])).size == 0
    assert len(weighed(graph(3, [])).left) == 0


def test_a_pair_that_is_tied_twice_counts_by_the_stronger_tie() -> None:
    assert mean_after_weighing(2, [(0, 1, 0.0), (1, 0, 1.0)]) == 1
    assert mean_after_weighing(2, [(0, 1, 0.995), (0, 1, 0.995)]) == pytest.approx(1, abs=0.03)
