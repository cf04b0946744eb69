"""A child written in bulk is the child that the actions write: row for row, in every table."""

import datetime
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone

from tests import world
from tests.faults.serving import HOUSE, wait_for
from tongxing.access.acting import Acting
from tongxing.casework.actions import assess, deliver
from tongxing.config.demo import bulk, loader
from tongxing.config.demo.lives import Event, life, scales
from tongxing.config.demo.population import families
from tongxing.config.demo.run import Run
from tongxing.core.ids import uuid7
from tongxing.procedures import sop
from tongxing.procedures.actions import Ready, answer, complete, refer, register
from tongxing.procedures.actions.referrals import ConsentMissing
from tongxing.procedures.models import Referral, Registration
from tongxing.procedures.rules import NEEDS
from tongxing.registry.models import Person

TODAY = datetime.date(2026, 11, 21)
# Ids, codes and times are each row's own; every other column is compared.
OWN = {"uuid", "timestamp with time zone", "bytea", "xid8"}
OWN_WORDS = {"number", "code_hash", "withdrawal_sealed", "pgh_id"}
LEFT_OUT = "access|django|pgh|procrastinate|organisations|programme|publishing|registry_(weight|installed)"
COLUMNS = f"""
    select table_name, column_name, data_type from information_schema.columns
    where table_schema = 'public' and table_name !~ '^({LEFT_OUT})'
      and table_name not in ('facts_factkind', 'facts_referencestatistic') order by 1, ordinal_position"""


def rows_of(house: Any, tables: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in each table now, without what is each row's own, in an order of its own."""
    found = {}
    for table, columns in tables.items():
        said = ", ".join(f'"{column}"::text' for column in columns) or "1"
        found[table] = sorted(house.sql("postgres", f"select {said} from {table}"), key=repr)
    return found


def compared(house: Any) -> dict[str, list[str]]:
    """Columns that must agree, by table. A code of a referral is its own; a code of a step says what was done."""
    found: dict[str, list[str]] = {}
    for table, column, kind in house.sql("postgres", COLUMNS):
        columns = found.setdefault(table, [])
        is_own = kind in OWN or column in OWN_WORDS or (column == "code" and "referral" in table)
        if (
            not is_own
            or column in ("centre_id", "sender_id", "receiver_id", "service_id", "acting")
            or column.endswith("by_id")
        ):
            columns.append(column)
    return found


def emptied(house: Any, tables: dict[str, list[str]]) -> None:
    said = ", ".join(tables)
    house.sql("postgres", f"set session_replication_role = replica; truncate {said} cascade")


def by_actions(rows: Sequence[Registration], lives: Sequence[Sequence[Event]], by: Acting, services: Any) -> None:
    """Each event through the action that a desk's page calls."""
    for registration, events in zip(rows, lives, strict=True):
        sent: Referral | None = None
        for event in events:
            if event.what == "refer":
                sent = _referred(registration, event, by, services)
            elif event.what == "answer" and sent:
                receiver = loader.receiver_of(sent.receiver_id)
                with world.as_(receiver):
                    answer(sent, by=receiver, **event.said)
            elif event.what == "deliver" and sent:
                receiver = loader.receiver_of(sent.receiver_id)
                with world.as_(receiver):
                    deliver(sent, outcome=event.said["outcome"], on=event.on, by=receiver)
            elif event.what == "assessment":
                with world.as_(by):
                    assess(registration, **event.said, on=event.on, by=by)
            elif event.what not in ("answer", "deliver"):
                with world.as_(by):
                    complete(registration, event.what, on=event.on, by=by)


def _referred(registration: Registration, event: Event, by: Acting, services: Any) -> Referral | None:
    need = event.said["need"]
    offered = [service for service in services if service.need == need]
    with world.as_(by):
        person = Person.objects.select_related("centre").get(id=registration.person_id)
        try:
            return refer(
                person=person,
                service=offered[int(event.said["place"] * len(offered))],
                need=need,
                request_id=uuid7(),
                by=by,
            )
        except (ConsentMissing, IndexError):
            return None


def some_lives(today: datetime.date) -> list[list[Event]]:
    """Every way that a case goes: broken off, closed by hand, declined, accepted, served, still waiting."""
    day = today - datetime.timedelta(days=40)
    needs = {"needs": dict.fromkeys(NEEDS, "none") | {"school": "pressing"}, "risk": "high"}
    begun = [Event("verification", day), Event("assessment", day + datetime.timedelta(days=3), needs)]
    begun.append(Event("plan", day + datetime.timedelta(days=9)))
    sent = [*begun, Event("refer", today, {"need": "school", "place": 0.0})]
    yes, no = Event("answer", today, {"accept": True}), Event("answer", today, {"accept": False, "reason": "full"})
    given = Event("deliver", today, {"outcome": "received"})
    rest = [Event("services", today), Event("follow_up", today), Event("closure", today)]
    return [
        [],
        begun[:1],
        begun,
        sent,
        [*sent, no],
        [*sent, no, *rest],
        [*sent, yes],
        [*sent, yes, given, *rest],
        [*begun, *rest],
        [*sent[:3], Event("refer", today, {"need": "legal", "place": 0.9}), yes, given, rest[0]],
    ]


@pytest.fixture(scope="module")
def peopled(house):
    loader.staff(lambda *_: None)
    return house


def test_what_is_written_in_bulk_is_what_the_actions_write(peopled) -> None:
    today = timezone.localdate()
    [centre] = [c for c in loader._centres() if c.slug == "changzhou-2"]
    by = loader.desk_of(centre)
    lives = some_lives(today)
    said = [
        (child.registrations[0], child, "")
        for family in families(40, 7, today=today)
        for child in family.children
        if child.registrations[0].on < today - datetime.timedelta(days=60)
    ][: len(lives)]
    under = sop.in_force("child-registration", today)
    services = loader.services_near(centre)
    tables = compared(peopled)
    assert {"facts_fact", "registry_searchkey", "procedures_referralevent", "procedures_caseevent"} <= set(tables)
    assert "k" in tables["registry_searchkey"]
    found = []
    for way in ("actions", "bulk"):
        emptied(peopled, tables)
        with world.as_(by):
            ready = [Ready(loader.enrolment(*row, centre, today), uuid7()) for row in said]
            made = register(ready, under=under, by=by, search_again=False)
            if way == "bulk":
                written = bulk.Batch(made, services, by=by, receiver_of=loader.receiver_of)
                for registration, events in zip(made, lives, strict=True):
                    written.live(registration, events)
                written.write()
        if way == "actions":
            by_actions(made, lives, by, services)
        found.append(rows_of(peopled, tables))
    one, other = found
    assert sum(map(len, one.values())) > 20 * len(said)
    for table in one:
        assert other[table] == one[table], table


def test_a_life_stays_between_registration_and_today() -> None:
    chances = scales()["full"].lives
    begun = TODAY - datetime.timedelta(days=200)
    for number in range(500):
        events = life(random.Random(number), begun, TODAY, chances)
        days = [event.on for event in events if event.what not in ("deliver", "answer")]
        assert days == sorted(days)
        assert all(begun <= event.on <= TODAY for event in events)


# Loading in a process of its own, slow enough to be hit. The control names its drafts anew, as if nothing were kept.
JOB = """
import sys, time, uuid
import django
django.setup()
from datetime import date
from tongxing.config.demo import loader
from tongxing.config.demo.run import Run

write = loader.Desk._write
loader.Desk._write = lambda desk: (write(desk), time.sleep(0.2))
loader.registrations(Run("full", int(sys.argv[1]), date.fromisoformat(sys.argv[2]), batch=6), lambda *_: None)
"""
CHILDREN = 60


def loaded(today: datetime.date, **changed: Any) -> None:
    loader.registrations(Run("full", CHILDREN, today, batch=6, **changed), lambda *_: None)


def killed(house: Any, today: datetime.date) -> int:
    """Start loading, kill -9 it in the midst; how many registrations it had committed."""
    environment = os.environ | {"TONGXING_DATABASE": house.name, "PYTHONPATH": str(HOUSE), "TONGXING_DEMO": "1"}
    command = [sys.executable, "-W", "ignore", "-c", JOB, str(CHILDREN), today.isoformat()]

    def written() -> int:
        return house.sql("postgres", "select count(*) from procedures_registration")[0][0]

    with subprocess.Popen(command, cwd=HOUSE, env=environment) as job:
        wait_for(lambda: written() >= 24 or job.poll() is not None, 60)
        job.kill()
    return written()


def test_a_killed_loading_goes_on_and_ends_as_an_unbroken_one(peopled, monkeypatch) -> None:
    today = timezone.localdate()
    tables = compared(peopled)
    emptied(peopled, tables)
    loaded(today)
    unbroken = rows_of(peopled, tables)
    emptied(peopled, tables)
    before = killed(peopled, today)
    assert 0 < before < len(unbroken["procedures_registration"])
    loaded(today)
    assert rows_of(peopled, tables) == unbroken
    # The control: a run that does not know its own drafts again writes children twice.
    monkeypatch.setattr(Run, "draft", lambda *_: uuid7())
    loaded(today)
    assert len(rows_of(peopled, tables)["procedures_registration"]) == 2 * len(unbroken["procedures_registration"])
