"""What one list says about itself: how common duplicates are in it."""

import numpy as np

from tongxing.linkage.clusters import Floats
from tongxing.linkage.scoring import Model

STRENGTH = 5.0  # pairs that the model's own prior counts as


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
