"""A partner's list at a front desk: sent, seen row by row, left and returned to, registered, taken out again."""

from typing import Any

import pytest

from tests.journeys import desk
from tests.procedures import lists

ROWS = [lists.child(300), lists.child(301), lists.child(302, 同意日期="")]


@pytest.fixture
def at_work(served: Any, browser: Any) -> Any:
    return desk.signed_in(browser, served, "desk")


def until(page: Any, words: str) -> None:
    page.get_by_text(words, exact=False).first.wait_for(timeout=90_000)


def test_a_list_is_checked_left_imported_and_taken_out(served, at_work, tmp_path) -> None:
    page, file = at_work, tmp_path / "list.xlsx"
    file.write_bytes(lists.as_xlsx(ROWS))
    page.goto(f"{served.address}/en/rosters/")
    page.set_input_files("input[type=file]", str(file))
    page.get_by_role("button", name="Check the list").click()
    page.wait_for_url("**/rosters/*-*/")
    address = page.url
    page.goto(f"{served.address}/en/today/")  # left, and returned to
    page.goto(address)
    until(page, "Nobody has been registered yet")
    assert "F4" in page.inner_text("main"), "the cell without a day of consent is named"
    page.get_by_role("button", name="Register 2 children").click()
    until(page, "Take this list out again")
    page.goto(f"{address}?show=imported")
    page.get_by_role("link", name=ROWS[0]["姓名"]).click()
    assert ROWS[0]["姓名"] in page.inner_text("main")
    page.goto(address)
    page.get_by_text("Take this list out again").click()
    page.get_by_role("button", name="Take out").click()
    until(page, "Taken out again")
    page.goto(f"{address}?show=undone")
    assert ROWS[0]["姓名"] not in page.inner_text("main")
