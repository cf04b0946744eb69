"""Jobs; each calls one action, as who asked for it."""

import uuid

from procrastinate.contrib.django import app

from tongxing.access.acting import Acting
from tongxing.procedures.actions import rosters

TURN = 20  # seconds that one roster may keep the worker; then others have their turn


@app.task
def roster_work(roster: str, user: str, role: str, centre: str) -> str:
    """Reads, checks, imports or takes out a roster, for a while; what is left is put back into the queue. Its state."""
    by = Acting(uuid.UUID(user), "", role, uuid.UUID(centre), purpose="roster")
    left = rosters.work(uuid.UUID(roster), by=by, seconds=TURN)
    if left.state in left.AT_WORK:
        roster_work.defer(roster=roster, user=user, role=role, centre=centre)
    return left.state


@app.periodic(cron="50 18 * * *")
@app.task(queueing_lock="rosters_expire")
def rosters_expire(timestamp: int) -> int:
    """Every night: lists whose month is over keep no words. Returns how many rows were emptied."""
    return rosters.expire()
