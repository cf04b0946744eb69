"""What a security administrator does, what nobody does alone, and what the database refuses to every role."""

import uuid
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests import world
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.access.middleware import COOKIE
from tongxing.access.models import IdentityCheck, Session, User
from tongxing.access.permissions import MATRIX, ROLES
from tongxing.organisations import accounts
from tongxing.organisations.account_models import AccessReview, Proposal
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Centre, Membership
from tongxing.procedures.actions import start_draft
from tongxing.procedures.models import Draft

HERE = "changzhou-2"
TODAY = date(2026, 1, 1)
ADMINISTRATORS = ("system", "security", "audit")


@pytest.fixture(scope="module")
def security(house) -> Acting:
    return world.somebody("security")


@pytest.fixture(scope="module")
def second(house) -> Acting:
    return world.somebody("security")


@pytest.fixture(scope="module")
def coordinator(house) -> Acting:
    return world.somebody("coordinator")


def added(by: Acting) -> User:
    with world.as_(by):
        return accounts.add_account(login=f"n-{uuid.uuid4().hex[:8]}", name="新人（演示）", language="zh-hans", by=by)


def proposed(by: Acting, user: User | None = None, role: str = "front_desk", centre: str = HERE) -> Proposal:
    user = user or added(by)
    place = Centre.objects.get(slug=centre) if centre else None
    with world.as_(by):
        return accounts.propose(user=user, role=role, centre=place, starts_on=TODAY, by=by)


def confirmed(proposal: Proposal, by: Acting) -> Membership:
    with world.as_(by):
        accounts.decide(proposal, confirm=True, by=by)
    return Membership.objects.using("owner").get(user_id=proposal.user_id, role=proposal.role, ends_on=None)


def working(role: str = "front_desk", centre: str = HERE) -> tuple[Acting, Membership]:
    by = world.somebody(role, centre)
    return by, Membership.objects.using("owner").get(user_id=by.user_id)


# Four eyes ------------------------------------------------------------------------------------------------------------


def test_a_place_is_proposed_by_one_and_confirmed_by_another(security, second, coordinator) -> None:
    for other in (second, coordinator):
        proposal = proposed(security)
        assert not Membership.objects.using("owner").filter(user_id=proposal.user_id).exists()
        assert confirmed(proposal, other).role == "front_desk"
        assert Proposal.objects.using("owner").get(id=proposal.id).decided_by_id == other.user_id


def test_who_proposed_does_not_confirm_neither_on_the_page_nor_in_sql(security) -> None:
    proposal = proposed(security)
    with pytest.raises(PermissionDenied), world.as_(security):
        accounts.decide(proposal, confirm=True, by=security)
    assert refused(security, "select access.decide_proposal(%s, 'confirmed', %s)", proposal.id, uuid.uuid4())
    answer = world.client(security).post(f"/en/accounts/proposals/{proposal.id}/", {"answer": "confirm"})
    assert answer.status_code == 422 and "Four eyes" in answer.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic(using="owner"):
        Proposal.objects.using("owner").filter(id=proposal.id).update(
            answer="confirmed", decided_by=security.user_id, decided_at=timezone.now()
        )


def test_nobody_is_proposed_by_or_confirmed_by_the_person_it_is_for(security, second) -> None:
    me = User.objects.using("owner").get(id=security.user_id)
    with pytest.raises(accounts.NotPossible, match="oneself"), world.as_(security):
        accounts.propose(user=me, role="system", centre=None, starts_on=TODAY, by=security)
    mine = Proposal.objects.using("owner").create(
        user=me, login=me.login, name=me.name, role="mande", starts_on=TODAY, proposed_by_id=second.user_id
    )
    assert refused(security, "select access.decide_proposal(%s, 'confirmed', %s)", mine.id, uuid.uuid4())


def test_a_proposal_is_answered_once(security, second, coordinator) -> None:
    proposal = proposed(security)
    with world.as_(second):
        accounts.decide(proposal, confirm=False, by=second)
    with pytest.raises(accounts.NotPossible, match="answered"), world.as_(coordinator):
        accounts.decide(proposal, confirm=True, by=coordinator)
    assert not Membership.objects.using("owner").filter(user_id=proposal.user_id).exists()


# Three administrators -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second_role", [*ADMINISTRATORS, "front_desk", "coordinator"])
@pytest.mark.parametrize("first_role", ADMINISTRATORS)
def test_nobody_combines_administrators_nor_one_with_any_other_role(house, first_role: str, second_role: str) -> None:
    """Tried as the owner, in SQL: the rule binds whoever writes."""
    if first_role == second_role:
        return
    by = world.somebody(first_role)
    place = world.centre_id(HERE) if second_role == "front_desk" else None
    values = [str(uuid.uuid4()), by.user_id, place, second_role]
    statement = "insert into organisations_membership (id, user_id, centre_id, role, starts_on) values (%s, %s, %s, %s, '2026-01-01')"
    with pytest.raises(Exception, match="no second role"):
        house.sql("tx_owner", statement, values)
    house.sql("tx_owner", "update organisations_membership set ends_on = '2026-01-01' where user_id = %s", [by.user_id])
    house.sql("tx_owner", statement, values)  # afterwards, one after the other: that is a change of work


def test_an_ended_administrator_is_not_brought_back_beside_another_role(house) -> None:
    by = world.somebody("audit")
    house.sql("tx_owner", "update organisations_membership set ends_on = '2026-01-01' where user_id = %s", [by.user_id])
    add_membership(user_id=by.user_id, centre_id=world.centre_id(HERE), role="front_desk", starts_on=TODAY)
    with pytest.raises(Exception, match="no second role"):
        house.sql(
            "tx_owner",
            "update organisations_membership set ends_on = null where user_id = %s and role = 'audit'",
            [by.user_id],
        )


def test_confirming_a_second_role_says_why_not(security, second) -> None:
    by = world.somebody("system")
    user = User.objects.using("owner").get(id=by.user_id)
    proposal = proposed(security, user)
    answer = world.client(second).post(f"/en/accounts/proposals/{proposal.id}/", {"answer": "confirm"})
    assert answer.status_code == 422 and "no second role" in answer.content.decode()
    assert Proposal.objects.using("owner").get(id=proposal.id).answer == ""


# What SQL in a worker's context is refused ----------------------------------------------------------------------------


def refused(by: Acting | None, statement: str, *values: object) -> bool:
    """Does the database refuse it, or does it touch nothing?"""
    try:
        with transaction.atomic():
            if by is None:
                return _touches_nothing(statement, values)
            with acting_as(by):
                return _touches_nothing(statement, values)
    except Error:
        return True


def _touches_nothing(statement: str, values: tuple[object, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall() if cursor.description else []
        transaction.set_rollback(True)
        return cursor.rowcount == 0 or (bool(cursor.description) and found in ([], [(None,)], [(False,)]))


SELF = (
    "insert into organisations_membership (id, user_id, role, starts_on) values (gen_random_uuid(), '{me}', 'mande', '2026-01-01')",
    "update organisations_membership set role = 'security', centre_id = null where user_id = '{me}'",
    "update organisations_membership set ends_on = null where user_id = '{me}'",
    "update access_user set password = 'x' where id = '{other}'",
    "update access_user set totp_sealed = '' where id = '{other}'",
    "update access_user set is_active = true",
    "insert into organisations_proposal (id, user_id, login, name, role, starts_on, proposed_by_id, proposer_name,"
    " proposed_at, answer, reason) values (gen_random_uuid(), '{me}', 'x', 'x', 'mande', '2026-01-01', '{other}', '', now(), '', '')",
    "insert into organisations_proposal (id, user_id, login, name, role, starts_on, proposed_by_id, proposer_name,"
    " proposed_at, answer, reason) values (gen_random_uuid(), '{me}', 'x', 'x', 'mande', '2026-01-01', '{me}', '', now(), '', '')",
    "update organisations_proposal set answer = 'confirmed'",
    "insert into access_slip (id, user_id, kind, code_hash, made_at, expires_at, tries)"
    " values (gen_random_uuid(), '{other}', 'both', '\\x00', now(), now(), 0)",
    "select * from access_slip",
    "select * from access_recoverycode",
    "select password from access_user",
    "select totp_sealed from access_user",
    "select access.issue_slip('{me}', 'password', 'known', '\\x00', 7, gen_random_uuid())",
    "select access.put_recovery('{other}', '{{}}')",
    "select access.hand_over('{other}', '{me}', '{centre}')",
    "insert into access_user (id, password, login, name, language, totp_sealed, totp_step, is_active)"
    " values (gen_random_uuid(), 'argon2', 'made-up', 'x', 'en', 'x', 0, true)",
    "insert into access_conductsignature (id, user_id, edition, language, signed_at)"
    " values (gen_random_uuid(), '{other}', 'x', 'en', now())",
)


def test_no_role_gives_itself_anything_by_sql(house, security) -> None:
    """Every statement, as everybody and as nobody: twelve roles, one of them the administrator of accounts."""
    other = world.somebody("case_worker", HERE)
    Proposal.objects.using("owner").all().delete()
    everybody: list[Acting | None] = [None, security]
    everybody += [world.somebody(r, HERE if ROLES[r].scope == "centre" else "") for r in ROLES if r != "security"]
    for by in everybody:
        me = by.user_id if by else uuid.uuid4()
        for statement in SELF:
            words = statement.format(me=me, other=other.user_id, centre=world.centre_id(HERE))
            assert refused(by, words.replace("%", "%%")), (by and by.role, words)


def test_the_attempts_would_be_seen(house, security) -> None:
    """Control: what is allowed goes through the same probe and is not refused."""
    assert not refused(security, "select login from access_user")
    assert not refused(security, "update access_user set totp_step = totp_step where id = %s", security.user_id)
    house.sql("tx_owner", "grant select on access_user to tx_app")
    try:
        assert not refused(security, "select password from access_user")
    finally:
        house.sql("tx_owner", "revoke select on access_user from tx_app")
        columns = "id, login, name, language, totp_step, is_active"
        house.sql("tx_owner", f"grant select ({columns}) on access_user to tx_app")
    assert refused(security, "select password from access_user")


def test_only_a_security_administrator_issues_slips_or_ends_places(house, security) -> None:
    user, membership = working()
    for role in ROLES:
        if role in MATRIX["account"]:
            continue
        by = world.somebody(role, HERE if ROLES[role].scope == "centre" else "")
        ask = "select access.issue_slip(%s, 'password', 'known', '\\x00', 7, gen_random_uuid())"
        assert refused(by, ask, user.user_id), role
        assert refused(by, "select access.end_place(%s, null)", membership.id), role
        assert refused(by, "select * from access.account_states()"), role


def test_no_page_shows_a_hash_or_a_secret(security) -> None:
    user, _membership = working()
    stored = User.objects.using("owner").get(id=user.user_id)
    pages = ("/en/accounts/", f"/en/accounts/{user.user_id}/", "/en/accounts/review/")
    shown = "".join(world.client(security).get(page).content.decode() for page in pages)
    assert stored.login in shown
    assert stored.password not in shown and stored.totp_sealed not in shown


# Slips and resets -----------------------------------------------------------------------------------------------------


def test_a_slip_needs_a_confirmed_place(security, second) -> None:
    proposal = proposed(security)
    user = User.objects.using("owner").get(id=proposal.user_id)
    with pytest.raises(accounts.NotPossible, match="slip"), world.as_(security):
        accounts.print_slip(user=user, by=security)
    confirmed(proposal, second)
    page = world.client(security).post(f"/en/accounts/{user.id}/slip/").content.decode()
    assert user.login in page
    first = world.client(security).post(f"/en/accounts/{user.id}/slip/").content.decode()
    assert page != first, "a second slip has another code"


def test_a_reset_ends_every_stay_at_once_and_says_who_looked_at_what(security) -> None:
    user, _membership = working()
    browser = world.client(user)
    assert browser.get("/en/still-here/").status_code == 204
    form = {"reset-kind": "phone", "reset-document": "work_card"}
    answer = world.client(security).post(f"/en/accounts/{user.user_id}/reset/", form)
    assert answer.status_code == 200 and "tx-sheet" in answer.content.decode()
    assert browser.get("/en/still-here/").status_code == 302
    [check] = IdentityCheck.objects.using("owner").filter(user_id=user.user_id)
    assert (check.checked_by_id, check.document) == (security.user_id, "work_card")
    assert {f.name for f in IdentityCheck._meta.get_fields()} == {"id", "user", "checked_by", "document", "kind", "at"}


def test_nobody_resets_oneself_and_a_reset_without_a_look_is_refused(security) -> None:
    user, _membership = working()
    form = {"reset-kind": "phone", "reset-document": "known"}
    assert world.client(security, raise_request_exception=False).post(
        f"/en/accounts/{security.user_id}/reset/", form
    ).status_code in (403, 404)
    answer = world.client(security).post(f"/en/accounts/{user.user_id}/reset/", {"reset-kind": "phone"})
    assert answer.status_code == 422 and "Say by what you know" in answer.content.decode()
    assert world.client(user).get("/en/still-here/").status_code == 204


def test_everything_lost_asks_for_two_who_have_looked(security, second) -> None:
    user, _membership = working()
    lost = User.objects.using("owner").get(id=user.user_id)
    with pytest.raises(accounts.NotPossible, match="slip"), world.as_(security):
        accounts.print_slip(user=lost, kind="both", document="known", by=security)
    with world.as_(security):
        accounts.print_slip(user=lost, kind="phone", document="known", by=security)
    with pytest.raises(accounts.NotPossible, match="slip"), world.as_(security):
        accounts.print_slip(user=lost, kind="both", document="known", by=security)
    with world.as_(second):
        assert accounts.print_slip(user=lost, kind="both", document="passport", by=second).kind == "both"


def test_a_slip_for_a_lost_phone_is_worth_nothing_without_the_password(security) -> None:
    user, _membership = working()
    lost = User.objects.using("owner").get(id=user.user_id)
    with world.as_(security):
        printed = accounts.print_slip(user=lost, kind="phone", document="known", by=security)
    thief = world.client()
    assert thief.post("/en/first/", {"login": lost.login, "slip": printed.code}).status_code == 302
    assert thief.post("/en/first/password/", {"password": "guessed by somebody"}).status_code == 422
    assert thief.get("/en/first/phone/").url == "/en/first/"
    assert thief.post("/en/first/password/", {"password": world.PASSWORD}).url == "/en/first/phone/"


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


def test_nobody_ends_the_own_place(security) -> None:
    own = Membership.objects.using("owner").get(user_id=security.user_id)
    assert world.client(security).get(f"/en/accounts/places/{own.id}/end/").status_code == 404
    assert refused(security, "select access.end_place(%s, null)", own.id)


# The quarterly review -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "quarter", "due"),
    [
        (date(2026, 1, 1), "2026-Q1", date(2026, 4, 30)),
        (date(2026, 6, 30), "2026-Q2", date(2026, 7, 31)),
        (date(2026, 9, 1), "2026-Q3", date(2026, 10, 31)),
        (date(2026, 12, 31), "2026-Q4", date(2027, 1, 31)),
    ],
)
def test_a_quarter_is_due_a_month_after_it_ends(day: date, quarter: str, due: date) -> None:
    assert accounts.quarter_of(day) == quarter
    assert accounts.due_on(quarter) == due


def test_every_place_is_listed_with_when_somebody_was_last_there(security) -> None:
    seen, _one = working()
    never, _two = working()
    world.client(seen)
    text = world.client(security).get("/en/accounts/review/").content.decode()
    logins = {u.id: u.login for u in User.objects.using("owner").filter(id__in=[seen.user_id, never.user_id])}
    rows = {login: row for row in text.split("<tr>") for login in logins.values() if login in row}
    assert "never" in rows[logins[never.user_id]] and "never" not in rows[logins[seen.user_id]]
    held = Membership.objects.using("owner").active_at(timezone.now()).count()
    assert text.count('name="reason"') == held - 1, "all but one's own"


def test_keeping_and_ending_need_a_reason_and_are_kept_with_who(security) -> None:
    admin = world.client(security)
    user, membership = working()
    page = f"/en/accounts/review/{membership.id}/"
    assert admin.post(page, {"verdict": "keep", "reason": ""}).status_code == 422
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


def test_an_account_without_begun_slip_opens_nothing(security) -> None:
    user = added(security)
    answer = world.client().post("/en/sign-in/", {"login": user.login, "password": "!"})
    assert answer.status_code == 422 and COOKIE not in answer.cookies
