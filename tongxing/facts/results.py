"""What a calculation returns: raw cells, for the inside only. Nothing here may be shown; see disclosure.protect()."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations

NOT_STATED = "not_stated"

Keys = tuple[tuple[str, str], ...]  # (("sex", "female"), …) in the order of the dimensions; () is the total


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, by each site's own date."""

    start: datetime.date
    end: datetime.date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"the period ends ({self.end}) before it begins ({self.start})")

    @classmethod
    def until(cls, end: datetime.date) -> "Period":
        """Everything up to `end`."""
        return cls(datetime.date(1900, 1, 1), end)


@dataclass(frozen=True)
class Scope:
    """Which facts a calculation looks at: a period, what was known at `as_of` (None: now), one programme or all ("")."""

    period: Period
    as_of: datetime.datetime | None = None
    programme: str = ""


class Raw:
    """What has not passed disclosure.protect() and so refuses to become text on a page or in a file."""

    def __str__(self) -> str:
        raise TypeError(f"{type(self).__name__} has not passed facts.protect() and may not leave")

    def __format__(self, form: str) -> str:
        return str(self)


@dataclass(frozen=True)
class Cell(Raw):
    """One exact number. A ratio carries its parts, because only they can be protected; `value` is None over nothing."""

    measure: str
    topic: str
    keys: Keys
    value: Decimal | int | None
    numerator: Decimal | int | None = None
    denominator: Decimal | int | None = None

    @property
    def is_ratio(self) -> bool:
        return self.denominator is not None


@dataclass(frozen=True)
class Funnel(Raw):
    """From registrations as the agencies count them to persons, each counted once: gross − … = distinct."""

    gross: int
    again_in_one_centre: int
    again_elsewhere: int
    refused_statistics: int
    distinct: int


@dataclass(frozen=True)
class Result(Raw):
    """Raw cells of `measures` within `scope`, with every margin of `by`."""

    measures: tuple[str, ...]
    scope: Scope
    by: tuple[str, ...]
    calculated_at: datetime.datetime
    cells: tuple[Cell, ...]

    def only(self, measure: str, keys: Iterable[tuple[str, str]] = ()) -> Cell:
        """The cell of `measure` at `keys`; the total when none are given. Raises KeyError when there is none."""
        wanted = tuple(keys)
        for cell in self.cells:
            if cell.measure == measure and cell.keys == wanted:
                return cell
        raise KeyError((measure, wanted))


def subsets(by: Sequence[str]) -> list[tuple[str, ...]]:
    """Every margin of a table by `by`, from the grand total () to the finest cells."""
    return list(chain.from_iterable(combinations(by, n) for n in range(len(by) + 1)))
