"""Jobs; each calls one action. They run as the counter role."""

import logging
import uuid

from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from tongxing.access import security
from tongxing.access.acting import Acting
from tongxing.facts import derivation, extracts
from tongxing.facts.results import Period

log = logging.getLogger(__name__)


@app.periodic(cron="15 18 * * *")
@app.task(queueing_lock="facts_export")
def facts_export(timestamp: int) -> int:
    """Every night: finished facts to Parquet, one file a kind and month. Returns how many files figures read from then on."""
    from tongxing.facts import compaction, export  # loaded when needed: they weigh more than the rest of the worker

    export.export()
    return len(compaction.compact().files)


@app.periodic(cron="15 19 * * *")
@app.task(queueing_lock="facts_check")
def facts_check(timestamp: int) -> int:
    """Every night: are facts what the records say? Differences go to the security log, as numbers. Returns how many."""
    found = derivation.check()
    for kind, numbers in found.differences.items():
        for what, number in numbers.items():
            log.error("facts differ from the records: %s %s: %d", kind, what, number)
            security.note(security.FACTS_DIFFER, path=f"{kind} {what} {number}")
    return sum(number for numbers in found.differences.values() for number in numbers.values())


@app.task
def facts_extract(extract: str, user: str, role: str) -> int:
    """A file that an officer asked for, written under the officer's own rights. Returns how many rows."""
    by = Acting(user_id=uuid.UUID(user), name="", role=role, centre_id=None, purpose="extract")
    return extracts.make(uuid.UUID(extract), by=by).written


@app.periodic(cron="45 18 * * *")
@app.task(queueing_lock="extracts_expire", queue="quick")
def extracts_expire(timestamp: int) -> int:
    """Every night: files whose days are over."""
    return extracts.expire()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="jobs_resume", queue="quick", pass_context=True)
async def jobs_resume(context: JobContext, timestamp: int) -> int:
    """Every minute: a job whose worker was killed is done again. Returns how many."""
    stalled = list(await context.app.job_manager.get_stalled_jobs())
    for job in stalled:
        await context.app.job_manager.retry_job(job)
    return len(stalled)


@app.periodic(cron="45 19 * * *")
@app.task(queueing_lock="facts_sets_check")
def facts_sets_check(timestamp: int) -> int:
    """Every night: the set behind each cell is as large as the cell. Returns how many were compared, fails on any other."""
    from tongxing.facts import lineage  # loaded when needed, like the export

    now = timezone.now()
    compared, differing = lineage.differences(Period.until(now.date()), now)
    if differing:
        raise ArithmeticError(f"{len(differing)} of {compared} cells differ from their sets: {differing[:5]}")
    return compared


@app.periodic(cron="30 18 * * *")
@app.task(queueing_lock="facts_bitmaps")
def facts_bitmaps(timestamp: int) -> int:
    """Every night and after each change of links: sets of persons anew, and each proven equal to its figure.

    Returns how many were compared; differences go to the security log, as a number, and fail the job.
    """
    from tongxing.facts import bitmap_store  # loaded when needed, like the export

    compared, differing = bitmap_store.differences(bitmap_store.make())
    if differing:  # a fact whose transaction ended meanwhile: it is in the next ones
        compared, differing = bitmap_store.differences(bitmap_store.make())
    bitmap_store.note_checked(compared, len(differing))
    if differing:
        security.note(security.FACTS_DIFFER, path=f"sets of persons {len(differing)}")
        raise ArithmeticError(f"{len(differing)} of {compared} sets differ from their figures: {differing[:5]}")
    return compared
