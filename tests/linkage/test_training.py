"""Training on answers of people: patterns of how pairs agree, from lists and from desks."""

import numpy as np
import pytest

from tongxing.linkage import training
from tongxing.linkage.levels import WEIGHED, level_names

UNKNOWN = tuple("none" if name == "kin" else "unknown" for name in WEIGHED)
ALIKE = ("same_written", *UNKNOWN[1:])


def test_answers_of_desks_become_patterns() -> None:
    found = training.patterns_from([(ALIKE, True, 3), (UNKNOWN, False, 2), (ALIKE, False, 1)])
    assert [(same, other) for same, other in zip(found.same, found.other, strict=True)] == [(3, 1), (0, 2)]
    assert level_names("name")[found.levels[0][WEIGHED.index("name")]] == "same_written"


def test_a_level_of_another_version_is_named() -> None:
    with pytest.raises(ValueError, match="name has no level 'loud'"):
        training.patterns_from([(("loud", *UNKNOWN[1:]), True, 1)])


def test_answers_to_lists_and_of_desks_are_learned_from_together() -> None:
    lists, desks = training.patterns_from([(ALIKE, True, 5)]), training.patterns_from([(UNKNOWN, False, 4)])
    both = training.joined(lists, desks)
    assert both is not None and both.same.sum() == 5 and both.other.sum() == 4
    assert training.joined(None, training.patterns_from([])) is None
    before = np.zeros(len(training.columns()))
    weights, _prior = training.fitted([both], before)
    place = training.columns().index(("name", "same_written"))
    assert weights[place] > 0, "what people called one person weighs more than before"
