"""Jobs; each calls one action. They run as the counter role."""

import logging

from procrastinate.contrib.django import app

from tongxing.access import security
from tongxing.facts import compaction, derivation, export

log = logging.getLogger(__name__)


@app.periodic(cron="15 2 * * *")
@app.task(queueing_lock="facts_export")
def facts_export(timestamp: int) -> int:
    """Every night: finished facts to Parquet, one file a kind and month. Returns how many files figures read from then on."""
    export.export()
    return len(compaction.compact().files)


@app.periodic(cron="15 3 * * *")
@app.task(queueing_lock="facts_check")
def facts_check(timestamp: int) -> int:
    """Every night: are facts what the records say? Differences go to the security log, as numbers. Returns how many."""
    found = derivation.check()
    for kind, numbers in found.differences.items():
        for what, number in numbers.items():
            log.error("facts differ from the records: %s %s: %d", kind, what, number)
            security.note(security.FACTS_DIFFER, path=f"{kind} {what} {number}")
    return sum(number for numbers in found.differences.values() for number in numbers.values())
