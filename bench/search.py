"""Desk search in the database against one look-up in a btree, on one connection, as tx_app under a signed context.

python3 dev.py bench search [--persons 350000] [--searches 1000] [--json]      fills a register at the first run

Looked for are second registrations that the register does not hold, each by a worker of the centre that holds the
first one: with all that was said, and again "sparse", without document, phone and guardian. Search and look-up take
turns within one transaction. Goals, for both: p95 ≤ 25 × the look-up's and ≤ 10 ms.
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

RATIO, LONGEST_MS = 25.0, 10.0
EACH = 50  # searches by one worker: sixty an hour are allowed
WARM = 60  # uncounted, so that caches and plans are those of a working day
SEARCH = "select person_id, is_inside, verdict, total, levels from access.search(%s::bigint[], %s::jsonb)"
LOOK_UP = "select person_id from registry_searchkey where k = %s limit 1"


@dataclass
class Found:
    """What the searches took, and how often the right person was among the five shown."""

    search: Times = field(default_factory=Times)
    look_up: Times = field(default_factory=Times)
    hits: int = 0
    asked: int = 0

    @property
    def recall(self) -> float:
        return self.hits / self.asked

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
    from psycopg.types.json import Jsonb

    from tongxing.linkage import keys, normaliser
    from tongxing.registry.identity import as_json

    rows = normaliser.features(one.details)
    probes = keys.wanted_keys(rows)
    looked_for = Jsonb([as_json(row) for row in rows])

    def search() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(SEARCH, [probes, looked_for])
            return cursor.fetchall()

    def look_up() -> Any:
        with psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute(LOOK_UP, [probes[0]], prepare=True).fetchall()

    if number % 2:
        found.look_up.run(look_up)
    answers = found.search.run(search)
    if not number % 2:
        found.look_up.run(look_up)
    found.asked += 1
    found.hits += one.person_id in [str(person) for person, *_rest in answers[:5]]


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


def sparse(one: Held) -> Held:
    """What is left when the family has no paper and no phone with it, and names no guardian."""
    return replace(one, details=replace(one.details, guardian_names=(), phones=(), documents=()))


def goals_of(name: str, found: Found) -> list[Goal]:
    return [
        Goal(f"{name}: search / look-up, p95", found.ratio, RATIO, "×"),
        Goal(f"{name}: search, p95", found.search.p95 * 1000, LONGEST_MS, "ms"),
    ]


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--persons", type=int, default=350_000)
    parser.add_argument("--searches", type=int, default=1000)
    asked = parser.parse_args()
    with filled(asked.persons) as (state, held):
        open_for_the_yardstick(state)
        held = held[: asked.searches + WARM]
        found = {"full": searched(held), "sparse": searched([sparse(one) for one in held])}
        whole = as_a_desk(held[:: max(1, len(held) // 200)])
        with administrator(state) as connection:
            [(persons, stored)] = connection.execute(
                "select (select count(*) from registry_person), (select count(*) from registry_searchkey)"
            ).fetchall()
    lines, told = [f"{persons:,} persons, {stored:,} keys"], {}
    for name, one in found.items():
        lines += [
            f"{name}: the right person among the first five {one.hits} of {one.asked} times",
            f"  search   {one.search}",
            f"  look-up  {one.look_up}; ratio of medians {one.search.median / one.look_up.median:.1f}",
        ]
        told[name] = {"search": one.search.milliseconds(), "look_up": one.look_up.milliseconds()}
        told[name] |= {"ratio": round(one.ratio, 2), "recall_at_5": round(one.recall, 4)}
    lines.append(f"as a desk waits for it (keys, search, note, commit): {whole}")
    told["whole"] = whole.milliseconds()
    goals = [goal for name, one in found.items() for goal in goals_of(name, one)]
    tell(lines, goals, asked.json, persons=persons, keys=stored, **told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
