"""Files of an edition: documented JSON, feeds, the frozen content with its hash, and the command that writes them."""

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner, Result

from tests import world
from tests.publishing import rich
from tongxing.config import cli
from tongxing.publishing import actions, factsheet
from tongxing.publishing.formats import openapi
from tongxing.publishing.formats.document import Document
from tongxing.publishing.frozen import digest
from tongxing.publishing.models import Edition

SNAPSHOT = Path(__file__).parent / "openapi.json"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def coordinator(house: Any) -> Any:
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def edition(coordinator: Any) -> Edition:
    quarter = datetime.date(2026, 9, 30)
    return rich.published(coordinator, until=quarter)


def get(edition: Edition, name: str, language: str = "en") -> Any:
    return Client().get(f"/{language}/p/{rich.CODE}/{edition.number}/{name}")


def test_the_openapi_document_is_the_one_that_was_agreed() -> None:
    found = json.loads(json.dumps(openapi.described()))
    found["info"]["version"] = "any"
    assert found == json.loads(SNAPSHOT.read_text()), "a change of shape: raise document.SHAPE, then renew the snapshot"


def test_json_is_what_openapi_says(edition: Edition) -> None:
    body = get(edition, "factsheet.json").content
    document = TypeAdapter(Document).validate_json(body)
    assert document.edition.sha256 == edition.content_hash
    assert document.edition.standing == "final"
    broken = json.loads(body)
    broken["figures"][0]["number"]["state"] = "raw"
    with pytest.raises(ValidationError):
        TypeAdapter(Document).validate_json(json.dumps(broken))


def test_the_hash_is_that_of_the_content_that_everyone_can_fetch(edition: Edition) -> None:
    body = get(edition, "content.json").content
    assert hashlib.sha256(body).hexdigest() == edition.content_hash == digest(edition.content)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("json", "application/json"), ("csv", "text/csv; charset=utf-8"), ("xlsx", openapi.EXCEL)],
)
def test_files_say_what_they_are_and_carry_no_more_than_programme_and_edition_in_the_name(
    edition: Edition, suffix: str, kind: str
) -> None:
    answer = get(edition, f"factsheet.{suffix}")
    assert answer["Content-Type"] == kind
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Last-Modified"]
    if suffix != "json":
        assert answer["Content-Disposition"] == f'attachment; filename="{rich.CODE}-{edition.number}.{suffix}"'
    again = Client().get(answer.wsgi_request.path, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    onward = Client().get(f"/en/p/{rich.CODE}/factsheet.{suffix}")
    assert onward["Location"].endswith(f"/{edition.number}/factsheet.{suffix}")


@pytest.mark.parametrize("name", ["factsheet.exe", "factsheet.html", "by/xyz/", "how/souls_saved/"])
def test_what_is_not_offered_is_not_there(edition: Edition, name: str) -> None:
    assert get(edition, name).status_code == 404


def test_the_feeds_name_approved_editions_and_no_draft(coordinator: Any, edition: Edition) -> None:
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=rich.CODE, by=coordinator)
    for address in ("feed.atom", f"{rich.CODE}/feed.atom"):
        answer = Client().get(f"/mn/p/{address}")
        assert answer["Content-Type"].startswith("application/atom+xml")
        entries = ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")
        ids = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert f"urn:sha256:{edition.content_hash}" in ids
        assert draft.content_hash not in answer.content.decode()
        links = [link.get("href") for entry in entries for link in entry.findall(f"{ATOM}link")]
        assert all(Client().get(str(link)).status_code == 200 for link in links)


def test_an_edition_of_before_is_still_read(coordinator: Any, edition: Edition) -> None:
    """Its content has none of the fields that came later, and a table by site and sex."""
    old = json.loads(json.dumps(edition.content))
    figure = old["figures"][0]
    table = {"columns": [], "rows": [], "total": {"title": {}, "numbers": [figure["number"]]}, "small": 0, "hidden": 0}
    later = ("cubes", "ratio_of", "records", "sources", "filters", "places", "basis", "small", "hidden", "definition")
    for one in old["figures"]:
        for name in (*later, "note"):
            del one[name]
    figure["table"] = table
    for name in ("sentences", "standing", "standing_reason"):
        del old[name]
    before = Edition(content=old, content_hash=digest(old))
    sheet = actions.sheet(before)
    assert sheet.figures[0].tables[0].by == ("site", "sex")
    assert sheet.standing == ""


def test_only_what_has_happened_is_counted() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        factsheet.build(rich.CODE, as_of=timezone.now(), until=datetime.date(2099, 1, 1))


# The command ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(edition: Edition) -> Callable[..., Result]:
    def ask(*words: str) -> Result:
        return CliRunner().invoke(cli.app, ["publish", *words])

    return ask


@pytest.mark.parametrize("form", ["html", "json", "xlsx", "csv"])
def test_the_command_writes_the_approved_edition(run: Any, edition: Edition, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"sheet.{form}"
    day = edition.as_of.astimezone(factsheet.ZONE).date().isoformat()
    done = run("factsheet", rich.CODE, "--format", form, "--as-of", day, "--out", str(target), "--language", "en")
    assert done.exit_code == 0, done.output
    assert f"edition {edition.number}, approved" in " ".join(done.output.split())
    if form != "html":
        assert target.read_bytes() == get(edition, f"factsheet.{form}").content
    else:
        page = target.read_text()
        assert "<style>" in page
        assert 'href="/' not in page
        assert 'src="' not in page
        assert edition.content_hash in page


def test_a_day_without_an_edition_gives_a_draft_that_says_so(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "sheet.html"
    done = run("factsheet", rich.CODE, "--as-of", "2026-06-30", "--out", str(target), "--language", "en")
    assert done.exit_code == 0, done.output
    assert "an unapproved draft, figures until 2026-06-30" in " ".join(done.output.split())
    assert "Unapproved draft" in target.read_text()


def test_the_command_replaces_nothing_unasked(run: Any, tmp_path: Path) -> None:
    target = tmp_path / "sheet.csv"
    target.write_text("mine")
    words = ("factsheet", rich.CODE, "--format", "csv", "--out", str(target))
    assert run(*words).exit_code == 2
    assert target.read_text() == "mine"
    assert run(*words, "--force").exit_code == 0
    assert target.read_text() != "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]


@pytest.mark.parametrize(
    "words",
    [
        ("factsheet", "NO-SUCH"),
        ("factsheet", rich.CODE, "--as-of", "2099-01-01"),
        ("factsheet", rich.CODE, "--as-of", "yesterday"),
        ("factsheet", rich.CODE, "--format", "pdf"),
        ("factsheet", rich.CODE, "--out", "/no/such/folder/sheet.html"),
        ("verify", rich.CODE, "99"),
    ],
    ids=" ".join,
)
def test_wrong_words_end_with_2_and_say_why(run: Any, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Error" in done.output


def test_an_edition_is_verified_with_and_without_its_file(run: Any, edition: Edition, tmp_path: Path) -> None:
    number, file = str(edition.number), tmp_path / "content.json"
    assert run("verify", rich.CODE, number).exit_code == 0
    file.write_bytes(get(edition, "content.json").content)
    assert run("verify", rich.CODE, number, "--file", str(file)).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))
    assert run("verify", rich.CODE, number, "--file", str(file)).exit_code == 1


def test_editions_are_listed_with_their_hashes_and_their_changes(coordinator: Any, edition: Edition) -> None:
    page = Client().get(f"/en/p/{rich.CODE}/editions/").content.decode()
    assert edition.content_hash in page
    assert "Hash is right" in page
    assert "first edition" in get(edition, "changes/").content.decode()
    desk = world.somebody("front_desk", "changzhou-2")
    with world.as_(desk):
        world.registered(desk, world.child("陈八八", phones=("000 0008",)))
    following = rich.published(coordinator)
    page = get(following, "changes/").content.decode()
    assert "Migrant children registered" in page
    assert "&lt; 10" in page
