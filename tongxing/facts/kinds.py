"""What may be recorded: fact kinds with closed code lists, declared by each context in its own `facts.py`."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tongxing.core.i18n import Text

SEXES = ("female", "male", "other", "")  # "" is "not stated", a value of its own


class UnknownCode(ValueError):
    """A kind, attribute or value that nobody declared."""


@dataclass(frozen=True)
class Kind:
    """One kind of fact. `attributes` maps each attribute to its closed list of codes; `source` names the table behind it."""

    code: str
    attributes: Mapping[str, tuple[str, ...]]
    source: str
    title: Text


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


KINDS: dict[str, Kind] = {}


def kind(
    code: str,
    *,
    attributes: Mapping[str, tuple[str, ...]] | None = None,
    source: str,
    title: Text,
) -> Kind:
    """Declare a kind once, at start-up. Raises ValueError when two contexts claim the same code."""
    declared = Kind(code, {name: tuple(allowed) for name, allowed in (attributes or {}).items()}, source, title)
    if KINDS.setdefault(code, declared) != declared:
        raise ValueError(f"fact kind {code!r} is declared twice, by {KINDS[code].source} and by {source}")
    return declared


def check(draft: Draft) -> None:
    """Raises UnknownCode for what nobody declared, ValueError for a draft that breaks a promise to the person."""
    declared = KINDS.get(draft.kind)
    if declared is None:
        raise UnknownCode(f"unknown fact kind {draft.kind!r}; known are {sorted(KINDS)}")
    if draft.source != declared.source:
        raise UnknownCode(f"{draft.kind} comes from {declared.source}, not from {draft.source!r}")
    for name, value in draft.attributes.items():
        if name not in declared.attributes:
            raise UnknownCode(f"{draft.kind} has no attribute {name!r}; it has {sorted(declared.attributes)}")
        if value not in declared.attributes[name]:
            raise UnknownCode(f"{draft.kind}.{name} may not be {value!r}; it may be {declared.attributes[name]}")
    if draft.sex not in SEXES:
        raise UnknownCode(f"sex may not be {draft.sex!r}; it may be {SEXES}")
    if draft.subject is None and draft.birth_year is not None:
        raise ValueError("who refused statistics leaves no birth year either")
