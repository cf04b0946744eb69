"""How figures are made and told: medians and p95 of alternating runs, ratios, and a verdict in words."""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Times:
    """Seconds of one thing that was done again and again."""

    seconds: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], Any]) -> Any:
        """Do it once, on the clock. What raises is not counted."""
        start = time.perf_counter()
        found = work()
        self.seconds.append(time.perf_counter() - start)
        return found

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """The nearest rank: 95 of 100 were at most so slow."""
        return sorted(self.seconds)[math.ceil(len(self.seconds) * 0.95) - 1]

    def milliseconds(self) -> dict[str, float]:
        return {"median_ms": round(self.median * 1000, 3), "p95_ms": round(self.p95 * 1000, 3)}

    def __str__(self) -> str:
        return f"median {self.median * 1000:.2f} ms, p95 {self.p95 * 1000:.2f} ms ({len(self.seconds)} times)"


@dataclass(frozen=True)
class Goal:
    """A figure and what it must not exceed."""

    words: str
    found: float
    limit: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.found <= self.limit

    def __str__(self) -> str:
        return f"{self.words}: {self.found:.3g} {self.unit}, goal {self.limit:g} {self.unit}: " + (
            "met" if self.is_met else "NOT MET"
        )


def words(doc: str | None) -> argparse.ArgumentParser:
    """Arguments of a bench; every one knows --json."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one line for machines")
    return parser


def tell(lines: Sequence[str], goals: Sequence[Goal], as_json: bool, **found: Any) -> None:
    """Print what was measured and whether it is enough; a missed goal is said plainly, it is no error."""
    if as_json:
        told = [vars(goal) | {"found": float(f"{goal.found:.4g}"), "is_met": goal.is_met} for goal in goals]
        print(json.dumps(found | {"goals": told, "is_met": all(goal.is_met for goal in goals)}, ensure_ascii=False))
        return
    for line in (*lines, *goals):
        print(line)
    print("Verdict: met" if all(goal.is_met for goal in goals) else "Verdict: NOT MET")
