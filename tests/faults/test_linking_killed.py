"""kill -9 of the job that links records: it goes on where it was, and no pair is written or counted twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import world
from tests.faults.serving import HOUSE, wait_for
from tests.registry import plainly
from tongxing.core.dates import PartialDate
from tongxing.registry import comparing
from tongxing.registry.actions import enrol
from tongxing.registry.models import LinkRun

PAIRS, PIECE = 40, 4
# The job in a process of its own, slow enough to be hit; the control keeps no mark of what it has committed.
JOB = """
import sys, time
import django
django.setup()
from django.conf import settings
from tests.registry import plainly
from tongxing.registry import comparing

folder, keeps_mark = sys.argv[1], sys.argv[2] == "mark"
settings.LINKING_FOLDER = folder
comparing.PIECE = int(sys.argv[3])
say = comparing._say

def slowly(run, **changed):
    if "done" in changed and run.state == "writing":
        time.sleep(0.05)  # inside the piece's transaction
        if not keeps_mark:
            run.done, run.counts = changed["done"], changed["counts"]
            return
    say(run, **changed)

comparing._say = slowly
comparing.compare("new", link=plainly.linked)
"""


@pytest.fixture
def folder(settings, tmp_path, monkeypatch) -> Path:
    settings.LINKING_FOLDER = tmp_path / "linking"
    monkeypatch.setattr(comparing, "PIECE", PIECE)
    return settings.LINKING_FOLDER


@pytest.fixture
def twice(house) -> Iterator[None]:
    """Forty children, each registered twice."""
    by = world.somebody("front_desk", "changzhou-2")
    known = os.urandom(2).hex()
    for _ in range(2):
        with world.as_(by):
            enrol([world.child(f"林{known}{n}", birth=PartialDate(2010, 1, 1 + n % 28)) for n in range(PAIRS)], by=by)
    yield
    house.sql("tx_owner", "update registry_link set ended_at = now() where ended_at is null")


def written(house) -> int:
    """Pieces committed, as the assertions show them; not what the job says of itself."""
    return house.sql("tx_linker", "select count(*) from registry_link where ended_at is null")[0][0]


def killed(house, folder: Path, *, mark: str) -> int:
    """Start the job, kill it in the midst of writing; how many pairs it had written."""
    environment = os.environ | {"TONGXING_DATABASE": house.name, "PYTHONPATH": str(HOUSE)}
    command = [sys.executable, "-W", "ignore", "-c", JOB, str(folder), mark, str(PIECE)]
    with subprocess.Popen(command, cwd=HOUSE, env=environment) as job:
        wait_for(lambda: written(house) >= 3 * PIECE or job.poll() is not None, 60)
        job.kill()
    return written(house)


def test_a_killed_job_goes_on_where_it_was_and_does_nothing_twice(house, folder, twice) -> None:
    before = killed(house, folder, mark="mark")
    assert 3 * PIECE <= before < PAIRS and before % PIECE == 0, "a piece is whole or not there"
    [left] = LinkRun.objects.using("linker").exclude(state="done")
    assert (left.done, left.counts["link"]) == (before // PIECE, before), "the mark is what was committed"
    run = comparing.compare("new", link=plainly.linked)
    print(f"\nkilled after {before} of {PAIRS} pairs; the rest in the same run")
    assert run.pk == left.pk
    assert (run.state, run.counts["link"], run.counts["known"]) == ("done", PAIRS, 0)
    assert written(house) == PAIRS
    rows = house.sql("tx_linker", "select count(*) from facts_subjectidentity group by subject")
    assert sorted(number for (number,) in rows) == [1] * PAIRS + [2] * PAIRS, "each identity was written once"


def test_without_the_mark_in_the_same_transaction_it_would_begin_again(house, folder, twice) -> None:
    """The control: the test above must be able to see work that is done twice."""
    before = killed(house, folder, mark="no mark")
    assert 3 * PIECE <= before < PAIRS
    run = comparing.compare("new", link=plainly.linked)
    assert (run.counts["link"], run.counts["known"]) == (PAIRS - before, before)
