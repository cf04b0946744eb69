"""A referral made on paper, and a service noted on paper, are typed in later: for the day on the sheet, and once."""

import datetime

import pytest
from django.utils import timezone

from tests import world
from tongxing.casework.models import Delivery
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.models import Fact
from tongxing.procedures.actions.referrals import ANSWER_WITHIN
from tongxing.procedures.models import Referral, Step
from tongxing.registry.models import Consent, Person

TODAY = timezone.localdate()
MADE = TODAY - datetime.timedelta(days=9)
WRITTEN = TODAY - datetime.timedelta(days=6)
SHEET = {"written_on": WRITTEN.isoformat(), "written_by": "顾小纸（演示）", "sheet": " a-17 "}


@pytest.fixture(scope="module")
def at_desk(desk):
    return world.client(desk)


@pytest.fixture(scope="module")
def children(desk):
    """Two who were registered nine days ago, and agreed then."""
    with world.as_(desk):
        told = {"on": MADE, "consent": world.consent(decided_on=MADE)}
        return [
            world.registered(desk, world.child(name, phones=(phone,), **told)).person_id
            for name, phone in (("贺兰纸", "000 4401"), ("百里单", "000 4402"))
        ]


def address_of(desk, person, need="school", at="changzhou-school-1"):
    with world.as_(desk):
        service = world.service_at(at, need)
    return f"/en/people/{person}/refer/{service.id}/?need={need}"


def typed(browser, address, **changed):
    page = browser.get(address + "&paper=1")
    assert page.status_code == 200
    request = page.content.decode().partition('name="request_id" value="')[2].partition('"')[0]
    return browser.post(address + "&paper=1", {"request_id": request} | SHEET | changed)


def test_a_sheet_counts_for_the_day_on_it_and_is_typed_in_once(house, at_desk, desk, children):
    address = address_of(desk, children[0])
    assert "paper=1" in at_desk.get(address).content.decode()
    answers = [typed(at_desk, address, sheet=number) for number in (" a-17 ", "A-17")]
    assert [answer.status_code for answer in answers] == [302, 302]
    [kept] = Referral.objects.using("owner").filter(person_id=children[0])
    assert (kept.referred_on, kept.written_by, kept.sheet) == (WRITTEN, "顾小纸（演示）", "A-17")
    assert kept.referred_at.date() > WRITTEN  # recorded on is not occurred on
    days = jurisdiction(kept.sender.jurisdiction).calendar
    assert kept.answer_by == days.add_working_days(WRITTEN, kept.service.answers_within_days or ANSWER_WITHIN)
    [fact] = Fact.objects.using("owner").filter(source_id=kept.id)
    assert fact.occurred_on == WRITTEN < fact.recorded_at.date()
    [step] = Step.objects.using("owner").filter(registration__person_id=children[0], code="referral_sent")
    assert step.done_on == WRITTEN
    page = at_desk.get(f"/en/referrals/{kept.id}/").content.decode()
    assert "on paper, by 顾小纸（演示）, sheet A-17; typed in on" in page
    other = typed(at_desk, address_of(desk, children[1]))
    assert other.status_code == 422 and "was typed in for another referral" in other.content.decode()
    assert "顾小纸（演示）" in other.content.decode()  # what was typed is kept


def test_what_was_sent_on_the_screen_that_day_is_not_sent_again_from_paper(house, at_desk, desk, children):
    with world.as_(desk):
        sent = world.to_school(desk_person(children[1]), by=desk)
    answer = typed(at_desk, address_of(desk, children[1]), sheet="B-1", written_on=sent.referred_on.isoformat())
    assert answer.url.endswith(f"/{sent.id}/receipt/")
    assert Referral.objects.using("owner").filter(person_id=children[1]).count() == 1


def desk_person(person):
    return Person.objects.select_related("centre").get(id=person)


def test_consent_to_one_referral_is_kept_for_that_day_and_once(house, at_desk, desk, children):
    address = address_of(desk, children[0], "work", "changzhou-4")
    for _press in range(2):
        assert typed(at_desk, address, sheet="A-18", agreed_now="on", read_by="desk").status_code == 302
    [consent] = Consent.objects.using("owner").filter(person_id=children[0], purpose="referral")
    assert consent.decided_at.date() == WRITTEN


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"written_on": "2099-01-01"}, "has not come yet"),
        ({"written_on": (MADE - datetime.timedelta(days=1)).isoformat()}, "before the registration of the child"),
        ({"written_on": "last week"}, "year-month-day"),
        ({"written_by": " "}, "who filled in the paper form"),
        ({"sheet": "  "}, "number of the sheet"),
    ],
)
def test_a_sheet_that_cannot_be_is_said_and_nothing_is_sent(house, at_desk, desk, children, changed, said):
    before = Referral.objects.using("owner").count()
    answer = typed(at_desk, address_of(desk, children[0]), **{"sheet": "C-1"} | changed)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert Referral.objects.using("owner").count() == before


def test_what_was_agreed_long_ago_is_shared_no_longer(house, at_desk, desk):
    long_ago = TODAY - datetime.timedelta(days=200)
    with world.as_(desk):
        told = {"on": long_ago, "consent": world.consent(decided_on=long_ago)}
        person = world.registered(desk, world.child("钟离旧", phones=("000 4403",), **told)).person_id
    day = (long_ago + datetime.timedelta(days=5)).isoformat()
    answer = typed(at_desk, address_of(desk, person), sheet="D-1", written_on=day)
    assert answer.status_code == 422 and "may no longer be shared" in answer.content.decode()
    assert not Referral.objects.using("owner").filter(person_id=person).exists()


def test_a_day_before_the_family_agreed_sends_nothing(house, at_desk, desk):
    with world.as_(desk):
        later = world.consent(decided_on=TODAY - datetime.timedelta(days=2))
        person = world.registered(desk, world.child("司空晚", phones=("000 4404",), on=MADE, consent=later)).person_id
    answer = typed(at_desk, address_of(desk, person), sheet="E-1")
    assert answer.status_code == 422
    assert not Referral.objects.using("owner").filter(person_id=person).exists()


def test_a_service_noted_on_paper_says_who_noted_it_and_is_recorded_once(house, at_desk, desk, children):
    with world.as_(desk):
        sent = world.to_school(desk_person(children[0]), by=desk)
    school = world.client(world.somebody("receiver", "changzhou-school-1"))
    assert school.post(f"/en/referrals/{sent.id}/received/answer/", {"accept": "yes"}).status_code == 302
    said = {"outcome": "received", "delivered_on": sent.referred_on.isoformat(), "sheet": "S-3"}
    where = f"/en/referrals/{sent.id}/deliver/"
    refused = school.post(where, said)
    assert refused.status_code == 422 and "who filled in the paper form" in refused.content.decode()
    for _press in range(2):
        school.post(where, said | {"written_by": "李老师（演示）"})
    [given] = Delivery.objects.using("owner").filter(referral=sent)
    assert (given.written_by, given.sheet, given.delivered_on) == ("李老师（演示）", "S-3", sent.referred_on)


@pytest.mark.parametrize("paper", ["zh-hans", "en", "mn"])
def test_the_blank_sheet_has_the_codes_under_which_it_is_typed_in(house, at_desk, paper):
    page = at_desk.get(f"/en/papers/referral/?paper={paper}").content.decode()
    for code in ("written_on", "written_by", "sheet"):
        assert f'tx-asked__code">{code}<' in page
