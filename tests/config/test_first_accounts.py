"""The first administrators at install: one command each, a slip each, and no second one."""

import re
from datetime import date

import pytest

from tests import world
from tongxing.config.first_accounts import Refusal, first_of, roster_of, slip_text
from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.organisations.models import Membership
from tongxing.organisations.roster import COLUMNS

TODAY = date(2026, 1, 1)


def made(role: str, login: str) -> tuple:
    return first_of(role, login=login, name="某某（演示）", language="en", today=TODAY)


def test_each_of_the_three_and_the_coordinator_is_made_once_with_a_slip(house) -> None:
    for role in ("security", "system", "audit", "coordinator"):
        user, code = made(role, f"first-{role}")
        text = slip_text(user, code, role)
        assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", text)[0] == code and user.login in text
        [held] = Membership.objects.using("owner").filter(user=user)
        assert (held.role, held.centre_id) == (role, None)
        with pytest.raises(Refusal, match="There is one"):
            made(role, f"second-{role}")


def test_the_slip_of_the_terminal_opens_the_first_page(house) -> None:
    house.sql("tx_owner", "update organisations_membership set ends_on = '2026-01-01' where role = 'audit'")
    user, code = made("audit", "next-audit")
    assert world.client().post("/en/first/", {"login": user.login, "slip": code}).status_code == 302


def test_nobody_gets_two_of_them_and_no_other_role_is_made_here(house) -> None:
    house.sql("tx_owner", "update organisations_membership set ends_on = '2026-01-01' where role = 'system'")
    with pytest.raises(Refusal, match="exists"):
        made("system", "first-security")
    with pytest.raises(Refusal, match="not made here"):
        made("front_desk", "somebody")
    with pytest.raises(Refusal, match="small letters"):
        made("system", "With Spaces")


def test_a_roster_is_taken_in_the_name_of_a_security_administrator_and_of_nobody_else(house) -> None:
    rows = [("wu.jiu", "吴九（演示）", "zh-hans", "front_desk", "changzhou-2", "2026-12-01", "")]
    content = workbook([Sheet("Staff", COLUMNS, rows)])
    assert roster_of(content, login="first-security", write=False).is_whole
    assert roster_of(content, login="first-security", write=True).count("new") == 1
    assert roster_of(content, login="first-security", write=True).count("same") == 1
    for login in ("first-coordinator", "nobody"):
        with pytest.raises(Refusal, match="no security administrator"):
            roster_of(content, login=login, write=True)
    with pytest.raises(Refusal, match="cannot be read"):
        roster_of(b"x", login="first-security", write=False)
