"""The worker's two lines: what takes seconds does not wait behind what takes long, and long work goes one by one."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.faults.serving import HOUSE, wait_for

# The worker itself, with two tasks of its own: one that takes long, one that takes no time.
WORKER = """
import sys, time
from tongxing.config import jobs
import django
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")
django.setup()
from procrastinate.contrib.django import app
app.task(name="tests.slow")(lambda: time.sleep(2))
app.task(name="tests.fast", queue=sys.argv[1])(lambda: None)
jobs.main()
"""
DEFER = "insert into procrastinate_jobs (queue_name, task_name, args) values (%s, %s, '{}')"
STATES = "select task_name, status::text from procrastinate_jobs where task_name like 'tests.%' order by id"


def working(house, queue: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"TONGXING_DATABASE": house.name, "PYTHONPATH": str(HOUSE)}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", WORKER, queue], cwd=HOUSE, env=environment)


def asked(house, queue: str) -> None:
    house.sql("postgres", "delete from procrastinate_jobs")
    for _ in range(3):
        house.sql("postgres", DEFER, ["default", "tests.slow"])
    house.sql("postgres", DEFER, [queue, "tests.fast"])


def left(house) -> list[tuple[str, str]]:
    """Jobs not done yet; those done are deleted."""
    return house.sql("postgres", STATES)


@pytest.mark.parametrize(("queue", "waits"), [("quick", False), ("default", True)])
def test_a_quick_job_passes_long_ones(house, queue, waits):
    asked(house, queue)
    with working(house, queue) as worker:
        try:
            wait_for(lambda: ("tests.slow", "doing") in left(house), 60)
            time.sleep(0.8)
            states = left(house)
            assert states.count(("tests.slow", "doing")) == 1  # one long one at a time
            # The control: in the common queue it stands behind the three.
            assert (("tests.fast", "todo") in states) == waits
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0
    assert ("tests.slow", "doing") not in left(house)  # it was let finish
