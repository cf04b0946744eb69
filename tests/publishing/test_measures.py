"""The public pages of measures: definition, what may be added up and why not, and the examples that the tests run."""

import pytest
from django.test import Client

from tongxing.facts.measures import shipped
from tongxing.facts.measures.examples import examples

LANGUAGES = ("zh-hans", "en", "mn")


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_names_every_measure_in_the_readers_language(language: str) -> None:
    html = page(f"/{language}/measures/")
    for code, one in shipped().items():
        assert f"/{language}/measures/{code}/" in html
        assert one.title.spoken(language) in html


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_shows_its_definition_and_all_its_examples(language: str) -> None:
    for code, one in shipped().items():
        html = page(f"/{language}/measures/{code}/")
        for text in (one.title, one.counted, one.one, one.where_when):
            assert text.spoken(language) in html
        for example in examples():
            assert (example.why[language.partition("-")[0]] in html) == (example.measure == code)


@pytest.mark.django_db
def test_the_page_says_what_may_not_be_added_up_and_who_would_be_counted_twice() -> None:
    html = page("/en/measures/children_registered/")
    assert "No: the whole period is counted anew." in html
    for double in ("at the same site again", "at another site of the same agency", "at another agency"):
        assert double in html
    assert "Yes: periods are added up." in page("/en/measures/registrations/")
    assert "both parts are added up first" in page("/en/measures/referral_success/")


@pytest.mark.django_db
def test_codes_are_said_in_words() -> None:
    html = page("/mn/measures/children_registered/")
    assert "Эмэгтэй" in html
    assert "Заагаагүй" in html
    assert ">not_stated<" not in html


@pytest.mark.django_db
def test_a_measure_that_is_not_there_is_not_found() -> None:
    assert Client().get("/en/measures/never_was/").status_code == 404
