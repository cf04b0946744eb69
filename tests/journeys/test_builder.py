"""An officer builds a measure, looks at it, puts it in use, and goes on to its records; a desk opens its own of them."""

import re

from tests.journeys import desk


def test_a_measure_is_built_seen_used_and_opened(served, browser):
    officer = desk.signed_in(browser, served, "mande")
    officer.goto(f"{served.address}/en/figures/measures/build/")
    officer.check("[name=value][value=distinct]")
    officer.check("[name=kinds][value=child_registered]")
    officer.check("[name=dimensions][value=centre]")
    officer.select_option("[name=over_place]", "sum")
    desk.press(officer, "button[value=show]")
    assert "another site of the same agency" in officer.locator("#id_over_place_error").inner_text()
    assert officer.is_checked("[name=dimensions][value=centre]"), "what was chosen stays"
    desk.seen(officer, "measure-refused.en")
    officer.select_option("[name=over_place]", "")
    officer.check("[name=where_sex][value=female]")
    desk.press(officer, "button[value=show]")
    preview = officer.locator("[data-figure=preview]").inner_text()
    desk.seen(officer, "measure-preview.en")
    officer.fill("[name=code]", "girls_in_the_register")
    desk.press(officer, "button[value=save]")
    desk.press(officer, "form[action$='/use/'] button")
    desk.seen(officer, "measures.en")
    desk.press(officer, "tr:has-text('girls_in_the_register') th a")
    assert officer.locator("[data-figure=internal]").inner_text() == preview
    address = opened(officer)
    # Another journey may have linked records of the demonstration: then one person has two of them.
    assert 0 <= number(officer.locator("main caption").inner_text()) - number(preview) <= 20
    worker = desk.signed_in(browser, served, "desk")
    worker.goto(address)
    desk.seen(worker, "records-desk.en")
    assert worker.locator("main th a[href*='/people/']").count()
    assert "elsewhere" in worker.locator("main").inner_text()


def opened(officer):
    """From the figure to the records of the whole; the address of that page, which carries ids of nobody."""
    desk.press(officer, "form[action$='/keep/'] button")
    desk.seen(officer, "records.en")
    desk.press(officer, "main tbody a")
    desk.seen(officer, "records-cell.en")
    assert re.fullmatch(r".*/figures/records/[0-9a-f-]{36}/0/", officer.url)
    return officer.url


def number(text):
    return int(re.sub(r"\D", "", text))
