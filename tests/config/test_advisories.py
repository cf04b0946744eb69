"""Unsafe libraries are found by a dated copy of advisories, and nothing that was not checked looks checked."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongxing.config import advisories, supply
from tongxing.config.cli import app

TODAY = date(2026, 11, 22)
DAY = "2026-11-20T10:00:00Z"


def advisory(name: str = "django", modified: str = DAY, ecosystem: str = "PyPI", **said: object) -> dict:
    part = {"package": {"ecosystem": ecosystem, "name": name}} | said
    return {"id": "PLANTED-1", "modified": modified, "summary": "planted", "affected": [part]}


def between(*events: tuple[str, str]) -> dict:
    return {"ranges": [{"type": "ECOSYSTEM", "events": [dict([event]) for event in events]}]}


@pytest.fixture
def copy(tmp_path):
    def made(*known: dict) -> Path:
        for number, one in enumerate(known):
            (tmp_path / f"{number}.json").write_text(json.dumps(one))
        return tmp_path

    return made


def state(copy: Path | None, today: date = TODAY, **versions: str) -> str:
    return advisories.check(copy, versions or {"django": "5.2.3"}, today).state


def test_an_advisory_for_a_version_that_is_locked_here_is_found(copy) -> None:
    locked = advisories.used()
    assert len(locked) > 50 and locked["django"].startswith("5.2")
    found = advisories.check(copy(advisory("Django", versions=[locked["django"]])), locked, TODAY)
    assert (found.state, found.affected[0].name, found.affected[0].advisory) == ("affected", "django", "PLANTED-1")


@pytest.mark.parametrize(
    ("events", "is_found"),
    [
        ([("introduced", "0"), ("fixed", "5.2.4")], True),
        ([("introduced", "0"), ("fixed", "5.2.3")], False),
        ([("introduced", "5.2.4")], False),
        ([("introduced", "5.2"), ("last_affected", "5.2.3")], True),
        ([("introduced", "5.2"), ("last_affected", "5.2.2")], False),
        ([("introduced", "4.0"), ("fixed", "4.2.9"), ("introduced", "5.2"), ("fixed", "5.2.9")], True),
        ([("introduced", "4.0"), ("fixed", "5.0"), ("introduced", "5.3")], False),
        ([("introduced", "0"), ("fixed", "5.10")], True),
        ([("introduced", "what is this")], True),
    ],
)
def test_a_range_of_versions_is_read_as_it_is_meant(copy, events, is_found: bool) -> None:
    assert state(copy(advisory(**between(*events)))) == ("affected" if is_found else "ok")


def test_other_libraries_other_worlds_and_what_was_taken_back_do_not_alarm(copy) -> None:
    taken_back = advisory(versions=["5.2.3"]) | {"withdrawn": DAY}
    others = advisory("flask", versions=["5.2.3"]), advisory(ecosystem="npm", versions=["5.2.3"])
    assert state(copy(taken_back, *others, advisory(versions=["5.2.2"]))) == "ok"


def test_without_a_copy_nothing_was_checked(tmp_path) -> None:
    assert state(None) == state(tmp_path) == state(tmp_path / "absent") == "not checked"


@pytest.mark.parametrize(
    "broken", ["{", "[]", "5", "[" * 100_000, '{"affected": [{"package": {"ecosystem": "PyPI"}}]}']
)
def test_a_copy_that_cannot_be_read_was_not_checked(tmp_path, broken: str) -> None:
    (tmp_path / "0.json").write_text(json.dumps(advisory("flask")))
    (tmp_path / "1.json").write_text(broken)
    assert state(tmp_path) == "not checked"


@pytest.mark.parametrize(("today", "verdict"), [(date(2026, 12, 20), "ok"), (date(2026, 12, 21), "not checked")])
def test_a_copy_is_too_old_after_thirty_days(copy, today: date, verdict: str) -> None:
    assert state(copy(advisory("flask")), today) == verdict


def test_a_copy_from_the_future_is_not_believed_and_an_old_one_still_alarms(copy) -> None:
    known = copy(advisory("flask"), advisory(versions=["5.2.3"]))
    assert state(known, date(2026, 11, 19), flask="1") == "not checked"
    assert state(known, date(2028, 1, 1)) == "affected"


def test_the_zip_is_read_as_it_is_handed_out(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("PLANTED-1.json", json.dumps(advisory(versions=["5.2.3"])))
    assert state(tmp_path / "all.zip") == "affected"
    (tmp_path / "cut.zip").write_bytes((tmp_path / "all.zip").read_bytes()[:60])
    assert state(tmp_path / "cut.zip") == "not checked"


def test_the_command_says_so_and_ends_accordingly(copy, monkeypatch) -> None:
    monkeypatch.delenv("TONGXING_ADVISORIES", raising=False)
    unchecked = CliRunner().invoke(app, ["advisories"])
    assert unchecked.exit_code == 2 and unchecked.output.startswith("not checked: ")
    monkeypatch.setenv("TONGXING_ADVISORIES", str(copy(advisory(versions=[advisories.used()["django"]]))))
    unsafe = CliRunner().invoke(app, ["advisories"])
    assert unsafe.exit_code == 1 and "PLANTED-1" in unsafe.output


def test_the_list_of_parts_is_what_is_locked_and_the_same_each_time() -> None:
    made = supply.parts()
    assert made == supply.parts() and made["bomFormat"] == "CycloneDX"
    purls = {one["purl"] for one in made["components"]}
    assert f"pkg:pypi/django@{advisories.used()['django']}" in purls
    assert any(purl.startswith("pkg:npm/govuk-frontend@") for purl in purls)
    assert len(purls) == len(made["components"])
