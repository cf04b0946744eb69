"""Who works where: added and ended by the owner, seen by oneself only."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, IntegrityError
from django.db.transaction import atomic
from django.utils import timezone

from tests.organisations.staff import left
from tongxing.access.acting import Acting
from tongxing.access.actions import create_user, install_key, open_session
from tongxing.access.context import acting_as
from tongxing.access.models import Session
from tongxing.organisations import actions
from tongxing.organisations.models import Membership
from tongxing.organisations.reference import identifier

CENTRE = identifier("centre", "changzhou-2")
DAY = date(2026, 11, 2)


@pytest.fixture(scope="module", autouse=True)
def places(house):
    install_key()
    actions.load_reference()
    return house


@pytest.fixture
def user(request):
    name = request.node.name[-40:]
    return create_user(login=name, name="王前台（演示）", password="demonstration")


def acting(user, role="front_desk", centre_id=CENTRE):
    return Acting(user_id=user.id, name=user.name, role=role, centre_id=centre_id)


def join(user, **changed):
    words = {"user_id": user.id, "centre_id": CENTRE, "role": "front_desk", "starts_on": DAY}
    return actions.add_membership(**(words | changed))


def test_a_membership_holds_from_its_first_day_to_the_day_before_its_end(user):
    membership = join(user, ends_on=DAY + timedelta(days=7))
    noon = datetime.combine(DAY, time(4), tzinfo=UTC)  # in Shanghai
    owned = Membership.objects.using("owner").filter(id=membership.id)
    held = [owned.active_at(noon + timedelta(days=days)).exists() for days in (-1, 0, 6, 7)]
    assert held == [False, True, True, False]


def test_the_day_is_that_of_the_centre_and_not_of_the_server(user):
    membership = join(user, ends_on=DAY + timedelta(days=1))
    owned = Membership.objects.using("owner").filter(id=membership.id)
    first_minute, last_minute = datetime(2026, 11, 1, 16, 0, tzinfo=UTC), datetime(2026, 11, 2, 15, 59, tzinfo=UTC)
    moments = [first_minute - timedelta(minutes=1), first_minute, last_minute, last_minute + timedelta(minutes=1)]
    assert [owned.active_at(moment).exists() for moment in moments] == [False, True, True, False]


def test_adding_twice_adds_once(user):
    assert join(user) == join(user)


def test_one_sees_ones_own_memberships_and_nobody_elses(user):
    other = create_user(login=f"{user.login[:30]}-other", name="周前台（演示）", password="demonstration")
    mine, _theirs = join(user), join(other)
    with atomic(), acting_as(acting(user)):
        assert list(Membership.objects.all()) == [mine]


def test_without_a_context_nobody_has_a_membership(user):
    join(user)
    assert not Membership.objects.exists()


def test_the_app_cannot_make_itself_a_member(user):
    with pytest.raises(DatabaseError, match="permission denied"), atomic(), acting_as(acting(user)):
        Membership.objects.create(user_id=user.id, centre_id=CENTRE, role="case_worker", starts_on=DAY)


def test_a_national_role_belongs_to_no_centre(user):
    assert join(user, centre_id=None, role="mande").centre_id is None
    with pytest.raises(IntegrityError, match="membership_scope"):
        join(user, role="coordinator")
    with pytest.raises(IntegrityError, match="membership_scope"):
        join(user, centre_id=None, role="front_desk")


def test_days_the_wrong_way_round_are_refused(user):
    with pytest.raises(IntegrityError, match="membership_days"):
        join(user, ends_on=DAY - timedelta(days=1))


def test_ending_a_membership_ends_the_sessions_opened_by_it_and_no_others(user):
    here = join(user)
    join(user, role="case_worker")
    sessions = [open_session(by=acting(user, role))[0].id for role in ("front_desk", "case_worker")]
    left(here.id)
    stored = Session.objects.using("owner").in_bulk(sessions)
    assert [stored[i].ended_at is None for i in sessions] == [False, True]
    assert not Membership.objects.using("owner").filter(id=here.id).active_at(timezone.now()).exists()
