"""Closing many cases at once, and a child who is here alone."""

from datetime import date

import pytest

from tests import world
from tongxing.core.dates import PartialDate
from tongxing.procedures.actions import close
from tongxing.procedures.models import Case, Step, Task
from tongxing.registry.models import Alert


def test_old_cases_close_each_on_its_own_day(desk):
    with world.as_(desk):
        cases = [
            world.registered(
                desk, world.child(name, birth=PartialDate(2010 + n, 1, 5), phones=(name,)), search_again=False
            )
            for n, name in enumerate(("盛一帆", "盛二帆"))
        ]
        cases = [registration.case for registration in cases]
        for day, case in enumerate(cases, start=1):
            case.closed_on = date(2026, 12, day)
        assert close(cases, code="closure", by=desk) == 2
        assert [c.closed_on.day for c in Case.objects.filter(id__in=[c.id for c in cases]).order_by("closed_on")] == [
            1,
            2,
        ]
        assert not Task.objects.waiting().filter(registration__case__in=cases).exists()
        assert Step.objects.filter(registration__case__in=cases, code="closure").count() == 2


def test_only_a_closing_step_closes(desk):
    with world.as_(desk):
        case = world.registered(
            desk, world.child("盛三帆", birth=PartialDate(2008, 2, 2), phones=("9",)), search_again=False
        )
        case = case.case
        case.closed_on = date(2026, 12, 1)
        with pytest.raises(ValueError, match="does not close"):
            close([case], code="plan", by=desk)


def test_the_safeguarding_lead_is_told_of_a_child_alone(desk):
    lead = world.somebody("safeguarding")
    with world.as_(desk):
        child = world.child("盛四帆", birth=PartialDate(2012, 9, 9), phones=(), guardians=(), is_unaccompanied=True)
        person = world.registered(desk, child, search_again=False).person
    with world.as_(lead):
        assert Alert.objects.get(person_id=person.id).kind == "alone"
