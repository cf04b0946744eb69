"""What an enrolment holds: plain values from the desk, an import or the demonstration."""

import datetime
from dataclasses import dataclass, field

from tongxing.core.dates import PartialDate


@dataclass(frozen=True)
class GuardianSaid:
    """Who cares for the child, as said at the desk."""

    name: str
    relation: str
    lives_with: bool = True


@dataclass(frozen=True)
class Residing:
    """Where the family lives now, as far as it says."""

    division: str = ""
    community: str = ""
    address: str = ""


@dataclass(frozen=True)
class Move:
    """How the family came: from where, when, why, with whom."""

    from_division: str = ""
    to_division: str = ""
    moved_on: datetime.date | None = None
    precision: str = ""
    reason: str = "not_stated"
    moved_with: str = ""


@dataclass(frozen=True)
class Decided:
    """One answer to one purpose."""

    purpose: str
    agreed: bool


@dataclass(frozen=True)
class ConsentGiven:
    """The family's answers, who gave them, and how they heard the text. `valid_until` is a date the text promises."""

    answers: tuple[Decided, ...]
    by_whom: str  # guardian | young_person
    decider_name: str
    relation: str
    read_by: str  # desk | interpreter | self
    language: str
    text_edition: int
    valid_until: datetime.date
    assent: str = ""  # the child's own answer, where the guardian decides: agreed | refused | silent
    decided_on: datetime.date | None = None  # when it is written down later than it was decided

    def agrees(self, purpose: str) -> bool:
        return any(answer.agreed for answer in self.answers if answer.purpose == purpose)


@dataclass(frozen=True)
class Enrolment:
    """Everything that makes a person here. Nothing in it is required but a name, a sex (or "not_stated") and consent."""

    name: str
    sex: str
    on: datetime.date  # the site's own date
    consent: ConsentGiven
    surname: str = ""
    spoken: str = ""
    other_names: tuple[str, ...] = ()
    birth: PartialDate | None = None
    birth_said: str = ""
    languages: tuple[str, ...] = ("zh",)
    needs_interpreter: bool = False
    hukou: str = ""
    origin_division: str = ""
    guardians: tuple[GuardianSaid, ...] = ()
    phones: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    residence: Residing = field(default_factory=Residing)
    move: Move | None = None
    is_unaccompanied: bool = False  # here without an adult: the safeguarding lead is told
    household_of: str = ""  # id of a sibling's person row, when the worker said "a sibling"
