"""Help in the page, the guides on one sheet, and the glossary."""

import pytest
from django.conf import settings
from django.test import Client

from tests import world
from tongxing.access.permissions import ROLES
from tongxing.core.words import LANGUAGES
from tongxing.desk import glossary, navigation
from tongxing.desk import help as helping


@pytest.mark.parametrize("role", ROLES)
def test_every_page_in_the_navigation_of_a_role_has_help_in_three_languages(role: str) -> None:
    missing = [page.url_name for page in helping.pages_of(role) if helping.of_page(page.url_name) is None]
    assert not missing, "write a text into tongxing/desk/help.yaml"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_what_it_never_forgets(role: str) -> None:
    assert 3 <= len(helping.of_role(role)) <= 5


def test_help_is_short_enough_to_be_read_and_a_guide_fits_on_one_sheet() -> None:
    for role in ROLES:
        said = [chapter.words for chapter in helping.chapters(role)] + list(helping.of_role(role))
        for language in LANGUAGES:
            assert all(len(words[language]) <= 330 for words in said), (role, language)
            assert sum(len(words[language]) for words in said) < 3000, (role, language)


def test_the_help_of_a_page_is_that_of_the_entry_that_is_marked() -> None:
    class Somebody:
        role = "front_desk"

    assert helping.here("procedures:referral_received", Somebody()) == helping.of_page("procedures:referral_list")
    assert helping.here("desk:home", None) is None


def test_a_work_page_carries_its_help_and_the_way_to_the_guide(house, desk) -> None:
    page = world.client(desk).get("/en/people/search/").content.decode()
    assert "Always search before you register" in page and "/en/help/guide/front_desk/" in page


def test_the_guide_speaks_the_language_of_the_paper(house) -> None:
    for language, words in (("zh-hans", "登记前一定先查找"), ("en", "Always search"), ("mn", "заавар")):
        page = Client().get(f"/en/help/guide/front_desk/?paper={language}").content.decode()
        assert (words in page) or (language == "mn" and "заавал хайна" in page)
    assert Client().get("/en/help/guide/nobody/").status_code == 404
    assert all(Client().get(f"/mn/help/guide/{role}/").status_code == 200 for role in ROLES)


def test_the_glossary_of_the_page_is_that_of_the_document() -> None:
    written = glossary.read(glossary.SOURCE.read_text("utf-8"))
    assert len(written) > 150
    assert list(glossary.terms()) == written, "run `python -m tongxing.desk.glossary`"


@pytest.mark.parametrize("typed", ["投诉", "grievance", "гомдол", "GRIEVANCE"])
def test_a_word_is_found_in_any_of_the_three_languages_without_a_script(house, typed: str) -> None:
    for language, _name in settings.LANGUAGES:
        page = Client().get(f"/{language}/glossary/", {"q": typed}).content.decode()
        assert "投诉" in page and "留守儿童" not in page
    assert "No word like this" in Client().get("/en/glossary/", {"q": "zzzz"}).content.decode()


def test_names_in_code_are_no_words_of_the_public_page() -> None:
    assert not [term for term in glossary.terms() if "`" in term.meaning]
    assert navigation.address("desk:glossary")
