"""What a reader can work out of published counts: linear programmes by HiGHS over all sums that tie the counts together.

Pure: bounds and sums in, intervals out. Counts are whole and not negative; a count of which nothing is told reaches as
far as `far`, which stands for "without end".
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from scipy.optimize import Bounds as Box
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

K = TypeVar("K", bound=Hashable)
Interval = tuple[float, float]
ENDLESS = math.inf
CLOSE = 1e-6


class Impossible(Exception):
    """No counts agree with all that was told: whoever assumes this assumes something false."""


@dataclass(frozen=True)
class Sum(Generic[K]):
    """`parts` together are `total`, or more by `least` to `most` (persons counted at two places)."""

    total: K
    parts: tuple[K, ...]
    least: float = 0
    most: float = 0


class Reader(Generic[K]):
    """Somebody who knows the bounds of every count and the sums between them, and can calculate.

    `whole`: solve over whole numbers. Tables by two dimensions need not: their corners are whole by themselves.
    """

    def __init__(self, told: Mapping[K, Interval], sums: Iterable[Sum[K]], *, whole: bool = False) -> None:
        self.cells = list(told)
        self.place = {cell: place for place, cell in enumerate(self.cells)}
        finite = [high for _low, high in told.values() if high < ENDLESS]
        self.far = 2 * max([*(low for low, _high in told.values()), *finite, 0]) * max(1, len(finite)) + 1000
        self.low = np.array([low for low, _high in told.values()], dtype=float)
        self.high = np.array([min(high, self.far) for _low, high in told.values()], dtype=float)
        self.whole = whole
        self.sums, self.least, self.most = self._matrix(list(sums))

    def interval(self, cell: K) -> Interval:
        """The least and the greatest that the count can be. Raises Impossible."""
        place = self.place[cell]
        low, high = (float(self._extreme(place, sign)[place]) for sign in (1, -1))
        return math.ceil(low - CLOSE), ENDLESS if high >= self.far - CLOSE else math.floor(high + CLOSE)

    def narrow(self, cells: Iterable[K], width: int) -> dict[K, Interval]:
        """Those of `cells` that can be fewer than `width` whole numbers, with their intervals. Raises Impossible."""
        least, most = np.full(len(self.cells), ENDLESS), np.full(len(self.cells), -ENDLESS)
        found = {}
        for cell in cells:
            place = self.place[cell]
            # Every solution says of all counts what they can be, so that few programmes serve many cells.
            for sign, bound in ((-1, self.high), (1, self.low)):
                if most[place] - least[place] < width - 1 and bound[place] not in (least[place], most[place]):
                    values = self._extreme(place, sign)
                    least, most = np.minimum(least, values), np.maximum(most, values)
            low, high = math.ceil(least[place] - CLOSE), math.floor(most[place] + CLOSE)
            if high - low + 1 < width:
                found[cell] = (low, high)
        return found

    def companions(self, cell: K, wanted: float, costs: Mapping[K, float]) -> set[K]:
        """Which counts must say less so that `cell` could be `wanted`, at the least cost per unit of what they say less.

        A count without a cost says what it says. Raises Impossible when that leaves no way.
        """
        n = len(self.cells)
        free = np.array([ENDLESS if one in costs else 0 for one in self.cells])
        price = np.array([costs.get(one, 0) for one in self.cells], dtype=float)
        same, none = eye_array(n), csr_array((n, n))
        low, high = self.low.copy(), self.high.copy()
        place = self.place[cell]
        # count + less ≥ low; count − more ≤ high
        rows = [LinearConstraint(hstack([same, same, none]), low, ENDLESS)]
        rows.append(LinearConstraint(hstack([same, none, -same]), -ENDLESS, high))
        if self.sums is not None:
            empty = csr_array((self.sums.shape[0], 2 * n))
            rows.append(LinearConstraint(hstack([self.sums, empty]), self.least, self.most))
        start, end = np.zeros(n), np.full(n, self.far)
        start[place] = end[place] = wanted
        box = Box(np.concatenate([start, np.zeros(2 * n)]), np.concatenate([end, free, free]))
        whole = np.repeat([float(self.whole), 0, 0], n)
        solved = milp(np.concatenate([np.zeros(n), price, price]), constraints=rows, bounds=box, integrality=whole)
        if solved.x is None:
            raise Impossible(f"{cell} cannot be made {wanted:g}")
        said_less = solved.x[n : 2 * n] + solved.x[2 * n :]
        return {one for one, less in zip(self.cells, said_less, strict=True) if less > CLOSE}

    def _matrix(self, sums: Sequence[Sum[K]]) -> tuple[Any, Any, Any]:
        if not sums:
            return None, None, None
        entries = [(row, self.place[part], 1.0) for row, one in enumerate(sums) for part in one.parts]
        entries += [(row, self.place[one.total], -1.0) for row, one in enumerate(sums)]
        rows, columns, values = zip(*entries, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(sums), len(self.cells)))
        return matrix, np.array([one.least for one in sums]), np.array([one.most for one in sums], dtype=float)

    def _extreme(self, place: int, sign: int) -> Any:
        """Counts that agree with everything told, with the one at `place` least (1) or greatest (-1)."""
        aim = np.zeros(len(self.cells))
        aim[place] = sign
        rows = [] if self.sums is None else [LinearConstraint(self.sums, self.least, self.most)]
        solved = milp(
            aim,
            constraints=rows,
            bounds=Box(self.low, self.high),
            integrality=np.ones_like(aim) if self.whole else None,
            options={"mip_rel_gap": 0},
        )
        if solved.x is None:
            raise Impossible(f"nothing agrees with all that is told of {self.cells[place]}")
        return solved.x
