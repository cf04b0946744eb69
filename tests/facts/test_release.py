"""A file of more than 100 persons is taken when a second officer has released it, and never by one person alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from tests import world
from tongxing.access.acting import Acting
from tongxing.facts import extracts
from tongxing.facts.models import Extract


@pytest.fixture(scope="module")
def officer(house) -> Acting:
    return world.somebody("mande")


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.EXTRACTS_FOLDER = tmp_path
    return tmp_path


def ready(by: Acting, folder: Path, persons: int | None) -> Extract:
    made: Extract = Extract.objects.using("owner").create(
        user_id=by.user_id,
        role=by.role,
        kinds=["child_registered"],
        form="csv",
        state="ready",
        persons=persons,
        starts_on=world.TODAY,
        ends_on=world.TODAY,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    (folder / f"{made.pk}.csv").write_bytes(b"rows")
    return made


def taken(by: Acting, one: Extract) -> int:
    return world.client(by, raise_request_exception=False).get(f"/en/extracts/{one.pk}/file/").status_code


@pytest.mark.parametrize(("persons", "alone"), [(0, 200), (100, 200), (101, 404), (None, 404)])
def test_one_officer_alone_takes_rows_of_a_hundred_persons_at_most(officer, folder, persons, alone: int) -> None:
    assert taken(officer, ready(officer, folder, persons)) == alone


@pytest.mark.parametrize("role", ["mande", "coordinator"])
def test_a_second_officer_releases_it_and_does_not_take_it(officer, folder, role: str) -> None:
    one, other = ready(officer, folder, 101), world.somebody(role)
    assert "waits for a second officer" in world.client(officer).get("/en/extracts/").content.decode()
    browser = world.client(other)
    assert f"/en/extracts/{one.pk}/release/" in browser.get("/en/extracts/").content.decode()
    assert browser.post(f"/en/extracts/{one.pk}/release/").status_code == 302
    assert taken(officer, one) == 200
    assert taken(other, one) == 404
    assert Extract.objects.using("owner").get(pk=one.pk).released_by_id == other.user_id


def test_who_asked_releases_it_neither_on_the_page_nor_in_sql(officer, folder) -> None:
    one = ready(officer, folder, 101)
    assert (
        world.client(officer, raise_request_exception=False).post(f"/en/extracts/{one.pk}/release/").status_code == 404
    )
    for statement in (
        f"select access.release_extract('{one.pk}')",
        f"update facts_extract set released_by_id = '{officer.user_id}' where id = '{one.pk}'",
        f"update facts_extract set persons = 1 where id = '{one.pk}'",
    ):
        with pytest.raises(Error), world.as_(officer), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic(using="owner"):
        Extract.objects.using("owner").filter(pk=one.pk).update(released_by=officer.user_id, released_at=timezone.now())
    assert taken(officer, one) == 404


@pytest.mark.parametrize("role", ["system", "security", "audit", "safeguarding"])
def test_nobody_but_officers_releases(officer, folder, role: str) -> None:
    one, by = ready(officer, folder, 101), world.somebody(role)
    with pytest.raises(PermissionDenied), world.as_(by):
        extracts.release(one.pk, by=by)
    with pytest.raises(Error), world.as_(by), connection.cursor() as cursor:
        cursor.execute("select access.release_extract(%s)", [one.pk])


def test_small_files_of_colleagues_are_not_seen(officer, folder) -> None:
    one = ready(officer, folder, 100)
    with world.as_(world.somebody("coordinator")):
        assert not Extract.objects.filter(pk=one.pk).exists()
