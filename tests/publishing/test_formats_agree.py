"""Every number of a rich edition is the same on the page, on paper, in Excel, JSON and CSV, cell by cell."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from tests import world
from tests.publishing import reading, rich
from tongxing.publishing import actions, pages
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet

FORMATS = ("page", "print", "xlsx", "json", "csv")
LANGUAGES = ("en", "zh-hans", "mn")


@pytest.fixture(scope="module")
def edition(house: Any) -> Edition:
    rich.recorded()
    rich.reported()
    return rich.published(world.somebody("coordinator"))


@pytest.fixture(scope="module")
def sheet(edition: Edition) -> Factsheet:
    return actions.sheet(edition)


def bodies(edition: Edition, sheet: Factsheet, language: str) -> dict[str, list[bytes]]:
    """What a reader gets, format by format; the page is several addresses that together show the whole."""
    home = f"/{language}/p/{rich.CODE}/{edition.number}/"
    by = [f"{home}by/{dimension}/" for dimension in sheet.dimensions]
    how = [f"{home}how/{figure.measure}/" for figure in sheet.figures]
    addresses = {"page": [home, *by, *how], "print": [f"{home}print/"]}
    addresses |= {suffix: [f"{home}factsheet.{suffix}"] for suffix in ("xlsx", "json", "csv")}
    client = Client()
    found = {name: [client.get(address) for address in several] for name, several in addresses.items()}
    assert all(answer.status_code == 200 for answers in found.values() for answer in answers)
    return {name: [answer.content for answer in answers] for name, answers in found.items()}


def read(form: str, body: list[bytes], sheet: Factsheet, language: str) -> reading.Read:
    with override(language):
        if form in ("page", "print"):
            return reading.from_page([page.decode() for page in body], sheet)
        if form == "xlsx":
            return reading.from_workbook(body[0], sheet, language)
        return reading.from_json(body[0], language) if form == "json" else reading.from_csv(body[0])


def differences(found: reading.Read, wanted: reading.Read) -> list[str]:
    return [
        f"{place}: {found.get(place)!r}, not {words!r}" for place, words in wanted.items() if found.get(place) != words
    ]


def test_the_edition_is_rich_enough_to_prove_something(sheet: Factsheet) -> None:
    with override("en"):
        words = reading.truth(sheet, "en")
    states = {text if not text[:1].isdigit() else "number" for text in words.values()}
    assert {"number", "< 10", "hidden"} <= states, states
    assert len(words) > 100
    assert {place[0] for place in words} == {"figure", "step", "ratio_of", "reach", "table", "claim", "reported"}
    assert set(sheet.dimensions) == {"site", "organisation", "year", "age_band", "need", "area"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_is_the_same_in_every_format(edition: Edition, sheet: Factsheet, language: str) -> None:
    with override(language):
        wanted = reading.truth(sheet, language)
    found = {form: read(form, body, sheet, language) for form, body in bodies(edition, sheet, language).items()}
    assert set(found) == set(FORMATS)
    for form, cells in found.items():
        assert differences(cells, wanted) == [], form
        assert set(cells) == set(wanted), f"{form} shows what the others do not"
    print(f"{language}: {len(wanted)} numbers × {len(found)} formats, 0 differing")


ALTERED: dict[str, Callable[[bytes], bytes]] = {
    "page": lambda body: re.sub(rb'(<td class="n">)\d+(</td>)', rb"\g<1>7\2", body, count=1),
    "print": lambda body: re.sub(rb'(data-figure="\w+">)\d+', rb"\g<1>7", body, count=1),
    "json": lambda body: re.sub(rb'("en": )"\d+"', rb'\1"7"', body, count=1),
    "csv": lambda body: re.sub(rb",rounded,\d+,\d+,", b",rounded,7,7,", body, count=1),
}


@pytest.mark.parametrize("form", ALTERED)
def test_one_altered_cell_is_noticed(edition: Edition, sheet: Factsheet, form: str) -> None:
    with override("en"):
        wanted = reading.truth(sheet, "en")
    body = bodies(edition, sheet, "en")[form]
    altered = [ALTERED[form](page) if place == len(body) - 1 else page for place, page in enumerate(body)]
    assert altered != body
    try:
        found = differences(read(form, altered, sheet, "en"), wanted)
    except AssertionError as error:
        found = [str(error)]
    assert len(found) == 1, found


def test_sentences_have_the_numbers_of_their_figures(edition: Edition, sheet: Factsheet) -> None:
    for language in LANGUAGES:
        page = Client().get(f"/{language}/p/{rich.CODE}/{edition.number}/").content.decode()
        with override(language):
            for words, figures, _code in pages.shown(sheet, edition)["achievements"]:
                assert words in page
                assert all(figure.number.text(language) in words for figure in figures)


def test_every_offered_dimension_has_a_lasting_address_and_the_form_leads_there(
    edition: Edition, sheet: Factsheet
) -> None:
    home = f"/en/p/{rich.CODE}/{edition.number}/"
    page = Client().get(home).content.decode()
    for dimension in (*sheet.dimensions, "outcome"):
        assert f'<option value="{dimension}"' in page
        onward = Client().get(f"{home}by/", {"by": dimension})
        assert onward["Location"] == f"{home}by/{dimension}/#report"
        assert Client().get(f"{home}by/{dimension}/").status_code == 200
    assert Client().get(f"{home}by/", {"by": "name"})["Location"] == home
    assert Client().get(f"{home}by/name/").status_code == 404
