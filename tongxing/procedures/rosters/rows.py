"""What one row of a roster says, in the words of a registration draft, and what is wrong in which cell."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tongxing.core import dates
from tongxing.core.dates import N_, PartialDate, parse_birth
from tongxing.core.jurisdiction import Jurisdiction
from tongxing.core.lists.columns import nothings, plain
from tongxing.linkage.dates import day_comes_first, read_date
from tongxing.procedures import intake, rules
from tongxing.procedures.rosters.columns import GIVEN, Column, column, columns
from tongxing.procedures.rosters.reading import Line
from tongxing.procedures.rules.registration import ASKED
from tongxing.registry import consent_text
from tongxing.registry.rules import Enrolment

DIGITS = 15  # of a number that a spreadsheet program keeps
WORDS = {
    "formula": N_("The cell is calculated. Copy it and paste it as a value."),
    "merged": N_("The cell is merged with others, so it is not clear whose value it is. Undo the merging."),
    "wide": N_(
        "The row has more cells than headings: a comma stands inside a value. Put the value into quotation marks."
    ),
    "rounded": N_(
        "“%(value)s” is a number of more than 15 digits, and its last digits are lost. Type it again as text."
    ),
    "choice": N_("“%(value)s” is none of the answers. Possible: %(possible)s"),
    "too_long": N_("This is longer than %(longest)s characters."),
    "place": N_(
        "No county or district is called “%(value)s”, or several are. Write it with its province, or leave it empty."
    ),
    "needed": N_("This is needed and is empty."),
    "day": N_("“%(value)s” is no day. Write year, month and day, for example 2026-03-02."),
    "ambiguous": N_("In “%(value)s” day and month could be swapped. Write the year first, for example 2017-03-02."),
    "day_future": N_("This day has not come yet. Check the date."),
    "edition": N_("There is no consent text edition %(value)s, or it was not in use on that day."),
    "refused": N_("The family does not agree to be registered, so nothing about the child may be kept."),
    "ran_out": N_("The consent of that day has run out. Ask the family again."),
    "grown_up": N_("This person is %(age)s years old today; the registration is for children under %(limit)s."),
    "same_row": N_("The same row stands further up, in row %(row)s."),
    "same_document": N_("The same document number stands in row %(row)s. Correct the wrong one."),
}


@dataclass(frozen=True)
class Trouble:
    """Something to mend: the cell (`C7`; the row's number where no cell is meant), and words with what they name."""

    cell: str
    code: str
    message: str
    args: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""
    column: str = ""


@dataclass(frozen=True)
class Row:
    """One row as it was understood. `typed` is what a registration draft would hold."""

    number: int
    cells: Mapping[str, str]
    typed: Mapping[str, Any]
    on: datetime.date | None  # the day on which the family decided
    edition: int
    troubles: tuple[Trouble, ...]

    @property
    def content_hash(self) -> str:
        """The same for the same values, wherever the row stands and however its columns are ordered."""
        said = json.dumps(sorted(self.cells.items()), ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class House:
    """What rows are judged by: the centre's law, its date today, and which of day and month its list writes first."""

    law: Jurisdiction
    today: datetime.date
    day_first: Mapping[str, bool | None]


def order_of(lines: Sequence[Line]) -> dict[str, bool | None]:
    """For each column of dates: does the day come first? None where no cell of the list tells."""
    found: dict[str, bool | None] = {}
    for one in columns():
        if one.is_day or one.is_date:
            said = [line.cells[one.code][0] for line in lines if one.code in line.cells]
            first = day_comes_first(said)
            found[one.code] = None if first and not day_comes_first([*said, "01/13/2000"]) else first
    return found


def understood(line: Line, house: House, letters: Mapping[str, str]) -> Row:
    """The row, with every trouble in it. Never raises for what stands in a file."""
    reading = _Reading(line, house, letters)
    typed = {one.code: reading.value(one) for one in columns()}
    typed |= {"seen": []}
    on = reading.day("consent_on")
    row = Row(line.number, {code: text for code, (text, _address) in line.cells.items()}, typed, on, 0, ())
    edition = reading.edition(on)
    if not line.broken:
        reading.judge(typed, on)
    return replace(row, edition=edition, troubles=tuple(reading.troubles))


def doubled(rows: Iterable[Row], letters: Mapping[str, str]) -> dict[int, Trouble]:
    """Rows that stand twice, or whose document number another row has: of these nobody can say which is right."""
    found: dict[int, Trouble] = {}
    hashes: dict[str, int] = {}
    holders: dict[str, int] = {}
    for row in rows:
        first = hashes.setdefault(row.content_hash, row.number)
        if first != row.number:
            found[row.number] = _trouble(str(row.number), "same_row", row=first)
            continue
        for number in intake.several(str(row.typed.get("document", ""))):
            other = holders.setdefault(plain(number), row.number)
            if other != row.number:
                cell = letters.get("document", "")
                found[row.number] = _trouble(f"{cell}{row.number}", "same_document", row=other)
                found.setdefault(other, _trouble(f"{cell}{other}", "same_document", row=row.number))
    return found


def enrolment(row: Row, law: Jurisdiction) -> Enrolment:
    """What is registered: as on the day of the decision, under the edition that was read. Only for rows without trouble."""
    if row.on is None:
        raise ValueError(f"row {row.number} has no day of consent")
    made = intake.enrolment(row.typed, law, row.on)
    text = consent_text.edition(row.edition)
    given = replace(made.consent, text_edition=text.edition, valid_until=text.valid_until(row.on), decided_on=row.on)
    return replace(made, consent=given)


def _trouble(cell: str, code: str, column: str = "", remedy: str = "", **args: Any) -> Trouble:
    return Trouble(cell, code, WORDS[code], args, remedy, column)


class _Reading:
    """One row while it is read."""

    def __init__(self, line: Line, house: House, letters: Mapping[str, str]) -> None:
        self.line, self.house, self.letters = line, house, letters
        self.troubles = [_trouble(address, why) for address, why in line.broken]

    def text(self, code: str) -> str:
        text = self.line.cells.get(code, ("", ""))[0]
        if code == "name" and not text and GIVEN in self.line.cells:
            parts = self.text("surname"), self.line.cells[GIVEN][0]
            return ("" if all(sign >= "\u2e80" for sign in "".join(parts)) else " ").join(filter(None, parts))
        return "" if text in nothings() else text

    def cell(self, code: str) -> str:
        return f"{self.letters.get(code, '')}{self.line.number}"

    def say(self, code: str, why: str, **args: Any) -> None:
        self.troubles.append(_trouble(self.cell(code), why, code, **args))

    def value(self, one: Column) -> Any:
        """What a draft would hold under this column's name."""
        text = self.text(one.code)
        if one.choices:
            return self._chosen(one, text)
        if not text:
            return ""
        if one.code in self.line.numbers and sum(sign.isdigit() for sign in text) > DIGITS:
            self.say(one.code, "rounded", value=text)
        if len(text) > one.longest or (one.several and any(len(p) > one.several for p in intake.several(text))):
            self.say(one.code, "too_long", longest=one.several or one.longest)
        if one.is_place and not intake.division_code(text):
            self.say(one.code, "place", value=text)
        return self._date(one.code, text) if one.is_date else text

    def _chosen(self, one: Column, text: str) -> Any:
        known = (
            [one.meant.get(plain(part)) for part in (intake.several(text) if one.several else [text])] if text else []
        )
        if None in known:
            self.say(one.code, "choice", value=text, possible=list(one.choices))
        codes = [code for code in known if code is not None]
        if one.several:
            return codes
        if one.code in [f"consent_{purpose}" for purpose in ASKED if purpose != "registration"]:
            return codes[0] if codes else "refused"  # undecided counts as no
        return codes[0] if codes else ""

    def _date(self, code: str, text: str) -> str:
        """Words that a registration reads; those of spreadsheets are read here, where the whole list tells their order."""
        today = self.house.today
        if isinstance(parse_birth(text, today), PartialDate):
            return text
        found = self._listed(code, text)
        return found.typed() if found else text

    def _listed(self, code: str, text: str) -> PartialDate | None:
        order = self.house.day_first.get(code)
        one, other = (read_date(text, self.house.today, day_first=first) for first in (True, False))
        told = one if order is not False else other
        if order is None and one != other:
            self.say(code, "ambiguous", value=text)
            return None
        if told.date is None or told.reason:
            return None
        return PartialDate.of(told.date.first, told.date.precision)

    def day(self, code: str) -> datetime.date | None:
        """The one day in a cell; a month or a year is none."""
        text = self.text(code)
        if not text:
            return None
        read = parse_birth(text, self.house.today)
        found = read if isinstance(read, PartialDate) else self._listed(code, text)
        if isinstance(read, dates.Problem) and read.code == "future":
            self.say(code, "day_future")
        elif found is None or found.precision != "day":
            if not any(one.column == code for one in self.troubles):
                self.say(code, "day", value=text)
        else:
            return found.first
        return None

    def edition(self, on: datetime.date | None) -> int:
        text = self.text("text_edition").removesuffix(".0")
        try:
            number = int(text)
            known = consent_text.edition(number)
        except (ValueError, KeyError):
            if text:
                self.say("text_edition", "edition", value=text)
            return 0
        if on and known.valid_from > on:
            self.say("text_edition", "edition", value=text)
        elif on and known.valid_until(on) < self.house.today:
            self.say("consent_on", "ran_out")
        return number

    def judge(self, typed: Mapping[str, Any], on: datetime.date | None) -> None:
        """What a registration asks, on the day on which the family decided."""
        told = {one.column for one in self.troubles}
        for one in columns():
            if one.needed and not self.text(one.code) and one.code not in told:
                self.say(one.code, "needed")
        if typed.get("consent_registration") == "refused":
            self.say("consent_registration", "refused")
            return
        if on is None:
            return
        told = {one.column for one in self.troubles}
        for problem in rules.problems_with(intake.details(typed, on), self.house.law, on):
            if problem.field not in told:
                self.troubles.append(
                    Trouble(
                        self.cell(problem.field),
                        problem.code,
                        problem.message,
                        problem.args,
                        problem.remedy,
                        problem.field,
                    )
                )
        self._about_age(typed)

    def _about_age(self, typed: Mapping[str, Any]) -> None:
        born = intake.details(typed, self.house.today).birth
        limit = self.house.law.registered_under.age
        if not isinstance(born, PartialDate) or any(one.column == "birth" for one in self.troubles):
            return
        if (age := born.ages_on(self.house.today)[0]) >= limit:
            self.say("birth", "grown_up", age=age, limit=limit)


def told(trouble: Trouble, say: Any, language: str) -> str:
    """A trouble in the reader's language: `say` translates; codes of a list become its words."""
    args = dict(trouble.args)
    if "possible" in args:
        words = column(trouble.column).choices
        args["possible"] = ", ".join(words[code].spoken(language) for code in args["possible"] if code in words)
    said = [say(trouble.message) % args]
    if trouble.remedy:
        said.append(say(trouble.remedy) % args)
    stop = "。" if language.startswith("zh") else ". "
    return stop.join(part.rstrip(".。") for part in said)
