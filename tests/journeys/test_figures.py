"""The figure: from the desk to the officer at once, to the public only with an approved edition."""

import re
import time

from tests.journeys import desk

FACTSHEET = "p/MDGF-1880-H-CHN/"


def number_in(page, selector):
    return int(re.sub(r"\D", "", page.locator(selector).first.inner_text()))


def internal(page, served):
    page.goto(f"{served.address}/en/figures/")
    return number_in(page, "[data-figure=internal]")


def public(page, served):
    page.goto(f"{served.address}/en/{FACTSHEET}")
    return page.locator("[data-figure=children_registered]").first.inner_text()


def edition_of(page):
    """The number of the edition that a factsheet shows, by its permanent link."""
    return int(re.search(rf"{FACTSHEET}(\d+)/", page.content())[1])


def test_one_child_more_and_the_public_page_waits_for_the_coordinator(served, browser, page):
    officer = desk.signed_in(browser, served, "mande")
    before, published, edition = internal(officer, served), public(page, served), edition_of(page)
    worker = desk.signed_in(browser, served, "desk")
    desk.register(worker, served, desk.unlike_name())  # ends where the 302 of the registration leads
    until = time.monotonic() + 10  # how fast, `bench freshness` measures
    while (after := internal(officer, served)) == before and time.monotonic() < until:
        time.sleep(0.1)
    assert after == before + 1
    desk.seen(officer, "figures.en")
    assert public(page, served) == published

    lead = desk.signed_in(browser, served, "lead")
    lead.goto(f"{served.address}/en/publish/")
    desk.seen(lead, "publish.en")
    desk.press(lead, "form[action$='/draft/'] button")  # a draft from the figures of now
    desk.press(lead, "main a.govuk-button")
    desk.seen(lead, "approve.en")
    assert public(page, served) == published  # not by looking at it
    desk.press(lead, "form button.govuk-button--inverse")
    assert edition_of(lead) == edition + 1
    until = time.monotonic() + 3  # what passers-by read is kept for a second
    public(page, served)
    while edition_of(page) == edition and time.monotonic() < until:
        public(page, served)
    assert public(page, served) == published  # one child more is too little to be told
    assert edition_of(page) == edition + 1
    assert "carried forward because the change is small" in page.content()
    now = int(re.sub(r"\D", "", published))
    assert now % 5 == 0 and abs(now - after) < 20
    desk.seen(page, "factsheet.en")
    assert "350,000" in page.content()
    page.goto(f"{served.address}/en/{FACTSHEET}how/children_registered/")
    desk.seen(page, "how-made.en")


def test_public_pages_in_three_languages_at_two_widths(served, browser):
    for language in ("zh-hans", "en", "mn"):
        for width in (1280, 390):
            context = browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            for name, address in (("home", ""), ("find", "find/?need=school"), ("factsheet", FACTSHEET)):
                page.goto(f"{served.address}/{language}/{address}")
                desk.seen(page, f"{name}.{language}.{width}")
            context.close()
