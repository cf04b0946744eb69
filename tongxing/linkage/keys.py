"""Keys: numbers under which a person can be found again, and the numbers to look under for what a desk knows.

A key joins two facts that together are rare (a birth date and a surname; a sound and a birth year), or is one strong
fact (a document, a telephone). Keys are personal data: the domain is small enough to guess them back.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tongxing.linkage.details import Birth, Details, Features, Name
from tongxing.linkage.hashes import hashed
from tongxing.linkage.lunar import solar_day
from tongxing.linkage.normaliser import features
from tongxing.linkage.pinyin import near

__all__ = ["Birth", "Details", "Name", "keys", "probes", "stored_keys", "wanted_keys"]

PROBES = 11
BLOCK = 100  # persons taken from one key at most; of a larger block, those whose given name has the right tag
COMPARED = 40  # persons compared in one step at most: those under the most keys, and the least crowded, first


class Asked(NamedTuple):
    """What is looked under: `keys`, of which the first `strong` ones come first; and the tags for crowded blocks."""

    keys: list[int]
    strong: int
    tags: list[int]


class _Wanted(NamedTuple):
    """Kind of a key, and its value for one row: 0 where a fact is missing, so that ranks of rows stay side by side."""

    is_strong: bool
    key: int


def keys(details: Details) -> list[int]:
    """The keys to store for a person, each once; about ten, more with several names or guardians."""
    return stored_keys(features(details))


def probes(details: Details) -> list[int]:
    """At most eleven keys to look under, strong ones first, each once; [] when too little is known."""
    return wanted_keys(features(details))


def stored_keys(rows: tuple[Features, ...]) -> list[int]:
    """As `keys`, from rows that are already made."""
    first = rows[0]
    found = [*first.documents, *first.kin_documents, *first.phones, *first.crowded]
    for row in rows:
        found += [key for key in (*_of_guardians(row), *_of_birth(row), *_of_name(row)) if key]
    return list(dict.fromkeys(found))


def _of_guardians(row: Features) -> Iterator[int]:
    for guardian in map(str, row.guardians):
        yield _key("guardian+origin", guardian, row.origin)
        yield _key("guardian+year", guardian, _year(row))
        for last in lasts(row):
            yield _key("guardian+last", guardian, last)


def _of_birth(row: Features) -> Iterator[int]:
    day = _day(row.birth_year, row.birth_month, row.birth_day)
    yield _key("day+origin", day, row.origin)
    for part in (*lasts(row), family(row)):
        yield _key("day+part", day, part)


def _of_name(row: Features) -> Iterator[int]:
    for whole in wholes(row):
        yield _key("name+year", whole, _year(row))
        yield _key("name+region", whole, row.origin[:4])
    for last in lasts(row):
        yield _key("last+origin", last, row.origin)
    yield _key("family+origin", family(row), row.origin, _year(row))


def _key(kind: str, *parts: str) -> int:
    return hashed(kind, *parts) if all(parts) else 0


def wholes(row: Features) -> list[str]:
    """The whole name by near sound and, where it has one, by skeleton; else as written."""
    return [part for part in (row.near, row.skeleton) if part] or [row.written][: bool(row.written)]


def lasts(row: Features) -> list[str]:
    """The syllable of a given name that nicknames keep (小禾, 阿禾, 禾禾, 禾儿), and the skeleton; else as written."""
    found = [near(row.given_core or row.given_last), row.skeleton]
    return [part for part in found if part] or [row.written][: bool(row.written)]


def family(row: Features) -> str:
    """The surname by near sound; names of the steppe have none, the beginning of the given name takes its place."""
    return near(row.surname_sound) or row.skeleton[:2] or near(row.given_sound) or row.written


def tag(row: Features) -> int:
    """A small number (0 to 32767) of the given name, which tells apart the many who lie under one crowded key."""
    return hashed("tag", *lasts(row)[:1]) & 0x7FFF


def _year(row: Features, step: int = 0) -> str:
    return str(row.birth_year + step) if row.birth_year else ""


def _day(year: int, month: int, day: int) -> str:
    """A day whose month can have been taken for the day: both orders are one."""
    low, high = sorted((month, day))
    return f"{year}-{low}-{high}" if day else ""


def wanted_keys(rows: tuple[Features, ...]) -> list[int]:
    """As `probes`, from rows that are already made. The usual reading's keys come before those of other readings."""
    return asked(rows).keys


def asked(rows: tuple[Features, ...]) -> Asked:
    """At most eleven keys in the order in which they are worth asking, and how a crowded block is narrowed."""
    columns = [list(_wanted(row)) for row in rows]
    by_rank = [each for rank in zip(*columns, strict=True) for each in rank if each.key]
    is_strong = {each.key: each.is_strong for each in reversed(by_rank)}  # a key of two ranks counts by its first
    ordered = list(dict.fromkeys(each.key for each in by_rank))[:PROBES]
    return Asked(ordered, sum(is_strong[key] for key in ordered), sorted({tag(row) for row in rows}))


def _wanted(row: Features) -> Iterator[_Wanted]:
    """What is worth asking, the best first; as many for every row."""
    whole, other_whole = [*wholes(row), "", ""][:2]
    last, other_last = [*lasts(row), "", ""][:2]
    guardian, day = str(next(iter(row.guardians), "")), _day(row.birth_year, row.birth_month, row.birth_day)
    for number in (*_first_two(row.documents + row.kin_documents), *_first_two(row.phones + row.crowded)):
        yield _Wanted(True, number)
    for kind, *parts in (
        ("day+part", day, last), ("name+year", whole, _year(row)), ("day+part", day, family(row)),
        ("guardian+last", guardian, last), ("day+part", day, other_last), ("name+year", other_whole, _year(row)),
    ):  # fmt: skip
        yield _Wanted(True, _key(kind, *parts))
    for kind, *parts in (
        ("name+region", whole, row.origin[:4]), ("last+origin", last, row.origin),
        ("family+origin", family(row), row.origin, _year(row)), ("guardian+origin", guardian, row.origin),
        ("guardian+year", guardian, "" if row.origin else _year(row)),  # brothers and sisters lie under the county
        ("day+origin", day, row.origin), *(_year_off(row, step, whole, last) for step in (-1, 1)),
        ("day+part", _lunar_as_solar(row), family(row)), ("day+part", _solar_as_lunar(row), family(row)),
        ("name+region", other_whole, row.origin[:4]),
        ("last+origin", other_last, row.origin),
    ):  # fmt: skip
        yield _Wanted(False, _key(kind, *parts))


def _year_off(row: Features, step: int, whole: str, last: str) -> tuple[str, str, str]:
    """What is stored of somebody whose year is another by `step`: by the day, which finds nicknames too, if it is known."""
    if row.birth_day:
        return "day+part", _day(row.birth_year + step, row.birth_month, row.birth_day), last
    return "name+year", whole, _year(row, step)


def _first_two(numbers: tuple[int, ...]) -> list[int]:
    return [*numbers[:2], 0, 0][:2]


def _lunar_as_solar(row: Features) -> str:
    """The day that is stored of somebody whose lunar birthday was taken for a solar one."""
    return _day(row.lunar // 10000, row.lunar // 100 % 100, row.lunar % 100) if row.lunar else ""


def _solar_as_lunar(row: Features) -> str:
    """The day that is stored when this one is the lunar birthday, taken for a solar one."""
    day = solar_day(row.birth_year, row.birth_month, row.birth_day) if row.birth_day else None
    return _day(day.year, day.month, day.day) if day else ""
