"""Breaking the glass: a reason, four hours, the lead and the other centre told; never a child under location lock."""

import pytest

from tests import world
from tests.access.answers import comparable
from tongxing.core.dates import PartialDate
from tongxing.registry.actions import protect
from tongxing.registry.models import Alert, Grant, Person


@pytest.fixture(scope="module")
def lead(house):
    return world.somebody("safeguarding")


def registered(desk, name, birth):
    with world.as_(desk):
        return world.registered(desk, world.child(name, birth=birth, phones=(name,)), search_again=False)


def opening(by, number, reason="孩子高烧，家人联系不上原中心"):
    return world.client(by).post("/en/people/emergency/", {"number": number, "reason": reason})


def test_it_opens_for_four_hours_and_everybody_is_told(desk, elsewhere, lead, house):
    registration = registered(desk, "霍青川", PartialDate(2013, 2, 3))
    answered = opening(elsewhere, registration.number)
    assert answered.url.endswith(f"/people/{registration.person_id}/")
    assert world.client(elsewhere).get(answered.url).status_code == 200
    with world.as_(elsewhere):
        grant = Grant.objects.get(person_id=registration.person_id)
        assert (grant.ends_at - grant.starts_at).total_seconds() == 4 * 3600
    with world.as_(elsewhere):  # for reading, not for changing; nor for drawing the record to oneself
        assert Person.objects.filter(id=registration.person_id).update(name="另一个") == 0
        assert Person.objects.filter(id=registration.person_id).update(centre_id=elsewhere.centre_id) == 0
    assert world.client(elsewhere).post(f"{answered.url}protect/", {"locked": "yes"}).status_code == 404
    with world.as_(lead):
        alert = Alert.objects.get(person_id=registration.person_id)
        assert (alert.kind, alert.reason) == ("emergency", "孩子高烧，家人联系不上原中心")
    assert "opened a record of yours" in world.client(desk).get("/en/today/").content.decode()
    house.sql("postgres", "update registry_grant set ends_at = now() - interval '1 second'")
    assert world.client(elsewhere).get(answered.url).status_code == 404


def test_a_child_under_location_lock_stays_closed_and_looks_like_no_such_number(desk, elsewhere, lead):
    registration = registered(desk, "霍青岚", PartialDate(2014, 8, 9))
    with world.as_(desk):
        protect(Person.objects.get(id=registration.person_id), locked=True, by=desk)
    locked = opening(elsewhere, registration.number)
    absent = opening(elsewhere, "TX-26-999999")
    assert (locked.status_code, absent.status_code) == (422, 422)
    assert comparable(locked, [registration.number]) == comparable(absent, ["TX-26-999999"])
    with world.as_(lead):
        assert Alert.objects.filter(person_id=registration.person_id, kind="emergency").count() == 1
    page = world.client(lead).get("/en/people/alerts/").content.decode()
    assert "opened in an emergency" in page
    assert "霍青岚" not in page


def test_a_location_lock_closes_what_an_emergency_had_opened_and_lifting_it_is_told(desk, elsewhere, lead):
    known = registered(desk, "管长缨", PartialDate(2014, 8, 9))
    opening(elsewhere, known.number)
    with world.as_(elsewhere):
        assert Person.objects.filter(id=known.person_id).exists()  # the control
    with world.as_(desk):
        protect(Person.objects.get(id=known.person_id), locked=True, by=desk)
    with world.as_(elsewhere):
        assert not Person.objects.filter(id=known.person_id).exists()
    with world.as_(desk):
        protect(Person.objects.get(id=known.person_id), locked=False, by=desk)
    with world.as_(lead):
        assert Alert.objects.filter(kind=Alert.Kind.UNLOCKED, reason=known.number).exists()


def test_an_empty_form_lifts_no_lock(desk):
    known = registered(desk, "佟听涛", PartialDate(2014, 8, 10))
    for answer, locked in (({"locked": "yes"}, True), ({}, True), ({"locked": "no"}, False)):
        world.client(desk).post(f"/en/people/{known.person_id}/protect/", answer)
        with world.as_(desk):
            assert Person.objects.get(id=known.person_id).is_location_locked is locked


def test_without_a_reason_nothing_opens(desk, elsewhere):
    registration = registered(desk, "霍青峰", PartialDate(2011, 11, 1))
    answered = opening(elsewhere, registration.number, "急")
    assert answered.status_code == 422
    assert registration.number in answered.content.decode()
    assert world.client(elsewhere).get(f"/en/people/{registration.person_id}/").status_code == 404


def test_the_officer_cannot_break_the_glass(house):
    officer = world.somebody("police", "zhongshan-1")
    assert opening(officer, "TX-26-000001").status_code == 404


def test_the_lead_marks_an_alert_as_seen(desk, elsewhere, lead):
    opening(elsewhere, registered(desk, "霍青原", PartialDate(2010, 6, 7)).number)
    with world.as_(lead):
        alert = Alert.objects.filter(seen_at=None).first()
    assert world.client(lead).post(f"/en/people/alerts/{alert.id}/seen/").status_code == 302
    with world.as_(lead):
        assert Alert.objects.get(id=alert.id).seen_at is not None
