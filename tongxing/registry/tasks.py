"""Jobs; each calls one action. They compare records under the role tx_linker."""

import logging
import time
from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongxing.facts.tasks import facts_bitmaps
from tongxing.registry.models.links import LinkRun

log = logging.getLogger(__name__)


@app.periodic(cron="0 17 * * *")
@app.task(queueing_lock="rekey_stale")
def rekey_stale(timestamp: int) -> int:
    """Every night, before comparing, as the owner: search rows of an older normaliser are made anew. Returns how many."""
    from tongxing.registry import rekeying

    return rekeying.rekey(lambda made: log.info("search rows renewed: %d of %d persons", made.done, made.waiting))


@app.periodic(cron="30 17 * * *")
@app.task(queueing_lock="link_new")
def link_new(timestamp: int) -> int:
    """Every night: who is new, or may be compared further than before, against everybody. Returns how many were linked."""
    return _compare(LinkRun.Scope.NEW)


@app.periodic(cron="30 22 * * 6")
@app.task(queueing_lock="link_all")
def link_all(timestamp: int) -> int:
    """Every week: everybody against everybody; what the model no longer says ends. Returns how many were linked."""
    return _compare(LinkRun.Scope.FULL)


def _compare(scope: str) -> int:
    from tongxing.registry import comparing  # loaded when needed: its engine weighs more than the rest of the worker

    found = comparing.compare(scope)
    with suppress(AlreadyEnqueued):
        facts_bitmaps.configure().defer(timestamp=int(time.time()))  # the sets of persons follow the links
    return int(found.counts.get("link", 0))
