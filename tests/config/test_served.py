"""The program as people meet it: started by its own command, looked at in a real browser."""

import pytest


@pytest.mark.parametrize(("prefix", "lang"), [("zh-hans", "zh-Hans"), ("en", "en"), ("mn", "mn")])
def test_the_front_page_opens_in_each_language_without_a_fault(served, page, prefix: str, lang: str) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("requestfailed", lambda request: faults.append(f"{request.url} {request.failure}"))
    page.on("response", lambda answer: faults.append(f"{answer.url} {answer.status}") if answer.status >= 400 else None)
    page.goto(f"{served.address}/{prefix}/")
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    assert faults == []
