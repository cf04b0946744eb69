"""Writes of casework: assessing needs, recording a service given."""

import datetime
from collections.abc import Mapping

from django.db import transaction

from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.casework.facts import OUTCOMES
from tongxing.casework.models import Assessment, Delivery
from tongxing.facts.actions import record
from tongxing.facts.kinds import Draft
from tongxing.procedures.actions import complete, finish
from tongxing.procedures.facts import PROGRAMME
from tongxing.procedures.models import Case, Referral, ReferralCount, Registration

STEP = "assessment"


@transaction.atomic
def assess(
    registration: Registration, *, needs: Mapping[str, str], risk: str, on: datetime.date, by: Acting
) -> Assessment:
    """Record what a child needs and the level of risk; completes the step of the procedure and opens the next.

    Raises as `complete` does.
    """
    by.demand("case", "add")
    Case.objects.select_for_update().get(registration=registration)  # one after the other
    if not registration.tasks.waiting().filter(code=STEP).exists():
        if done := registration.assessments.order_by("-assessed_at").first():
            return done  # pressed twice, or done by a colleague
        raise LookupError("the assessment is not open yet")
    assessment = Assessment.objects.create(
        registration=registration,
        person_id=registration.person_id,
        centre_id=registration.centre_id,
        needs=dict(needs),
        risk=risk,
        assessed_on=on,
        assessed_by_id=by.user_id,
    )
    complete(registration, STEP, on=on, by=by, risk=risk)
    return assessment


@transaction.atomic
def deliver(
    referral: Referral, *, outcome: str, on: datetime.date, by: Acting, written_by: str = "", sheet: str = ""
) -> Delivery:
    """Record the service given on a referral: the referral closes and its outcome returns to the sender.

    `written_by`, `sheet`: who noted it on paper, and the number of that sheet, where it is typed in later.

    The same record sent twice is kept once. Raises NotNow after a withdrawal, ValueError for an unknown outcome.
    """
    by.demand("delivery", "add")
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome!r}")
    finish(referral, outcome=outcome, on=on, by=by)
    if given := Delivery.objects.filter(referral=referral).first():
        return given
    delivery = Delivery.objects.create(
        referral=referral,
        centre_id=referral.receiver_id,
        service_id=referral.service_id,
        delivered_on=on,
        outcome=outcome,
        written_by=written_by,
        sheet=sheet,
        recorded_by_id=by.user_id,
    )
    with acting_as(by.taking_on("returning", centre_id=referral.sender_id)):
        count = ReferralCount.objects.get(referral_id=referral.id)
    record([delivered(delivery, referral, count)], by=by)
    return delivery


def delivered(delivery: Delivery, referral: Referral, count: ReferralCount) -> Draft:
    """The fact of a service given, counted at the place that gave it; only what the family allowed to be counted."""
    return Draft(
        kind="service_delivered",
        occurred_on=delivery.delivered_on,
        source="casework.Delivery",
        source_id=delivery.id,
        subject=count.subject,
        centre_id=delivery.centre_id,
        programme=PROGRAMME,
        sex=count.sex,
        birth_year=count.birth_year,
        origin_division=count.origin_division,
        attributes={"need": referral.need, "outcome": delivery.outcome},
    )
