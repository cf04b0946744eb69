"""Reads SOP editions from YAML and says everything that is wrong with one at once. No Django.

`load(path)` answers with an `Edition` or raises `EditionRefused`, which carries every problem with its line and how to
mend it. `edition(code, number)` and `in_force(code, on)` find the ones that ship with the house.
The guide for writers is docs/guides/write-an-sop-edition.md.
"""

import datetime
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from tongxing.organisations.rules import NEEDS
from tongxing.procedures.edition import Clause, Due, Edition, Named, Step
from tongxing.procedures.sop_graph import graph_problems
from tongxing.procedures.sop_sheet import EditionProblem, Sheet
from tongxing.registry.consent_text import PURPOSES

FOLDER = Path(__file__).parent / "editions"

# The roles of access/permissions.py: repeated, because this module knows no Django; a test holds them equal.
ROLES = (
    *("front_desk", "case_worker", "police", "receiver", "partner", "mande", "coordinator", "safeguarding"),
    *("protection", "system", "security", "audit"),
)
RISKS = ("high", "medium", "low")
EVENTS = ("referral_sent", "consent_withdrawn", "consent_expiring", "moved")

TOP = (
    "code",
    "edition",
    "valid_from",
    "title",
    "demonstration",
    "phases",
    "clauses",
    "steps",
    "risks",
    "needs",
    "events",
)
STEP: tuple[str, ...] = ("code", "phase", "clause", "title", "roles", "form", "purposes", "due", "escalates_to")
STEP += ("next", "alternatives", "on", "closes")
DUE = ("working_days", "days", "after", "by_risk")


class EditionRefused(ValueError):
    """The file is not a usable edition; `problems` lists all that is wrong, by line."""

    def __init__(self, problems: Collection[EditionProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


def load(path: Path) -> Edition:
    """The edition in `path`. Raises EditionRefused with all problems, FileNotFoundError if there is no such file."""
    source = path.read_text(encoding="utf-8")
    reader = _Reader(path.name)
    sheet = reader.parsed(source)
    read = reader.edition(sheet) if sheet is not None else None
    if reader.problems or read is None:
        raise EditionRefused(reader.problems)
    return read


def check(path: Path) -> tuple[EditionProblem, ...]:
    """What is wrong with the edition in `path`, by line; empty when it can be used."""
    try:
        load(path)
    except EditionRefused as refused:
        return refused.problems
    return ()


@cache
def editions(folder: Path = FOLDER) -> tuple[Edition, ...]:
    """All editions of a folder, by code and number. Two files with the same code and number are refused."""
    found: dict[tuple[str, int], Edition] = {}
    for path in sorted(folder.glob("*.yaml")):
        one = load(path)
        if (one.code, one.number) in found:
            what = f"{one.code} edition {one.number} exists already in another file"
            raise EditionRefused([EditionProblem(path.name, 1, what, "Give this one the next number")])
        found[one.code, one.number] = one
    return tuple(found[key] for key in sorted(found))


def edition(code: str, number: int) -> Edition:
    """One edition that ships with the house. Raises KeyError if there is none."""
    for one in editions():
        if (one.code, one.number) == (code, number):
            return one
    raise KeyError(f"no edition {number} of {code}")


def in_force(code: str, on: datetime.date) -> Edition:
    """The newest edition valid on that day: new cases are opened on it. Raises KeyError if none is valid yet."""
    valid = [one for one in editions() if one.code == code and one.valid_from <= on]
    if not valid:
        raise KeyError(f"no edition of {code} is valid on {on}")
    return max(valid, key=lambda one: (one.valid_from, one.number))


class _Reader(Sheet):
    """The parts of an edition, read from its sheet."""

    def edition(self, sheet: CommentedMap) -> Edition:
        self.keys(sheet, TOP, "the edition")
        phases = self.named(sheet, "phases")
        clauses = tuple(self.clauses(sheet, [phase.code for phase in phases]))
        risks = self.named(sheet, "risks", RISKS)
        needs = self.named(sheet, "needs", NEEDS)
        events = self.named(sheet, "events", EVENTS)
        steps = tuple(self.steps(sheet, phases, clauses, events))
        return Edition(
            code=self.text(sheet, "code"),
            number=self.number(sheet, "edition", sheet.get("edition")),
            valid_from=self.date(sheet, "valid_from"),
            title=self.words(sheet, "title"),
            is_demonstration=bool(sheet.get("demonstration", False)),
            phases=phases,
            clauses=clauses,
            steps=steps,
            risks=risks,
            needs=needs,
            events=events,
        )

    def named(self, sheet: CommentedMap, key: str, known: Collection[str] = ()) -> tuple[Named, ...]:
        found = []
        for row in self.rows(sheet, key):
            self.keys(row, ("code", "title", "about"), f"a row of {key!r}")
            code = self.choice(row, "code", known) if known else self.text(row, "code")
            about = self.words(row, "about") if "about" in row else None
            found.append(Named(code, self.words(row, "title"), about))
        return tuple(found)

    def clauses(self, sheet: CommentedMap, phases: Collection[str]) -> Iterator[Clause]:
        for row in self.rows(sheet, "clauses", "id"):
            self.keys(row, ("id", "phase", "text"), "a clause")
            yield Clause(self.text(row, "id"), self.choice(row, "phase", phases), self.words(row, "text"))

    def steps(
        self, sheet: CommentedMap, phases: Collection[Named], clauses: Collection[Clause], events: Collection[Named]
    ) -> Iterator[Step]:
        rows = list(self.rows(sheet, "steps"))
        codes = [str(row.get("code")) for row in rows]
        happenings = [event.code for event in events]
        lines: dict[str, int] = {}
        steps = []
        for row in rows:
            self.keys(row, STEP, "a step")
            step = Step(
                code=str(row.get("code") or ""),
                phase=self.choice(row, "phase", [phase.code for phase in phases]),
                clause=self.choice(row, "clause", [clause.id for clause in clauses]),
                title=self.words(row, "title"),
                roles=self.choices(row, "roles", ROLES, needed=True),
                form=self.text(row, "form", needed=False),
                purposes=self.choices(row, "purposes", PURPOSES),
                due=self.due(row, (*codes, *happenings)),
                escalates_to=self.choice(row, "escalates_to", ROLES, needed=False),
                next=self.choices(row, "next", codes),
                alternatives=self.choices(row, "alternatives", codes),
                on=self.choice(row, "on", happenings, needed=False),
                closes=bool(row.get("closes", False)),
            )
            lines.setdefault(step.code, self.line(row, "code"))
            steps.append(step)
        for code, what, remedy in graph_problems(steps):
            self.wrong(lines.get(code, 1), what, remedy)
        yield from steps

    def due(self, row: CommentedMap, after: Collection[str]) -> Due | None:
        node = row.get("due")
        if node is None:
            if "due" in row:
                self.wrong(self.line(row, "due"), "'due' is empty", "Write `due: {working_days: 3, after: a_step}`")
            return None
        if not isinstance(node, CommentedMap):
            self.wrong(self.line(row, "due"), "'due' needs entries", "Write `due: {working_days: 3, after: a_step}`")
            return None
        self.keys(node, DUE, "'due'")
        units = [unit for unit in ("working_days", "days") if unit in node]
        if len(units) != 1:
            self.wrong(
                self.line(row, "due"),
                "'due' has no number of days",
                "Write `working_days: 3` or `days: 3`, one of both",
            )
            return None
        by_risk = node.get("by_risk") or CommentedMap()
        self.keys(by_risk, RISKS, "'by_risk'")
        risks = tuple((risk, self.number(by_risk, risk, n)) for risk, n in by_risk.items())
        return Due(
            self.number(node, units[0], node[units[0]]),
            units[0] == "working_days",
            self.choice(node, "after", after),
            risks,
        )
