"""Factsheets of three programmes: what each page states, what it does not, and the share link that knows nobody."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests import world
from tongxing.facts.disclosure import protect
from tongxing.facts.results import Cell
from tongxing.organisations.models import Site
from tongxing.programme.actions import record_lesson
from tongxing.programme.models import Programme
from tongxing.publishing import actions
from tongxing.publishing.about import About, about
from tongxing.publishing.factsheet import Factsheet, Header
from tongxing.publishing.frozen import digest, freeze, thaw
from tongxing.publishing.models import Edition

UNESCO, UNDP, MDGF = "UNESCO-UPAM", "00056779", "MDGF-1880-H-CHN"


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def editions(coordinator):
    return {code: approved(code, coordinator) for code in (UNESCO, UNDP, MDGF)}


def approved(code: str, by) -> Edition:
    with world.as_(by):
        draft = actions.draft_edition(programme_code=code, by=by)
        return actions.approve_edition(edition=draft.pk, seen=draft.content_hash, by=by)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def section(html: str, id: str) -> str:
    """The words of the section with this heading, up to the next heading of its kind."""
    return words(html[html.index(f'id="{id}"') :].split("<h2")[0])


def test_before_an_edition_every_programme_says_what_its_page_states(house):
    for code in (UNESCO, UNDP, MDGF):
        page = Client().get(f"/en/p/{code}/")
        assert page.status_code == 200 and "Alignments and rights" in page.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en", "mn"])
def test_the_list_shows_all_three_with_status_and_dates(editions, language):
    page = Client().get(f"/{language}/p/").content.decode()
    assert all(f"/p/{code}/" in page for code in editions)
    assert page.index(MDGF) < page.index(UNDP), "with figures first"
    if language == "en":
        assert "November 2007 – December 2010" in page, "a month is not made a day"
        assert "31 December 2008 – 11 February 2012" in page and "Status not stated" in page


def test_a_programme_without_figures_has_a_factsheet_too(editions):
    html = Client().get(f"/en/p/{UNDP}/").content.decode()
    assert "Nothing of this programme is recorded here" in html
    for said in (
        "US$ 1,725,000",
        "US$ 2,506,410",
        "US$ 4,231,410",
        "between 130,000,000 and 150,000,000",
        "almost 50%",
    ):
        assert said in html
    assert "1.3 亿–1.5 亿" in Client().get(f"/zh-hans/p/{UNDP}/").content.decode()
    assert "The page names no pilot site." in html and "Programme Manager" in html
    assert "meixiang" not in html.lower() and "8532" not in html


def test_a_goal_that_the_page_does_not_state_is_said_to_be_ours(editions):
    said = section(Client().get(f"/en/p/{UNESCO}/").content.decode(), "al")
    assert "UN Millennium Development Goal 1 stated by the page" in said
    assert "Sustainable Development Goal 10 Reduced inequalities mapped later by this platform" in said


def test_the_map_says_where_work_met_and_where_it_did_not(editions):
    mdgf = section(Client().get(f"/en/p/{MDGF}/").content.decode(), "si")
    assert re.search(r"Outcome 1 \+ Outcome 3: meet at 1 site\s*\(\s*Tianjin\s*\)", mdgf)
    assert "Outcome 2 + Outcome 3: meet at no site" in mdgf
    unesco = section(Client().get(f"/en/p/{UNESCO}/").content.decode(), "si")
    assert "Area of work 1 + Area of work 2: meet at no site" in unesco, "what is planned has met nothing yet"
    assert unesco.count("planned, says the page") == 17


def test_the_map_repeats_what_the_key_figure_shows_and_counts_nothing(house):
    programme = Programme.objects.get(code=MDGF)
    site = Site.objects.get(slug="mdgf-tianjin")
    shown = protect([Cell("children_registered", "persons", (), 123)], "public").only("children_registered")
    [row] = [
        row for row in about(programme, {"children_registered": {site.name: shown}}).sites if row.name == site.name
    ]
    assert [cell.record for cell in row.cells] == [None, None, shown]
    assert all(cell.record is None for row in about(programme, {}).sites for cell in row.cells)


def test_what_is_shared_names_the_page_and_nobody(editions):
    html = Client().get(f"/en/p/{UNESCO}/").content.decode()
    link = re.search(r'href="(mailto:[^"]+)"', html)[1].replace("&amp;", "&")
    told = parse_qs(urlsplit(link).query)
    assert told == {
        "subject": ["Urban Poverty Alleviation Among Migrants"],
        "body": [f"http://testserver/en/p/{UNESCO}/{editions[UNESCO].number}/"],
    }
    assert "Monitoring and evaluation" in section(html, "doc")


def test_a_lesson_recorded_here_is_public_with_the_next_edition(editions, coordinator):
    said = {"zh": "第 417 条（演示）", "en": "Lesson 417 (demonstration)"}
    with world.as_(coordinator):
        record_lesson(programme=Programme.objects.get(code=UNESCO), kind="lesson", text=said, by=coordinator)
    assert "Lesson 417" not in Client().get(f"/en/p/{UNESCO}/").content.decode()
    approved(UNESCO, coordinator)
    page = Client().get(f"/mn/p/{UNESCO}/").content.decode()
    assert '<span lang="en">Lesson 417 (demonstration)</span>' in page, (
        "what has no Mongolian says in which language it is"
    )


def test_an_edition_from_before_a_field_existed_thaws_with_its_default(editions):
    content = freeze(actions.sheet(editions[MDGF]))
    del content["header"]["about"]
    content["header"] |= {"practices": [{"en": "An old practice"}], "lessons": []}
    for claim in content["claims"]:
        del claim["claimed_to"]
    old = thaw(Factsheet, content)
    assert old.header.about == About() and old.header.practices[0]["en"] == "An old practice"
    assert digest(content) != editions[MDGF].content_hash, "a hash is of what was frozen then"


def test_a_field_without_a_default_is_never_made_up(editions):
    content = freeze(actions.sheet(editions[MDGF]).header)
    del content["title"]
    with pytest.raises((KeyError, TypeError), match="title"):
        thaw(Header, content)


def test_what_was_frozen_comes_back_the_same(editions):
    sheet = actions.sheet(editions[MDGF])
    assert thaw(Factsheet, freeze(sheet)) == sheet
    assert len(sheet.header.about.sites) == 6 and len(sheet.header.about.lessons) == 11


def test_work_is_about_the_programme_that_is_chosen(editions, coordinator):
    client = world.client(coordinator)
    assert f"<b>{MDGF}</b>" in client.get("/en/publish/").content.decode(), "the one with figures first"
    assert f"<b>{UNDP}</b>" in client.get(f"/en/publish/?programme={UNDP}").content.decode()
    answer = client.post("/en/publish/draft/", {"programme": UNDP})
    assert answer["Location"] == f"/en/publish/?programme={UNDP}"
    assert Edition.objects.using("owner").of(UNDP).drafts().exists()
    assert client.get("/en/publish/?programme=NONE").status_code == 404
    assert client.get(f"/en/figures/?programme={UNDP}").status_code == 404, "nothing of it is counted"
    assert client.get("/en/figures/").status_code == 200
