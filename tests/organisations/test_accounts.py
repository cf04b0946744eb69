"""What a security administrator does, what nobody does alone, and what the database refuses to every role."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import world
from tests.organisations.staff import HERE, TODAY, added, confirmed, proposed, refused, working
from tongxing.access.acting import Acting
from tongxing.access.middleware import COOKIE
from tongxing.access.models import IdentityCheck, Slip, User
from tongxing.access.permissions import MATRIX, ROLES
from tongxing.organisations import accounts
from tongxing.organisations.account_forms import AccountForm
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Membership

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


ISSUE = "select access.issue_slip(%s, %s, 'known', '\\x00', 7, gen_random_uuid())"


def stored(by: Acting) -> User:
    return User.objects.using("owner").get(id=by.user_id)


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
    lost, browser, admin = stored(user), world.client(user), world.client(security)
    page, form = f"/en/accounts/{lost.id}/reset/", {"reset-kind": "both", "reset-document": "passport"}
    for _time in range(2):  # the same administrator a second time is no second one
        answer = admin.post(page, form)
        assert answer.status_code == 200 and "a second administrator looks" in answer.content.decode()
        assert "tx-sheet" not in answer.content.decode() and browser.get("/en/still-here/").status_code == 204
    assert refused(security, ISSUE, lost.id, "both")
    assert "tx-sheet" in world.client(second).post(page, form).content.decode()
    assert browser.get("/en/still-here/").status_code == 302


def test_a_look_for_something_else_or_before_a_slip_was_used_is_no_second_look(security, second) -> None:
    """A colleague who reset the telephone in the morning has not looked for whoever resets everything at night."""
    user, _membership = working()
    lost = stored(user)
    with world.as_(second):
        accounts.print_slip(user=lost, kind="phone", document="known", by=second)
    assert refused(security, ISSUE, lost.id, "both")
    with world.as_(second):
        accounts.look(user=lost, document="known", by=second)
    assert not refused(security, ISSUE, lost.id, "both")
    Slip.objects.using("owner").filter(user=lost).update(used_at=timezone.now())
    assert refused(security, ISSUE, lost.id, "both")
    IdentityCheck.objects.using("owner").filter(user=lost).update(at=timezone.now() + timedelta(seconds=1))
    assert not refused(security, ISSUE, lost.id, "both")
    IdentityCheck.objects.using("owner").filter(user=lost).update(at=timezone.now() - timedelta(days=1))
    assert refused(security, ISSUE, lost.id, "both")


def test_one_administrator_does_not_make_both_void_one_after_the_other(security) -> None:
    for first, then in (("phone", "password"), ("password", "phone")):
        lost = stored(working()[0])
        with world.as_(security):
            accounts.print_slip(user=lost, kind=first, document="known", by=security)
        assert refused(security, ISSUE, lost.id, then)
        assert not refused(security, ISSUE, lost.id, first), "the same again: the slip was lost"


def test_when_everything_was_lost_and_the_slip_expired_the_page_begins_anew(security, second) -> None:
    user, _membership = working()
    page, form = f"/en/accounts/{user.user_id}/", {"reset-kind": "both", "reset-document": "known"}
    for admin in (security, second):
        answer = world.client(admin).post(f"{page}reset/", form)
    assert "tx-sheet" in answer.content.decode()
    long_ago = timezone.now() - timedelta(days=9)
    Slip.objects.using("owner").filter(user_id=user.user_id).update(expires_at=long_ago)
    IdentityCheck.objects.using("owner").filter(user_id=user.user_id).update(at=long_ago)
    shown = world.client(security).get(page).content.decode()
    assert "Lost telephone or password" in shown and "Slip for the first log-in" not in shown
    assert "tx-sheet" not in world.client(second).post(f"{page}reset/", form).content.decode()
    assert "tx-sheet" in world.client(security).post(f"{page}reset/", form).content.decode()


def test_nobody_looks_at_who_has_not_begun_nor_at_oneself(security) -> None:
    user = added(security)
    with pytest.raises(accounts.NotPossible, match="slip"), world.as_(security):
        accounts.look(user=user, document="known", by=security)
    with pytest.raises(PermissionDenied), world.as_(security):
        accounts.look(user=stored(security), document="known", by=security)
    assert refused(security, "select access.look_at(%s, 'known')", security.user_id)
    assert refused(world.somebody("coordinator"), "select access.look_at(%s, 'known')", user.id)


def test_a_fixed_term_is_renewed_before_it_ends_and_not_doubled(security, second) -> None:
    today = timezone.localdate()
    until, later = today + timedelta(days=900), today + timedelta(days=990)
    proposal = proposed(security)
    user = User.objects.using("owner").get(id=proposal.user_id)
    Proposal.objects.using("owner").filter(id=proposal.id).update(ends_on=until)
    with world.as_(second):
        accounts.decide(proposal, confirm=True, by=second)
    place = {"user": user, "role": "front_desk", "centre": proposal.centre, "by": security}
    for starts_on, ends_on in ((until - timedelta(days=1), later), (until - timedelta(days=1), None)):
        with pytest.raises(accounts.NotPossible, match="twice"), world.as_(security):
            accounts.propose(starts_on=starts_on, ends_on=ends_on, **place)
    with world.as_(security):
        accounts.propose(starts_on=until, ends_on=later, **place)
    with pytest.raises(accounts.NotPossible, match="twice"), world.as_(security):  # the database says it
        accounts.propose(starts_on=until, ends_on=later, **place)


@pytest.mark.parametrize("login", ["Bob Smith!!", "<script>", "a", "x" * 200, "李娜"])
def test_what_is_no_login_is_said_on_the_page(login: str) -> None:
    form = AccountForm({"login": login})
    assert "small letters" in str(form.errors["login"])


def test_blanks_around_a_login_are_not_part_of_it() -> None:
    form = AccountForm({"login": " li.na "})
    assert "login" not in form.errors and form.cleaned_data["login"] == "li.na"


def test_a_word_that_is_neither_confirms_nor_refuses(security, second) -> None:
    proposal = proposed(security)
    world.client(second).post(f"/en/accounts/proposals/{proposal.id}/", {"answer": "Confirm"})
    assert Proposal.objects.using("owner").get(id=proposal.id).answer == ""


def test_staff_are_looked_for_without_a_name_in_the_address(security) -> None:
    user = stored(working()[0])
    page = world.client(security).post("/en/accounts/", {"q": user.login}).content.decode()
    assert user.login in page and 'method="get"' not in page


def test_a_proposal_under_another_name_is_not_confirmed(security, second) -> None:
    for field in ("login", "name"):
        proposal = proposed(security)
        Proposal.objects.using("owner").filter(id=proposal.id).update(**{field: "somebody well known"})
        assert refused(second, "select access.decide_proposal(%s, 'confirmed', %s)", proposal.id, uuid.uuid4())
        assert not refused(second, "select access.decide_proposal(%s, 'refused', %s)", proposal.id, uuid.uuid4())


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


def test_an_account_without_begun_slip_opens_nothing(security) -> None:
    user = added(security)
    answer = world.client().post("/en/sign-in/", {"login": user.login, "password": "!"})
    assert answer.status_code == 422 and COOKIE not in answer.cookies
