"""The levels of agreement between two rows, each once in Python and once in SQL, the first that holds counts.

`p` is a stored row, `q` the row looked for; predicates are equalities and differences only, so that they are the same
in every engine. A test holds both sides to each other on PostgreSQL.
"""

from collections.abc import Callable
from typing import NamedTuple

from tongxing.linkage.details import Features


class Level(NamedTuple):
    """`sql` over the aliases p and q; `holds` the same in Python."""

    name: str
    sql: str
    holds: Callable[[Features, Features], bool]


def _same(column: str) -> str:
    return f"(p.{column} <> '' and p.{column} = q.{column})"


def _overlap(column: str) -> str:
    return f"(p.{column} && q.{column})"


def _both(column: str) -> str:
    return f"(cardinality(p.{column}) > 0 and cardinality(q.{column}) > 0)"


def equal(p: Features, q: Features, column: str) -> bool:
    return bool(getattr(p, column)) and getattr(p, column) == getattr(q, column)


def shares(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    return any(number in right for number in left)


def _comparable(p: Features, q: Features) -> bool:
    """Two names can be compared where both have a sound, both a skeleton, or both the same script."""
    return bool(p.sound and q.sound) or bool(p.skeleton and q.skeleton) or (p.script != "" and p.script == q.script)


def _same_sound(p: Features, q: Features) -> bool:
    return equal(p, q, "sound") or (equal(p, q, "skeleton") and equal(p, q, "initial"))


def _near_sound(p: Features, q: Features) -> bool:
    return equal(p, q, "near") or (equal(p, q, "skeleton") and "" in (p.initial, q.initial))


def _surname_fits(p: Features, q: Features) -> bool:
    return p.surname_sound == q.surname_sound or "" in (p.surname_sound, q.surname_sound)


def _nickname(p: Features, q: Features) -> bool:
    in_q = p.given_core != "" and p.given_core in (q.given_first, q.given_last, q.given_core)
    in_p = q.given_core != "" and q.given_core in (p.given_first, p.given_last, p.given_core)
    return _surname_fits(p, q) and (in_q or in_p)


NAME = (
    Level(
        "unknown",
        "not ((p.sound <> '' and q.sound <> '') or (p.skeleton <> '' and q.skeleton <> '')"
        " or (p.script <> '' and p.script = q.script))",
        lambda p, q: not _comparable(p, q),
    ),
    Level("same_written", _same("written"), lambda p, q: equal(p, q, "written")),
    Level("same_sound", f"({_same('sound')} or ({_same('skeleton')} and {_same('initial')}))", _same_sound),
    Level(
        "near_sound",
        f"({_same('near')} or ({_same('skeleton')} and (p.initial = '' or q.initial = '')))",
        _near_sound,
    ),
    Level(
        "given_alone",
        f"({_same('given_sound')} and (p.surname_sound = '' or q.surname_sound = ''))",
        lambda p, q: equal(p, q, "given_sound") and "" in (p.surname_sound, q.surname_sound),
    ),
    Level(
        "nickname",
        "((p.surname_sound = q.surname_sound or p.surname_sound = '' or q.surname_sound = '')"
        " and ((p.given_core <> '' and p.given_core in (q.given_first, q.given_last, q.given_core))"
        " or (q.given_core <> '' and q.given_core in (p.given_first, p.given_last, p.given_core))))",
        _nickname,
    ),
    Level(
        "shared_last",
        f"({_same('surname_sound')} and {_same('given_last')})",
        lambda p, q: equal(p, q, "surname_sound") and equal(p, q, "given_last"),
    ),
    Level(
        "shared_first",
        f"({_same('surname_sound')} and {_same('given_first')})",
        lambda p, q: equal(p, q, "surname_sound") and equal(p, q, "given_first"),
    ),
    Level(
        "other_surname",
        f"({_same('given_sound')} or {_same('skeleton')})",
        lambda p, q: equal(p, q, "given_sound") or equal(p, q, "skeleton"),
    ),
    Level("surname_only", _same("surname_sound"), lambda p, q: equal(p, q, "surname_sound")),
)


def _days(p: Features, q: Features) -> int:
    if p.birth_from is None or q.birth_from is None:
        raise ValueError("both birth dates are needed")
    return abs((p.birth_from - q.birth_from).days)


def _full(p: Features, q: Features) -> bool:
    return p.birth_day > 0 and q.birth_day > 0


def _new_year(p: Features, q: Features) -> bool:
    p_is, q_is = (row.birth_month == 1 and row.birth_day == 1 for row in (p, q))
    return p.birth_year == q.birth_year and _full(p, q) and (p_is or q_is)


_FULL = "p.birth_day > 0 and q.birth_day > 0"
_DAYS = "abs(p.birth_from - q.birth_from)"
_YEARS = "abs(p.birth_year - q.birth_year)"

BIRTH = (
    Level("unknown", "(p.birth_year = 0 or q.birth_year = 0)", lambda p, q: 0 in (p.birth_year, q.birth_year)),
    Level("same_day", f"({_FULL} and p.birth_from = q.birth_from)",
          lambda p, q: _full(p, q) and p.birth_from == q.birth_from),
    Level("swapped", f"({_FULL} and p.birth_year = q.birth_year"
          " and p.birth_month = q.birth_day and p.birth_day = q.birth_month)",
          lambda p, q: _full(p, q) and (p.birth_year, p.birth_month, p.birth_day)
          == (q.birth_year, q.birth_day, q.birth_month)),
    Level("near_day", f"({_FULL} and {_DAYS} <= 9)", lambda p, q: _full(p, q) and _days(p, q) <= 9),
    Level("same_month", "(p.birth_month > 0 and p.birth_month = q.birth_month and p.birth_year = q.birth_year)",
          lambda p, q: p.birth_month > 0 and (p.birth_year, p.birth_month) == (q.birth_year, q.birth_month)),
    Level("lunar", f"({_FULL} and {_DAYS} between 18 and 52)",
          lambda p, q: _full(p, q) and 18 <= _days(p, q) <= 52),
    Level("year_off", f"({_FULL} and p.birth_month = q.birth_month and p.birth_day = q.birth_day and {_YEARS} = 1)",
          lambda p, q: _full(p, q) and (p.birth_month, p.birth_day) == (q.birth_month, q.birth_day)
          and abs(p.birth_year - q.birth_year) == 1),
    Level("new_year", f"({_FULL} and p.birth_year = q.birth_year and ((p.birth_month = 1 and p.birth_day = 1)"
          " or (q.birth_month = 1 and q.birth_day = 1)))", _new_year),
    Level("same_year", "(p.birth_year = q.birth_year and (p.birth_month = 0 or q.birth_month = 0))",
          lambda p, q: p.birth_year == q.birth_year and 0 in (p.birth_month, q.birth_month)),
    Level("about_year", f"((p.birth_precision = 'about' or q.birth_precision = 'about') and {_YEARS} <= 1)",
          lambda p, q: "about" in (p.birth_precision, q.birth_precision) and abs(p.birth_year - q.birth_year) <= 1),
    Level("year_only", "(p.birth_year = q.birth_year)", lambda p, q: p.birth_year == q.birth_year),
    Level("next_year", f"({_YEARS} = 1)", lambda p, q: abs(p.birth_year - q.birth_year) == 1),
)  # fmt: skip

SEX = (
    Level("unknown", "(p.sex = '' or q.sex = '')", lambda p, q: "" in (p.sex, q.sex)),
    Level("same", "(p.sex = q.sex)", lambda p, q: p.sex == q.sex),
)

DOCUMENT = (
    Level("same", _overlap("documents"), lambda p, q: shares(p.documents, q.documents)),
    Level("unknown", "(p.resident_id = 0 or q.resident_id = 0)", lambda p, q: 0 in (p.resident_id, q.resident_id)),
)


def _listed(column: str) -> tuple[Level, ...]:
    """unknown | same | other for a column of hashes."""
    return (
        Level("unknown", f"(not {_both(column)})", lambda p, q: not (getattr(p, column) and getattr(q, column))),
        Level("same", _overlap(column), lambda p, q: shares(getattr(p, column), getattr(q, column))),
    )


ORIGIN = (
    Level("unknown", "(p.origin = '' or q.origin = '')", lambda p, q: "" in (p.origin, q.origin)),
    Level("same", "(p.origin = q.origin)", lambda p, q: p.origin == q.origin),
)


def _nothing_known(p: Features, q: Features) -> bool:
    phones, guardians = p.phones and q.phones, p.guardians and q.guardians
    return not (phones or guardians or (p.origin and q.origin))


# Telephone, guardian and county are facts of the home. Brothers and sisters share all three, so together they are one
# comparison: counted one by one, they would make one child of two.
HOUSEHOLD = (
    Level("unknown", f"(not ({_both('phones')} or {_both('guardians')} or (p.origin <> '' and q.origin <> '')))",
          _nothing_known),
    Level("phone_and_guardian", f"({_overlap('phones')} and {_overlap('guardians')})",
          lambda p, q: shares(p.phones, q.phones) and shares(p.guardians, q.guardians)),
    Level("phone", _overlap("phones"), lambda p, q: shares(p.phones, q.phones)),
    Level("guardian_and_county", f"({_overlap('guardians')} and {_same('origin')})",
          lambda p, q: shares(p.guardians, q.guardians) and equal(p, q, "origin")),
    Level("guardian", _overlap("guardians"), lambda p, q: shares(p.guardians, q.guardians)),
    Level("county", _same("origin"), lambda p, q: equal(p, q, "origin")),
    Level("other_county", "(p.origin <> '' and q.origin <> '')", lambda p, q: bool(p.origin and q.origin)),
)  # fmt: skip

# The first five are weighed; the last three only shown to the worker.
COMPARISONS: dict[str, tuple[Level, ...]] = {
    "name": NAME,
    "birth": BIRTH,
    "household": HOUSEHOLD,
    "document": DOCUMENT,
    "sex": SEX,
    "origin": ORIGIN,
    "guardian": _listed("guardians"),
    "phone": _listed("phones"),
}
WEIGHED = ("name", "birth", "household", "document", "sex")
OTHERWISE = "other"  # the level of a comparison of which no level holds
