"""From lists, with or without known answers, to a model: weights, thresholds and the precision and recall they gave.

All work is done on patterns: the levels of a pair, and how many pairs show them. A few thousand patterns stand for
millions of pairs, so that fitting takes seconds and sees every pair.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import minimize

from tongxing.linkage.clusters import Floats, Ints
from tongxing.linkage.levels import WEIGHED, level_names
from tongxing.linkage.refusals import refused_codes
from tongxing.linkage.scoring import Model

BITS = float(np.log2(np.e))
RIDGE = 0.5  # how strongly a weight is held to what the earlier model says; in pairs, roughly
NEUTRAL = {"kin": "none"} | dict.fromkeys(("name", "birth", "household", "document", "sex"), "unknown")


class Patterns(NamedTuple):
    """`levels[i, c]`: number of the level of comparison c; `same`, `other`: (expected) pairs that are (not) one person."""

    levels: Ints
    same: Floats
    other: Floats


def columns() -> list[tuple[str, str]]:
    """(comparison, level) in the order of weights in one long vector."""
    return [(name, level) for name in WEIGHED for level in level_names(name)]


def places() -> Ints:
    """Where each comparison begins in the long vector."""
    sizes = [len(level_names(name)) for name in WEIGHED]
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def weights_of(model: Model) -> Floats:
    return np.array([model.weights[name][level] for name, level in columns()], dtype=float)


def patterns_of(pairs: pa.Table, same: NDArray[np.bool_]) -> Patterns:
    """Patterns of pairs with `l_…` columns (`batch.Linked.pairs`), and whether each pair is one person."""
    levels = np.stack([_codes(pairs[f"l_{name}"], name) for name in WEIGHED], axis=1)
    found, place = np.unique(levels, axis=0, return_inverse=True)
    place = place.ravel()
    return Patterns(
        found, np.bincount(place, same, len(found)).astype(float), np.bincount(place, ~same, len(found)).astype(float)
    )


def patterns_from(rows: Sequence[tuple[Sequence[str], bool, int]]) -> Patterns:
    """Patterns from (levels in the order of WEIGHED, is it one person, how many pairs).

    Raises ValueError for a level that is none.
    """
    order = [{level: number for number, level in enumerate(level_names(name))} for name in WEIGHED]
    amounts: dict[tuple[int, ...], list[float]] = {}
    for levels, is_same, pairs in rows:
        for name, level, known in zip(WEIGHED, levels, order, strict=True):
            if level not in known:
                raise ValueError(f"{name} has no level {level!r}")
        key = tuple(known[level] for level, known in zip(levels, order, strict=True))
        amounts.setdefault(key, [0.0, 0.0])[0 if is_same else 1] += pairs
    both = np.array(list(amounts.values())).reshape(-1, 2)
    return Patterns(np.array(list(amounts), np.int64).reshape(-1, len(WEIGHED)), both[:, 0], both[:, 1])


def joined(first: Patterns | None, second: Patterns | None) -> Patterns | None:
    """Both together; None when there is nothing in either."""
    found = [each for each in (first, second) if each is not None and len(each.same)]
    if not found:
        return None
    return Patterns(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _codes(column: pa.ChunkedArray, name: str) -> Ints:
    order = {level: number for number, level in enumerate(level_names(name))}
    words = column.combine_chunks()
    if isinstance(words, pa.ChunkedArray):
        words = words.chunk(0)
    table = np.array([order[word] for word in words.dictionary.to_pylist()], dtype=np.int64)
    found: Ints = table[words.indices.to_numpy()]
    return found


def fitted(lists: Sequence[Patterns], before: Floats | None = None, ridge: float = RIDGE) -> tuple[Floats, Floats]:
    """(weights in bits, prior of each list in bits): logistic regression on all comparisons together.

    Each list has its own prior: how common duplicates are says nothing about how they look. Weights are held to
    `before` (0 when None), so that what a list hardly shows stays as it was.
    """
    starts, size = places(), len(columns())
    held = (np.zeros(size) if before is None else before) / BITS
    at = [each.levels + starts for each in lists]

    def loss(x: Floats) -> tuple[float, Floats]:
        weights, priors = x[:size], x[size:]
        total = ridge * float(np.sum((weights - held) ** 2))
        slope = np.zeros_like(x)
        slope[:size] = 2 * ridge * (weights - held)
        for number, (each, place) in enumerate(zip(lists, at, strict=True)):
            score = weights[place].sum(axis=1) + priors[number]
            total += float(np.sum(each.same * np.logaddexp(0, -score) + each.other * np.logaddexp(0, score)))
            error = (each.same + each.other) / (1 + np.exp(-np.clip(score, -500, 500))) - each.same
            slope[:size] += np.bincount(place.ravel(), np.repeat(error, place.shape[1]), size)
            slope[size + number] = error.sum()
        return total, slope

    begin = np.concatenate([held, np.full(len(lists), -2.0)])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000})
    return _anchored(found.x[:size] * BITS, found.x[size:] * BITS)


def _anchored(weights: Floats, priors: Floats) -> tuple[Floats, Floats]:
    """The same sums with 0 for what is unknown."""
    weights, names = weights.copy(), columns()
    for name, level in NEUTRAL.items():
        shift = weights[names.index((name, level))]
        weights[[n for n, (comparison, _) in enumerate(names) if comparison == name]] -= shift
        priors = priors + shift
    return weights, priors


def as_weights(vector: Floats) -> dict[str, dict[str, float]]:
    """{comparison: {level: weight}} of the long vector, rounded to a thousandth of a bit."""
    found: dict[str, dict[str, float]] = {}
    for (name, level), value in zip(columns(), vector, strict=True):
        found.setdefault(name, {})[level] = round(float(value), 3)
    return found


def shares(lists: Sequence[Patterns]) -> dict[str, dict[str, dict[str, float]]]:
    """{"m": …, "u": …}: how often each level is met among pairs of one person and of two."""
    found: dict[str, dict[str, dict[str, float]]] = {"m": {}, "u": {}}
    for side, kind in (("m", "same"), ("u", "other")):
        counts = np.zeros(len(columns()))
        for each in lists:
            amount = getattr(each, kind)
            counts += np.bincount((each.levels + places()).ravel(), np.repeat(amount, len(WEIGHED)), len(counts))
        for name in WEIGHED:
            here = [n for n, (comparison, _) in enumerate(columns()) if comparison == name]
            total = counts[here].sum() or 1.0
            found[side][name] = {columns()[n][1]: float(f"{counts[n] / total:.3g}") for n in here}
    return found


def thresholds(lists: Sequence[Patterns], weights: Floats, priors: Floats) -> dict[str, Any]:
    """Sums from which a pair is linked, looked at, shown; and the precision and recall that each gave on these lists."""
    score = np.concatenate([weights[each.levels + places()].sum(axis=1) + prior
                            for each, prior in zip(lists, priors, strict=True)])  # fmt: skip
    same, other = (np.concatenate([getattr(each, kind) for each in lists]) for kind in ("same", "other"))
    levels = np.concatenate([each.levels for each in lists])
    for_people = refused_codes(dict(zip(WEIGHED, levels.T, strict=True)), len(levels)) > 0
    found: dict[str, Any] = {}
    for name, odds in ODDS.items():
        above = (score >= odds) & ~(for_people & (name == "link"))
        right, wrong = float(same[above].sum()), float(other[above].sum())
        found[name] = {"odds": odds, "precision": round(right / max(right + wrong, 1), 5),
                       "recall": round(right / max(float(same.sum()), 1), 5)}  # fmt: skip
    return found


def learned(lists: Sequence[Patterns], model: Model, rounds: int = 8) -> Floats:
    """Weights adapted to lists without answers (`same` + `other` of a pattern is how many pairs show it).

    Expectation-maximisation with witnesses: how likely a pair is one person is judged by all comparisons but one, and
    so the levels of that one are counted among pairs of one person and of two. The model's own shares count as
    `WITNESSES` pairs each, so that a small or odd list cannot spoil it.
    """
    weights, starts = weights_of(model), places()
    old = {side: np.array([model.shares[side][n].get(level, 0.0) for n, level in columns()]) for side in ("m", "u")}
    now = weights.copy()
    for _ in range(rounds):
        counts = {side: old[side] * WITNESSES + 1e-3 for side in ("m", "u")}
        for each in lists:
            amount = each.same + each.other
            parts = now[each.levels + starts]
            prior = _prior(parts.sum(axis=1), amount, model)
            for place, name in enumerate(WEIGHED[:-1]):
                others = parts.sum(axis=1) - parts[:, place] - (parts[:, -1] if name in RELATED else 0.0)
                same = 1 / (1 + np.exp2(-np.clip(others + prior, -200, 200)))
                at = each.levels[:, place] + starts[place]
                counts["m"] += np.bincount(at, same * amount, len(now))
                counts["u"] += np.bincount(at, (1 - same) * amount, len(now))
        now = weights + _gain(counts, old)
    return now


WITNESSES = 2000.0
RELATED = ("name", "birth", "household")  # what `kin` is made of


def _gain(counts: dict[str, Floats], old: dict[str, Floats]) -> Floats:
    """How many bits more each level says than it did; nothing for `kin`, which corrects the others."""
    gain = np.zeros(len(columns()))
    for start, name in zip(places(), WEIGHED[:-1], strict=False):
        here = slice(start, start + len(level_names(name)))
        ratio = [np.log2((counts[side][here] + 1e-9) / counts[side][here].sum()) for side in ("m", "u")]
        before = [np.log2((old[side][here] * WITNESSES + 1e-3) / (old[side][here] * WITNESSES + 1e-3).sum())
                  for side in ("m", "u")]  # fmt: skip
        change = (ratio[0] - ratio[1]) - (before[0] - before[1])
        neutral = level_names(name).index(NEUTRAL[name])
        gain[here] = np.clip(change - change[neutral], -2.0, 2.0)
    return gain


def _prior(scores: Floats, amount: Floats, model: Model) -> float:
    share, ratios = 0.02, np.exp2(np.clip(scores + model.base, -60, 60))
    for _ in range(100):
        odds = share / (1 - share) * ratios
        share = min(max(float(np.sum(amount * odds / (1 + odds)) / amount.sum()), 1e-7), 0.99)
    return model.base + float(np.log2(share / (1 - share)))


# Bits held back where a pair looks like two relatives: that two children become one harms more than that one is two.
CAUTION = {
    "twin": 1.0, "twin_heard": 1.0, "slip_or_twin": 1.0, "twin_elsewhere": 1.0, "slip_or_twin_elsewhere": 1.0,
    "same_day_elsewhere": 0.5, "namesake_relative": 1.0, "sibling_heard": 1.0, "namesake": 0.7, "alike_sibling": 0.4,
    "slip_or_sibling": 0.4, "alike": 0.4, "undated_elsewhere": 0.7, "placeholder_elsewhere": 0.4,
}  # fmt: skip
USUAL = -3.0  # log2 odds that a compared pair is one person, where nothing is known about a list
ODDS = {"possible": -5.5, "review": -3.5, "link": 0.5}  # log2 odds at which a pair is shown, looked at, linked


def model_of(lists: Sequence[Patterns], weights: Floats, priors: Floats, card: dict[str, Any]) -> Model:
    """The model of `fitted` weights: its base from the lists that have duplicates, careful with relatives."""
    told = [n for n, each in enumerate(lists) if each.same.sum() > 20]
    odds = [np.log2(lists[n].same.sum() / lists[n].other.sum()) for n in told]
    base = round(float(np.median(priors[told] - odds)), 3)
    careful = weights - np.array([CAUTION.get(level, 0.0) if name == "kin" else 0.0 for name, level in columns()])
    limits = {name: round(each - base - USUAL, 3) for name, each in ODDS.items()}
    card = card | {"thresholds": thresholds([lists[n] for n in told], careful, priors[told])}
    return Model(
        2, as_weights(careful), base + USUAL, base, **limits, card=card, shares=shares([lists[n] for n in told])
    )
