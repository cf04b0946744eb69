"""A complaint from the public page, without a name and without a script; answered at work; read back with the code."""

from tests.journeys import desk

WORDS = "等了三个小时，没有人理我们（演示）"


def test_a_complaint_is_heard_answered_and_read_back_with_the_code(served, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="zh-CN")
    context.set_default_timeout(15_000)
    person = context.new_page()
    person.goto(f"{served.address}/zh-hans/voice/")
    assert "只由儿童保护负责人阅读" in person.locator("main").inner_text()
    person.check("input[name=kind][value=service]")
    person.fill("[name=words]", WORDS)
    person.wait_for_timeout(3200)  # who writes faster is asked a sum
    desk.press(person, "main form button")
    code = person.locator(".tx-code").inner_text()
    context.close()
    lead = desk.signed_in(browser, served, "lead")
    lead.goto(f"{served.address}/en/voices/")
    desk.seen(lead, "voices.en")
    for place in lead.locator("tbody th a").evaluate_all("links => links.map(a => a.href)"):
        lead.goto(place)
        if WORDS in lead.locator("main").inner_text():
            break
    else:
        raise AssertionError("nobody hears it")
    lead.check("input[name=do][value=answer]")
    lead.fill("[name=words]", "下周起多开一个窗口（演示）")
    desk.seen(lead, "voice.en")
    desk.save(lead)
    guard = desk.signed_in(browser, served, "guard")
    guard.goto(f"{served.address}/en/voices/")
    assert "A service went wrong" not in guard.locator("main").inner_text()
    anybody = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    for language in ("zh-hans", "mn"):
        anybody.goto(f"{served.address}/{language}/voice/")
        desk.seen(anybody, f"voice.{language}")
    anybody.goto(f"{served.address}/mn/voice/answer/")
    anybody.fill("[name=code]", code.lower())
    desk.press(anybody, "main form button")
    assert "下周起多开一个窗口" in anybody.locator("main").inner_text()
    desk.seen(anybody, "voice-answer.mn")
    _papers(anybody, served)


def _papers(anybody, served) -> None:
    """What is printed: the form, and a guide that fits on one sheet."""
    anybody.goto(f"{served.address}/en/voice/paper/?paper=mn")
    desk.seen(anybody, "voice-paper.mn")
    assert desk.sheets(anybody, "voice-paper.mn") == 1
    for role, language in (("coordinator", "en"), ("case_worker", "mn"), ("front_desk", "mn")):
        anybody.goto(f"{served.address}/{language}/help/guide/{role}/")
        assert desk.sheets(anybody, f"guide-{role}.{language}") == 1
    anybody.goto(f"{served.address}/en/glossary/?q=%E6%8A%95%E8%AF%89")
    desk.seen(anybody, "glossary.en")
