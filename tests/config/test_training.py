"""A training instance: apart from every real one, marked on every page, emptied by one command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests import world
from tests.config.test_cli import tongxing
from tests.faults.serving import own_folder
from tongxing.config import instance
from tongxing.config.demo.staff import STAFF, TRAINED_AS, TRAINEES
from tongxing.config.state import State, StateProblem

WORDS = ("这里的一切都不是真的", "nothing here is real", "юу ч бодит биш")


@pytest.fixture
def state(tmp_path: Path, monkeypatch) -> State:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return State(tmp_path)


def start(monkeypatch, what: str) -> None:
    monkeypatch.setenv("TONGXING_INSTANCE", what)


def test_training_marks_an_empty_folder_and_comes_back_to_it(state, monkeypatch) -> None:
    start(monkeypatch, "training")
    instance.claim(state)
    (state.folder / "postgres").mkdir()
    instance.claim(state)
    assert instance.marked(state) == "training"


@pytest.mark.parametrize("held", instance.HOLDS_RECORDS)
def test_training_never_starts_on_records_that_are_not_its_own(state, monkeypatch, held: str) -> None:
    (state.folder / held).mkdir()
    start(monkeypatch, "training")
    with pytest.raises(StateProblem, match="not for training"):
        instance.claim(state)
    assert not instance.marked(state)
    with pytest.raises(StateProblem, match="nothing was removed"):
        instance.empty(state)
    assert (state.folder / held).exists()


def test_real_work_never_starts_in_a_training_folder(state, monkeypatch) -> None:
    (state.folder / instance.MARK).write_text("training\n")
    start(monkeypatch, "")
    with pytest.raises(StateProblem, match="belongs to a training instance"):
        instance.claim(state)


def test_training_keeps_a_database_of_its_own(state, monkeypatch) -> None:
    start(monkeypatch, "training")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example/house")
    with pytest.raises(StateProblem, match="DATABASE_URL"):
        instance.claim(state)


def test_one_command_empties_it_and_nothing_else(state, monkeypatch) -> None:
    start(monkeypatch, "training")
    instance.claim(state)
    (state.folder / "postgres" / "base").mkdir(parents=True)
    (state.folder / "secrets").mkdir()
    outside = state.folder.parent / "kept"
    outside.mkdir()
    (state.folder / "link").symlink_to(outside)
    instance.empty(state)
    assert [path.name for path in state.folder.iterdir()] == [instance.MARK]
    assert outside.exists()


def test_without_a_folder_given_it_lives_beside_the_real_one(monkeypatch) -> None:
    monkeypatch.setenv("TONGXING_STATE", "")
    monkeypatch.setenv("TONGXING_INSTANCE", "")
    instance.own_folder()
    assert os.environ["TONGXING_STATE"] == f"{State.default()}-training"


def test_serving_and_the_doctor_name_a_folder_of_the_other_kind() -> None:
    with own_folder() as folder:
        (folder / instance.MARK).write_text("training\n")
        served = tongxing("serve", "--port", "1", TONGXING_STATE=str(folder), TONGXING_INSTANCE="")
        assert served.returncode == 1 and "training instance" in served.stderr and "Traceback" not in served.stderr
        found = json.loads(tongxing("doctor", "--json", TONGXING_STATE=str(folder), TONGXING_INSTANCE="").stdout)
        [purpose] = [one for one in found if one["check"] == "instance"]
        assert purpose["state"] == "fault" and "training instance" in purpose["words"]


def test_every_trainee_has_a_desk_and_no_log_in_of_the_demonstration() -> None:
    assert {member.role for member in TRAINEES} == {"front_desk", "case_worker"}
    assert not {member.login for member in TRAINEES} & {member.login for member in STAFF}
    assert len({(member.login, member.role) for member in TRAINEES}) == len(TRAINEES) == 24


@override_settings(TRAINING=True, DEMO=True)
def test_every_page_carries_the_band_in_three_languages_at_work_and_in_public(house, desk) -> None:
    browser = world.client(desk)
    pages = [
        Client().get(f"/{language}{path}") for language, _n in settings.LANGUAGES for path in ("/", "/find/", "/voice/")
    ]
    pages += [browser.get("/en/today/"), browser.get("/en/people/search/"), browser.get("/en/nowhere/")]
    for page in pages:
        text = page.content.decode()
        assert all(words in text for words in WORDS) and "tx-training" in text, page.request["PATH_INFO"]


def test_no_page_carries_it_when_the_instance_is_not_for_training(house) -> None:
    text = Client().get("/en/").content.decode()
    assert not settings.TRAINING and not any(words in text for words in WORDS)


NAMES = """
import django
django.setup()
from django.conf import settings
from tongxing.access.middleware import COOKIE
from tongxing.desk.locking import PARKED
from tongxing.desk.sign_in import HALF_COOKIE
print(COOKIE, PARKED, HALF_COOKIE, settings.CSRF_COOKIE_NAME)
"""


def test_a_browser_signed_in_to_both_keeps_their_cookies_apart() -> None:
    """A browser sends what one port of a host has set to the other port, too."""
    names = []
    for instance_ in ("", "training"):
        environment = os.environ | {"TONGXING_INSTANCE": instance_}
        done = subprocess.run(
            [sys.executable, "-c", NAMES], env=environment, capture_output=True, text=True, check=True
        )
        names.append(set(done.stdout.split()))
    assert [len(some) for some in names] == [4, 4] and names[0] & names[1] == set()


@override_settings(TRAINING=True, DEMO=True, DEMO_LOGINS=TRAINED_AS)
def test_the_tab_says_training_and_the_sign_in_page_names_the_trainees(house) -> None:
    page = Client().get("/en/sign-in/").content.decode()
    assert "<title>Training: " in page and "trainee01 – trainee12" in page and "Training only" in page
    assert "Demo mode only" not in page


def test_the_band_is_printed_on_each_sheet() -> None:
    styles = (Path(settings.HOUSE) / "static" / "src" / "theme.scss").read_text("utf-8")
    printed = styles.partition("@media print {")[2]
    assert ".tx-band { position: fixed" in printed  # what is fixed, browsers repeat on every sheet


@pytest.mark.parametrize("held", instance.HOLDS_RECORDS)
def test_the_demonstration_never_fills_a_house_in_which_somebody_works(state, held: str) -> None:
    instance.claim_for_demonstration(state)
    (state.folder / held).mkdir()
    instance.claim_for_demonstration(state)  # its own, from the first moment on
    (state.folder / instance.MARK).unlink()
    with pytest.raises(StateProblem, match="not of a demonstration"):
        instance.claim_for_demonstration(state)
    done = tongxing("demo", "--load-only", TONGXING_STATE=str(state.folder))
    assert done.returncode == 1 and "empty folder" in done.stderr and "Traceback" not in done.stderr
    (state.folder / instance.MARK).write_text("training\n")
    with pytest.raises(StateProblem, match="not of a demonstration"):
        instance.claim_for_demonstration(state)


def test_nobody_works_in_the_folder_of_a_demonstration(state, monkeypatch) -> None:
    instance.claim_for_demonstration(state)
    monkeypatch.setenv("TONGXING_DEMO", "1")
    instance.claim(state)
    monkeypatch.delenv("TONGXING_DEMO")
    with pytest.raises(StateProblem, match="belongs to a demonstration"):
        instance.claim(state)
