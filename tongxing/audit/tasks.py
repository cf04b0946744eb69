"""Jobs; each calls one action. Sealing runs as tx_sealer, looking for misuse as tx_auditor."""

import logging

from procrastinate.contrib.django import app

from tongxing.access import security

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="audit_seal")
def audit_seal(timestamp: int) -> int:
    """Every minute: what was written is sealed and the root copied out. Returns how many rows.

    When it cannot, that stands in the security log once an hour, and the job fails until somebody has answered it.
    """
    from tongxing.audit import sealing  # loaded when needed: the worker stays small

    try:
        return sealing.seal()
    except Exception as problem:
        if timestamp % 3600 < 60:
            security.note(security.NOT_SEALED)
        log.error("the log is not sealed: %s", problem if isinstance(problem, sealing.NotSealed) else type(problem))
        raise


@app.periodic(cron="*/3 * * * *")
@app.task(queueing_lock="audit_misuse")
def audit_misuse(timestamp: int) -> int:
    """Every three minutes: unusual look-ups become findings. Returns how many.

    When it cannot look, that stands in the security log once an hour: nothing found would else read as nothing unusual.
    """
    from tongxing.audit import detecting

    try:
        return len(detecting.look())
    except Exception:
        if timestamp % 3600 < 180:
            security.note(security.NOT_WATCHED)
        raise


@app.periodic(cron="50 19 * * *")
@app.task(queueing_lock="audit_retire")
def audit_retire(timestamp: int) -> int:
    """Every night: rows of the trace that are older than the setting go. Returns how many."""
    from tongxing.audit import sealing

    return sealing.retire()


@app.periodic(cron="20 20 * * *")
@app.task(queueing_lock="audit_verify")
def audit_verify(timestamp: int) -> int:
    """Every night: the log against its seals and the roots outside. Returns how many rows were compared.

    What is wrong stands in the security log and fails the job; so does what kept it from being compared.
    """
    from django.conf import settings

    from tongxing.audit import verifying

    try:
        found = verifying.verify(settings.ROOTS_FOLDER)
    except Exception as problem:  # a ValueError names file and line of a broken copy
        told = str(problem) if isinstance(problem, ValueError) else type(problem).__name__
        security.note(security.NOT_VERIFIED, path=told)
        raise
    if found.is_intact:
        security.note(security.VERIFIED, path=f"{found.rows} rows, {found.seals} seals")
        return found.rows
    told = ", ".join(f"{one.what} {one.seals[0]}" for one in found.trouble)
    security.note(security.DAMAGED, path=told)
    raise ArithmeticError(f"the log was changed: {told}")
