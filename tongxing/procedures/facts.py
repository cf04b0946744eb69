"""The fact kinds of this context, and how a record becomes a fact."""

import datetime
import uuid
from typing import Any

from tongxing.access.acting import Acting
from tongxing.core.i18n import Text
from tongxing.facts.kinds import UNTIED, Draft, kind
from tongxing.procedures.models import Referral, ReferralCount, Registration
from tongxing.procedures.rules import DECLINE_REASONS, NEEDS
from tongxing.registry.models import Person, Subject
from tongxing.registry.rules import Enrolment

PROGRAMME = "MDGF-1880-H-CHN"  # the programme whose SOP this is; an edition names it once there are several
CHANNELS = ("desk", "paper")

# The first answer about statistics was given with the registration; later ones do not change what was counted.
DERIVED_REGISTRATION = f"""
    select r.id, r.registered_on, case when agreed then coalesce(s.subject, '{UNTIED}') end, r.centre_id,
           '{PROGRAMME}', case when agreed then replace(r.shown ->> 'sex', 'not_stated', '') else '' end,
           case when agreed then left(nullif(r.shown ->> 'birth', ''), 4)::smallint end,
           case when agreed then p.origin_division_id end, jsonb_build_object('channel', r.channel)
    from procedures_registration r
    join registry_person p on p.id = r.person_id
    left join registry_subject s on s.person_id = r.person_id
    left join (
        select distinct on (person_id) person_id, decision = 'agreed' as agreed from registry_consent
        where purpose = 'statistics' order by person_id, decided_at, id
    ) first_answer on first_answer.person_id = r.person_id"""  # noqa: S608  our own constants


def _derived_referral(day: str, where: str = "true", **attributes: str) -> str:
    """SELECT of the facts of one kind about referrals: `day` is SQL of the date, `attributes` SQL of each further one."""
    given = {"need": "r.need"} | attributes
    said = ", ".join(f"'{name}', {sql}" for name, sql in given.items())
    return f"""
        select r.id, {day}, c.subject, r.sender_id, '{PROGRAMME}', c.sex, c.birth_year,
               nullif(c.origin_division, ''), jsonb_build_object({said})
        from procedures_referral r
        join procedures_referralcount c on c.referral_id = r.id
        join organisations_centre sender on sender.id = r.sender_id
        where {where}"""  # noqa: S608  our own words


def _on_the_wall(moment: str) -> str:
    return f"(r.{moment} at time zone sender.time_zone)::date"


kind(
    "child_registered",
    attributes={"channel": CHANNELS},
    optional=("channel",),
    source="procedures.Registration",
    title=Text(zh="儿童登记", en="Child registered", mn="Хүүхэд бүртгэгдсэн"),
    derived=DERIVED_REGISTRATION,
)
kind(
    "registration_refused",
    source="procedures.Draft",
    title=Text(zh="不愿登记", en="Registration refused", mn="Бүртгүүлэхээс татгалзсан"),
    why_not="the draft is deleted: nothing is kept about who said no, so the fact is all there is",
)
kind(
    "referral_sent",
    attributes={"need": tuple(NEEDS)},
    source="procedures.Referral",
    title=Text(zh="转介发出", en="Referral sent", mn="Шилжүүлэг илгээгдсэн"),
    derived=_derived_referral("r.referred_on"),
)
kind(
    "referral_declined",
    attributes={"need": tuple(NEEDS), "reason": tuple(DECLINE_REASONS)},
    source="procedures.Referral",
    title=Text(zh="转介未接收", en="Referral declined", mn="Шилжүүлэг хүлээж аваагүй"),
    derived=_derived_referral(_on_the_wall("answered_at"), "r.decline_reason <> ''", reason="r.decline_reason"),
)
kind(
    "referral_done",
    attributes={"need": tuple(NEEDS)},
    source="procedures.Referral",
    title=Text(zh="转介完成", en="Referral done", mn="Шилжүүлэг дууссан"),
    derived=_derived_referral("r.done_on", "r.done_on is not null"),
)
kind(
    "referral_withdrawn",
    attributes={"need": tuple(NEEDS)},
    source="procedures.Referral",
    title=Text(zh="转介收回", en="Referral taken back", mn="Шилжүүлгийг буцаан авсан"),
    derived=_derived_referral(_on_the_wall("withdrawn_at"), "r.withdrawn_at is not null"),
)


def as_counted(person: Person, *, agreed: bool) -> dict[str, Any]:
    """What a fact may tell of a child: subject, sex, birth year, origin. Without consent to statistics nothing at all.

    The text read to the family says so: it is counted only that somebody came.
    """
    if not agreed:
        return {}
    return {
        "subject": _subject_of(person),
        "sex": "" if person.sex == "not_stated" else person.sex,  # facts write "not stated" as empty
        "birth_year": person.birth_from.year if person.birth_from else None,
        "origin_division": person.origin_division_id or "",
    }


def registered(registration: Registration, enrolment: Enrolment) -> Draft:
    """A child was registered. Without consent to statistics: counted in gross only."""
    return Draft(
        kind="child_registered",
        occurred_on=registration.registered_on,
        source="procedures.Registration",
        source_id=registration.id,
        centre_id=registration.centre_id,
        programme=PROGRAMME,
        attributes={"channel": registration.channel},
        **as_counted(registration.person, agreed=enrolment.consent.agrees("statistics")),
    )


def refused(draft_id: uuid.UUID, *, on: datetime.date, by: Acting) -> Draft:
    """Somebody said no: nothing about the child, not even the sex."""
    return Draft(
        kind="registration_refused",
        occurred_on=on,
        source="procedures.Draft",
        source_id=draft_id,
        centre_id=by.place,
        programme=PROGRAMME,
    )


def referral_fact(
    what: str, referral: Referral, count: ReferralCount, *, on: datetime.date, **attributes: str
) -> Draft:
    """Something happened to a referral; it is counted at the sender's place, as the family allowed."""
    return Draft(
        kind=what,
        occurred_on=on,
        source="procedures.Referral",
        source_id=referral.id,
        subject=count.subject,
        centre_id=referral.sender_id,
        programme=PROGRAMME,
        sex=count.sex,
        birth_year=count.birth_year,
        origin_division=count.origin_division,
        attributes={"need": referral.need, **attributes},
    )


def _subject_of(person: Person) -> uuid.UUID:
    # Just enrolled: the row is at hand. Later steps read it through the wall.
    if "subject" in person._state.fields_cache:
        return person.subject.subject
    return Subject.objects.get(person_id=person.id).subject
