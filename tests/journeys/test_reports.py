"""A report travels: a partner fills and sends it, M&E returns it, it comes back by workbook, is approved, accepted, corrected."""

import io
from pathlib import Path

from openpyxl import load_workbook

from tests.journeys import desk


def answered(page, what):
    desk.press(page, what)
    return page.locator("main").inner_text()


def typed(page, value, evidence="名册第 3 页（演示）"):
    page.locator("input[name$='-value']").first.fill(value)
    page.locator("input[name$='-evidence']").first.fill(evidence)


def parts_cleared(page):
    """Parts of the last period, copied, would be more than a smaller total."""
    for box in page.locator("fieldset").first.locator("input[name$='-value']").all()[1:]:
        box.fill("")


def workbook(page, value):
    """Download the workbook, type into its first number, and give it back."""
    with page.expect_download() as waiting:
        page.locator("main a[href$='/workbook/']").first.click()
    book = load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    book.worksheets[0]["F2"] = value
    out = io.BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "report.xlsx", "mimeType": kind, "buffer": out.getvalue()}


def uploaded(page, file):
    desk.press(page, "main a[href$='/upload/']")
    page.set_input_files("[name=file]", file)
    return answered(page, "form[enctype] button")


def begun(served, browser):
    """The partner begins the late report, copies the last one, mistypes, mends and sends. Returns the page and address."""
    partner = desk.signed_in(browser, served, "partner", "zh-hans")
    desk.seen(partner, "reports.zh-hans.1280")
    desk.press(partner, partner.locator("tr.is-overdue, tr.is-due").first.locator("button"))
    address = partner.url.split("?")[0].replace("/zh-hans/", "/en/")
    partner.goto(address)
    answered(partner, "form[action$='/copy/'] button")  # last period's values, without what they rest on
    assert partner.locator("input[name$='-value']").first.input_value()
    parts_cleared(partner)
    typed(partner, "forty")
    assert "Enter a number" in answered(partner, "main form button:text('Save the draft')")
    assert partner.locator("input[name$='-value']").first.input_value() == "forty"  # what was typed is kept
    desk.seen(partner, "report-refused.en.1280")
    typed(partner, "40")
    for box in partner.locator("input[name$='-evidence']").all():
        box.fill("名册第 3 页（演示）")
    said = answered(partner, "button[name=send]")
    assert "Monitoring will read" in said, said
    desk.seen(partner, "report-submit.en.1280")
    answered(partner, "button.govuk-button--inverse")
    return partner, address


def mended(partner, address):
    """What came back is mended in the workbook, and sent again."""
    partner.goto(address)
    assert "请补充名册页码" in partner.locator("main").inner_text()
    said = uploaded(partner, workbook(partner, "=1+1"))
    assert "formula" in said and "F2" in said
    desk.seen(partner, "report-upload-refused.en.1280")
    partner.goto(address)
    file = workbook(partner, 41)
    assert "Take over 1 value" in uploaded(partner, file)
    desk.seen(partner, "report-upload.en.1280")
    answered(partner, "form:has([name=rows]) button")
    assert partner.locator("input[name$='-value']").first.input_value() == "41"
    assert "nothing to take over" in uploaded(partner, file)  # the same file twice
    partner.goto(f"{address}submit/")
    answered(partner, "button.govuk-button--inverse")


def test_a_report_there_and_back_again(served, browser):
    partner, address = begun(served, browser)
    officer = desk.signed_in(browser, served, "mande")
    officer.goto(f"{address}review/")
    desk.seen(officer, "report-review.en.1280")
    officer.fill("[name=reason]", "请补充名册页码（演示）。")
    answered(officer, "form:has([name=reason]) button")
    mended(partner, address)
    officer.goto(f"{address}review/")
    assert "Mended since the return" in officer.locator("main").inner_text()
    answered(officer, "button.govuk-button--inverse")
    lead = desk.signed_in(browser, served, "lead")
    lead.goto(f"{address}accept/")
    desk.seen(lead, "report-accept.en.1280")
    assert "Accepted" in answered(lead, "button.govuk-button--inverse")
    partner.goto(address)
    desk.press(partner, "main a[href$='/correct/']")
    assert "Say why" in answered(partner, "main form button")
    partner.fill("[name=reason]", "有一人重复计算（演示）。")
    answered(partner, "main form button")
    assert "a correction" in partner.locator("main").inner_text()
    desk.seen(partner, "report-correction.en.1280")


def test_framework_and_reports_on_a_desk_and_on_a_phone(served, browser):
    for width in (1280, 390):
        officer = desk.signed_in(browser, served, "mande", width=width)
        for language in ("zh-hans", "en"):
            for name, path in (("framework", "results/"), ("calendar", "reports/")):
                officer.goto(f"{served.address}/{language}/{path}")
                desk.seen(officer, f"{name}.{language}.{width}")
        officer.goto(f"{served.address}/en/results/")
        assert "of 4 organisations" in officer.locator("main").inner_text()
        desk.press(officer, "main table a[href*='/results/']:text('2.2')")
        desk.seen(officer, f"indicator.en.{width}")
        assert "not stated" in officer.locator("main").inner_text()
        partner = desk.signed_in(browser, served, "partner", width=width)
        partner.goto(f"{served.address}/en/results/")
        assert "of 4 organisations" not in partner.locator("main").inner_text()  # its own child
        desk.seen(partner, f"framework-child.en.{width}")
