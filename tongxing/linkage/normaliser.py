"""From details as typed to comparable rows. The stored details are never changed by this.

A change in what it returns is a new VERSION; rows carry theirs, so that a register can be re-keyed step by step.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tongxing.linkage.details import Birth, Details, Features, Name
from tongxing.linkage.divisions import county_today
from tongxing.linkage.documents import Document, is_own, read_document, spellings
from tongxing.linkage.hashes import hashed
from tongxing.linkage.lunar import lunar_day
from tongxing.linkage.names import readings
from tongxing.linkage.phones import read_phone
from tongxing.linkage.rarity import Tables, rarity
from tongxing.linkage.reading import Reading
from tongxing.linkage.scripts import folded

VERSION = 2
LINES = 4  # rows per person at most: further names, other readings of the same characters, another birth date

_SEXES = {"f": "female", "female": "female", "2": "female", "女": "female"}
_SEXES |= {"m": "male", "male": "male", "1": "male", "男": "male"}


class Born(NamedTuple):
    """The columns of a birth date, in the order of `Features`."""

    birth_from: Any = None
    birth_precision: str = ""
    birth_year: int = 0
    birth_month: int = 0
    birth_day: int = 0
    lunar: int = 0


def features(details: Details, tables: Tables | None = None) -> tuple[Features, ...]:
    """One to four rows, the usual reading of the first name with the stated birth date first. Never raises.

    `tables`: how frequent names are (rarity.Tables), those published when None. Without a name there is one row.
    """
    sex = sex_of(details.sex)
    births, columns = numbers_of(details.birth, sex, tuple(map(read_document, details.documents)))
    named = [(reading, key, rarity(reading, tables)) for reading, key in name_readings(details.names)]
    home = (
        county(details.origin_division),
        guardian_keys(details.guardian_names),
        _distinct(phone_key(phone) for phone in details.phones),
        *columns,
        (),
    )
    # The usual name under every birth date comes before other names.
    pairs = [(named[0], born) for born in births] + [(each, births[0]) for each in named[1:]]
    return tuple(Features(VERSION, *name[0], name[2], name[1], sex, *born, *home) for name, born in pairs[:LINES])


def stale(version: int) -> bool:
    """Was a row made by another version, so that its person must be normalised again?"""
    return version != VERSION


def sex_of(text: str) -> str:
    """female | male | ""."""
    return _SEXES.get(text.strip().casefold(), "")


def name_readings(names: Sequence[Name | str]) -> list[tuple[Reading, int]]:
    """All readings of all names with the name's own guardian key, each name's usual reading before the others.

    At least one reading, at most `LINES`.
    """
    found = [_readings(name) for name in names]
    usual = [each[0] for each in found if each]
    if len(usual) > 1:
        usual = [pair for pair in usual if pair[0].written or not _is_heard(pair[0], usual)]
    others = [pair for each in found for pair in each[1:]]
    if len(found) < 2:
        return [*usual, *others] or [(Reading(), 0)]
    distinct: dict[Reading, int] = {}
    for reading, key in (*usual, *others):
        distinct.setdefault(reading, key)
    return list(distinct.items())[:LINES] or [(Reading(), 0)]


def _readings(name: Name | str) -> list[tuple[Reading, int]]:
    made = readings(name) if isinstance(name, str) else readings(name.text, name.kind, name.surname)
    if not made:
        return []
    key = name_key(made[0])
    return [(reading, key) for reading in made]


def _is_heard(typed: Reading, usual: list[tuple[Reading, int]]) -> bool:
    """Is this pinyin just the sound of another name, as when a reading aid is stored beside the characters?"""
    return any(other.written and other.sound == typed.sound for other, _ in usual)


def numbers_of(birth: Birth | None, sex: str, numbers: tuple[Document, ...]) -> tuple[list[Born], tuple[Any, ...]]:
    """The birth dates (stated, official) and the columns documents, resident_id, kin_documents."""
    stated = birth_columns(birth)
    own = [d for d in numbers if d.canonical and is_own(d, birth, sex)]
    kin = [d for d in numbers if d.canonical and d not in own]
    valid = [d for d in own if d.kind in ("resident_id", "residence_permit") and d.is_sound]
    official = [_day(d.birth) for d in valid[:1] if d.birth]
    births = list(dict.fromkeys([*([stated] if stated.birth_from else []), *official])) or [stated]
    return births, (
        tuple(dict.fromkeys(hashed("document", text) for d in own for text in spellings(d, birth))),
        hashed("document", valid[0].canonical) if valid else 0,
        _distinct(hashed("document", d.canonical) for d in kin),
    )


def birth_columns(birth: Birth | None) -> Born:
    """The columns of a birth date as stated."""
    if birth is None:
        return Born()
    first, precision = birth.first, birth.precision
    if precision == "day":
        return _day(first)
    return Born(first, precision, first.year, first.month if precision == "month" else 0)


@lru_cache(maxsize=1 << 16)
def _day(day: Any) -> Born:
    return Born(day, "day", day.year, day.month, day.day, lunar_day(day))


@lru_cache(maxsize=1 << 14)
def county(division: str) -> str:
    """The six digits of a county as coded today, from codes of 6, 9 or 12 digits; other codes as they are."""
    code = folded(division)
    return county_today(code[:6]) if code.isdecimal() else code


def name_key(reading: Reading) -> int:
    """A name as guardians are compared: by near sound, or by skeleton, or as written; 0 for none."""
    return hashed("guardian", reading.near or reading.skeleton or reading.written)


def guardian_keys(names: Iterable[str]) -> tuple[int, ...]:
    """Guardians by near sound; those who could have a steppe name also by skeleton."""
    found = []
    for made in map(readings, names):
        if made:
            found.append(name_key(made[0]))
            if made[0].near and made[0].skeleton:
                found.append(hashed("guardian", made[0].skeleton))
    return _distinct(found)


@lru_cache(maxsize=1 << 16)
def phone_key(phone: str) -> int:
    number = read_phone(phone).canonical
    return hashed("phone", number) if len(number) >= 5 else 0


def _distinct(keys: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({key for key in keys if key}))
