"""From details as typed to comparable rows. The stored details are never changed by this.

A change in what it returns is a new VERSION; rows carry theirs, so that a register can be re-keyed step by step.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tongxing.linkage.details import Birth, Details, Features
from tongxing.linkage.documents import read_document
from tongxing.linkage.hashes import hashed
from tongxing.linkage.names import Reading, readings
from tongxing.linkage.phones import read_phone
from tongxing.linkage.scripts import folded

VERSION = 1
LINES = 4  # rows per person at most: further names and other readings of the same characters

_SEXES = {"f": "female", "female": "female", "2": "female", "女": "female"}
_SEXES |= {"m": "male", "male": "male", "1": "male", "男": "male"}


def features(details: Details) -> tuple[Features, ...]:
    """One to four rows, the usual reading of the first name first. Never raises; without a name there is one row."""
    shared = _shared(details)
    return tuple(
        Features(
            VERSION,
            *reading,  # in the order of names.Reading, which is the order of the columns
            *shared,
        )
        for reading in name_readings(details)
    )


def name_readings(details: Details) -> tuple[Reading, ...]:
    """All readings of all names, each name's usual one before the others; at least one, at most `LINES`."""
    found = [readings(name.text, name.kind, name.surname) for name in details.names]
    usual = [each[0] for each in found if each]
    others = [reading for each in found for reading in each[1:]]
    if len(usual) > 1:
        usual = [each for each in usual if each.written or not _is_heard(each, usual)]
    return tuple(dict.fromkeys([*usual, *others]))[:LINES] or (Reading(),)


def _is_heard(typed: Reading, usual: list[Reading]) -> bool:
    """Is this pinyin just the sound of another name, as when a reading aid is stored beside the characters?"""
    return any(other.written and other.sound == typed.sound for other in usual)


def _shared(details: Details) -> tuple[Any, ...]:
    """The columns that do not depend on the name, in the order of `Features`."""
    numbers = [read_document(text) for text in details.documents]
    resident = next((d.canonical for d in numbers if d.kind in ("resident_id", "residence_permit")), "")
    return (
        _SEXES.get(details.sex.strip().casefold(), ""),
        *birth_columns(details.birth),
        county(details.origin_division),
        _distinct(guardian_key(name) for name in details.guardian_names),
        _distinct(phone_key(phone) for phone in details.phones),
        _distinct(hashed("document", d.canonical) if d.canonical else 0 for d in numbers),
        hashed("document", resident) if resident else 0,
    )


def birth_columns(birth: Birth | None) -> tuple[Any, ...]:
    """birth_from, birth_precision, birth_year, birth_month, birth_day."""
    if birth is None:
        return None, "", 0, 0, 0
    first, precision = birth.first, birth.precision
    month = first.month if precision in ("day", "month") else 0
    return first, precision, first.year, month, first.day if precision == "day" else 0


def county(division: str) -> str:
    """The six digits of a county, from codes of 6, 9 or 12 digits; other codes as they are."""
    code = folded(division)
    return code[:6] if code.isdecimal() else code


@lru_cache(maxsize=1 << 16)
def guardian_key(name: str) -> int:
    """A guardian by sound, or by Mongolian skeleton, or as written; 0 for none."""
    found = readings(name)
    if not found:
        return 0
    return hashed("guardian", found[0].near or found[0].skeleton or found[0].written)


@lru_cache(maxsize=1 << 16)
def phone_key(phone: str) -> int:
    number = read_phone(phone).canonical
    return hashed("phone", number) if len(number) >= 5 else 0


def _distinct(keys: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({key for key in keys if key}))
