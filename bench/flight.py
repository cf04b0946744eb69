"""Fifty imports and exports asked for at once while a desk works: its pages before, and meanwhile.

python3 dev.py bench flight [--jobs 50] [--rows 200000] [--seconds 30] [--json]      loads a demonstration first
python3 dev.py bench flight --scale full      over the country of benches

Half of them are lists of a hundred children (demonstration), looked through before and now to be registered; half are files
of all facts. The worker does one after the other, and quick jobs have a line of their own. Goals: p95 of the desk's pages
≤ 2 × that of the quiet house just before, no job failed, none left undone, never two long ones at once, and a quick job done
within 15 s in the midst of it.
"""

import threading
import time
from contextlib import AbstractContextManager
from datetime import date

import psycopg

from bench.common.country import country
from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator, say
from bench.common.serving import Served, serving
from bench.common.visitor import Visitor
from bench.export import filled, worked
from tests.procedures.lists import as_csv, child
from tongxing.config.state import State

TIMES, QUICK_S = 2.0, 15.0
LONG = ["tongxing.facts.tasks.facts_extract", "tongxing.procedures.tasks.roster_work"]
CHILDREN, DRAINED_S = 100, 1200.0
QUICK = "tongxing.facts.tasks.extracts_expire"
COUNTS = """
    select count(*) filter (where status = 'doing'), count(*) filter (where status = 'failed'),
           count(*) filter (where status in ('todo', 'doing'))
    from procrastinate_jobs where task_name = any(%s)"""
THROUGH = """
    select (select count(*) from procedures_roster where state = 'done'),
           (select count(*) from procedures_rosterrow where state = 'imported')"""
DEFER = "insert into procrastinate_jobs (queue_name, task_name, args) values ('quick', %s, '{\"timestamp\": 0}') returning id"
DONE = "select count(*) from procrastinate_jobs where id = %s"


class Watch(threading.Thread):
    """Looks at the queue: how many long jobs ran at once, how many failed, and how long a quick one takes meanwhile."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self.login = State(served.folder).administrator("tongxing")
        self.at_once = self.failed = self.left = 0
        self.quick: list[float] = []
        self.is_over = False

    def run(self) -> None:
        with psycopg.connect(**self.login, autocommit=True) as connection:  # type: ignore[arg-type]
            asked, began = None, 0.0
            while not self.is_over:
                doing, self.failed, self.left = connection.execute(COUNTS, [LONG]).fetchone() or (0, 0, 0)
                self.at_once = max(self.at_once, doing)
                if asked is None:
                    [asked] = connection.execute(DEFER, [QUICK]).fetchone() or (None,)
                    began = time.monotonic()
                elif connection.execute(DONE, [asked]).fetchone() == (0,):
                    self.quick.append(time.monotonic() - began)
                    asked = None
                time.sleep(0.25)

    def drained(self) -> float:
        """Wait until nothing long is left; seconds, at most DRAINED_S."""
        began = time.monotonic()
        time.sleep(1)
        while self.left and time.monotonic() - began < DRAINED_S:
            time.sleep(0.5)
        return time.monotonic() - began


def sent(desk: Visitor, lists: int) -> list[str]:
    """Lists of children sent by the desk's own page. Returns the addresses at which they wait."""
    found = []
    for number in range(lists):
        rows = [child(10_000 + number * CHILDREN + n) for n in range(CHILDREN)]
        answer = desk.send_file("rosters/", f"list-{number}.csv", as_csv(rows))
        if answer.status != 302:
            raise SystemExit(f"Sending a list answered {answer.status}.")
        found.append(answer.onward)
    return found


def asked_for(served: Served, desk: Visitor, lists: list[str], jobs: int) -> None:
    """All lists are begun, and so many files asked for by the officer's own page, as fast as both take them."""
    officer = Visitor(served.port, language="en").sign_in("mande")
    officer.get("extracts/")
    for list_ in lists:
        if (answer := desk.post(f"{list_}start/")).status != 302:
            raise SystemExit(f"Beginning a list answered {answer.status}.")
    for number in range(jobs):
        form = ("csv", "xlsx", "parquet")[number % 3]
        wanted = {"kinds": ["child_registered", "service_delivered"], "starts_on": "2000-01-01", "form": form}
        answer = officer.post("extracts/ask/", **wanted, ends_on=date(2026, 12, 31).isoformat())
        if answer.status != 302:
            raise SystemExit(f"Asking answered {answer.status}.")


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--rows", type=int, default=200_000, help="further facts in the typical demonstration")
    parser.add_argument("--seconds", type=float, default=30.0, help="of quiet work, and of work meanwhile")
    parser.add_argument("--scale", choices=("typical", "full"), default="typical")
    asked = parser.parse_args()
    place: AbstractContextManager[Served] = country() if asked.scale == "full" else serving("demo", "--children", "500")
    with place as served:
        if asked.scale == "typical":
            filled(served, asked.rows)
        desk = Visitor(served.port).sign_in("desk")
        watch = Watch(served)
        watch.start()
        lists = sent(desk, asked.jobs // 2)
        say(f"{len(lists)} lists looked through in {watch.drained():.0f} s")
        worked(desk, 3.0)
        quiet = worked(desk, asked.seconds)
        say(f"Beginning {len(lists)} lists, asking for {asked.jobs - len(lists)} files")
        watch.quick.clear()
        asked_for(served, desk, lists, asked.jobs - len(lists))
        busy: dict[str, Times] = worked(desk, asked.seconds)
        then, all_done = watch.left, watch.drained()
        watch.is_over = True
        watch.join(5)
        with administrator(State(served.folder)) as connection:
            through, brought = connection.execute(THROUGH).fetchone() or (0, 0)
    ratios = {name: busy[name].p95 / quiet[name].p95 for name in quiet}
    slowest = max(watch.quick, default=float("inf"))
    lines = [f"{asked.jobs} asked for, {len(lists)} of them lists of {CHILDREN} children; {then} left after {asked.seconds:.0f} s "
             f"of work, {watch.left} after {all_done:.0f} s more; {watch.at_once} at once at most"]  # fmt: skip
    lines.append(f"{through} lists are through, {brought:,} children of them registered")
    lines += [f"{name:15} quiet {quiet[name]}, meanwhile {busy[name]}: {ratios[name]:.2f} ×" for name in quiet]
    goals = [Goal(f"{name}, p95 beside quiet", ratio, TIMES, "×") for name, ratio in ratios.items()]
    goals += [Goal("long jobs at once", watch.at_once, 1, "jobs"), Goal("failed", watch.failed, 0, "jobs")]
    goals += [Goal("left undone", watch.left, 0, "jobs"), Goal("never one at work", watch.at_once == 0, 0, "times")]
    goals.append(Goal("lists not through", len(lists) - through, 0, "lists"))
    goals.append(Goal("a quick job meanwhile", slowest, QUICK_S, "s"))
    told = {name: {"quiet": quiet[name].milliseconds(), "busy": busy[name].milliseconds()} for name in quiet}
    tell(lines, goals, asked.json, jobs=asked.jobs, scale=asked.scale, pages=told, quick=watch.quick, imported=brought)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
