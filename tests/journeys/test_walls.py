"""Who may see nothing of a child: another centre, a clinic without a referral, the officer beyond the registration."""

from tests.journeys import desk


def test_nobody_else_sees_the_child(served, browser):
    worker, name = desk.signed_in(browser, served, "desk"), desk.unlike_name()
    number = desk.register(worker, served, name)
    person = desk.open_person(worker)

    other = desk.signed_in(browser, served, "other")
    assert other.goto(person).status == 404
    assert name not in other.content()
    desk.search(other, served, name=name, birth=desk.born(name), origin="沧县")
    assert "possible" in other.locator(".tx-match").get_attribute("class")
    assert name not in other.locator(".tx-match").inner_text()
    assert number not in other.content()
    desk.seen(other, "search-elsewhere.en")

    clinic = desk.signed_in(browser, served, "clinic")
    assert clinic.goto(person).status == 404
    clinic.goto(f"{served.address}/en/referrals/")
    assert name not in clinic.content()

    officer = desk.signed_in(browser, served, "police")
    officer.goto(f"{served.address}/en/registrations/")
    assert number not in officer.content()  # a colleague of the desk registered it
    assert officer.goto(person).status == 404
    assert officer.goto(f"{served.address}/en/today/").status == 404

    for login in ("mande", "lead", "guard"):
        page = desk.signed_in(browser, served, login)
        assert page.goto(person).status == 404
        assert name not in page.content()


def test_an_officer_registers_and_sees_the_registration_only(served, browser):
    page, name = desk.signed_in(browser, served, "police"), desk.unlike_name()
    number = desk.register(page, served, name)
    desk.open_person(page)
    assert page.url.endswith("/registrations/")
    assert number in page.content()
    desk.seen(page, "registrations.en")
