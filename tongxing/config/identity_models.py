"""`tongxing identity train | install | labels`: a model from lists, into the register, and what people answered there."""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer
from scipy.optimize import brentq

from tongxing.config import linking
from tongxing.config.probing import database
from tongxing.core.lists import texts
from tongxing.core.lists.columns import BadList
from tongxing.linkage import batch, bulk, normaliser, scoring, training
from tongxing.linkage.levels import WEIGHED

Progress = Callable[[str, float], None]
FEWEST = 100  # pairs to learn from
HELD = 4.0  # pairs for which each weight counts before labels: people label the doubtful pairs, not the usual ones
LABELS = {"same": True, "sibling": False, "different": False}


class Answers(NamedTuple):
    """What people said: of pairs of these lists by their places, and of pairs of a register by how they agree."""

    of_records: Mapping[tuple[int, int], bool]
    of_desks: training.Patterns | None

    @property
    def given(self) -> int:
        told = self.of_desks
        return len(self.of_records) + (int(told.same.sum() + told.other.sum()) if told else 0)


def install(path: Path) -> str:
    """Puts the model of a file in force. Returns a sentence; raises typer.BadParameter for what is no model."""
    text = linking.model_text(path)
    with database():
        try:
            return str(import_module("tongxing.config.register_probing").install(text))
        except ValueError as problem:
            raise typer.BadParameter(str(problem), param_hint="MODEL") from problem


def train(
    files: Sequence[Path], out: Path, labels: Path | None, mapped: Sequence[str], as_of: date, progress: Progress
) -> dict[str, Any]:
    """Writes a model that starts from the shipped one; returns its card. Raises typer.BadParameter."""
    before = scoring.hand_set()
    with linking.scratch() as folder:
        lists = linking.read(files, mapped, folder, progress)
    answers = _answers(labels, lists.records["record_id"]) if labels else Answers({}, None)
    made = bulk.read_list(lists.records, lambda n, of: progress("comparing", n / max(of, 1)), as_of=as_of)
    everything = dataclasses.replace(before, review=-1000.0)  # the weights of all pairs, not only of likely ones
    linked = batch.link(made.features, everything, progress=lambda _, share: progress("linking", share))
    if len(linked.pairs) < FEWEST:
        words = f"only {len(linked.pairs)} pairs of records have something in common; {FEWEST} are needed to learn from"
        raise typer.BadParameter(words, param_hint="FILE")
    progress("training", 0.0)
    model = _trained(before, linked, answers, _card(lists, answers.given, as_of))
    progress("training", 1.0)
    _put(out, scoring.written(model))
    return {"model": str(out), "version": model.version, **model.card}


def _trained(before: scoring.Model, linked: batch.Linked, answers: Answers, card: dict[str, Any]) -> Any:
    """Weights from how often levels are met together; what was answered then corrects them."""
    pairs = linked.pairs
    everyone = training.patterns_of(pairs, np.ones(len(pairs), bool))
    prior = float(linked.counts["prior"])
    if not before.shares:
        shares = training.shares([_expected(everyone, training.weights_of(before), prior)])
        before = dataclasses.replace(before, shares=shares)
    weights = training.learned([everyone], before)
    known = training.joined(_answered(pairs, answers.of_records), answers.of_desks)
    if known is not None:
        weights, _priors = training.fitted([known], weights, HELD)
    shift = _shift(everyone, before, weights, prior)
    judged = known or _expected(everyone, weights, prior + shift)
    card["thresholds"] = training.thresholds([judged], weights, np.array([prior + shift]))
    card["judged by"] = "labels" if known else "the model's own expectation"
    limits = {name: round(getattr(before, name) - shift, 3) for name in ("possible", "review", "link")}
    rest = {name: round(getattr(before, name) + shift, 3) for name in ("prior", "base")}
    return dataclasses.replace(before, weights=training.as_weights(weights), card=card, **limits, **rest)


def _shift(everyone: training.Patterns, before: scoring.Model, weights: Any, prior: float) -> float:
    """What the sums of the new weights lack (bits): with it these lists have as many pairs of one person as before."""
    amount = everyone.same + everyone.other
    places = everyone.levels + training.places()
    expected = _expected(everyone, training.weights_of(before), prior).same.sum()
    sums = weights[places].sum(axis=1) + prior

    def excess(shift: float) -> float:
        return float((amount / (1 + np.exp2(-np.clip(sums + shift, -500, 500)))).sum() - expected)

    return float(brentq(excess, -60, 60))


def _answered(pairs: pa.Table, answers: Mapping[tuple[int, int], bool]) -> training.Patterns | None:
    found = [answers.get(pair) for pair in zip(pairs["left"].to_pylist(), pairs["right"].to_pylist(), strict=True)]
    chosen = np.array([answer is not None for answer in found])
    if not chosen.any():
        return None
    return training.patterns_of(pairs.filter(pa.array(chosen)), np.array([a for a in found if a is not None]))


def _expected(everyone: training.Patterns, weights: Any, prior: float) -> training.Patterns:
    """How many pairs of each pattern are one person and two, as the weights have it."""
    score = weights[everyone.levels + training.places()].sum(axis=1) + prior
    share = 1 / (1 + np.exp2(-np.clip(score, -500, 500)))
    amount = everyone.same + everyone.other
    return training.Patterns(everyone.levels, share * amount, (1 - share) * amount)


def _answers(path: Path, ids: Any) -> Answers:
    """Of pairs of the lists, or those that `identity labels` wrote. Raises typer.BadParameter."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
    return Answers({}, _of_desks(path)) if head.startswith(WEIGHED[0]) else Answers(_of_records(path, ids), None)


def _of_desks(path: Path) -> training.Patterns:
    """How pairs agreed about which people at desks answered. Raises typer.BadParameter."""
    try:
        rows = [
            (levels, LABELS[label], int(pairs))
            for *levels, label, pairs in texts.rows(path, path.name, (*WEIGHED, "label", "pairs"))
        ]
        return training.patterns_from(rows)
    except (BadList, KeyError, ValueError) as problem:
        words = f"{path}: not as `tongxing identity labels` of this version writes it ({problem})"
        raise typer.BadParameter(words, param_hint="--labels") from problem


def labels(out: Path) -> str:
    """Writes what people answered in the installed register: how pairs agree and what they are, never whose they are.

    Returns a sentence. Raises typer.BadParameter.
    """
    with database():
        counts = import_module("tongxing.config.register_probing").labels()
    lines = [",".join((*WEIGHED, "label", "pairs"))]
    lines += [",".join((*levels, label, str(pairs))) for (*levels, label), pairs in sorted(counts.items())]
    _put(out, "\n".join(lines) + "\n")
    return f"{sum(counts.values()):,} answers in {len(counts):,} patterns: {out}"


def take_back() -> str:
    """Puts the model in force that was before this one. Returns a sentence; raises typer.BadParameter."""
    with database():
        try:
            return str(import_module("tongxing.config.register_probing").take_back())
        except ValueError as problem:
            raise typer.BadParameter(str(problem), param_hint="--back") from problem


def _of_records(path: Path, ids: Any) -> dict[tuple[int, int], bool]:
    """{(left, right): is it one person} by place of the records. Raises typer.BadParameter."""
    found: dict[tuple[int, int], bool] = {}
    place = {record_id: number for number, record_id in enumerate(ids.to_pylist())}
    wrong: list[str] = []
    try:
        rows = list(texts.rows(path, path.name, ("left", "right", "label")))
    except BadList as problem:
        raise typer.BadParameter(str(problem), param_hint="--labels") from problem
    for number, (left, right, label) in enumerate(rows, 2):
        if label not in LABELS or left not in place or right not in place:
            wrong.append(f"row {number}: {left}, {right}, {label}")
            continue
        one, other = sorted((place[left], place[right]))
        found[one, other] = LABELS[label]
    if wrong:
        words = f"{len(wrong)} rows name no record of the lists, or no label of {', '.join(LABELS)} ({wrong[0]})"
        raise typer.BadParameter(f"{path}: {words}", param_hint="--labels")
    return found


def _card(lists: Any, answers: int, as_of: date) -> dict[str, Any]:
    digest = hashlib.sha256()
    for column in lists.records.columns:
        for piece in pc.fill_null(column, "").to_pylist():
            digest.update(piece.encode() + b"\0")
    return {
        "trained on": [source.label for source in lists.sources],
        "records": len(lists.records),
        "labels": answers,
        "as of": as_of.isoformat(),
        "sha-256 of the records": digest.hexdigest(),
        "normaliser": normaliser.VERSION,
        "started from": f"the shipped model, version {scoring.hand_set().version}",
    }


def _put(out: Path, text: str) -> None:
    """All of the file or nothing of it."""
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(out)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise typer.BadParameter(f"cannot write {out}: {error.strerror}", param_hint="--out") from error


def told(card: Mapping[str, Any]) -> Iterator[str]:
    """The card for people, line by line."""
    yield f"Written: {card['model']} (version {card['version']}), from {card['records']:,} records."
    for name, found in card["thresholds"].items():
        yield f"  {name}: precision {found['precision']:.4f}, recall {found['recall']:.4f} ({card['judged by']})"
    yield "Install it with `tongxing identity install`; link with it by --model."
