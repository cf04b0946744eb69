"""Which steps of a case are open, when each is due, how late it is."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tongxing.core.jurisdiction import Calendar
from tongxing.procedures.edition import Edition, Step

UNKNOWN_RISK = "medium"  # until the assessment says otherwise


@dataclass(frozen=True)
class DoneStep:
    """A step that was done, or an event that happened, on the site's own date, in the order of recording.

    `opened`: what the worker chose to open, out of `next` and `alternatives`; None = all of `next`.
    """

    code: str
    done_on: datetime.date
    opened: tuple[str, ...] | None = None


@dataclass(frozen=True)
class OpenStep:
    """A step waiting to be done. `due_on` is a working day, or None where the edition sets no time."""

    step: Step
    opened_on: datetime.date | None
    due_on: datetime.date | None
    state: Literal["overdue", "due", "coming"]
    working_days_late: int
    is_provisional: bool  # the year's make-up days are not announced: the date may move

    @property
    def escalates_to(self) -> str:
        """The role to tell, once the step is late."""
        return self.step.escalates_to if self.state == "overdue" else ""


def open_steps(
    edition: Edition, done: Sequence[DoneStep], now: datetime.datetime, calendar: Calendar, risk: str = ""
) -> list[OpenStep]:
    """The open steps of a case, most pressing first; none once it is closed.

    `now` is aware and already in the site's time zone: its date is today there. A step opens when a step that names it
    as `next` is done, or when its event happens (once for each event); a step done is gone until it is opened again.
    """
    today = now.date()
    listed = [
        _timed(edition.step(code), opened_on, done, today, calendar, risk or UNKNOWN_RISK)
        for code, opened_on in _waiting(edition, done)
    ]
    order = {step.code: place for place, step in enumerate(edition.steps)}
    return sorted(listed, key=lambda one: (one.due_on or datetime.date.max, order[one.step.code]))


def is_closed(edition: Edition, done: Sequence[DoneStep]) -> bool:
    """Was a step done that closes the case?"""
    closing = {step.code for step in edition.steps if step.closes}
    return any(one.code in closing for one in done)


def due_on(step: Step, after: datetime.date, calendar: Calendar, risk: str = UNKNOWN_RISK) -> datetime.date | None:
    """The working day by which `step` must be done, counted from `after`; None where the edition sets no time."""
    if step.due is None:
        return None
    days = step.due.for_risk(risk)
    if step.due.in_working_days:
        return calendar.add_working_days(after, days)
    return calendar.add_working_days(after + datetime.timedelta(days=days), 0)


def _waiting(edition: Edition, done: Sequence[DoneStep]) -> list[tuple[str, datetime.date | None]]:
    """Steps opened and not yet done, each with its opening date; an event step may wait several times."""
    if is_closed(edition, done):
        return []
    by_code = {step.code: step for step in edition.steps}
    waiting: list[tuple[str, datetime.date | None]] = [(edition.first.code, None)]
    for one in done:
        # The oldest opening is the one answered: first asked, first answered.
        at = next((place for place, (code, _) in enumerate(waiting) if code == one.code), None)
        if at is not None:
            waiting.pop(at)
        waiting += [(step.code, one.done_on) for step in edition.steps if step.on and step.on == one.code]
        step = by_code.get(one.code)
        for code in _opened(step, one) if step else ():
            if code not in (name for name, _ in waiting):
                waiting.append((code, one.done_on))
    return waiting


def _opened(step: Step, one: DoneStep) -> tuple[str, ...]:
    if one.opened is None:
        return step.next
    return tuple(code for code in (*step.next, *step.alternatives) if code in one.opened)


def _timed(
    step: Step,
    opened_on: datetime.date | None,
    done: Sequence[DoneStep],
    today: datetime.date,
    calendar: Calendar,
    risk: str,
) -> OpenStep:
    due = due_on(step, _counted_from(step, opened_on, done), calendar, risk) if opened_on else None
    late = calendar.working_days_between(due, today) if due and due < today else 0
    state: Literal["overdue", "due", "coming"] = "coming"
    if due is not None and due <= today:
        state = "due" if due == today else "overdue"
    return OpenStep(step, opened_on, due, state, late, due is not None and calendar.is_provisional(due))


def _counted_from(step: Step, opened_on: datetime.date, done: Sequence[DoneStep]) -> datetime.date:
    """The date from which the time runs: the last `after`; the opening, if the step was done since and opened again."""
    if step.on or step.due is None:
        return opened_on
    last = {one.code: place for place, one in enumerate(done)}
    place = last.get(step.due.after)
    if place is None or last.get(step.code, -1) > place:
        return opened_on
    return done[place].done_on
