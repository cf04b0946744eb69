"""Rows of a roster per second, beside the same children typed through the actions directly, in the same run.

`python3 dev.py bench import [--rows N]`: also the memory of the process, and how long a page of the desk takes meanwhile
(p95 while nothing runs, and while a roster is being imported in another process).
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.common.house import folder, house

HOUSE = Path(__file__).resolve().parents[1]
JOB = """
import sys, uuid, django
django.setup()
from tongxing.access.acting import Acting
from tongxing.procedures.actions import rosters
roster, user, centre = sys.argv[1:]
rosters.work(uuid.UUID(roster), by=Acting(uuid.UUID(user), "", "front_desk", uuid.UUID(centre), purpose="roster"))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000, help="at most 20,000: one file")
    rows = parser.parse_args().rows
    with folder() as made, house(made):
        measured(rows)


def measured(rows: int) -> None:
    from tests import world
    from tests.procedures import lists
    from tongxing.procedures.actions import rosters

    by = world.somebody("front_desk", "changzhou-2")
    typed = seconds(lambda: by_hand(by, rows))
    print(f"typed      {rows / typed:8.0f} rows/s  (actions directly: search, register, one transaction a child)")
    with world.as_(by):
        content = lists.as_csv([lists.child(10_000 + n) for n in range(rows)])
        roster, _is_new = rosters.take_in(content, name="bench.csv", by=by)
    print(f"checked    {rows / seconds(lambda: rosters.work(roster.id, by=by)):8.0f} rows/s  (read, judged, looked up)")
    with world.as_(by):
        rosters.start(roster, by=by)
    browser = world.client(by, SERVER_NAME="127.0.0.1")
    quiet = pages(browser, lambda: False, least=60)
    began = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    command = [sys.executable, "-W", "ignore", "-c", JOB, str(roster.id), str(by.user_id), str(by.place)]
    with subprocess.Popen(command, cwd=HOUSE, env=environment, preexec_fn=lambda: os.nice(15)) as job:
        busy = pages(browser, lambda: job.poll() is None)
    took = time.perf_counter() - began
    print(f"imported   {rows / took:8.0f} rows/s  (worker in a process of its own, start of the process included)")
    print(f"memory     {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10:8} MB at most in the worker")
    print(
        f"desk       p95 {p95(quiet):.0f} ms while nothing runs, {p95(busy):.0f} ms during the import ({len(busy)} pages)"
    )
    with world.as_(by):
        print(f"states     {dict(states(roster))}")
        rosters.undo(roster, by=by)
    print(f"taken out  {rows / seconds(lambda: rosters.work(roster.id, by=by)):8.0f} rows/s")


def by_hand(by, rows: int) -> None:
    from tests import world
    from tongxing.core.dates import PartialDate
    from tongxing.registry import identity

    for n in range(rows):
        sign = f"{chr(0x5B50 + n % 300)}{chr(0x6E01 + n)}"
        child = world.child(
            f"林{sign}", birth=PartialDate(2014 + n % 6, 1 + n % 12, 1 + n % 28), phones=(), guardians=()
        )
        with world.as_(by):
            identity.here(identity.details_of(child))
            world.registered(by, child, search_again=False)


def pages(browser, goes_on: Callable[[], bool], least: int = 0) -> list[float]:
    """Milliseconds of Today and of the list of rosters, one after the other."""
    took: list[float] = []
    while goes_on() or len(took) < least:
        for address in ("/en/today/", "/en/rosters/"):
            began = time.perf_counter()
            answer = browser.get(address)
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.status_code
        time.sleep(0.05)
    return took


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def states(roster):
    from collections import Counter

    return Counter(roster.rows.values_list("state", flat=True))


if __name__ == "__main__":
    main()
