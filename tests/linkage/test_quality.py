"""Who is recognised as whom in a small population whose truth is known: a gate against getting worse unawares."""

from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np

from bench import populations
from bench.common import clusters
from tongxing.linkage import batch, bulk, refusals, scoring

SIZE, SEED = 4000, 11  # households that no bench and no training sees
PRECISION, RECALL = 0.975, 0.90
RELATIVES = 9  # twins, brothers and sisters, fathers and sons who may be taken for one person, of some 1,130 couples


@cache
def made() -> populations.Population:
    return populations.population("hard", SIZE, SEED)


@cache
def rows():
    return bulk.features_of(made().records)


@cache
def linked(*, families: bool = True) -> clusters.Score:
    """With the shipped model; or with one to which a sibling, a twin or a father looks like the person again, and no rule."""
    model = scoring.shipped()
    if not families:
        kin = model.weights["kin"]
        blind = kin | dict.fromkeys(scoring.KIN_WORDS, kin["same"])
        model = replace(model, weights=model.weights | {"kin": blind})
    ruled = refusals.refused if families else lambda pairs: np.zeros(len(pairs), np.int8)
    with mock.patch.object(batch, "refused", ruled):
        found = batch.link(rows(), model).identities
    identity = np.empty(found.num_rows, int)
    identity[found["record"].to_numpy()] = found["identity"].to_numpy()
    return clusters.score(made().truth, identity)


def relatives_together(score: clusters.Score) -> int:
    return sum(score.relatives[name].merged for name in ("twins", "siblings", "namesake_parent"))


def test_four_offices_that_err_agree_on_who_is_who():
    found = linked().all
    assert found.precision >= PRECISION, found
    assert found.recall >= RECALL, found


def test_twins_siblings_and_fathers_of_the_same_name_stay_apart():
    assert relatives_together(linked()) <= RELATIVES


def test_a_model_that_is_blind_to_families_would_not_pass():
    assert relatives_together(linked(families=False)) > RELATIVES
