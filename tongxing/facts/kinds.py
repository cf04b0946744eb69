"""What may be recorded: fact kinds with closed code lists, declared by each context in its own `facts.py`."""

import datetime
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tongxing.core.i18n import Text

SEXES = ("female", "male", "other", "")  # "" is "not stated", a value of its own


class UnknownCode(ValueError):
    """A kind, attribute or value that nobody declared."""


# Why a fact is taken back, or replaced by a right one. Codes, because a typed reason could name somebody.
VOID_REASONS: dict[str, Text] = {
    "mistake": Text(
        zh="录入错误，此事未发生", en="Entered by mistake: it did not happen", mn="Алдаатай бичсэн: болоогүй"
    ),
    "twice": Text(zh="同一件事记录了两次", en="The same thing was recorded twice", mn="Нэг зүйлийг хоёр удаа бичсэн"),
    "details": Text(
        zh="细节有误，已更正", en="Details were wrong and are corrected", mn="Мэдээлэл буруу байсныг зассан"
    ),
}


@dataclass(frozen=True)
class Kind:
    """One kind of fact.

    attributes  each attribute with its closed list of codes; given in every fact unless it is among `optional`
    source      the table behind it; `source_id` is the key of its row
    derived     SELECT that makes the facts of this kind again from that table, in the columns of `DERIVED`; empty
                where nothing is kept but the fact, and `why_not` says why
    """

    code: str
    attributes: Mapping[str, tuple[str, ...]]
    source: str
    title: Text
    derived: str = ""
    why_not: str = ""
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Draft:
    """One thing that happened, before it is recorded.

    `occurred_on` is the date at the site itself. `subject` is the pseudonym of the person, or None where the person
    refused statistics: then `birth_year` must be None too. `centre_id` decides division and organisation.
    """

    kind: str
    occurred_on: datetime.date
    source: str
    source_id: uuid.UUID
    subject: uuid.UUID | None = None
    centre_id: uuid.UUID | None = None
    programme: str = ""
    sex: str = ""
    birth_year: int | None = None
    origin_division: str = ""
    quantity: int | Decimal = 1
    attributes: Mapping[str, str] = field(default_factory=dict)


# What a deriving SELECT returns, in this order. `subject` is UNTIED where the person's tie was erased.
DERIVED = {
    "source_id": "uuid",
    "occurred_on": "date",
    "subject": "uuid",
    "centre_id": "uuid",
    "programme": "text",
    "sex": "text",
    "birth_year": "smallint",
    "origin_division_id": "text",
    "attributes": "jsonb",
}
UNTIED = uuid.UUID(int=0)

KINDS: dict[str, Kind] = {}
_living: list[str] = []


def kind(
    code: str,
    *,
    attributes: Mapping[str, tuple[str, ...]] | None = None,
    optional: Collection[str] = (),
    source: str,
    title: Text,
    derived: str = "",
    why_not: str = "",
) -> Kind:
    """Declare a kind once, at start-up. Raises ValueError when two contexts claim the same code."""
    lists = {name: tuple(allowed) for name, allowed in (attributes or {}).items()}
    declared = Kind(code, lists, source, title, derived, why_not, frozenset(optional))
    if KINDS.setdefault(code, declared) != declared:
        raise ValueError(f"fact kind {code!r} is declared twice, by {KINDS[code].source} and by {source}")
    return declared


def living(select: str) -> None:
    """Declare the SELECT of all pseudonyms that are still tied to a person; who keeps the ties declares it, once."""
    _living[:] = [select]


def living_select() -> str:
    """The declared one. Raises LookupError while nobody keeps ties."""
    if not _living:
        raise LookupError("no context has declared which pseudonyms are living")
    return _living[0]


def check(draft: Draft) -> None:
    """Raises UnknownCode for what nobody declared, ValueError for a draft that breaks a promise to the person."""
    declared = KINDS.get(draft.kind)
    if declared is None:
        raise UnknownCode(f"unknown fact kind {draft.kind!r}; known are {sorted(KINDS)}")
    if draft.source != declared.source:
        raise UnknownCode(f"{draft.kind} comes from {declared.source}, not from {draft.source!r}")
    _check_attributes(draft, declared)
    if draft.sex not in SEXES:
        raise UnknownCode(f"sex may not be {draft.sex!r}; it may be {SEXES}")
    if draft.subject is None and (draft.birth_year is not None or draft.sex or draft.origin_division):
        raise ValueError("who refused statistics leaves no birth year, sex or origin either")


def _check_attributes(draft: Draft, declared: Kind) -> None:
    if missing := set(declared.attributes) - declared.optional - set(draft.attributes):
        raise UnknownCode(f"{draft.kind} must say {', '.join(sorted(missing))}")
    for name, value in draft.attributes.items():
        if name not in declared.attributes:
            raise UnknownCode(f"{draft.kind} has no attribute {name!r}; it has {sorted(declared.attributes)}")
        if value not in declared.attributes[name]:
            raise UnknownCode(f"{draft.kind}.{name} may not be {value!r}; it may be {declared.attributes[name]}")
