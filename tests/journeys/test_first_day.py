"""The first day of somebody new: added, confirmed by a second person, a printed slip, a telephone, the rules, Today."""

import re
import uuid
from typing import Any

import pyotp

from tests.journeys.desk import comes, press, seen, signed_in

CHOSEN = "brown cups travel north"


def slip_of(browser: Any, served: Any, login: str) -> str:
    """The code on the slip that a security administrator prints after the coordinator has confirmed."""
    admin = signed_in(browser, served, "security")
    press(admin, "nav a:has-text('Accounts')")
    press(admin, "main a:has-text('Add somebody')")
    for field, value in (("login", login), ("name", "新人（演示）"), ("starts_on", "2026-01-01")):
        admin.fill(f"[name={field}]", value)
    for field, value in (("role", "front_desk"), ("centre", "changzhou-2"), ("language", "en")):
        admin.select_option(f"[name={field}]", value)
    press(admin, "main form button")
    comes(admin, "text=waits for a second person")
    lead = signed_in(browser, served, "lead")
    press(lead, "nav a:has-text('To confirm')")
    seen(lead, "to-confirm")
    press(lead, lead.locator("main tr", has_text=login).locator("button[value=confirm]"))
    admin.reload()
    seen(admin, "account")
    press(admin, "button:has-text('Print a slip')")
    seen(admin, "slip")
    return re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", admin.inner_text("article"))[0]


def test_from_the_slip_to_today_and_a_locked_desk(browser, served) -> None:
    login = f"new-{uuid.uuid4().hex[:8]}"
    code = slip_of(browser, served, login)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{served.address}/en/sign-in/")
    press(page, "a:has-text('printed slip')")
    page.fill("[name=login]", login)
    page.fill("[name=slip]", code.lower())
    seen(page, "first-login")
    press(page, "main form button")
    page.fill("[name=password]", CHOSEN)
    page.fill("[name=again]", CHOSEN)
    press(page, "main form button")
    comes(page, "svg.qr")
    seen(page, "first-phone")
    telephone = pyotp.TOTP(page.inner_text(".tx-enrol .tx-code").replace(" ", ""))
    page.fill("[name=code]", telephone.now())
    press(page, "main form button")
    codes = page.locator(".tx-codes li").all_inner_texts()
    assert len(codes) == 10
    seen(page, "recovery-codes")
    press(page, "main a.govuk-button")
    assert page.url.endswith("/conduct/")
    seen(page, "conduct")
    page.check("[name=agrees]")
    press(page, "main form button")
    assert page.url.endswith("/today/")
    _locked(page, codes[0])


def _locked(page: Any, recovery: str) -> None:
    """Locked and gone back: nothing of Today is there; a code brings the same person back."""
    press(page, "form[data-lock] button")
    seen(page, "locked")
    page.go_back()
    assert not page.locator("header.tx-header--work").count()
    page.goto(page.url.split("/en/")[0] + "/en/locked/")
    page.fill("[name=code]", recovery)
    press(page, "main form button")
    assert page.url.endswith("/today/")
