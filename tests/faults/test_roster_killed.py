"""kill -9 of the job that imports a roster: whole rows stay, the rest follows, and no child is registered twice."""

import os
import subprocess
import sys
from collections import Counter

from tests import world
from tests.faults.serving import HOUSE, wait_for
from tests.procedures import lists
from tongxing.procedures.actions import roster_rows, rosters
from tongxing.procedures.models import RosterRow

ROWS, BATCH = 24, 4
# The job in a process of its own, slow enough to be hit; the control commits every child apart from its row's mark.
JOB = """
import sys, time, uuid
import django
django.setup()
from tongxing.access.acting import Acting
from tongxing.procedures.actions import rosters
from tests.faults.test_roster_killed import unmarked

roster, user, centre, how = sys.argv[1:]
rosters.BATCH = 4
step = unmarked if how == "unmarked" else rosters.bring_in

def slowly(part, by):
    step(part, by)
    time.sleep(0.2)  # inside the batch's transaction

rosters.bring_in = slowly
by = Acting(uuid.UUID(user), "", "front_desk", uuid.UUID(centre), purpose="roster")
rosters.work(uuid.UUID(roster), by=by)
"""


def unmarked(part, by) -> None:
    """As one would write it without thinking of kill -9: a key made anew for each try, in a transaction of its own."""
    import threading
    import uuid

    from django.db import connection

    def apart() -> None:
        with world.as_(by):
            for row in part:
                row.effect = uuid.uuid4()
            roster_rows.bring_in(part, by)
        with world.as_(by):
            rosters.RosterRow.objects.filter(id__in=[row.id for row in part]).update(state="ready", registration=None)
        connection.close()

    worker = threading.Thread(target=apart)
    worker.start()
    worker.join()


def started(by, first: int):
    with world.as_(by):
        content = lists.as_csv([lists.child(first + n) for n in range(ROWS)])
        roster, _is_new = rosters.take_in(content, name="list.csv", by=by)
    rosters.work(roster.id, by=by)
    with world.as_(by):
        return rosters.start(roster, by=by)


def registered(house) -> int:
    return house.sql("tx_owner", "select count(*) from procedures_registration")[0][0]


def killed(house, roster, by, *, how: str) -> int:
    before = registered(house)
    environment = os.environ | {"TONGXING_DATABASE": house.name, "PYTHONPATH": str(HOUSE)}
    command = [sys.executable, "-W", "ignore", "-c", JOB, str(roster.id), str(by.user_id), str(by.place), how]
    with subprocess.Popen(command, cwd=HOUSE, env=environment) as job:
        wait_for(lambda: registered(house) - before >= 2 * BATCH or job.poll() is not None, 120)
        job.kill()
    return registered(house) - before


def names_of(house) -> Counter:
    return Counter(name for (name,) in house.sql("tx_owner", "select name from registry_person"))


def test_a_killed_import_leaves_whole_rows_and_goes_on_where_it_was(house, desk) -> None:
    roster = started(desk, 100)
    there = killed(house, roster, desk, how="marked")
    assert 2 * BATCH <= there < ROWS and there % BATCH == 0, "a batch is whole or not there"
    with world.as_(desk):
        marked = RosterRow.objects.filter(roster=roster, state="imported")
        assert marked.count() == there, "the mark is what was committed"
        assert all(row.registration.case and row.registration.steps.count() == 1 for row in marked)
    assert rosters.work(roster.id, by=desk).state == "done"
    print(f"\nkilled after {there} of {ROWS} rows; the rest followed")
    assert registered(house) == ROWS and set(names_of(house).values()) == {1}
    facts = house.sql("tx_owner", "select count(*), count(distinct source_id) from facts_fact")
    assert facts == [(ROWS, ROWS)]


def test_without_a_key_and_a_mark_in_the_same_transaction_children_would_stand_twice(house, desk, monkeypatch) -> None:
    """The control: the test above must be able to see a child that was registered twice."""
    roster = started(desk, 200)
    there = killed(house, roster, desk, how="unmarked")
    assert there >= 2 * BATCH
    monkeypatch.setattr(roster_rows, "_candidates", lambda enrolment: [])  # nor anybody who looks
    rosters.work(roster.id, by=desk)
    assert max(names_of(house).values()) > 1
