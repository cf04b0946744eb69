"""A file of a million rows made by the worker while people work, beside the same file made at once in memory.

python3 dev.py bench export [--rows 1000000] [--form xlsx] [--seconds 30] [--json]      loads a demonstration first

Goals: the worker with its children never holds more than 256 MB, and p95 of the desk's pages stays below twice that of
a quiet house measured just before. The yardstick is a program that fetches all rows and builds the file in memory.
"""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import date
from itertools import cycle
from pathlib import Path

import psycopg

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import say
from bench.common.serving import Served, serving
from bench.common.visitor import Visitor
from bench.pages import links
from tongxing.config.state import State

MEGABYTES, TIMES = 256.0, 2.0
PATIENCE = 900.0
FILL = """
    insert into facts_fact (id, kind, occurred_on, recorded_at, subject, centre_id, division_id, programme, sex,
                            birth_year, origin_division_id, quantity, attributes, source, source_id)
    select gen_random_uuid(), 'service_delivered', date '2024-01-01' + (n %% 700)::int, now(), gen_random_uuid(),
           c.ids[1 + n %% c.many], c.divisions[1 + n %% c.many], 'MDGF-1880-H-CHN',
           case n %% 2 when 0 then 'female' else 'male' end, 2008 + (n %% 14)::int, '130921', 1,
           jsonb_build_object('need', case n %% 3 when 0 then 'school' else 'health' end, 'outcome', 'received'),
           'casework.Delivery', gen_random_uuid()
    from generate_series(1, %s) n,
         (select array_agg(id) ids, array_agg(division_id) divisions, count(*) many from organisations_centre) c"""
# What a request would do: every row fetched, the whole file in memory. Prints its peak.
NAIVE = """
import json, resource, sys, time
import django
django.setup()
import datetime
from django.db import connections
from tongxing.core import spreadsheets
from tongxing.facts import extracts
from tongxing.facts.kinds import KINDS
names = sorted(KINDS["service_delivered"].attributes)
began = time.monotonic()
with connections["counter"].cursor() as cursor:
    cursor.execute(extracts.ROWS, {"kinds": ["service_delivered"], "start": datetime.date(2024, 1, 1),
                                   "end": datetime.date(2026, 12, 31), "names": names, "salt": "bench"})
    rows = [[*row, *said] for *row, said in cursor.fetchall()]
columns = [*extracts.COLUMNS, *names]
if sys.argv[1] == "xlsx":
    content = spreadsheets.workbook([spreadsheets.Sheet("facts", columns, rows[:extracts.SHEET])])
else:
    content = b"".join(spreadsheets.csv_lines(columns, rows))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"megabytes": peak, "seconds": time.monotonic() - began}))
"""


class Peak(threading.Thread):
    """The most that a process and its children held together, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.megabytes, self.is_over = pid, 0.0, False

    def run(self) -> None:
        while not self.is_over:
            self.megabytes = max(self.megabytes, sum(map(resident, [self.pid, *below(self.pid)])))
            time.sleep(0.05)


def resident(pid: int) -> float:
    """Megabytes in memory now; 0 for a process that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def below(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*children, *(deeper for child in children for deeper in below(child))]


def worker_of(served: Served) -> int:
    """The process that runs jobs in this house: it says where its state lies."""
    ours = f"TONGXING_STATE={served.folder}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if b"tongxing.config.jobs" in (entry / "cmdline").read_bytes() and ours in (entry / "environ").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    raise SystemExit("There is no worker in this house.")


def filled(served: Served, rows: int) -> None:
    say(f"Adding {rows:,} facts")
    state = State(served.folder)
    for start in range(0, rows, 100_000):
        with psycopg.connect(**state.login("tx_owner", "tongxing"), autocommit=True) as owner:  # type: ignore[arg-type]
            owner.execute(FILL, [min(100_000, rows - start)])
    with psycopg.connect(**state.administrator("tongxing"), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("vacuum (analyze) facts_fact")
        connection.execute("checkpoint")


def worked(desk: Visitor, seconds: float, until: "threading.Event | None" = None) -> dict[str, Times]:
    """A desk that opens its pages in turns for so long, or until the event."""
    persons = links(desk, "today/", r'href="(/[a-z-]+/people/[0-9a-f-]{36}/)"')
    pages = {"today": lambda: desk.get("today/"), "person": lambda: desk.get(next(persons))}
    pages["referral_list"] = lambda: desk.get("referrals/")
    took = {name: Times() for name in pages}
    end = time.monotonic() + seconds
    for name in cycle(pages):
        if time.monotonic() > end or (until is not None and until.is_set()):
            return took
        if took[name].run(pages[name]).status != 200:
            raise SystemExit(f"{name} did not answer 200.")
        time.sleep(0.02)
    return took


def made(served: Served, form: str, desk: Visitor) -> tuple[dict[str, Times], float, float]:
    """The pages while the worker makes the file, its seconds, and the worker's peak in megabytes."""
    officer = Visitor(served.port, language="en").sign_in("mande")
    peak, ready = Peak(worker_of(served)), threading.Event()
    peak.start()
    began = time.monotonic()
    last = date(2026, 12, 31).isoformat()
    officer.get("extracts/")
    answer = officer.post("extracts/ask/", kinds=["service_delivered"], starts_on="2024-01-01", ends_on=last, form=form)
    if answer.status != 302:
        raise SystemExit(f"Asking answered {answer.status}.")
    took: list[float] = []

    def watch() -> None:
        while time.monotonic() - began < PATIENCE and not took:
            time.sleep(1)
            text = officer.get("extracts/").text
            if "Take the file" in text or "Failed" in text:
                took.append(time.monotonic() - began if "Take the file" in text else float("inf"))
        ready.set()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    busy = worked(desk, PATIENCE, ready)
    peak.is_over = True
    if not took or took[0] == float("inf"):
        raise SystemExit("The file was not made.")
    return busy, took[0], peak.megabytes


def naive(served: Served, form: str) -> dict[str, float]:
    say("The same in memory")
    environment = os.environ | {"TONGXING_STATE": str(served.folder), "TONGXING_DATABASE": "tongxing"}
    environment["DJANGO_SETTINGS_MODULE"] = "tongxing.config.settings"
    done = subprocess.run(
        [sys.executable, "-c", NAIVE, form], env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("xlsx", "csv", "parquet"), default="xlsx")
    parser.add_argument("--seconds", type=float, default=30.0, help="of quiet work")
    asked = parser.parse_args()
    with serving("demo", "--children", "500") as served:
        filled(served, asked.rows)
        desk = Visitor(served.port).sign_in("desk")
        worked(desk, 3.0)
        quiet = worked(desk, asked.seconds)
        busy, seconds, megabytes = made(served, asked.form, desk)
        plain = naive(served, asked.form)
    ratios = {name: busy[name].p95 / quiet[name].p95 for name in quiet}
    lines = [
        f"{asked.rows:,} rows as {asked.form}: {seconds:.0f} s, worker at most {megabytes:.0f} MB",
        f"in memory: {plain['seconds']:.0f} s, {plain['megabytes']:.0f} MB, {plain['megabytes'] / megabytes:.1f} × as much",
    ]
    lines += [f"{name:15} quiet {quiet[name]}, meanwhile {busy[name]}: {ratios[name]:.2f} ×" for name in quiet]
    goals = [Goal("memory of the worker", megabytes, MEGABYTES, "MB")]
    goals += [Goal(f"{name}, p95 beside quiet", ratio, TIMES, "×") for name, ratio in ratios.items()]
    pages = {name: {"quiet": quiet[name].milliseconds(), "busy": busy[name].milliseconds()} for name in quiet}
    found = {"rows": asked.rows, "form": asked.form, "seconds": round(seconds, 1), "megabytes": round(megabytes)}
    tell(lines, goals, asked.json, **found, in_memory=plain, ratios=ratios, pages=pages)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
