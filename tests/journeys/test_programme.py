"""A programme's papers: the coordinator brings a report, the public saves it, and it is withdrawn with a reason."""

from tests.journeys import desk
from tongxing.config.demo.papers import pdf

CODE = "MDGF-1880-H-CHN"


def test_a_report_from_the_upload_to_its_tombstone(served, browser, page):
    lead = desk.signed_in(browser, served, "lead")
    lead.goto(f"{served.address}/en/programme/")
    desk.seen(lead, "programmes.en")
    desk.press(lead, f"main a[href$='/{CODE}/documents/']")
    desk.press(lead, "main form button.govuk-button")  # nothing filled in
    desk.seen(lead, "upload-wrong.en")
    assert "Choose a file" in lead.locator(".govuk-error-summary").inner_text()
    file = {"name": "../late.exe", "mimeType": "application/pdf", "buffer": pdf("A late report (demonstration)")}
    lead.set_input_files("[name=file]", files=[file])
    lead.fill("[name=text_en]", "A late report (demonstration)")
    lead.fill("[name=dated_on]", "2012-06-30")
    lead.check("[name=is_harmless]")
    desk.press(lead, "main form button.govuk-button")
    desk.seen(lead, "documents-work.en")

    page.goto(f"{served.address}/en/p/{CODE}/documents/")
    desk.seen(page, "documents.en")
    with page.expect_download() as saved:
        page.click("text=A late report (demonstration)")
    assert saved.value.suggested_filename == "late.pdf"

    desk.press(lead, lead.locator("tr", has_text="A late report").locator("a[href$='/withdraw/']"))
    desk.seen(lead, "withdraw.en")
    lead.fill("[name=reason]", "A draft was sent by mistake")
    desk.press(lead, "main form button.govuk-button--warning")
    page.reload()
    assert "A draft was sent by mistake" in page.locator("main").inner_text()
    assert page.locator("a", has_text="A late report").count() == 0


def test_lessons_and_the_closing_in_order(served, browser):
    lead = desk.signed_in(browser, served, "lead", language="zh-hans")
    lead.goto(f"{served.address}/zh-hans/programme/{CODE}/lessons/")
    desk.seen(lead, "lessons.zh-hans")
    lead.goto(f"{served.address}/zh-hans/programme/{CODE}/closing/")
    desk.seen(lead, "closing.zh-hans")
    item = lead.locator("tr#activities-ended")
    item.locator("summary").click()
    item.locator("[name=done_on]").fill("2012-02-11")
    desk.press(lead, item.locator("form button"))
    assert "2012年2月11日" in lead.locator("tr#activities-ended").inner_text()
    assert "等待前项" in lead.locator("tr#coordinator-handed-over").inner_text()


def test_the_three_programmes_for_everybody(served, browser):
    for language, width in (("zh-hans", 1280), ("en", 390), ("mn", 1280), ("mn", 390)):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        for name in ("", "UNESCO-UPAM/", "00056779/", f"{CODE}/documents/"):
            page.goto(f"{served.address}/{language}/p/{name}")
            desk.seen(page, f"p-{name.replace('/', '-')}{language}.{width}")
        context.close()
