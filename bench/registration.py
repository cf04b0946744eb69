"""Registering one child with the search for duplicates against registering without, on a register of 35,000 persons.

python3 dev.py bench registration [--persons 35000] [--runs 300] [--json]

As tx_app, with policies and signed context, one transaction a child from beginning to commit (fsync on); the two ways
alternate. Children are new ones of the same generated population. Goal: p95 with ≤ 1.3 × p95 without.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from bench.common.figures import Goal, Times, tell, words
from bench.common.register import SEED, filled
from tongxing.config.demo.population import families

RATIO = 1.3
EACH = 50  # registrations by one worker, so that nobody searches more than sixty times an hour
WARM = 20  # uncounted
TODAY = datetime.date(2026, 11, 21)


@dataclass
class Found:
    """What both ways took, and how many children were recognised as already here."""

    searching: Times = field(default_factory=Times)
    plain: Times = field(default_factory=Times)
    here: int = 0
    statements: dict[bool, int] = field(default_factory=dict)  # with the search, and without


def newcomers(persons: int) -> Iterator[tuple[Any, Any]]:
    """First registrations of children who are not in the register; one a family, so that no sibling comes twice."""
    for family in islice(families(4 * persons, SEED), persons, None):
        child = family.children[0]
        yield child.registrations[0], child


def desks(count: int) -> list[Any]:
    """Accounts of front-desk workers, over the nineteen centres in turn."""
    from tongxing.access.acting import Acting
    from tongxing.access.actions import create_user
    from tongxing.organisations.actions import add_membership
    from tongxing.organisations.models import Centre

    centres = list(Centre.objects.using("owner").filter(kind="community").order_by("slug"))
    made = []
    for number in range(count):
        centre = centres[number % len(centres)]
        user = create_user(login=f"bench-{number}", name="bench (demonstration)", password="not used to sign in")
        add_membership(user_id=user.id, centre_id=centre.id, role="front_desk", starts_on=datetime.date(2020, 1, 1))
        made.append((Acting(user.id, user.name, "front_desk", centre.id), centre))
    return made


def compared(persons: int, runs: int) -> Found:
    from tongxing.config.demo.loader import enrolment
    from tongxing.core.ids import uuid7
    from tongxing.procedures import sop
    from tongxing.procedures.actions import AlreadyHere, Ready

    found, under = Found(), sop.in_force("child-registration", TODAY)
    total = 2 * (runs + WARM)
    places = desks(total // EACH + 1)
    for number, (said, child) in enumerate(islice(newcomers(persons), total)):
        by, centre = places[number // EACH]
        ready = Ready(enrolment(said, child, "", centre, TODAY), uuid7())
        is_searching = number % 2 == 0
        took = found.searching if is_searching else found.plain
        took = took if number >= 2 * WARM else Times()
        try:
            with counted() as statements:
                took.run(partial(registered, ready, under, by, is_searching))
            found.statements[is_searching] = len(statements)
        except AlreadyHere:
            found.here += 1
    return found


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    from django.db import connection

    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield sent


def registered(ready: Any, under: Any, by: Any, is_searching: bool) -> None:
    """What a request does: one transaction, one context, one child, on disk when it returns."""
    from django.db import transaction

    from tongxing.access.context import acting_as
    from tongxing.procedures.actions import register

    with transaction.atomic(), acting_as(by):
        register([ready], under=under, by=by, search_again=is_searching)


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--persons", type=int, default=35_000)
    parser.add_argument("--runs", type=int, default=300)
    asked = parser.parse_args()
    with filled(asked.persons):
        found = compared(asked.persons, asked.runs)
    lines = [
        f"On {asked.persons:,} persons; {found.here} children were taken for somebody here and not registered",
        f"with search     {found.searching}",
        f"without search  {found.plain}",
        f"statements: {found.statements[True]} with the search, {found.statements[False]} without",
        f"ratio of medians {found.searching.median / found.plain.median:.2f}",
    ]
    goals = [Goal("with / without, p95", found.searching.p95 / found.plain.p95, RATIO, "×")]
    with_, without = found.searching.milliseconds(), found.plain.milliseconds()
    tell(
        lines,
        goals,
        asked.json,
        persons=asked.persons,
        runs=asked.runs,
        here=found.here,
        searching=with_,
        plain=without,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
