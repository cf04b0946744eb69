"""The review desk: twenty pairs by keyboard alone, undone and laid aside, on wide screens and phones, and without a script."""

import itertools
import uuid
from typing import Any

import psycopg
import pytest

from tests.journeys import desk
from tongxing.config.state import State

PERSONS = """
    select p.id from registry_person p join organisations_centre c on c.id = p.centre_id
     where c.slug = 'changzhou-2' order by p.id limit 9"""
LEVELS = (
    '{"name": "same_sound_rare", "birth": "same_day", "household": "phone_and_guardian",'
    ' "document": "unknown", "sex": "same", "kin": "twin"}'
)
WEIGHTS = '{"name": 6.3, "birth": 4.5, "household": 3.1, "document": 0, "sex": 0.9, "kin": -9.5}'


@pytest.fixture(scope="module")
def queue(served) -> list[uuid.UUID]:
    """Thirty-six pairs of nine children, put there as the comparing job does."""
    logins = State(served.folder).login
    with psycopg.connect(**logins("tx_owner", "tongxing")) as connection:
        persons = [one for (one,) in connection.execute(PERSONS)]
    put = "select access.put_pair(%s, %s, 'uncertain', '2/2', 5.3, 0.62, %s, %s, 1, null, '')"
    with psycopg.connect(**logins("tx_linker", "tongxing"), autocommit=True) as connection:
        made = [
            connection.execute(put, [one, other, LEVELS, WEIGHTS]).fetchone()[0]
            for one, other in itertools.combinations(persons, 2)
        ]
    assert len(made) == 36 and all(made)
    return made


def stands(served: Any, pair: str) -> str:
    with psycopg.connect(**State(served.folder).login("tx_owner", "tongxing")) as connection:
        return str(connection.execute("select state from registry_reviewpair where id = %s", [pair]).fetchone()[0])


def pair_of(page: Any) -> str:
    return str(page.url.split("/review/")[1].split("/")[0])


def typed(page: Any, *keys: str) -> int:
    """Press keys, the last of which leads to another page; returns how many."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])
    return len(keys)


@pytest.mark.usefixtures("queue")
def test_twenty_pairs_are_decided_by_keyboard_alone_with_at_most_three_keys_each(served, browser) -> None:
    page = desk.signed_in(browser, served, "case")
    page.goto(f"{served.address}/en/people/review/")
    desk.seen(page, "review.en")
    typed(page, "j", "Enter")  # the start is a link: the letter follows it, Enter is not needed
    says = {"s": "same", "b": "sibling", "d": "different", "l": "deferred"}
    decided = []
    for key in "dbsdl" * 4:
        pair = pair_of(page)
        assert typed(page, key, "Enter") <= 3
        assert pair_of(page) != pair, "the next pair"
        decided.append((pair, says[key]))
    assert len({pair for pair, _said in decided}) == 20
    assert [stands(served, pair) for pair, _said in decided] == [said for _pair, said in decided]
    last = decided[-1][0]
    assert "Laid aside" in page.locator("[role=status]").first.inner_text()
    typed(page, "u", "Enter")
    assert pair_of(page) == last and stands(served, last) == "open"
    typed(page, "j")
    assert pair_of(page) != last
    typed(page, "k")
    assert pair_of(page) == last
    page.keyboard.press("?")
    assert page.locator("details[data-keys='?']").get_attribute("open") is not None
    desk.seen(page, "review-pair.en")


@pytest.mark.usefixtures("queue")
def test_letters_are_letters_while_one_types_and_when_keys_are_switched_off(served, browser) -> None:
    page = desk.signed_in(browser, served, "case")
    page.goto(f"{served.address}/en/people/review/next/")
    pair = pair_of(page)
    page.fill("[name=reason]", "")
    page.keyboard.type("seen, double")
    assert page.input_value("[name=reason]") == "seen, double"
    page.locator("h1").click()
    page.click("[data-quick-keys] button")
    page.keyboard.press("s")
    assert page.evaluate("document.activeElement.name || ''") != "says"
    page.click("[data-quick-keys] button")
    page.keyboard.press("s")
    assert page.evaluate("document.activeElement.value") == "same", "control: now the letter goes to the answer"
    assert stands(served, pair) == "open", "a letter alone decides nothing"


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_pair_is_decided_and_undone_without_a_script(served, browser, width: int) -> None:
    state = desk.signed_in(browser, served, "case").context.storage_state()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=False, storage_state=state
    )
    page = context.new_page()
    page.goto(f"{served.address}/zh-hans/people/review/")
    desk.press(page, "a[href$='/review/next/']")
    pair = pair_of(page)
    page.fill("[name=reason]", "两个孩子")
    desk.press(page, "button[value=different]")
    assert stands(served, pair) == "different"
    page.goto(f"{served.address}/zh-hans/people/review/{pair}/")
    assert "两个孩子" in page.locator("main").inner_text()
    page.fill("#undo-reason", "看错了")
    desk.press(page, "form[action$='/undo/'] button")
    assert pair_of(page) == pair and stands(served, pair) == "open"
    context.close()
    looked = desk.signed_in(browser, served, "case", "zh-hans", width)
    for name, where in (("review", ""), ("review-pair", f"{pair}/")):
        looked.goto(f"{served.address}/zh-hans/people/review/{where}")
        desk.seen(looked, f"{name}.zh.{width}")
