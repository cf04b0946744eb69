"""Jobs; each calls one action. They run as the counter role."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tongxing.facts import export, lineage
from tongxing.facts.results import Period


@app.periodic(cron="15 2 * * *")
@app.task(queueing_lock="facts_export")
def facts_export(timestamp: int) -> int:
    """Every night: finished facts to Parquet. Returns the number of files that a figure reads from then on."""
    return len(export.export().files)


@app.periodic(cron="45 2 * * *")
@app.task(queueing_lock="facts_sets_check")
def facts_sets_check(timestamp: int) -> int:
    """Every night: the set behind each cell is as large as the cell. Returns how many were compared, fails on any other."""
    now = timezone.now()
    compared, differing = lineage.differences(Period.until(now.date()), now)
    if differing:
        raise ArithmeticError(f"{len(differing)} of {compared} cells differ from their sets: {differing[:5]}")
    return compared
