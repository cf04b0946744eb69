"""The page of the system administrator shows what the doctor found, in the reader's language, and when it is old."""

import os
import time
from typing import Any

import pytest

from tests import world
from tongxing.config import doctor, operations
from tongxing.config.finding import Finding
from tongxing.config.settings import STATE

FOUND = [
    Finding("server", "ok", "answers, PostgreSQL 18"),
    Finding("disk", "fault", "0.1 GB free (data): saving has stopped", "Make room"),
    Finding("queue", "warning", "failed within a day: facts_export (2)", "See the log"),
    Finding("a check of tomorrow", "fault", "words", "do that"),
]


@pytest.fixture
def browser(house) -> Any:
    doctor.keep(STATE, FOUND)
    yield world.client(world.somebody("system"))
    (STATE.folder / "findings.json").unlink()


def test_what_is_wrong_comes_first_and_in_the_readers_language(browser) -> None:
    text = browser.get("/zh-hans/operations/").content.decode()
    assert "磁盘空间" in text and "请腾出" in text and "0.1 GB free (data)" in text
    assert text.index("磁盘空间") < text.index("PostgreSQL 18"), "faults before what is in order"
    assert "a check of tomorrow" in text and "do that" in text
    english = browser.get("/en/operations/").content.decode()
    assert "2 things must be mended now" in english and "Nobody has looked" not in english


def test_an_old_look_says_so(browser) -> None:
    old = time.time() - operations.STALE - 5
    os.utime(STATE.folder / "findings.json", (old, old))
    assert "Nobody has looked for more than three minutes" in browser.get("/en/operations/").content.decode()


def test_every_check_has_its_name_on_the_page(house) -> None:
    house.sql("postgres", "insert into procrastinate_workers (last_heartbeat) values (now())")
    found = {finding.check for finding in doctor.examine(STATE)} - {"user"}
    assert found - set(operations.SAID) == set()
    assert {"server", "disk", "secrets", "migrations"} <= found
