"""What an SOP edition is once it is read: frozen data in three languages. No Django; `sop.load` makes one from YAML."""

import datetime
from dataclasses import dataclass
from typing import TypeVar

from tongxing.core.words import Words


@dataclass(frozen=True)
class Clause:
    """One numbered paragraph of the procedure, e.g. "1.4"; records and receipts cite it."""

    id: str
    phase: str
    text: Words


@dataclass(frozen=True)
class Due:
    """How long a step may take: `n` working days (or calendar days) after `after`, a step or an event.

    `by_risk` overrides `n` for a risk level. Calendar days that end on a day off move to the next working day.
    """

    n: int
    in_working_days: bool
    after: str
    by_risk: tuple[tuple[str, int], ...] = ()

    def for_risk(self, risk: str) -> int:
        return dict(self.by_risk).get(risk, self.n)


@dataclass(frozen=True)
class Step:
    """One thing that somebody has to do.

    It opens when a step that names it in `next` is done, or each time the event `on` happens. `alternatives` are
    steps that the worker may open instead of `next`, for example one more follow-up instead of closure.
    """

    code: str
    phase: str
    clause: str
    title: Words
    roles: tuple[str, ...]
    form: str = ""
    purposes: tuple[str, ...] = ()  # consents that must be given before
    due: Due | None = None
    escalates_to: str = ""
    next: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    on: str = ""
    closes: bool = False


@dataclass(frozen=True)
class Named:
    """A code of a closed list with its name: phase, risk level, need, event."""

    code: str
    title: Words
    about: Words | None = None


Coded = TypeVar("Coded", Step, Named)


@dataclass(frozen=True)
class Edition:
    """One edition of a procedure. A case stays on the edition under which it was opened."""

    code: str
    number: int
    valid_from: datetime.date
    title: Words
    is_demonstration: bool
    phases: tuple[Named, ...]
    clauses: tuple[Clause, ...]
    steps: tuple[Step, ...]
    risks: tuple[Named, ...]  # gravest first
    needs: tuple[Named, ...]
    events: tuple[Named, ...]

    @property
    def first(self) -> Step:
        """The step that opens a case."""
        return self.steps[0]

    def step(self, code: str) -> Step:
        """Raises KeyError for a code that this edition does not have."""
        return _one(self.steps, code)

    def clause(self, clause_id: str) -> Clause:
        return next(clause for clause in self.clauses if clause.id == clause_id)

    def phase(self, code: str) -> Named:
        return _one(self.phases, code)

    def need(self, code: str) -> Named:
        return _one(self.needs, code)

    def risk(self, code: str) -> Named:
        return _one(self.risks, code)

    def steps_of(self, phase: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.phase == phase)

    def clauses_of(self, phase: str) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.phase == phase)


def _one(things: tuple[Coded, ...], code: str) -> Coded:
    for thing in things:
        if thing.code == code:
            return thing
    raise KeyError(code)
