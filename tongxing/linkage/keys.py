"""Keys: numbers under which a person can be found again, and the numbers to look under for what a desk knows.

A key joins two facts that together are rare (a birth date and a surname; a sound and a birth year), or is one strong
fact (a document, a telephone). Keys are personal data: the domain is small enough to guess them back.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tongxing.linkage.details import Birth, Details, Features, Name
from tongxing.linkage.hashes import hashed
from tongxing.linkage.normaliser import features
from tongxing.linkage.pinyin import near

__all__ = ["Birth", "Details", "Name", "keys", "probes", "stored_keys", "wanted_keys"]

PROBES = 11
STRONG = 9  # of the ranks of `_wanted`: a document, a telephone, or a birth date or year with a name


class Asked(NamedTuple):
    """What is looked under: `keys`, of which the first `strong` ones come first; and the tags for crowded blocks."""

    keys: list[int]
    strong: int
    tags: list[int]


def keys(details: Details) -> list[int]:
    """The keys to store for a person, each once; about ten, more with several names or guardians."""
    return stored_keys(features(details))


def probes(details: Details) -> list[int]:
    """At most eleven keys to look under, strong ones first, each once; [] when too little is known."""
    return wanted_keys(features(details))


def stored_keys(rows: tuple[Features, ...]) -> list[int]:
    """As `keys`, from rows that are already made."""
    found = [*_fixed(rows[0])]
    for row in rows:
        found += _named(row)
    return list(dict.fromkeys(found))


def _fixed(row: Features) -> Iterator[int]:
    """What does not depend on the name."""
    yield from row.documents
    yield from row.kin_documents
    yield from row.phones
    for guardian in row.guardians:
        if row.origin:
            yield hashed("guardian+origin", str(guardian), row.origin)
        if row.birth_year:
            yield hashed("guardian+year", str(guardian), str(row.birth_year))
    if row.birth_day and row.origin:
        yield hashed("date+origin", _day(row), row.origin)


def _named(row: Features) -> Iterator[int]:
    """What depends on one reading of one name."""
    given, whole = given_key(row), whole_key(row)
    if given:
        for phone in row.phones:
            yield hashed("phone+given", str(phone), given)
        for guardian in row.guardians:
            yield hashed("guardian+given", str(guardian), given)
        if row.origin:
            yield hashed("last+origin", last_key(row), row.origin)
    if whole and row.birth_year:
        yield hashed("name+year", whole, str(row.birth_year))
    family = family_key(row)
    if family and row.birth_day:
        yield hashed("date+family", _day(row), family)
    if family and row.birth_year and row.origin:
        yield hashed("family+origin", family, row.origin, str(row.birth_year))


def given_key(row: Features) -> str:
    """The given name as loosely as a key may be: near sound, else skeleton, else as written."""
    return near(row.given_sound) or row.skeleton or row.written


def last_key(row: Features) -> str:
    """The last syllable of a Chinese given name, which nicknames keep (小禾, 阿禾, 禾禾); else the given name."""
    return near(row.given_last) or given_key(row)


def whole_key(row: Features) -> str:
    return row.near or row.skeleton or row.written


def family_key(row: Features) -> str:
    """The surname's near sound; Mongolian and Uyghur names have none, their given name takes its place."""
    return near(row.surname_sound) or row.skeleton or row.given_sound or row.written


def _day(row: Features) -> str:
    return f"{row.birth_year}-{row.birth_month}-{row.birth_day}"


def _swapped_day(row: Features) -> str:
    return f"{row.birth_year}-{row.birth_day}-{row.birth_month}"


def wanted_keys(rows: tuple[Features, ...]) -> list[int]:
    """As `probes`, from rows that are already made. The usual reading's keys come before those of other readings."""
    return asked(rows).keys


def asked(rows: tuple[Features, ...]) -> Asked:
    """At most eleven keys in the order in which they are worth asking, and how a crowded block is narrowed."""
    columns = [list(_wanted(row)) for row in rows]
    by_rank = [
        (column[rank], rank < STRONG) for rank in range(max(map(len, columns))) for column in columns
        if rank < len(column) and column[rank]
    ]  # fmt: skip
    wanted = dict(reversed(by_rank))  # a key of two ranks counts by its first
    ordered = list(dict.fromkeys(key for key, _is_strong in by_rank))[:PROBES]
    return Asked(ordered, sum(wanted[key] for key in ordered), sorted({tag(row) for row in rows}))


def tag(row: Features) -> int:
    """A small number (0 to 32767) of the given name, which tells apart the many who lie under one crowded key."""
    return hashed("tag", given_key(row)) & 0x7FFF


def _wanted(row: Features) -> list[int]:
    """Strongest first; 0 where a fact is missing, so that the ranks of several readings stay side by side."""
    return [
        *_first_two(row.documents + row.kin_documents),
        *_with_household(row, "phone+given", row.phones),
        *_first_two(row.phones),
        *_by_birth(row),
        *_with_household(row, "guardian+given", row.guardians),
        _with_origin(row, "last+origin", last_key(row)),
        _family_origin(row),
        *_by_year(row),
        *_weak(row),
    ]


def _first_two(numbers: tuple[int, ...]) -> list[int]:
    return [*numbers[:2], 0, 0][:2]


def _with_household(row: Features, kind: str, members: tuple[int, ...]) -> list[int]:
    given = given_key(row)
    return _first_two(tuple(hashed(kind, str(member), given) for member in members if given))


def _with_origin(row: Features, kind: str, part: str) -> int:
    return hashed(kind, part, row.origin) if part and row.origin else 0


def _family_origin(row: Features) -> int:
    family = family_key(row)
    if not (family and row.origin and row.birth_year):
        return 0
    return hashed("family+origin", family, row.origin, str(row.birth_year))


def _by_birth(row: Features) -> list[int]:
    """Exact day with surname, the year with the whole name, and day and month the other way round."""
    whole, family = whole_key(row), family_key(row)
    has_day = bool(row.birth_day and family)
    can_swap = has_day and row.birth_day <= 12 and row.birth_day != row.birth_month
    return [
        hashed("date+family", _day(row), family) if has_day else 0,
        hashed("name+year", whole, str(row.birth_year)) if whole and row.birth_year else 0,
        hashed("date+family", _swapped_day(row), family) if can_swap else 0,
    ]


def _by_year(row: Features) -> list[int]:
    """The years beside: nominal age, lunar new year, "about"."""
    whole = whole_key(row)
    if not (whole and row.birth_year):
        return [0, 0]
    return [hashed("name+year", whole, str(row.birth_year + step)) for step in (-1, 1)]


def _weak(row: Features) -> list[int]:
    """Finds brothers and sisters, and a child under another name."""
    date_origin = hashed("date+origin", _day(row), row.origin) if row.birth_day and row.origin else 0
    guardians = row.guardians[:1]
    return [
        date_origin,
        *(_with_origin(row, "guardian+origin", str(guardian)) for guardian in guardians),
        *(hashed("guardian+year", str(guardian), str(row.birth_year)) for guardian in guardians if row.birth_year),
    ]
