"""A school and a clinic: the snapshot and nothing else, an answer, the service, and a family that takes it back."""

import re

from tests.journeys import desk


def referred(page, served, name):
    """Register and refer; returns (person address, referral number, withdrawal code)."""
    desk.register(page, served, name)
    person = desk.open_person(page)
    page.goto(f"{person}refer/?need=school")
    desk.press(page, page.locator(".tx-offer", has_text="school").first.locator("a").first)
    desk.press(page, "button.govuk-button--inverse")
    sheet = page.locator("article.tx-sheet").inner_text()
    return person, re.search(r"R-\w{5}", sheet)[0], page.locator(".tx-withdraw .tx-code").inner_text()


def test_a_school_accepts_serves_and_the_outcome_returns(served, browser):
    page, name = desk.signed_in(browser, served, "desk"), desk.unlike_name()
    person, number, _code = referred(page, served, name)
    school = desk.signed_in(browser, served, "school")
    desk.press(school, f"tr:has-text('{number}') a")
    text = school.locator("main").inner_text()
    assert name in text
    for hidden in ("青竹社区", f"闵{name[1:]}建", "沧县", r"000\d{8}"):  # the last: the family's telephone
        assert not re.search(hidden, text), f"the school sees {hidden}"
    desk.seen(school, "received.en")
    desk.save(school)
    assert "Choose whether you can take it" in school.locator(".govuk-error-summary").inner_text()
    school.check("[name=accept][value=yes]")
    school.fill("[name=first_meeting]", "28 November, 10:00")
    desk.save(school)
    school.check("[name=outcome][value=received]")
    desk.save(school)
    assert "Done" in school.locator(".tx-titlebar").inner_text()
    page.goto(person)
    desk.press(page, ".tx-timeline a[href*='/referrals/']")
    assert "The service was received" in page.locator("main").inner_text()


def test_a_school_declines_only_with_a_reason(served, browser):
    page, name = desk.signed_in(browser, served, "desk"), desk.unlike_name()
    _person, number, _code = referred(page, served, name)
    school = desk.signed_in(browser, served, "school")
    desk.press(school, f"tr:has-text('{number}') a")
    school.check("[name=accept][value=no]")
    desk.save(school)
    assert "Choose why" in school.locator(".govuk-error-summary").inner_text()
    school.select_option("[name=reason]", "full")
    desk.save(school)
    assert "Declined" in school.locator(".tx-titlebar").inner_text()


def test_a_family_takes_it_back_with_the_code_on_its_receipt(served, browser, page):
    worker, name = desk.signed_in(browser, served, "desk"), desk.unlike_name()
    person, number, code = referred(worker, served, name)
    page.goto(f"{served.address}/mn/take-back/")
    desk.seen(page, "take-back.mn")
    page.fill("[name=code]", "2222-2222")
    desk.press(page, "main form button")
    desk.comes(page, ".govuk-error-summary")
    page.fill("[name=code]", code.lower().replace("-", " "))
    desk.press(page, "main form button")
    desk.comes(page, ".govuk-panel--confirmation")
    assert name not in page.content()
    school = desk.signed_in(browser, served, "school")
    desk.press(school, f"tr:has-text('{number}') a")
    assert name not in school.content()
    desk.seen(school, "received-blank.en")
    desk.press(school, "form[action*=acknowledge] button")
    assert "Confirmed" in school.locator("main").inner_text()
    worker.goto(person)
    desk.press(worker, ".tx-timeline a[href*='/referrals/']")
    assert "confirmed that copies are deleted" in worker.locator("main").inner_text()
