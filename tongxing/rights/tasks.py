"""Jobs; each calls one function. They run as tx_keeper."""

import logging
import uuid

from django.utils import timezone
from procrastinate.contrib.django import app

from tongxing.rights import carrying, purging

log = logging.getLogger(__name__)


@app.task
def carry_out(request: str) -> str:
    """What was granted: the copy, the list of who has seen, the end of a restriction's grants, the erasure."""
    return carrying.carry_out(uuid.UUID(request))


@app.task
def keyed_anew(person: str) -> int:
    """After a correction: the search rows of that child are made again."""
    from tongxing.registry import rekeying

    carrying.make_stale(uuid.UUID(person))
    return rekeying.rekey()


@app.periodic(cron="20 20 * * *")
@app.task(queueing_lock="retention")
def retention(timestamp: int) -> int:
    """Every night: what was granted and waits is tried again, what is overdue goes. Returns how many rows and fields.

    Fails, when all is done, if something overdue is left, or a request could not be carried out and no hold says why.
    """
    waiting, failed = carrying.carry_out_waiting()
    if waiting:
        log.warning("%d granted requests could not be carried out", waiting)
    done = purging.purge(timezone.localdate())
    if failed:
        raise RuntimeError(f"granted requests failed: {', '.join(failed)}")
    if done.overdue:
        raise ArithmeticError(f"{done.overdue} rows are overdue after the purge")
    return sum(sum(numbers.values()) for numbers in done.counts.values())
