"""What is wrong with the details of a registration, and how to mend it. Clauses are those of child-registration 1."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal

from tongxing.core import dates
from tongxing.core.dates import N_, PartialDate
from tongxing.core.jurisdiction import Jurisdiction

Decider = Literal["guardian", "young_person", "unknown_age"]
AnyDate = PartialDate | dates.Problem | None  # what `dates.parse_birth` answers; None = nothing typed

READERS = ("desk", "interpreter", "self")
RELATIONS = ("mother", "father", "grandparent", "sibling", "relative", "other")
ANSWERS = ("agreed", "refused")


@dataclass(frozen=True)
class Problem:
    """One thing to mend, in words for the worker: `message % args` and `remedy % args`, both once translated.

    `kind`: "mend" = the details must be changed; "stop" = a valid answer after which nothing is registered.
    """

    field: str
    code: str
    message: str
    args: Mapping[str, object] = dataclass_field(default_factory=dict)
    remedy: str = ""
    kind: Literal["mend", "stop"] = "mend"


@dataclass(frozen=True)
class GuardianDetails:
    name: str = ""
    relation: str = ""  # one of RELATIONS


@dataclass(frozen=True)
class RegistrationDetails:
    """What was typed at the desk. No document is asked for: clause 1.2."""

    name: str = ""
    birth: AnyDate = None
    guardian: GuardianDetails = GuardianDetails()
    is_unaccompanied: bool = False
    moved_on: AnyDate = None
    decided_by: str = ""  # guardian | young_person; "" = whoever the age says
    read_by: str = ""  # one of READERS
    consents: Mapping[str, str] = dataclass_field(default_factory=dict)  # purpose -> agreed | refused


# The purposes that a registration asks for, each with the words of its error. Order = order on the page.
ASKED: dict[str, str] = {
    "registration": N_("Choose whether you agree to be registered here"),
    "school": N_("Choose whether a school may be told"),
    "health": N_("Choose whether a clinic may be told"),
    "legal": N_("Choose whether legal aid may be told"),
    "linkage": N_("Choose whether we may compare with other centres"),
    "statistics": N_("Choose whether the child may be counted without a name"),
    "contact": N_("Choose whether we may call back"),
}
TOLD = ("school", "health", "legal", "linkage")  # purposes by which the record leaves the centre


def who_decides(birth: PartialDate | None, jurisdiction: Jurisdiction, today: datetime.date) -> Decider:
    """Who decides about the child's data today: the guardian, or the young person from the age of the jurisdiction.

    "unknown_age" where the birth date is missing or too vague; then the guardian answers and the child is asked.
    """
    if birth is None:
        return "unknown_age"
    least, greatest = birth.ages_on(today)
    if least >= jurisdiction.decides_from.age:
        return "young_person"
    return "guardian" if greatest < jurisdiction.decides_from.age else "unknown_age"


def asks_assent(birth: PartialDate | None, jurisdiction: Jurisdiction, today: datetime.date) -> bool:
    """Is the child old enough to be asked too, while the guardian decides?"""
    if who_decides(birth, jurisdiction, today) == "young_person":
        return False
    return birth is None or birth.ages_on(today)[1] >= jurisdiction.assent_from.age


def problems_with(details: RegistrationDetails, jurisdiction: Jurisdiction, today: datetime.date) -> list[Problem]:
    """Everything to mend, in the order of the page; empty = may be registered.

    A refusal to be registered is the whole answer: it comes alone, as kind "stop", and nothing else is asked.
    """
    if details.consents.get("registration") == "refused":
        return [_refused()]
    birth = details.birth if isinstance(details.birth, PartialDate) else None
    decider = who_decides(birth, jurisdiction, today)
    return [
        *_about_name(details),
        *_about_birth(details, birth, jurisdiction, today),
        *_about_guardian(details, decider),
        *_about_move(details, birth, today),
        *_about_decision(details, decider, jurisdiction),
        *_about_consents(details, decider),
    ]


def _refused() -> Problem:
    return Problem(
        "consent_registration",
        "registration_refused",
        N_("The family does not want to be registered. This is a valid answer."),
        remedy=N_(
            "Nothing about the child is kept; only that somebody said no is counted. You may still advise them, "
            "show the service directory and give the hotline number."
        ),
        kind="stop",
    )


def _about_name(details: RegistrationDetails) -> Iterator[Problem]:
    if not details.name.strip():
        yield Problem(
            "name",
            "name_missing",
            N_("Write what the child is called"),
            remedy=N_("A first name or a name used at home is enough; a document is not needed."),
        )


def _about_birth(
    details: RegistrationDetails, birth: PartialDate | None, jurisdiction: Jurisdiction, today: datetime.date
) -> Iterator[Problem]:
    if isinstance(details.birth, dates.Problem):
        yield _unread("birth", details.birth)
        return
    if birth is None:
        yield Problem(
            "birth",
            "birth_missing",
            N_("Write when the child was born, or about how old the child is"),
            remedy=N_("If nobody knows it, an age such as “about 9” is enough."),
        )
        return
    if birth.first > today:
        yield _unread("birth", dates.problem("future"))
    limit = jurisdiction.registered_under.age
    if birth.ages_on(today)[0] >= limit:
        yield Problem(
            "birth",
            "not_a_child",
            N_("This registration is for children under %(limit)s; this person is %(age)s"),
            {"limit": limit, "age": birth.ages_on(today)[0]},
            N_("Check the year. Adults are helped without it: open the service directory."),
        )


def _unread(where: str, problem: dates.Problem) -> Problem:
    if problem.code == "empty":
        return Problem(where, "date_missing", N_("Write a date"), remedy=problem.remedy)
    message = N_("“%(typed)s” cannot be this date") if problem.typed else N_("This cannot be the date")
    return Problem(where, f"date_{problem.code}", message, {"typed": problem.typed}, problem.remedy)


def _about_guardian(details: RegistrationDetails, decider: Decider) -> Iterator[Problem]:
    guardian = details.guardian
    if guardian.name.strip() and guardian.relation not in RELATIONS:
        yield Problem(
            "guardian_relation",
            "relation_missing",
            N_("Choose how %(guardian)s is related to the child"),
            {"guardian": guardian.name.strip()},
            N_("Say “other” if none fits; no proof is asked."),
        )
    if guardian.name.strip() or details.is_unaccompanied or decider == "young_person":
        return
    yield Problem(
        "guardian_name",
        "guardian_missing",
        N_("Write who cares for the child"),
        remedy=N_("If no adult is with the child, tick “alone”: the safeguarding lead is told and help does not wait."),
    )


def _about_move(details: RegistrationDetails, birth: PartialDate | None, today: datetime.date) -> Iterator[Problem]:
    moved = details.moved_on
    if isinstance(moved, dates.Problem):
        yield _unread("moved_on", moved)
    elif moved is not None and moved.first > today:
        yield _unread("moved_on", dates.problem("future"))
    elif moved is not None and birth is not None and _surely_before(moved, birth):
        yield Problem(
            "moved_on",
            "moved_before_birth",
            N_("The move lies before the child was born"),
            remedy=N_("Check both years. A child born here has not moved: leave the date empty."),
        )


def _surely_before(one: PartialDate, other: PartialDate) -> bool:
    # "about 2017" leaves a year to either side; only what no reading allows is a mistake.
    slack = 366 * ((one.precision == "about") + (other.precision == "about"))
    return (other.first - one.last).days > slack


def _about_decision(details: RegistrationDetails, decider: Decider, jurisdiction: Jurisdiction) -> Iterator[Problem]:
    age = jurisdiction.decides_from.age
    if details.decided_by == "young_person" and decider != "young_person":
        yield Problem(
            "decided_by",
            "too_young_to_decide",
            N_("Before %(age)s the guardian decides about the data, and the child is asked too"),
            {"age": age},
            N_("Ask the guardian. If the child is alone, tick “alone”: until then only what help needs is kept."),
        )
    if details.decided_by == "guardian" and decider == "young_person":
        yield Problem(
            "decided_by",
            "decides_alone",
            N_("From %(age)s the young person decides about own data"),
            {"age": age},
            N_("Read the text to the young person; the guardian may be present if the young person wishes."),
        )


def _about_consents(details: RegistrationDetails, decider: Decider) -> Iterator[Problem]:
    if details.read_by not in READERS:
        yield Problem(
            "read_by",
            "reader_missing",
            N_("Choose who read it aloud"),
            remedy=N_(
                "The text is read to everyone, also to those who can read; say “self” if they preferred to read."
            ),
        )
    for purpose, choose in ASKED.items():
        if details.consents.get(purpose) not in ANSWERS:
            remedy = N_(
                "Both answers are valid; nothing is lost by a no. Undecided today counts as no until they decide."
            )
            yield Problem(f"consent_{purpose}", "consent_unanswered", choose, {"purpose": purpose}, remedy)
    if details.is_unaccompanied and decider != "young_person" and not details.guardian.name.strip():
        yield from _nobody_to_agree(details)


def _nobody_to_agree(details: RegistrationDetails) -> Iterator[Problem]:
    """A child alone below the age: the record stays in the centre until a guardian is found (clause 1.5)."""
    for purpose in TOLD:
        if details.consents.get(purpose) == "agreed":
            yield Problem(
                f"consent_{purpose}",
                "nobody_to_agree",
                N_("No guardian is here to agree that others are told"),
                {"purpose": purpose},
                N_("Choose “no” for now. Urgent danger goes to the safeguarding lead, who needs no consent."),
            )
