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
    """One comparable row: a person under one reading of one name and one birth date. Fields are columns of that name.

    text columns are "" when unknown, numbers 0, lists of salted hashes empty. Name parts: see names.Reading.

    rarity         bits: -log2 of the estimated share of persons with this name
    self_key       what `guardians` holds of a child whose guardian has this very name
    lunar          yyyymmdd in the lunar calendar of `birth_from` when its day is known
    origin         six digits of the county as it is coded today
    documents, resident_id    numbers that can be the person's own; resident_id only when its check digit holds
    kin_documents  numbers given that are a relative's by birth date or sex: the home's evidence, never identity
    crowded        telephones that many people of a list share (dormitory, shop): not in `phones`; empty at a desk
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
    father: str
    shape_first: str
    shape_last: str
    rarity: int
    self_key: int
    sex: str
    birth_from: date | None
    birth_precision: str
    birth_year: int
    birth_month: int
    birth_day: int
    lunar: int
    origin: str
    guardians: tuple[int, ...]
    phones: tuple[int, ...]
    documents: tuple[int, ...]
    resident_id: int
    kin_documents: tuple[int, ...]
    crowded: tuple[int, ...]


# Column types in PostgreSQL, in the order of the fields; for the table and for tests of the SQL.
COLUMNS = {
    "version": "smallint",
    **dict.fromkeys(
        ("script", "written", "sound", "near", "surname_sound", "given_sound", "given_first", "given_last"), "text"
    ),
    **dict.fromkeys(("given_core", "skeleton", "initial", "father", "shape_first", "shape_last"), "text"),
    "rarity": "smallint",
    "self_key": "bigint",
    "sex": "text",
    "birth_from": "date",
    "birth_precision": "text",
    **dict.fromkeys(("birth_year", "birth_month", "birth_day"), "smallint"),
    "lunar": "integer",
    "origin": "text",
    **dict.fromkeys(("guardians", "phones", "documents"), "bigint[]"),
    "resident_id": "bigint",
    **dict.fromkeys(("kin_documents", "crowded"), "bigint[]"),
}
