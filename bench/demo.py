"""How long the demonstration takes to load, and from an empty folder to the first page, beside an empty programme.

python3 dev.py bench demo [--children 3500] [--json]      once each: a few minutes

Goals: 3,500 children in ≤ 60 s; `tongxing demo` from nothing to its first page in < 180 s, without the bootstrap of
dev.py. The yardstick is `tongxing serve` from an empty folder: the same without demonstration data.
"""

import os
from functools import partial
from typing import Any

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import folder, house, say
from bench.common.serving import serving

LOADING, STARTING = 60.0, 180.0


def loaded(children: int) -> dict[str, float]:
    """Seconds of each part of loading, in a house of its own."""
    os.environ["TONGXING_DEMO"] = "1"
    with folder() as made, house(made):
        from tongxing.config.demo import loader
        from tongxing.config.demo.run import Run

        run = Run.begun("typical", children)
        parts: dict[str, Any] = {
            "staff": loader.staff,
            "children": partial(loader.registrations, run),
            "referrals": partial(loader.referrals, run.today),
            "edition": loader.editions,
        }
        took = {name: Times() for name in parts}
        for name, part in parts.items():
            took[name].run(partial(part, lambda *_: None))
    return {name: times.median for name, times in took.items()}


def started(command: str, *options: str) -> float:
    say(f"tongxing {command} over an empty folder")
    with serving(command, *options) as served:
        return served.seconds


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=3500)
    asked = parser.parse_args()
    empty = started("serve")
    whole = started("demo", "--children", str(asked.children))
    parts = loaded(asked.children)
    lines = [
        f"loading {asked.children:,} children with referrals: " + ", ".join(f"{n} {s:.1f} s" for n, s in parts.items()),
        f"`demo` from an empty folder to the first page {whole:.1f} s, `serve` {empty:.1f} s, ratio {whole / empty:.1f}",
    ]
    goals = [
        Goal(f"loading {asked.children:,} children", parts["children"], LOADING, "s"),
        Goal("demo, from nothing to the first page", whole, STARTING, "s"),
    ]
    seconds = {name: round(value, 2) for name, value in parts.items()}
    tell(
        lines, goals, asked.json, children=asked.children, loading=seconds, demo=round(whole, 2), serve=round(empty, 2)
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
