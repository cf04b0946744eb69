"""From a registration's redirect to the figure on the officer's page, over HTTP, beside the page without any news.

python3 dev.py bench freshness [--children 3500] [--runs 10] [--json]      loads the demonstration first

A desk registers a child through the pages; from the moment its browser has the redirect, the M&E officer's page is
asked again and again until it shows one more. Then the same while the worker compares every figure with the records behind
it, one job after the other. Goal: median ≤ 2 s, quiet and busy.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator
from bench.common.serving import serving
from bench.common.visitor import Visitor, hidden
from tongxing.config.state import State
from tongxing.procedures.rules.registration import ASKED

GOAL = 2.0
PATIENCE = 30.0
FIGURE = re.compile(r'data-figure="internal">([^<]*)<')
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "禾麦竹荷梅兰桂松柏枫"


def shown(officer: Visitor) -> int:
    """The figure on the page now."""
    answer = officer.get("figures/")
    found = FIGURE.search(answer.text)
    if answer.status != 200 or found is None:
        raise SystemExit(f"The page of figures answered {answer.status} without a figure.")
    return int("".join(c for c in found[1] if c.isdigit()))


def typed(number: int) -> dict[str, dict[str, str]]:
    """What is typed into each section, another child for each number."""
    name = f"{SURNAMES[number % 10]}{GIVEN[number // 10 % 10]}{GIVEN[number % 10]}"
    return {
        "name": {"name": name, "sex": "female", "birth": f"2016-{number % 12 + 1:02d}-{number % 28 + 1:02d}"},
        "guardian": {"guardian_name": f"{name}母", "guardian_relation": "mother", "guardian_lives_with": "on"},
        "move": {"hukou": "rural", "moved_on": "2025", "move_reason": "work_of_parents", "moved_with": "both_parents"},
        "consent": {"read_by": "desk", **{f"consent_{purpose}": "agreed" for purpose in ASKED}},
        "address": {"community": "示范社区（演示）", "phone": f"0009{number:07d}"},
        "language": {"languages": "zh"},
    }


def ready_to_register(desk: Visitor, number: int) -> str:
    """Fill a draft page by page; the address of its last page."""
    sections = typed(number)
    start = desk.post("registrations/start/", name=sections["name"]["name"]).onward
    for section, fields in sections.items():
        page = f"{start}{section}/"
        answer = desk.post(page, **{**hidden(desk.get(page).text), **fields})
        if answer.status != 302:
            raise SystemExit(f"The section {section} answered {answer.status}.")
    desk.get(f"{start}check/")
    return f"{start}check/"


def until_shown(officer: Visitor, wanted: int) -> int:
    """How many looks it took until the page showed `wanted`."""
    until = time.monotonic() + PATIENCE
    looks = 1
    while shown(officer) != wanted:
        looks += 1
        if time.monotonic() > until:
            raise SystemExit(f"The figure did not become {wanted} within {PATIENCE:.0f} s.")
    return looks


JOB = "tongxing.facts.tasks.facts_sets_check"
DEFER = """
    insert into procrastinate_jobs (queue_name, task_name, args)
    select 'default', %s, '{"timestamp": 0}' from generate_series(1, %s)"""
MORE = 1000  # jobs: more than any run takes
STATES = "select status::text, count(*) from procrastinate_jobs where task_name = %s group by 1"


@contextmanager
def busy_worker(folder: Path) -> Iterator[dict[str, int]]:
    """The worker with more to do than it gets done meanwhile; afterwards how many jobs were done, and that none failed."""
    os.environ["TONGXING_STATE"] = str(folder)
    done: dict[str, int] = {}
    with administrator(State.load()) as connection:
        connection.execute(DEFER, [JOB, MORE])
        _until_doing(connection)
        yield done
        done.update(connection.execute(STATES, [JOB]).fetchall())
        if not done.get("doing") or done.get("failed"):
            raise SystemExit(f"The worker was not busy all the time: {done}")
        connection.execute("delete from procrastinate_jobs where task_name = %s and status = 'todo'", [JOB])


def _until_doing(connection: object) -> None:
    until = time.monotonic() + PATIENCE
    while not dict(connection.execute(STATES, [JOB]).fetchall()).get("doing"):
        if time.monotonic() > until:
            raise SystemExit("The worker did not begin.")
        time.sleep(0.1)


def measured(desk: Visitor, officer: Visitor, numbers: range) -> tuple[Times, Times, list[int]]:
    """From redirect to figure, the page without any news, and how many looks it took, child by child."""
    fresh, page, looks = Times(), Times(), []
    for number in numbers:
        last = ready_to_register(desk, number)
        before = page.run(lambda: shown(officer))
        if (answer := desk.post(last)).status != 302:
            raise SystemExit(f"Registering answered {answer.status}.")
        looks.append(fresh.run(lambda wanted=before + 1: until_shown(officer, wanted)))
    return fresh, page, looks


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--children", type=int, default=3500)
    parser.add_argument("--runs", type=int, default=10)
    asked = parser.parse_args()
    with serving("demo", "--children", str(asked.children)) as served:
        desk, officer = Visitor(served.port).sign_in("desk"), Visitor(served.port).sign_in("mande")
        shown(officer)
        fresh, page, looks = measured(desk, officer, range(asked.runs))
        with busy_worker(served.folder) as done:
            busy, busy_page, busy_looks = measured(desk, officer, range(asked.runs, 2 * asked.runs))
    lines = [
        f"quiet: from redirect to figure  {fresh}; shown at the first look {looks.count(1)} of {len(looks)} times",
        f"quiet: the same page, no news   {page}",
        f"busy:  from redirect to figure  {busy}; shown at the first look {busy_looks.count(1)} of {len(looks)} times",
        f"busy:  the same page, no news   {busy_page}; the worker ended {done.get('succeeded', 0)} jobs meanwhile",
        f"ratio of medians, news to none: quiet {fresh.median / page.median:.2f}, busy {busy.median / busy_page.median:.2f};"
        f" busy to quiet {busy.median / fresh.median:.2f}",
    ]
    goals = [
        Goal("from redirect to figure, median", fresh.median, GOAL, "s"),
        Goal("the same with the worker busy", busy.median, GOAL, "s"),
    ]
    told = {"fresh": fresh.milliseconds(), "page": page.milliseconds(), "at_first_look": looks.count(1)}
    told |= {"busy": busy.milliseconds(), "busy_page": busy_page.milliseconds(), "busy_jobs": done}
    tell(lines, goals, asked.json, children=asked.children, runs=asked.runs, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
