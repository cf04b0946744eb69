"""Files of rows for officers: what is in them, whose they are, and what a killed worker leaves."""

import csv
import datetime
import os
import subprocess
import sys
import uuid
import zipfile
from io import BytesIO, StringIO

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.architecture.house import HOUSE
from tests.world import as_, centre_id, client, somebody
from tongxing import facts
from tongxing.access.acting import Acting
from tongxing.facts import extracts
from tongxing.facts.models import Extract

PERIOD = (datetime.date(2026, 1, 1), datetime.date(2026, 12, 31))


@pytest.fixture(scope="module")
def officer(house):
    return somebody("mande")


@pytest.fixture
def folder(settings, tmp_path):
    settings.EXTRACTS_FOLDER = tmp_path / "extracts"
    return settings.EXTRACTS_FOLDER


@pytest.fixture(scope="module")
def subjects(house) -> list[uuid.UUID]:
    """Four facts of three children, one of whom refused statistics, and one fact that was taken back."""
    known = [uuid.uuid4(), uuid.uuid4()]
    place = centre_id("changzhou-2")
    with as_(somebody("front_desk", "changzhou-2")) as by:
        told = [
            facts.Draft(
                kind="child_registered",
                occurred_on=datetime.date(2026, 3, 14),
                source="procedures.Registration",
                source_id=uuid.uuid4(),
                subject=subject,
                centre_id=place,
                sex="female" if subject else "",
                birth_year=2016 if subject else None,
                origin_division="130921" if subject else "",
                attributes={"channel": "desk"},
            )
            for subject in (*known, known[0], None, uuid.uuid4())
        ]
        recorded = facts.record(told, by=by)
        facts.void(recorded[-1], reason="mistake", by=by)
    return known


def asked(by, form: str = "csv") -> Extract:
    with as_(by):
        return extracts.ask(["child_registered"], *PERIOD, form=form, by=by)


def rows_of(one: Extract) -> list[dict[str, str]]:
    content = extracts.content(one, by=Acting(one.user_id, "", one.role, None))
    if one.form == "csv":
        text = zipfile.ZipFile(BytesIO(content)).read("facts.csv").decode("utf-8-sig")
        return list(csv.DictReader(StringIO(text)))
    if one.form == "parquet":
        return pq.read_table(BytesIO(content)).to_pylist()
    names, *rows = openpyxl.load_workbook(BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows if any(row)]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_file_holds_every_living_fact_and_nothing_of_a_person(officer, subjects, folder, form: str) -> None:
    done = extracts.make(asked(officer, form).pk, by=officer)
    assert (done.state, done.total, done.written, done.persons) == ("ready", 4, 4, 3)
    rows = rows_of(done)
    assert len(rows) == 4
    told = [row for row in rows if row["sex"]]
    assert {row["month"] for row in rows} == {"2026-03"}
    assert {(row["age_band"], row["origin_province"], row["centre"]) for row in told} == {("6-11", "13", "changzhou-2")}
    assert len({row["person"] for row in told}) == 2, "two of the three rows are of one child"
    assert next(row for row in rows if not row["sex"])["person"] in ("", None), "who refused is nobody, in any file"
    raw = "".join(map(str, rows))
    assert not [subject for subject in subjects if str(subject) in raw or subject.hex[:16] in raw]
    assert "2016" not in raw and "130921" not in raw and "-03-14" not in raw


def test_what_does_not_fit_on_one_sheet_goes_on_on_the_next(officer, subjects, folder, monkeypatch) -> None:
    monkeypatch.setattr(extracts, "SHEET", 3)
    book = openpyxl.load_workbook(
        BytesIO(extracts.content(extracts.make(asked(officer, "xlsx").pk, by=officer), by=officer))
    )
    assert [(sheet.title, sheet.max_row - 1) for sheet in book.worksheets] == [("facts 1", 3), ("facts 2", 1)]


def test_numbers_of_persons_are_drawn_anew_for_every_file(officer, subjects, folder) -> None:
    one, other = (rows_of(extracts.make(asked(officer).pk, by=officer)) for _ in range(2))
    assert not ({row["person"] for row in one} & {row["person"] for row in other}) - {""}


def test_what_is_written_is_noted_on_the_way(officer, subjects, folder, monkeypatch) -> None:
    monkeypatch.setattr(extracts, "TOLD", 2)
    notes: list[dict] = []
    note = extracts._note
    monkeypatch.setattr(extracts, "_note", lambda one, **told: (notes.append(told), note(one, **told)))
    extracts.make(asked(officer).pk, by=officer)
    assert [told.get("written") for told in notes] == [0, 2, 4, 4]


def test_who_lost_the_right_meanwhile_gets_no_file(officer, subjects, folder, house) -> None:
    gone = somebody("mande")
    one = asked(gone)
    house.sql(
        "tx_owner", "update organisations_membership set ends_on = current_date - 1 where user_id = %s", [gone.user_id]
    )
    with pytest.raises(PermissionDenied):
        extracts.make(one.pk, by=gone)
    assert Extract.objects.using("owner").get(pk=one.pk).state == "failed"
    assert not list(folder.glob("*"))


def test_only_who_asked_sees_and_takes_it(officer, subjects, folder, house) -> None:
    one = extracts.make(asked(officer).pk, by=officer)
    url = f"/en/extracts/{one.pk}/file/"
    answer = client(officer).get(url)
    assert answer.status_code == 200 and answer.content == extracts.content(one, by=officer)
    assert "tongxing-facts-20260101-20261231.csv.zip" in answer["Content-Disposition"]
    for other in (somebody("mande"), somebody("coordinator"), somebody("front_desk", "changzhou-2"), None):
        assert client(other).get(url).status_code in (302, 404)
    noted = house.sql("tx_owner", "select ids from access_readnote where kind = 'extract'")
    assert noted == [([str(one.pk)],)]
    assert house.sql("tx_owner", "select path from access_securityevent where kind = 'extract'") == [("4 rows",)]


def test_a_file_expires(officer, subjects, folder, house) -> None:
    one = extracts.make(asked(officer).pk, by=officer)
    house.sql("tx_owner", "update facts_extract set expires_at = now() where id = %s", [one.pk])
    assert client(officer).get(f"/en/extracts/{one.pk}/file/").status_code == 404
    assert extracts.expire() == 0
    long_ago = (timezone.now() - extracts.KEPT - datetime.timedelta(hours=1)).timestamp()
    os.utime(extracts.path_of(one), (long_ago, long_ago))
    assert extracts.expire() == 1
    assert not list(folder.glob("*"))


KILLED = """
import os, signal, sys, uuid
from pathlib import Path
import django
django.setup()
from django.conf import settings
settings.EXTRACTS_FOLDER = Path(sys.argv[1])
from tongxing.access.acting import Acting
from tongxing.facts import extracts
extracts.TOLD = 2
note = extracts._note
def killed(asked, **told):
    note(asked, **told)
    if told.get("written"):
        os.kill(os.getpid(), signal.SIGKILL)
extracts._note = killed
extracts.make(uuid.UUID(sys.argv[2]), by=Acting(uuid.UUID(sys.argv[3]), "", "mande", None))
"""


def test_a_killed_worker_leaves_no_half_file_and_the_job_begins_again(officer, subjects, folder, house) -> None:
    one = asked(officer)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(one.pk), str(officer.user_id)],
        cwd=HOUSE,
        env=os.environ | {"TONGXING_DATABASE": house.name},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr
    assert [path.suffix for path in folder.glob("*")] == [".part"]
    assert client(officer).get(f"/en/extracts/{one.pk}/file/").status_code == 404, "nothing half is offered"
    again = extracts.make(one.pk, by=officer)
    assert again.state == "ready" and len(rows_of(again)) == 4
    assert [path.name for path in folder.glob("*")] == [extracts.path_of(one).name]


def test_the_page_asks_and_shows_how_far_it_is(officer, subjects, folder, house) -> None:
    browser = client(officer)
    wrong = {"kinds": [], "starts_on": "2026-12-31", "ends_on": "2026-01-01", "form": "csv"}
    assert browser.post("/en/extracts/ask/", wrong).status_code == 422
    given = wrong | {"kinds": ["child_registered"], "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    assert browser.post("/en/extracts/ask/", given).status_code == 302
    text = browser.get("/en/extracts/").content.decode()
    assert "Waiting" in text and 'hx-trigger="every 3s"' in text
    assert "Entered by mistake" in text, "how many were taken back, and why"
    [(task, args)] = house.sql("tx_owner", "select task_name, args from procrastinate_jobs order by id desc limit 1")
    assert task.endswith("facts_extract") and set(args) == {"extract", "user", "role"}


def test_an_unknown_kind_is_not_asked_for(officer, folder) -> None:
    with pytest.raises(ValueError, match="no such kind"), as_(officer):
        extracts.ask(["dream"], *PERIOD, form="csv", by=officer)
    with pytest.raises(PermissionDenied), as_(somebody("front_desk", "changzhou-2")) as desk:
        extracts.ask(["child_registered"], *PERIOD, form="csv", by=desk)
