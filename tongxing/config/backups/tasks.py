"""Jobs of the night; each calls one function. Without TONGXING_BACKUP_TO there is nothing to do, and the card is red."""

import os

from procrastinate.contrib.django import app

from tongxing.config.state import State

EVERY_NIGHT = os.environ.get("TONGXING_BACKUP_AT", "15 20 * * *")  # after the facts' own nightly jobs, UTC
DRILL_EVERY_NIGHT = os.environ.get("TONGXING_DRILL_AT", "0 21 * * *")


@app.periodic(cron=EVERY_NIGHT)
@app.task(queueing_lock="backup_nightly")
def backup_nightly(timestamp: int) -> str:
    """Every night: one backup, then the keep rules. Returns its name, empty when no place is set."""
    from tongxing.config.backups import nightly  # loaded when needed

    if not os.environ.get("TONGXING_BACKUP_TO"):
        return ""
    return nightly.back_up(State.load(), nightly.target()).name


@app.periodic(cron=DRILL_EVERY_NIGHT)
@app.task(queueing_lock="drill_nightly")
def drill_nightly(timestamp: int) -> int:
    """Every night: the newest backup is restored on trial. Returns how many rows came back equal."""
    from tongxing.config.backups import nightly

    if not os.environ.get("TONGXING_BACKUP_TO"):
        return 0
    return int(nightly.drill(State.load(), nightly.target())["rows"])
