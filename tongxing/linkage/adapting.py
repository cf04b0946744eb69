"""What one list says about itself: how common duplicates are in it, and how many of its look-alikes are twins.

Twins and a slip of one character look the same: same home, same birth day, one syllable differs. But a slip keeps the
sex, and of twins more than one pair in three are a boy and a girl: those pairs tell how many of the others are twins.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongxing.linkage.clusters import Floats
from tongxing.linkage.scoring import Model

STRENGTH = 5.0  # pairs that the model's own prior counts as
ALIKE = ("slip_or_twin", "twin", "slip_or_twin_elsewhere", "twin_elsewhere")
SAME_SEX = 1.8  # pairs of twins of one sex for each pair of a boy and a girl
WRONG_SEX = 0.01  # records with a wrong sex among pairs of one person
DOUBT = 30.0  # pairs that the model's own judgement of a pattern counts as
DOWN, UP = -6.0, 0.5  # bits that a list may move a pattern by


def estimated_prior(weights: Floats, model: Model) -> float:
    """What to add to the sums of this list: expectation-maximisation of the share of pairs that are one person.

    The model's own prior counts as `STRENGTH` pairs; beyond 60 bits a weight says no more.
    """
    usual = 1 / (1 + 2.0 ** (model.base - model.prior))
    share, ratios = usual, np.exp2(np.clip(weights + model.base, -60, 60))
    for _ in range(500):
        odds = share / (1 - share) * ratios
        new = (float(np.sum(odds / (1 + odds))) + STRENGTH * usual) / (len(weights) + STRENGTH)
        new = min(max(new, 1e-7), 0.99)
        if abs(new - share) < 1e-9:
            break
        share = new
    return model.base + float(np.log2(share / (1 - share)))


def adapted(model: Model, pairs: pa.Table, prior: float) -> Model:
    """The model with the patterns of twins weighed as the boys and girls of this list's pairs ask for.

    pairs    a sample with `weight`, `l_kin`, `l_sex`, `l_document`. Lists without sex leave the model as it is.
    """
    kin, sex, document = (pc.cast(pairs[f"l_{name}"], pa.string()) for name in ("kin", "sex", "document"))
    undocumented = pc.not_equal(document, "same").to_numpy()
    same, other = (pc.equal(sex, word).to_numpy() & undocumented for word in ("same", "other"))
    weights = pairs["weight"].to_numpy()
    moved: dict[str, float] = {}
    for level in ALIKE:
        here = pc.equal(kin, level).to_numpy()
        score, mixed = weights[here & same] + prior, int((here & other).sum())
        if len(score):
            moved[level] = model.weights["kin"][level] + _shift(score, mixed)
    table: Mapping[str, Mapping[str, float]] = {**model.weights, "kin": {**model.weights["kin"], **moved}}
    return replace(model, weights=table)


def _shift(score: Floats, mixed: int) -> float:
    """Bits by which to move pairs of one sex so that as many are one person as the pairs of two sexes leave over."""
    count = len(score)
    believed = float(np.sum(_probability(score)))
    left = max(count - SAME_SEX * max(mixed - WRONG_SEX * count, 0.0), 0.0)
    target = (count * left + DOUBT * believed) / (count + DOUBT)
    low, high = DOWN, UP
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if float(np.sum(_probability(score + middle))) < target else (low, middle)
    return round((low + high) / 2, 3)


def _probability(score: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp2(-np.clip(score, -200, 200)))
    return found
