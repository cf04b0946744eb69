"""Desk search in the database against one look-up in a btree, on one connection, as tx_app under a signed context.

python3 dev.py bench search [--population demo|family|hard] [--persons 350000] [--searches 1000] [--json]

Fills a register at the first run. Looked for are records that the register does not hold: further ones of persons in it,
and some of persons who are not, whose relatives may be. Each is searched for by a worker of the centre that holds the
person; three times: with all that was said ("full"), without document ("no number"), and with only name, birth date,
sex and county ("sparse"). Search and look-up take turns within one transaction.
Goals at 1,000,000 persons: p95 ≤ 25 × the look-up's and ≤ 10 ms; the right person among the first five as RECALL says;
at 10,000,000 (--persons 10000000: hours, and some 30 GB) p95 ≤ 6 × that of 1,000,000.
"""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import psycopg

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator
from bench.common.register import Held, filled
from tongxing.config.state import State

SAME_PERSON, SHOWN = ("likely", "possible"), 5

RATIO, LONGEST_MS = 25.0, 10.0
EACH = 50  # searches by one worker: sixty an hour are allowed
WARM = 60  # uncounted, so that caches and plans are those of a working day
# population -> (no number, sparse, pinyin or Latin without number): goals of recall among the first five
RECALL = {"family": (0.995, 0.98, 0.0), "hard": (0.95, 0.93, 0.9)}
SOUNDED = ("pinyin", "latin")
LOOK_UP = "select person_id from registry_searchkey where k = %s limit 1"


@dataclass
class Found:
    """What the searches took, and how often the right person was among the five shown."""

    search: Times = field(default_factory=Times)
    look_up: Times = field(default_factory=Times)
    hits: int = 0
    asked: int = 0
    by_script: dict[str, list[bool]] = field(default_factory=dict)
    unknown: int = 0  # searches for somebody who is not in the register
    taken: int = 0  # of these, those in which somebody is called likely
    relatives_as_family: int = 0
    relatives_as_candidates: int = 0
    missed: list[Any] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.hits / max(self.asked, 1)

    def recall_of(self, scripts: tuple[str, ...]) -> float:
        hits = [hit for script in scripts for hit in self.by_script.get(script, [])]
        return sum(hits) / max(len(hits), 1)

    def judge(self, one: Held, answers: list[tuple[Any, ...]]) -> None:
        """Candidates come first in `answers`, then family, then what is told of elsewhere."""
        shown = [(str(person), verdict) for person, is_inside, verdict, *_rest in answers if is_inside]
        same = [person for person, verdict in shown if verdict in SAME_PERSON][:SHOWN]
        if one.persons:
            is_hit = bool(set(one.persons) & set(same))
            self.asked += 1
            self.hits += is_hit
            self.by_script.setdefault(one.script, []).append(is_hit)
            if not is_hit:
                self.missed.append((one.details, shown, one.persons))
            return
        self.unknown += 1
        self.taken += any(verdict == "likely" for _person, verdict in shown)
        self.relatives_as_candidates += bool(one.relatives & set(same))
        self.relatives_as_family += bool(one.relatives & ({person for person, _verdict in shown} - set(same)))

    @property
    def ratio(self) -> float:
        return self.search.p95 / self.look_up.p95


def open_for_the_yardstick(state: State) -> None:
    """The app role may not read keys. In this throw-away database it may, so that the look-up is a bare index scan."""
    with administrator(state) as connection:
        connection.execute("grant select on registry_searchkey to tx_app")
        connection.execute("create policy yardstick on registry_searchkey for select to tx_app using (true)")


def workers(held: list[Held]) -> Iterator[tuple[Any, list[Held]]]:
    """(who acts, what they look for): workers of the centre that holds the person, fifty searches each."""
    from tongxing.access.acting import Acting

    by_centre = sorted(held, key=lambda one: one.centre)
    for centre, group in itertools.groupby(by_centre, key=lambda one: one.centre):
        here = list(group)
        for start in range(0, len(here), EACH):
            yield Acting(uuid.uuid4(), "bench", "front_desk", uuid.UUID(centre)), here[start : start + EACH]


def searched(held: list[Held]) -> Found:
    """The statement alone, as pages send it, beside the look-up as a prepared statement."""
    from django.db import connection, transaction

    from tongxing.access.context import acting_as

    found, number = Found(), 0
    connection.ensure_connection()
    connection.connection.prepare_threshold = 0
    for acting, batch in workers(held):
        for one in batch:
            number += 1
            with transaction.atomic(), acting_as(acting):
                measured(one, Found() if number <= WARM else found, connection, number)
    return found


def measured(one: Held, found: Found, connection: Any, number: int) -> None:
    from tongxing.registry.identity import SEARCH, question

    asked = question(one.details)
    if not asked[0]:
        return

    def search() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(SEARCH, asked)
            return cursor.fetchall()

    def look_up() -> Any:
        with psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute(LOOK_UP, [asked[0][0]], prepare=True).fetchall()

    if number % 2:
        found.look_up.run(look_up)
    answers = found.search.run(search)
    if not number % 2:
        found.look_up.run(look_up)
    found.judge(one, answers)


def as_a_desk(held: list[Held]) -> Times:
    """All that a worker waits for: keys made, searched, noted, committed to disk."""
    from django.db import transaction

    from tongxing.access.context import acting_as
    from tongxing.registry import identity

    def search(acting: Any, one: Held) -> None:
        with transaction.atomic(), acting_as(acting):
            identity.search(one.details)

    took = Times()
    for acting, batch in workers(held):
        for one in batch:
            took.run(partial(search, acting, one))
    return took


def without_number(one: Held) -> Held:
    return replace(one, details=replace(one.details, documents=()))


def sparse(one: Held) -> Held:
    """What is left when the family has no paper and no phone with it, and names no guardian."""
    return replace(one, details=replace(one.details, guardian_names=(), phones=(), documents=()))


KINDS = {"full": lambda one: one, "no number": without_number, "sparse": sparse}


def goals_of(name: str, found: Found) -> list[Goal]:
    return [
        Goal(f"{name}: search / look-up, p95", found.ratio, RATIO, "×"),
        Goal(f"{name}: search, p95", found.search.p95 * 1000, LONGEST_MS, "ms"),
    ]


def missing(population: str, found: dict[str, Found]) -> list[Goal]:
    """Goals of recall, as the share of searches that do not find the right person."""
    if population not in RECALL:
        return []
    reached = (found["no number"].recall, found["sparse"].recall, found["no number"].recall_of(SOUNDED))
    names = ("no number", "sparse", "pinyin or Latin")
    return [
        Goal(f"{name}: not among the first five", (1 - part) * 100, (1 - goal) * 100, "%")
        for name, part, goal in zip(names, reached, RECALL[population], strict=True)
        if goal
    ]


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--persons", type=int, default=350_000)
    parser.add_argument("--population", choices=("demo", *RECALL), default="demo")
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--missed", type=int, default=0, help="print so many searches that did not find the person")
    asked = parser.parse_args()
    with filled(asked.persons, asked.population) as (state, held):
        open_for_the_yardstick(state)
        held = held[: asked.searches + WARM]
        found = {name: searched([cut(one) for one in held]) for name, cut in KINDS.items()}
        whole = as_a_desk(held[:: max(1, len(held) // 200)])
        with administrator(state) as connection:
            [(persons, stored)] = connection.execute(
                "select (select count(*) from registry_person), (select count(*) from registry_searchkey)"
            ).fetchall()
    lines, told = [f"{persons:,} persons, {stored:,} keys"], {}
    for name, one in found.items():
        lines += [
            f"{name}: the right person among the first five {one.hits} of {one.asked} times ({one.recall:.4f})",
            f"  by script: {', '.join(f'{s} {sum(h)}/{len(h)}' for s, h in sorted(one.by_script.items()))}",
            f"  search   {one.search}",
            f"  look-up  {one.look_up}; ratio of medians {one.search.median / one.look_up.median:.1f}",
            f"  {one.unknown} not in the register: {one.taken} times somebody is called likely; a relative is shown"
            f" {one.relatives_as_family} times as family, {one.relatives_as_candidates} times as a candidate",
            *(f"  missed: {each}" for each in one.missed[: asked.missed]),
        ]
        told[name] = {"search": one.search.milliseconds(), "look_up": one.look_up.milliseconds()}
        told[name] |= {"ratio": round(one.ratio, 2), "recall_at_5": round(one.recall, 4)}
    lines.append(f"as a desk waits for it (keys, search, note, commit): {whole}")
    told["whole"] = whole.milliseconds()
    goals = [goal for name, one in found.items() for goal in goals_of(name, one)]
    goals += missing(asked.population, found)
    tell(lines, goals, asked.json, persons=persons, keys=stored, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
