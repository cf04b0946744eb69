"""What can be said about two rows, each statement once: it answers in Python and renders itself as SQL for an engine.

All statements are symmetric (p and q may be exchanged) and use equalities and differences only, so that PostgreSQL,
DuckDB, Spark and Python give the same answer for the same two rows. Columns are those of `details.Features`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tongxing.linkage.details import COLUMNS, Features


@dataclass(frozen=True)
class Dialect:
    """How one engine writes what differs between engines. `left` and `right` are formats of a column's name."""

    name: str
    left: str
    right: str
    overlap: str
    contains: str
    length: str
    days: str

    def pair(self, column: str) -> tuple[str, str]:
        return self.left.format(column), self.right.format(column)


POSTGRESQL = Dialect("postgres", "p.{}", "q.{}", "{} && {}", "{1} = any({0})", "cardinality({})", "abs({} - {})")
DUCKDB = Dialect(
    "duckdb", '"{}_l"', '"{}_r"', "list_has_any({}, {})", "list_contains({}, {})", "len({})", "abs({} - {})"
)
SPARK = Dialect(
    "spark", "{}_l", "{}_r", "arrays_overlap({}, {})", "array_contains({}, {})", "size({})", "abs(datediff({}, {}))"
)
DIALECTS = {each.name: each for each in (POSTGRESQL, DUCKDB, SPARK)}


class Predicate(Protocol):
    """A statement about two rows."""

    def holds(self, p: Features, q: Features) -> bool: ...

    def sql(self, dialect: Dialect) -> str: ...


def shares(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    return any(number in right for number in left)


def _nothing(column: str) -> str:
    return "''" if COLUMNS[column] == "text" else "0"


@dataclass(frozen=True)
class Known:
    """Both rows have the column."""

    column: str

    def holds(self, p: Features, q: Features) -> bool:
        return bool(getattr(p, self.column)) and bool(getattr(q, self.column))

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair(self.column)
        if COLUMNS[self.column].endswith("[]"):
            return f"({dialect.length.format(left)} > 0 and {dialect.length.format(right)} > 0)"
        return f"({left} <> {_nothing(self.column)} and {right} <> {_nothing(self.column)})"


@dataclass(frozen=True)
class Same:
    """Both rows have the column, and it is equal."""

    column: str

    def holds(self, p: Features, q: Features) -> bool:
        return bool(getattr(p, self.column)) and getattr(p, self.column) == getattr(q, self.column)

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair(self.column)
        return f"({left} <> {_nothing(self.column)} and {left} = {right})"


@dataclass(frozen=True)
class Crossed:
    """One row's `column` is the other row's `other`, and known; with `both`, so it is the other way round as well."""

    column: str
    other: str
    both: bool = False

    def holds(self, p: Features, q: Features) -> bool:
        ways = [
            getattr(a, self.column) and getattr(a, self.column) == getattr(b, self.other) for a, b in ((p, q), (q, p))
        ]
        return bool(all(ways) if self.both else any(ways))

    def sql(self, dialect: Dialect) -> str:
        (left, right), (other_left, other_right) = dialect.pair(self.column), dialect.pair(self.other)
        empty, word = _nothing(self.column), "and" if self.both else "or"
        return (
            f"(({left} <> {empty} and {left} = {other_right}) {word} ({right} <> {empty} and {right} = {other_left}))"
        )


@dataclass(frozen=True)
class Within:
    """In each of the two rows `column` is the row's own `other`, and known."""

    column: str
    other: str

    def holds(self, p: Features, q: Features) -> bool:
        return all(getattr(a, self.column) and getattr(a, self.column) == getattr(a, self.other) for a in (p, q))

    def sql(self, dialect: Dialect) -> str:
        sides = zip(dialect.pair(self.column), dialect.pair(self.other), strict=True)
        empty = _nothing(self.column)
        return "(" + " and ".join(f"{one} <> {empty} and {one} = {other}" for one, other in sides) + ")"


@dataclass(frozen=True)
class Shared:
    """The lists of the two rows have a number in common; with `other`, one row's list with the other's `other`."""

    column: str
    other: str = ""

    def holds(self, p: Features, q: Features) -> bool:
        other = self.other or self.column
        return shares(getattr(p, self.column), getattr(q, other)) or shares(getattr(q, self.column), getattr(p, other))

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair(self.column)
        if not self.other:
            return f"({dialect.overlap.format(left, right)})"
        other_left, other_right = dialect.pair(self.other)
        return f"({dialect.overlap.format(left, other_right)} or {dialect.overlap.format(right, other_left)})"


@dataclass(frozen=True)
class Listed:
    """One row's number is in the other row's list."""

    column: str
    among: str

    def holds(self, p: Features, q: Features) -> bool:
        return any(getattr(a, self.column) and getattr(a, self.column) in getattr(b, self.among)
                   for a, b in ((p, q), (q, p)))  # fmt: skip

    def sql(self, dialect: Dialect) -> str:
        (left, right), (list_left, list_right) = dialect.pair(self.column), dialect.pair(self.among)
        return (f"(({left} <> 0 and {dialect.contains.format(list_right, left)})"
                f" or ({right} <> 0 and {dialect.contains.format(list_left, right)}))")  # fmt: skip


@dataclass(frozen=True)
class Either:
    """At least one row has this value in the column; the other value of both is not asked for."""

    column: str
    value: str | int

    def holds(self, p: Features, q: Features) -> bool:
        return self.value in (getattr(p, self.column), getattr(q, self.column))

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair(self.column)
        return f"({left} = {self.value!r} or {right} = {self.value!r})"


@dataclass(frozen=True)
class FirstOfJanuary:
    """At least one row's birth date is 1 January, which often stands for an unknown day."""

    def holds(self, p: Features, q: Features) -> bool:
        return any(a.birth_month == 1 and a.birth_day == 1 for a in (p, q))

    def sql(self, dialect: Dialect) -> str:
        sides = zip(dialect.pair("birth_month"), dialect.pair("birth_day"), strict=True)
        return "(" + " or ".join(f"({month} = 1 and {day} = 1)" for month, day in sides) + ")"


@dataclass(frozen=True)
class Apart:
    """The numbers of both rows are known and at least `low`, at most `high` apart."""

    column: str
    low: int
    high: int

    def holds(self, p: Features, q: Features) -> bool:
        left, right = getattr(p, self.column), getattr(q, self.column)
        return bool(left and right) and self.low <= abs(left - right) <= self.high

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair(self.column)
        return f"({left} <> 0 and {right} <> 0 and abs({left} - {right}) between {self.low} and {self.high})"


@dataclass(frozen=True)
class Days:
    """Both birth dates are known to the day and at least `low`, at most `high` days apart."""

    low: int
    high: int

    def holds(self, p: Features, q: Features) -> bool:
        if not (p.birth_day and q.birth_day and p.birth_from and q.birth_from):
            return False
        return self.low <= abs((p.birth_from - q.birth_from).days) <= self.high

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair("birth_day")
        days = dialect.days.format(*dialect.pair("birth_from"))
        return f"({left} > 0 and {right} > 0 and {days} between {self.low} and {self.high})"


@dataclass(frozen=True)
class LunarDay:
    """One row's birth date is, digit by digit, the lunar date of the other row's."""

    def holds(self, p: Features, q: Features) -> bool:
        return any(a.lunar and b.birth_day and a.lunar == b.birth_year * 10000 + b.birth_month * 100 + b.birth_day
                   for a, b in ((p, q), (q, p)))  # fmt: skip

    def sql(self, dialect: Dialect) -> str:
        (left, right), years = dialect.pair("lunar"), dialect.pair("birth_year")
        months, days = dialect.pair("birth_month"), dialect.pair("birth_day")
        digits = [f"({y} * 10000 + {m} * 100 + {d})" for y, m, d in zip(years, months, days, strict=True)]
        return (f"(({left} <> 0 and {days[1]} > 0 and {left} = {digits[1]})"
                f" or ({right} <> 0 and {days[0]} > 0 and {right} = {digits[0]}))")  # fmt: skip


@dataclass(frozen=True)
class Rare:
    """The commoner of the two names is shared by one in 2**low persons or fewer; unknown counts as common."""

    low: int

    def holds(self, p: Features, q: Features) -> bool:
        return p.rarity >= self.low and q.rarity >= self.low

    def sql(self, dialect: Dialect) -> str:
        left, right = dialect.pair("rarity")
        return f"({left} >= {self.low} and {right} >= {self.low})"


@dataclass(frozen=True)
class Not:
    part: Predicate

    def holds(self, p: Features, q: Features) -> bool:
        return not self.part.holds(p, q)

    def sql(self, dialect: Dialect) -> str:
        return f"(not {self.part.sql(dialect)})"


class _Joined:
    """Several statements under one word."""

    def __init__(self, word: str, decide: Callable[..., bool], *parts: Predicate) -> None:
        self.word, self.decide, self.parts = word, decide, parts

    def holds(self, p: Features, q: Features) -> bool:
        return self.decide(part.holds(p, q) for part in self.parts)

    def sql(self, dialect: Dialect) -> str:
        return "(" + f" {self.word} ".join(part.sql(dialect) for part in self.parts) + ")"


def every(*parts: Predicate) -> Predicate:
    """All of them hold."""
    return _Joined("and", all, *parts)


def some(*parts: Predicate) -> Predicate:
    """At least one of them holds."""
    return _Joined("or", any, *parts)
