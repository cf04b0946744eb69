"""From a registration to the public page: the figure of now moves at once, the public one only when approved."""

import re

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from tests import world
from tongxing.facts.suppression import Disclosing
from tongxing.programme.models import Programme
from tongxing.publishing import actions, factsheet
from tongxing.publishing.models import Edition

CODE = "MDGF-1880-H-CHN"


@pytest.fixture(scope="module")
def mande(house):
    return world.somebody("mande")


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


def figure(html: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}">\s*([^<]*)<', html.replace("&lt;", "‹"))
    assert found, html
    return found[1].strip().replace("‹", "<")


def approved(coordinator) -> Edition:
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator)
    with world.as_(coordinator):
        return actions.approve_edition(edition=draft.pk, seen=draft.content_hash, by=coordinator)


def test_before_the_first_edition_the_page_says_so(house):
    Programme.objects.using("owner").create(code="ZZ-NEW", title={"zh": "新", "en": "New programme", "mn": "Шинэ"})
    page = Client().get("/en/p/ZZ-NEW/")
    assert page.status_code == 200
    assert "No edition has been approved yet" in page.content.decode()
    assert "not stated in the source" in page.content.decode()
    assert Client().get("/en/p/ZZ-NEW/how/children_registered/").status_code == 404
    assert Client().get("/en/p/NEVER-WAS/").status_code == 404


def test_the_internal_figure_moves_at_once_and_the_public_one_when_approved(desk, mande, coordinator):
    approved(coordinator)
    officer = world.client(mande)
    before = officer.get("/en/figures/").content.decode()
    public_before = Client().get(f"/en/p/{CODE}/").content.decode()
    with world.as_(desk):
        world.registered(desk, world.child("陈七七", phones=("000 0007",)))
    after = officer.get("/en/figures/").content.decode()
    assert int(figure(after, "internal")) == int(figure(before, "internal")) + 1
    assert figure(after, "public") == figure(before, "public")
    assert Client().get(f"/en/p/{CODE}/").content.decode() == public_before
    edition = approved(coordinator)
    page = Client().get(f"/en/p/{CODE}/").content.decode()
    assert f"Edition {edition.number}" in page
    assert figure(page, "children_registered") == "< 10", "a handful of children is not told apart"
    assert figure(page, "centres_community") == "19"
    assert "over 350,000" in page
    assert "16,000 police officers”" not in page.replace("The summary says “16,000 police officers”", "")


def test_chinese_pages_write_ten_thousands(coordinator):
    approved(coordinator)
    page = Client().get(f"/zh-hans/p/{CODE}/").content.decode()
    assert "超过 35 万" in page or "over 35 万" in page
    assert "常州" in page


def test_a_permalink_keeps_the_edition_it_names(coordinator):
    first, second = approved(coordinator), approved(coordinator)
    page = Client().get(f"/en/p/{CODE}/{first.number}/").content.decode()
    assert f"Edition {first.number}" in page
    assert "A newer edition has replaced this one." in page
    assert second.number == first.number + 1
    assert Client().get(f"/en/p/{CODE}/{second.number + 50}/").status_code == 404


@pytest.mark.parametrize(
    "measure", ["children_registered", "referral_success", "centres_community", "services_delivered"]
)
def test_every_key_figure_says_how_it_is_made(coordinator, measure):
    edition = approved(coordinator)
    page = Client().get(f"/en/p/{CODE}/how/{measure}/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "What makes it one" in html
    assert coordinator.name in html
    assert Client().get(f"/en/p/{CODE}/{edition.number}/how/{measure}/").status_code == 200
    assert Client().get(f"/en/p/{CODE}/how/souls_saved/").status_code == 404


def test_approving_twice_publishes_once(coordinator):
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator)
    client = world.client(coordinator)
    address, seen = f"/en/publish/{draft.pk}/approve/", {"seen": draft.content_hash}
    assert "Before edition" in client.get(address).content.decode()
    first, second = client.post(address, seen), client.post(address, seen)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"] == f"/en/p/{CODE}/{draft.number}/"
    assert Edition.objects.of(CODE).approved().filter(number=draft.number).count() == 1


def test_a_draft_that_was_overtaken_is_not_approved(coordinator):
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator)
    approved(coordinator)
    answer = world.client(coordinator).post(f"/en/publish/{draft.pk}/approve/", {"seen": draft.content_hash})
    assert answer["Location"].endswith(f"/publish/?stale&programme={CODE}")
    assert "Nothing was approved" in world.client(coordinator).get(answer["Location"]).content.decode()


def test_only_what_was_seen_is_approved(coordinator):
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator)
        with pytest.raises(actions.Stale):
            actions.approve_edition(edition=draft.pk, seen="0" * 64, by=coordinator)


def test_an_edition_that_was_altered_is_not_shown(coordinator, house):
    edition = approved(coordinator)
    house.sql(
        "tx_owner",
        "update publishing_edition set content = jsonb_set(content, '{until}', '\"2020-01-01\"') where id = %s",
        [edition.pk],
    )
    with pytest.raises(ValueError, match="altered"):
        actions.sheet(Edition.objects.get(pk=edition.pk))
    house.sql(
        "tx_owner",
        "update publishing_edition set content = %s where id = %s",
        [psycopg.types.json.Jsonb(edition.content), edition.pk],
    )


def test_an_officer_drafts_and_does_not_approve(mande):
    with world.as_(mande):
        draft = actions.draft_edition(programme_code=CODE, by=mande)
    with pytest.raises(PermissionDenied), world.as_(mande):
        actions.approve_edition(edition=draft.pk, seen=draft.content_hash, by=mande)
    approval = {"state": "approved", "approved_at": timezone.now(), "approved_by_id": mande.user_id}
    with world.as_(mande):
        changed = Edition.objects.filter(pk=draft.pk).update(**approval, approver_name="me")
    assert changed == 0, "the database knows who approves"


def test_an_officer_cannot_slip_in_an_approved_edition(mande):
    programme = Programme.objects.get(code=CODE)
    with pytest.raises(DatabaseError, match="row-level security"), world.as_(mande):
        Edition.objects.create(
            programme=programme,
            number=999,
            state="approved",
            as_of=timezone.now(),
            content={},
            content_hash="",
            drafted_by_id=mande.user_id,
            approved_at=timezone.now(),
            approved_by_id=mande.user_id,
            approver_name="me",
        )


def test_nobody_changes_an_approved_edition(coordinator):
    edition = approved(coordinator)
    with world.as_(coordinator):
        assert Edition.objects.filter(pk=edition.pk).update(state="draft") == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Edition.objects.filter(pk=edition.pk).update(content={})


def test_everyone_reads_approved_editions_and_nobody_else_drafts(coordinator, desk):
    edition = approved(coordinator)
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator)
    assert Edition.objects.filter(pk__in=[edition.pk, draft.pk]).count() == 1
    with world.as_(desk):
        assert Edition.objects.filter(pk__in=[edition.pk, draft.pk]).count() == 1


@pytest.mark.parametrize("address", ["/en/figures/", "/en/publish/"])
def test_the_desk_sees_no_figures_and_publishes_nothing(desk, address):
    assert world.client(desk).get(address).status_code == 404, "as if there were no such page"
    assert Client().get(address).status_code == 302


def test_tables_that_would_tell_somebody_make_no_draft_and_the_page_says_so(house, monkeypatch):
    def telling(*_args: object, **_more: object) -> None:
        raise Disclosing("m at {} can be worked out")

    monkeypatch.setattr(factsheet.tables, "protected", telling)
    client = world.client(world.somebody("coordinator"))
    before = Edition.objects.using("owner").count()
    answer = client.post("/en/publish/draft/", {}, follow=True)
    assert "No draft was made" in answer.content.decode()
    assert Edition.objects.using("owner").count() == before
