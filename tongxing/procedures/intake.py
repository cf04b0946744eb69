"""From what was typed into a draft to what the rules judge and what is registered."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tongxing.core.dates import PartialDate, parse_birth
from tongxing.core.jurisdiction import Jurisdiction
from tongxing.linkage.writing import narrow
from tongxing.organisations.models import Division
from tongxing.procedures.rules import GuardianDetails, RegistrationDetails, who_decides
from tongxing.procedures.rules.registration import ASKED, asks_assent
from tongxing.registry import consent_text
from tongxing.registry.rules import ConsentGiven, Decided, Enrolment, GuardianSaid, Move, Residing

Typed = Mapping[str, Any]
# How people write a day; the year first, so that day and month cannot be swapped.
DAY_FORMATS = ("%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y年%m月%d日")
# Asked and kept under one name: nothing to translate in between.
AS_TYPED = tuple(field.name for field in fields(Enrolment) if field.type is str)


def paper_day(typed: Typed) -> datetime.date | None:
    """The day that stands on a paper form typed in later; None for what is written down at the desk, or no day."""
    written = narrow(str(typed.get("written_on", ""))).strip()
    for form in DAY_FORMATS:
        try:
            return datetime.datetime.strptime(written, form).date()
        except ValueError:
            continue
    return None


def details(typed: Typed, today: datetime.date) -> RegistrationDetails:
    """What was typed, as the rules judge it. Never raises: an unreadable date stays a problem."""
    return RegistrationDetails(
        name=typed.get("name", ""),
        birth=parse_birth(typed["birth"], today) if typed.get("birth", "").strip() else None,
        guardian=GuardianDetails(typed.get("guardian_name", ""), typed.get("guardian_relation", "")),
        is_unaccompanied=bool(typed.get("is_unaccompanied")),
        moved_on=parse_birth(typed["moved_on"], today) if typed.get("moved_on", "").strip() else None,
        decided_by=typed.get("decided_by", ""),
        read_by=typed.get("read_by", ""),
        consents={purpose: typed.get(f"consent_{purpose}", "") for purpose in ASKED},
    )


@dataclass(frozen=True)
class Decision:
    """Who decides about this child's data today, and by which rule."""

    by_whom: str  # guardian | young_person
    name: str
    relation: str
    age: int  # from which the young person decides here
    asks_child: bool
    age_is_known: bool


def decision(typed: Typed, jurisdiction: Jurisdiction, today: datetime.date) -> Decision:
    """Derived from what was typed: the guardian, or the young person from the age of the jurisdiction."""
    birth = details(typed, today).birth
    born = birth if isinstance(birth, PartialDate) else None
    who = who_decides(born, jurisdiction, today)
    young = who == "young_person"
    return Decision(
        by_whom="young_person" if young else "guardian",
        name=typed.get("name", "") if young else typed.get("guardian_name", ""),
        relation="" if young else typed.get("guardian_relation", ""),
        age=jurisdiction.decides_from.age,
        asks_child=asks_assent(born, jurisdiction, today),
        age_is_known=who != "unknown_age",
    )


def enrolment(typed: Typed, jurisdiction: Jurisdiction, today: datetime.date) -> Enrolment:
    """What is registered. Call only when the rules find no problem: a date is then readable or absent."""
    judged = details(typed, today)
    born = judged.birth if isinstance(judged.birth, PartialDate) else None
    known: dict[str, Any] = {name: typed.get(name, "").strip() for name in AS_TYPED}
    known |= {"sex": typed.get("sex") or "not_stated", "birth_said": typed.get("birth", "").strip()}
    known["origin_division"] = division_code(typed.get("origin", ""))
    return Enrolment(
        **known,
        other_names=tuple(several(typed.get("other_names", ""))),
        on=today,
        birth=born,
        languages=tuple(typed.get("languages") or ()),  # nothing ticked: not stated
        needs_interpreter=bool(typed.get("needs_interpreter")),
        is_unaccompanied=bool(typed.get("is_unaccompanied")),
        guardians=_guardians(typed),
        phones=tuple(several(typed.get("phone", ""))),
        documents=tuple(several(typed.get("document", ""))),
        residence=Residing(
            division=division_code(typed.get("division", "")),
            community=typed.get("community", "").strip(),
            address=typed.get("address", "").strip(),
        ),
        move=_move(typed, judged),
        consent=consent_given(typed, jurisdiction, today),
    )


def consent_given(typed: Typed, jurisdiction: Jurisdiction, today: datetime.date) -> ConsentGiven:
    """The family's answers with who gave them and after hearing which edition."""
    text = consent_text.in_force(today)
    who = decision(typed, jurisdiction, today)
    return ConsentGiven(
        answers=tuple(Decided(purpose, typed.get(f"consent_{purpose}") == "agreed") for purpose in ASKED),
        by_whom=who.by_whom,
        decider_name=who.name,
        relation=who.relation,
        read_by=typed.get("read_by", ""),
        language=typed.get("read_in") or "zh",
        text_edition=text.edition,
        assent=typed.get("assent", "") if who.asks_child else "",
        valid_until=text.valid_until(today),
        decided_on=today if paper_day(typed) else None,
    )


def divisions_named(text: str) -> list[Division]:
    """At most six divisions that the words may mean, current ones first."""
    return list(Division.objects.named(text)[:6]) if text.strip() else []


def division_code(text: str) -> str:
    """The code of the division that the words mean; empty when they mean none or several."""
    current = [division for division in divisions_named(text) if division.valid_to is None]
    return current[0].code if len(current) == 1 else ""


def several(text: str) -> list[str]:
    """Several entries in one field: by comma, semicolon or the Chinese enumeration comma."""
    for mark in "、，；;/":
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _guardians(typed: Typed) -> tuple[GuardianSaid, ...]:
    if not typed.get("guardian_name", "").strip():
        return ()
    return (
        GuardianSaid(
            name=typed["guardian_name"].strip(),
            relation=typed.get("guardian_relation", ""),
            lives_with=bool(typed.get("guardian_lives_with")),
        ),
    )


def _move(typed: Typed, judged: RegistrationDetails) -> Move | None:
    if not (typed.get("origin") or typed.get("moved_on") or typed.get("move_reason")):
        return None
    moved = judged.moved_on if isinstance(judged.moved_on, PartialDate) else None
    return Move(
        from_division=division_code(typed.get("origin", "")),
        to_division=division_code(typed.get("division", "")),
        moved_on=moved.first if moved else None,
        precision=moved.precision if moved else "",
        reason=typed.get("move_reason") or "not_stated",
        moved_with=typed.get("moved_with", ""),
    )
