"""The operator's door: says what was wrong with the words typed, and what is wrong with the machine."""

import json
import os
import subprocess
import sys

import pytest

from tests.faults.serving import HOUSE, own_folder


def tongxing(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tongxing.config.cli", *arguments],
        cwd=HOUSE, env=os.environ | {"NO_COLOR": "1"} | environment, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["srve"], "No such command 'srve'"),
        (["serve", "--port", "eighty"], "valid integer"),
        (["serve", "--port", "70000"], "less than or equal to 65535"),
        (["serve", "--prt", "80"], "No such option: --prt"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(typed: list[str], words: str) -> None:
    done = tongxing(*typed)
    assert done.returncode == 2
    assert words in done.stderr
    assert "--help" in done.stderr


def test_a_demonstration_is_not_served_to_others() -> None:
    done = tongxing("serve", "--host", "0.0.0.0", TONGXING_DEMO="1")
    assert done.returncode == 1
    assert "this machine only" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_finds_a_server_that_does_not_run() -> None:
    with own_folder() as folder:
        done = tongxing("doctor", "--json", TONGXING_STATE=str(folder))
        found = {finding["check"]: finding for finding in json.loads(done.stdout)}
        assert done.returncode == 1
        assert found["server"]["state"] == "fault"
        assert "tongxing serve" in found["server"]["remedy"]
        assert found["socket"]["state"] == "ok"


def test_the_doctor_finds_a_running_house_well(house, cluster) -> None:
    done = tongxing("doctor", "--json", TONGXING_DATABASE=house.name)
    found = {finding["check"]: finding["state"] for finding in json.loads(done.stdout)}
    assert {found[check] for check in ("server", "roles", "migrations", "row policies", "secrets")} == {"ok"}


def test_the_doctor_names_a_role_that_became_too_mighty(house, cluster) -> None:
    house.sql("postgres", "alter role tx_log bypassrls")
    try:
        done = tongxing("doctor", TONGXING_DATABASE=house.name)
    finally:
        house.sql("postgres", "alter role tx_log nobypassrls")
    assert done.returncode == 1
    assert "too mighty: tx_log" in done.stdout


def test_what_may_be_recorded_is_told_without_a_database() -> None:
    done = tongxing("facts", "kinds", "--json")
    told = {kind["kind"]: kind for kind in json.loads(done.stdout)}
    assert told["referral_sent"]["source"] == "procedures.Referral"
    assert "school" in told["referral_sent"]["attributes"]["need"]
    assert all(set(kind["title"]) == {"zh", "en", "mn"} for kind in told.values())


def test_facts_are_compared_and_never_rewritten() -> None:
    done = tongxing("facts", "rebuild")
    assert done.returncode == 2
    assert "say --check" in done.stderr
