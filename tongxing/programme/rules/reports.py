"""The way of a report: who may bring it from which state to which, and when it is due. The database holds the same table.

    draft → submitted → returned → submitted → approved → accepted

From `approved` on nothing of it is written. A correction is a new report of the same organisation and period with the
next number and a reason; it goes the same way, and the one before it stays readable.
"""

import datetime
from dataclasses import dataclass

DRAFT, SUBMITTED, RETURNED, APPROVED, ACCEPTED = STATES = ("draft", "submitted", "returned", "approved", "accepted")
OPEN = (DRAFT, RETURNED)  # values are written in these states only
COUNTED = (APPROVED, ACCEPTED)  # what totals are made from

# (from, to) → the cell of the matrix that may bring it there.
MOVES: dict[tuple[str, str], tuple[str, str]] = {
    (DRAFT, SUBMITTED): ("report", "change"),
    (RETURNED, SUBMITTED): ("report", "change"),
    (SUBMITTED, RETURNED): ("review", "change"),
    (SUBMITTED, APPROVED): ("review", "change"),
    (APPROVED, ACCEPTED): ("acceptance", "change"),
}

NOT_YET, COMING, DUE, OVERDUE, DONE = TIMINGS = ("not_yet", "coming", "due", "overdue", "done")


@dataclass(frozen=True)
class Window:
    """A reporting period: its first and last day, and the last day on which its report is in time."""

    starts_on: datetime.date
    ends_on: datetime.date
    due_on: datetime.date


def timing(window: Window, state: str, today: datetime.date) -> str:
    """Is a report of `window` done (sent at least), overdue, due (the period is over), coming, or not yet begun?

    `state` is "" while nobody has started it. What was returned is open again, and late when its day has passed.
    """
    if state in (SUBMITTED, *COUNTED):
        return DONE
    if today > window.due_on:
        return OVERDUE
    if today > window.ends_on:
        return DUE
    return COMING if today >= window.starts_on else NOT_YET


def may_be_sent(window: Window, today: datetime.date) -> bool:
    """A period is reported when its last day has come, not before."""
    return today >= window.ends_on
