"""The front desk: search, register, assess, refer, hand over a receipt; and what it does with wrong input."""

from tests.journeys import desk


def test_a_child_is_searched_registered_assessed_and_referred(served, browser):
    page = desk.signed_in(browser, served, "desk", "zh-hans")
    desk.seen(page, "today.zh")
    name = desk.unlike_name()
    desk.search(page, served, "zh-hans", name=name, birth="2017年3月2日", origin="沧县")
    desk.comes(page, ".tx-match--none")
    desk.seen(page, "search-none.zh")
    number = desk.register(page, served, name, "zh-hans")
    assert number.startswith("DEMO-")
    desk.seen(page, "card.zh")
    person = desk.open_person(page)
    assert "2.1" in page.locator("main").inner_text()  # the next step by its clause, with its due date
    desk.seen(page, "person.zh")
    desk.search(page, served, "zh-hans", name=name, birth=desk.born(name)[:4])
    assert name in page.locator(".tx-candidate__name").first.inner_text()
    page.goto(person)
    desk.press(page, "main a[href*='/steps/']")
    desk.save(page)
    desk.press(page, "main a[href*='/assess/']")
    desk.save(page)
    desk.comes(page, ".govuk-error-summary")  # nothing chosen yet: every need is asked
    for group in page.locator("input[type=radio][value=none]").all():
        group.check()
    page.check("[name=need_school][value=pressing]")
    page.locator("[name=risk]").nth(1).check()
    desk.save(page)
    page.goto(person + "refer/")
    desk.seen(page, "refer.zh")
    desk.press(page, ".tx-offer a.govuk-button")
    desk.seen(page, "refer-confirm.zh")
    desk.press(page, "button.govuk-button--inverse")
    assert "/receipt/" in page.url
    for paper in ("zh-hans", "en", "mn"):
        page.goto(page.url.split("?")[0] + f"?paper={paper}")
        desk.seen(page, f"receipt.{paper}")
        assert desk.sheets(page, f"receipt.{paper}") == 1
    page.goto(f"{served.address}/mn/papers/referral/?paper=mn")
    assert desk.sheets(page, "blank-referral.mn") == 1


def test_what_was_typed_stays_when_something_is_to_be_mended(served, browser):
    page = desk.signed_in(browser, served, "desk")
    desk.search(page, served, name="闵")
    assert "One thing alone" in page.locator(".govuk-error-summary").inner_text()
    assert page.input_value("[name=name]") == "闵"
    desk.search(page, served, name=desk.unlike_name(), birth="31 February 2017")
    desk.comes(page, ".govuk-error-message")
    assert page.input_value("[name=birth]") == "31 February 2017"
    desk.search(page, served, name=desk.unlike_name(), birth="2017", origin="沧县")
    desk.press(page, "form[action*=start] button")
    desk.section(page, "move")
    page.fill("[name=origin]", "Nowhere County")
    desk.save(page)
    assert "No county" in page.locator(".govuk-error-summary").inner_text()
    assert page.input_value("[name=origin]") == "Nowhere County"
    desk.seen(page, "move-error.en")


def test_a_family_that_says_no_is_shown_services_and_nothing_is_kept(served, browser):
    page, name = desk.signed_in(browser, served, "case", "zh-hans", width=390), desk.unlike_name()
    desk.search(page, served, "zh-hans", name=name, birth="2017", origin="沧县")
    desk.press(page, "form[action*=start] button")
    desk.section(page, "consent")
    desk.seen(page, "consent.zh.390")
    page.check("[name=read_by][value=desk]")
    page.check("[name=consent_registration][value=refused]")
    desk.press(page, "button[name=undecided]")
    desk.seen(page, "refused.zh.390")
    assert page.locator(".govuk-error-summary").count() == 0  # no is a valid answer
    desk.press(page, "main form button.govuk-button")
    assert "/find/" in page.url
    page.goto(f"{served.address}/zh-hans/today/")
    assert name not in page.content()


def test_two_windows_on_one_draft_do_not_overwrite_each_other(served, browser):
    page = desk.signed_in(browser, served, "case")
    desk.search(page, served, name=desk.unlike_name(), birth="2017", origin="沧县")
    desk.press(page, "form[action*=start] button")
    draft = page.url
    first = page.context.new_page()
    first.goto(draft + "guardian/")
    page.goto(draft + "name/")
    page.check("[name=sex][value=male]")
    desk.save(page)
    first.fill("[name=guardian_name]", "闵建设")
    desk.save(first)
    desk.comes(first, ".govuk-error-summary")
    assert first.input_value("[name=guardian_name]") == "闵建设"
    first.check("[name=guardian_relation][value=father]")
    desk.save(first)
    assert first.url == draft


def test_the_desk_on_a_phone_in_chinese_and_mongolian(served, browser):
    page = desk.signed_in(browser, served, "desk", "zh-hans", width=390)
    desk.seen(page, "today.zh.390")
    page.goto(f"{served.address}/zh-hans/people/search/")
    desk.seen(page, "search.zh.390")
    for path in ("people/search", "papers/registration", "requests", "voice/take"):  # the longest words
        page.goto(f"{served.address}/mn/{path}/")
        desk.seen(page, f"{path.replace('/', '-')}.mn.390")
