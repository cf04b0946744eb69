"""Exact tables with companions chosen by linear programme and audited, beside one extra cell a row and column unaudited.

python3 dev.py bench disclosure [--runs 3] [--json]      no database needed; counts are generated

The baseline is what is often done by hand: in every row and column with a single hidden cell the next smallest is
hidden too. It is audited afterwards: how many hidden counts are left with fewer than ten values. Goals: no such count
in ours, and the largest table protected within 30 s.
"""

import random
from functools import partial

from bench.common.figures import Goal, Times, tell, words
from tongxing.facts import families, suppression
from tongxing.facts.policies import policies
from tongxing.facts.results import Cell, Keys
from tongxing.facts.suppression import Family, Ref, Said

SHAPES = ((19, 12), (19, 24), (60, 24))
LONGEST = 30.0


def table(rows: int, columns: int, seed: int = 7) -> list[Cell]:
    """Counts of a skewed population, a fifth of them small, with all margins."""
    chance = random.Random(seed)
    found: dict[Keys, int] = {}
    for row in range(rows):
        for column in range(columns):
            count = chance.randint(0, 9) if chance.random() < 0.2 else 10 + int(chance.paretovariate(0.9) * 5) % 400
            place, kind = ("site", f"s{row}"), ("kind", f"k{column}")
            for keys in ((place, kind), (place,), (kind,), ()):
                found[keys] = found.get(keys, 0) + count
    return [Cell("m", "persons", keys, count) for keys, count in found.items()]


def by_hand(family: Family) -> dict[Ref, Said]:
    """One more cell wherever a row or column hides only one, until none does."""
    said = {ref: Said(family.rules[ref].label(count)) for ref, count in family.counts.items()}
    changed = True
    while changed:
        changed = False
        for line in family.sums:
            cells = (*line.parts, line.total)
            if sum(said[ref].label.is_withheld for ref in cells) == 1:
                shown = [ref for ref in line.parts if not said[ref].label.is_withheld] or [line.total]
                said[min(shown, key=lambda ref: family.counts[ref])] = Said(suppression.HIDDEN)
                changed = True
    return said


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    lines, told, left, last = [], {}, 0, 0.0
    for rows, columns in SHAPES:
        (family,) = families.of(table(rows, columns), policies()["donor"], {}, (), ())
        ours, audit, hand = Times(), Times(), by_hand(family)
        for _run in range(asked.runs):
            said = ours.run(partial(suppression.published, family))
            open_to_him = len(audit.run(partial(suppression.audit, family, hand)))
        small = sum(count < 10 for count in family.counts.values())
        mine = len(suppression.audit(family, said))
        hidden, by_them = (sum(one.label.is_withheld for one in some.values()) for some in (said, hand))
        lines.append(
            f"{rows} × {columns}, {small} small: ours hides {hidden}, too narrow {mine}, {ours.median:.2f} s; "
            f"by hand {by_them}, too narrow {open_to_him}; audit of all {audit.median:.2f} s"
        )
        told[f"{rows}x{columns}"] = {
            "small": small,
            "hidden": hidden,
            "by_hand": by_them,
            "narrow_by_hand": open_to_him,
        }
        left, last = left + mine, ours.median
    goals = [Goal("too narrow in ours", left, 0, "counts"), Goal("largest table, median", last, LONGEST, "s")]
    tell(lines, goals, asked.json, runs=asked.runs, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
