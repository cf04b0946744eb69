"""Jobs; each calls one action. They run as the counter role."""

from procrastinate.contrib.django import app

from tongxing.facts import export


@app.periodic(cron="15 2 * * *")
@app.task(queueing_lock="facts_export")
def facts_export(timestamp: int) -> int:
    """Every night: finished facts to Parquet. Returns the number of files that a figure reads from then on."""
    return len(export.export().files)
