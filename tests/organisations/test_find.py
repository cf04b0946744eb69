"""The public page, as a reader meets it."""

import pytest
from django.test import Client

from tongxing.organisations import actions


@pytest.fixture(scope="module", autouse=True)
def places(house):
    actions.load_reference()
    return house


@pytest.fixture
def get():
    return lambda address: Client(headers={"host": "localhost"}).get(address)


def test_anybody_finds_a_service_without_signing_in(get):
    response = get("/en/find/?place=Changzhou&need=school")
    assert response.status_code == 200
    page = response.content.decode()
    assert "School entry advice for migrant children" in page
    assert "6–15 years" in page
    assert "Free, no document needed" in page
    assert "Hours were checked on" in page


def test_the_same_address_in_another_language_finds_the_same(get):
    chinese = get("/zh-hans/find/?place=Changzhou&need=school").content.decode()
    mongolian = get("/mn/find/?place=Changzhou&need=school").content.decode()
    assert "流动儿童入学咨询" in chinese
    assert "Шилжин суугч хүүхдийн сургуульд элсэх зөвлөгөө" in mongolian


def test_what_one_looks_for_is_not_kept_by_the_browser_and_sets_no_cookie(get):
    response = get("/en/find/?need=counselling")
    assert "no-store" in response.headers["Cache-Control"]
    assert not response.cookies


@pytest.mark.parametrize("age", ["abc", "-1", "900", "9.5", "9 or 10"])
def test_an_age_that_is_no_number_is_explained_and_what_was_typed_stays(get, age):
    response = get(f"/en/find/?place=Tianjin&age={age}")
    page = response.content.decode()
    assert response.status_code == 422
    assert "Write the age as a whole number of years, for example 9." in page
    assert f'value="{age}"' in page and 'value="Tianjin"' in page


def test_a_full_width_age_is_understood(get):
    assert get("/zh-hans/find/?age=９").status_code == 200


def test_an_unknown_need_is_explained(get):
    response = get("/en/find/?need=gold")
    assert response.status_code == 422
    assert "Choose from the list; “gold” is not in it." in response.content.decode()


def test_what_was_typed_cannot_become_markup(get):
    page = get("/en/find/?place=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script>alert(1)" not in page
    assert "We do not know a place called" in page


def test_a_place_nobody_knows_is_said_so_with_a_remedy(get):
    assert "in characters or pinyin" in get("/en/find/?place=Atlantis").content.decode()


def test_a_nul_character_is_refused_and_not_passed_on(get):
    assert get("/en/find/?place=%00").status_code == 400


def test_only_reading_is_possible():
    assert Client(headers={"host": "localhost"}).post("/en/find/", {"place": "x"}).status_code in (403, 405)
