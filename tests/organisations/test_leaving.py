"""Leaving a place of work, and the quarterly look at who works where."""

import html
import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import world
from tests.organisations.staff import HERE, refused, working
from tongxing.access.acting import Acting
from tongxing.access.models import Session, User
from tongxing.organisations import accounts
from tongxing.organisations.account_models import AccessReview
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Membership
from tongxing.organisations.views import access_review
from tongxing.procedures.actions import start_draft
from tongxing.procedures.models import Draft


@pytest.fixture(scope="module")
def security(house) -> Acting:
    return world.somebody("security")


# Leaving --------------------------------------------------------------------------------------------------------------


def test_leaving_hands_drafts_to_a_colleague_and_the_next_request_fails(security) -> None:
    leaver, membership = working()
    heir, _there = working("case_worker")
    stranger, _elsewhere = working(centre="zhongshan-1")
    with world.as_(leaver):
        draft = start_draft({"name": "演示"}, by=leaver).id
    opened = reverse("procedures:registration_tasks", args=[draft])
    browser, page = world.client(leaver), f"/en/accounts/places/{membership.id}/end/"
    assert browser.get("/en/today/").status_code == 200
    admin = world.client(security)
    assert "name the colleague" in admin.post(page, {"heir": ""}).content.decode()
    assert admin.post(page, {"heir": str(stranger.user_id)}).status_code == 422
    assert browser.get("/en/today/").status_code == 200, "nothing ended while it was refused"
    assert admin.post(page, {"heir": str(heir.user_id)}).status_code == 302
    assert browser.get("/en/today/").status_code == 302
    assert browser.get(opened).status_code == 302
    assert Draft.objects.using("owner").get(id=draft).user_id == heir.user_id
    assert world.client(heir).get(opened).status_code == 200
    assert Session.objects.using("owner").filter(user_id=leaver.user_id, ended_at=None).count() == 0


def test_the_heir_is_checked_in_the_database_too(security) -> None:
    leaver, membership = working()
    stranger, _elsewhere = working(centre="zhongshan-1")
    with world.as_(leaver):
        start_draft({"name": "演示"}, by=leaver)
    for heir in (None, leaver.user_id, stranger.user_id):
        assert refused(security, "select access.end_place(%s, %s::uuid)", membership.id, heir), heir
    assert refused(leaver, "select access.end_place(%s, null)", membership.id)


def test_who_stays_at_the_desk_in_another_role_keeps_the_drafts(security) -> None:
    leaver, membership = working()
    other = add_membership(
        user_id=leaver.user_id, centre_id=world.centre_id(HERE), role="case_worker", starts_on=date(2026, 1, 1)
    )
    with world.as_(leaver):
        draft = start_draft({"name": "演示"}, by=leaver).id
    admin = world.client(security)
    assert admin.get(f"/en/accounts/places/{membership.id}/end/").context["drafts"] == 0
    assert admin.post(f"/en/accounts/places/{membership.id}/end/", {"heir": ""}).status_code == 302
    assert Draft.objects.using("owner").get(id=draft).user_id == leaver.user_id
    assert admin.post(f"/en/accounts/places/{other.id}/end/", {"heir": ""}).status_code == 422, "nobody would be left"


def test_nobody_ends_the_own_place(security) -> None:
    own = Membership.objects.using("owner").get(user_id=security.user_id)
    assert world.client(security).get(f"/en/accounts/places/{own.id}/end/").status_code == 404
    assert refused(security, "select access.end_place(%s, null)", own.id)


# The quarterly review -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "quarter", "due"),
    [
        (date(2026, 1, 1), "2026-Q1", date(2026, 3, 31)),
        (date(2026, 6, 30), "2026-Q2", date(2026, 6, 30)),
        (date(2026, 9, 1), "2026-Q3", date(2026, 9, 30)),
        (date(2026, 12, 31), "2026-Q4", date(2026, 12, 31)),
    ],
)
def test_a_quarter_is_due_on_its_last_day_when_it_can_still_be_looked_through(
    day: date, quarter: str, due: date
) -> None:
    assert accounts.quarter_of(day) == quarter == accounts.quarter_of(due)
    assert accounts.due_on(quarter) == due


def test_every_place_is_listed_with_when_somebody_was_last_there(security) -> None:
    seen, _one = working()
    never, _two = working()
    world.client(seen)
    text = world.client(security).get(f"/en/accounts/review/?at={HERE}").content.decode()
    logins = {u.id: u.login for u in User.objects.using("owner").filter(id__in=[seen.user_id, never.user_id])}
    rows = {login: row for row in text.split("<tr>") for login in logins.values() if login in row}
    assert "never" in rows[logins[never.user_id]] and "never" not in rows[logins[seen.user_id]]
    national = world.client(security).get("/en/accounts/review/?at=national").content.decode()
    held = Membership.objects.using("owner").active_at(timezone.now()).filter(centre=None).count()
    assert national.count('name="chosen"') == held - 1, "all but one's own"


def test_a_country_is_looked_through_centre_by_centre_page_by_page(security, monkeypatch) -> None:
    """Each place once, whatever the size of a page; the overview says how far every centre is."""
    monkeypatch.setattr(access_review, "PLACES", 2)
    monkeypatch.setattr(access_review, "CENTRES", 1)
    held = [working("case_worker", "tianjin-4")[1] for _one in range(5)]
    working("case_worker", "zhongshan-1")
    admin, found, address = world.client(security), [], "/en/accounts/review/?at=tianjin-4"
    while address:
        text = admin.get(address).content.decode()
        assert text.count('name="chosen"') <= 2
        found += re.findall(r'name="chosen" value="([^"]+)"', text)
        more = re.search(r'href="(\?at=tianjin-4&amp;after=[^"]+)"', text)
        address = f"/en/accounts/review/{html.unescape(more[1])}" if more else ""
    assert sorted(found) == sorted(str(one.id) for one in held)
    seen, address = [], "/en/accounts/review/"
    while address:
        text = admin.get(address).content.decode()
        seen += re.findall(r'href="\?at=([^"&]+)"', text)
        more = re.search(r'href="(\?after=[^"]+)"', text)
        address = f"/en/accounts/review/{more[1]}" if more else ""
    assert len(seen) == len(set(seen)) and {"national", "tianjin-4", "zhongshan-1"} <= set(seen)


def test_those_that_are_ticked_are_kept_together_and_the_others_wait(security) -> None:
    admin, held = world.client(security), [working("case_worker", "changsha-1")[1] for _one in range(3)]
    own = Membership.objects.using("owner").get(user_id=security.user_id)
    said = {"at": "changsha-1", "chosen": [str(one.id) for one in held[:2]], "reason": ""}
    answer = admin.post("/en/accounts/review/keep/", said)
    assert answer.status_code == 422 and answer.content.decode().count(" checked") == 2  # what was ticked is kept
    assert "Tick at least one" in admin.post("/en/accounts/review/keep/", said | {"chosen": []}).content.decode()
    told = admin.post(
        "/en/accounts/review/keep/", said | {"reason": "主任确认", "chosen": [*said["chosen"], str(own.id)]}
    )
    assert told.status_code == 422 and "Nobody" in told.content.decode()
    kept = AccessReview.objects.using("owner").filter(membership__in=[*held, own])
    assert {one.membership_id for one in kept} == {one.id for one in held[:2]}
    former = {"is_kept": True, "reason": "（演示）", "reviewed_by_id": security.user_id, "quarter": "2026-Q1"}
    AccessReview.objects.using("owner").create(membership=held[0], **former)
    assert "2 of 3" in admin.get("/en/accounts/review/?at=changsha-1").content.decode(), "each place once"
    assert admin.get("/en/accounts/review/?at=nowhere").status_code == 404


def test_keeping_and_ending_need_a_reason_and_are_kept_with_who(security) -> None:
    admin = world.client(security)
    user, membership = working()
    page = f"/en/accounts/review/{membership.id}/"
    unsaid = admin.post(page, {"verdict": "keep", "reason": ""})
    assert unsaid.status_code == 422
    control = f"reason-{membership.id}"
    assert f'href="#{control}"' in unsaid.content.decode() and f'id="{control}"' in unsaid.content.decode()
    assert re.search(r"<form[^>]*review/[^>]*>\s*<input[^>]*>\s*<button disabled hidden>", unsaid.content.decode())
    assert admin.post(page, {"verdict": "keep", "reason": "主任确认"}).status_code == 302
    kept = AccessReview.objects.using("owner").get(membership=membership)
    assert (kept.is_kept, kept.reason, kept.reviewed_by_id) == (True, "主任确认", security.user_id)
    assert admin.post(page, {"verdict": "keep", "reason": "again"}).status_code == 422
    gone, ended = working()
    browser = world.client(gone)
    assert admin.post(f"/en/accounts/review/{ended.id}/", {"verdict": "end", "reason": "已离职"}).status_code == 302
    assert browser.get("/en/still-here/").status_code == 302
    assert world.client(user).get("/en/still-here/").status_code == 204


def test_nobody_reviews_the_own_place(security) -> None:
    own = Membership.objects.using("owner").get(user_id=security.user_id)
    answer = world.client(security).post(f"/en/accounts/review/{own.id}/", {"verdict": "keep", "reason": "x"})
    assert answer.status_code == 422
    words = (
        "insert into organisations_accessreview (id, membership_id, quarter, is_kept, reason, reviewed_by_id, at)"
        " values (gen_random_uuid(), %s, '2026-Q1', true, '', %s, now())"
    )
    assert refused(security, words, own.id, security.user_id)
