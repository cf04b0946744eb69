"""What is known about a person, as typed; and the same made comparable. Both are plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Birth(Protocol):
    """Any birth date with a first possible day and a precision of day | month | year | about (`core.dates`)."""

    @property
    def first(self) -> date: ...

    @property
    def precision(self) -> str: ...


@dataclass(frozen=True)
class Name:
    """A name as the family gives it. `surname` is their own answer where it begins, None while it is a guess."""

    text: str
    kind: str = ""
    surname: str | None = None


@dataclass(frozen=True)
class Details:
    """A person as known at a desk; everything may be missing.

    sex                "female", "male" or their first letters; anything else counts as unknown
    origin_division    code of the county (China) or aimag (Mongolia) of origin, 6 or 12 digits
    guardian_names, phones, documents    as typed
    """

    names: Sequence[Name] = ()
    sex: str = ""
    birth: Birth | None = None
    origin_division: str = ""
    guardian_names: Sequence[str] = ()
    phones: Sequence[str] = ()
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """One comparable row: a person under one reading of one name. Fields are columns of the same name and type.

    text columns are "" when unknown; `birth_year`, `birth_month`, `birth_day`, `resident_id` are 0 when unknown;
    `guardians`, `phones`, `documents` are bigint[] of salted hashes, empty when unknown. Name parts: see names.Reading.
    """

    version: int
    script: str
    written: str
    sound: str
    near: str
    surname_sound: str
    given_sound: str
    given_first: str
    given_last: str
    given_core: str
    skeleton: str
    initial: str
    sex: str
    birth_from: date | None
    birth_precision: str
    birth_year: int
    birth_month: int
    birth_day: int
    origin: str
    guardians: tuple[int, ...]
    phones: tuple[int, ...]
    documents: tuple[int, ...]
    resident_id: int


# Column types in PostgreSQL, in the order of the fields; for the table and for tests of the SQL.
COLUMNS = {
    "version": "smallint",
    **dict.fromkeys(
        ("script", "written", "sound", "near", "surname_sound", "given_sound", "given_first", "given_last"), "text"
    ),
    **dict.fromkeys(("given_core", "skeleton", "initial", "sex"), "text"),
    "birth_from": "date",
    "birth_precision": "text",
    **dict.fromkeys(("birth_year", "birth_month", "birth_day"), "smallint"),
    "origin": "text",
    **dict.fromkeys(("guardians", "phones", "documents"), "bigint[]"),
    "resident_id": "bigint",
}
