"""The columns of a roster and their code lists, from columns.yaml; by which headings and words they are known. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tongxing.core.lists.columns import headings_of, plain
from tongxing.core.words import LANGUAGES, Words

SHEET = Path(__file__).parent / "columns.yaml"
GIVEN = "given_name"  # a list may have the name in two columns; they become it


@dataclass(frozen=True)
class Column:
    """One column. `several`: how long each of several values may be; `choices`: code → words, empty when it is typed."""

    code: str
    title: Words
    note: Words | None
    headings: tuple[str, ...]
    choices: Mapping[str, Words]
    meant: Mapping[str, str]  # a word as `plain` makes it → code
    needed: bool = False
    longest: int = 200
    several: int = 0
    is_day: bool = False
    is_place: bool = False
    is_date: bool = False  # a day, a month, a year or an age

    def words(self, language: str) -> list[str]:
        """What may be chosen, for the drop-down."""
        return [word.spoken(language) for word in self.choices.values()]


@cache
def columns() -> tuple[Column, ...]:
    """All columns in the order of the template. Raises ValueError for a sheet with something missing."""
    data: Mapping[str, Any] = YAML(typ="safe").load(SHEET.read_text(encoding="utf-8"))
    lists = {name: _choices(name, rows) for name, rows in data["lists"].items()}
    return tuple(_column(row, lists) for row in data["columns"])


def column(code: str) -> Column:
    """Raises KeyError for a code that is not in the sheet."""
    return {one.code: one for one in columns()}[code]


@cache
def known_headings() -> Mapping[str, str]:
    """Heading → code of its column, the template's own words first."""
    known: dict[str, str] = {}
    for one in columns():
        for language in LANGUAGES:
            known.setdefault(plain(one.title.spoken(language)), one.code)
    for one in columns():
        for heading in one.headings:
            known.setdefault(plain(heading), one.code)
    for heading in headings_of(GIVEN):
        known.setdefault(plain(heading), GIVEN)
    return known


def placed(headings: Sequence[str]) -> tuple[dict[str, int], tuple[int, ...], tuple[str, ...]]:
    """(code → place, places of columns that say the same as one before, headings that mean nothing)."""
    found: dict[str, int] = {}
    doubled, ignored = [], []
    for place, heading in enumerate(headings):
        code = known_headings().get(plain(heading)) if heading else None
        if code is None:
            ignored += [heading] if heading else []
        elif code in found:
            doubled.append(place)
        else:
            found[code] = place
    return found, tuple(doubled), tuple(ignored)


def _choices(name: str, rows: Mapping[str, Any]) -> tuple[Mapping[str, Words], Mapping[str, str]]:
    words: dict[str, Words] = {}
    meant: dict[str, str] = {}
    for code, row in rows.items():
        words[code] = Words.read({language: row[language] for language in LANGUAGES}, f"{name}.{code}")
        for said in (code, *row.get("also", ())):
            meant.setdefault(plain(str(said)), code)
        for said in _said(words[code]):
            meant[plain(said)] = code
    return words, meant


def _said(words: Words) -> list[str]:
    return [words.spoken(language) for language in LANGUAGES]


def _column(row: Mapping[str, Any], lists: Mapping[str, Any]) -> Column:
    title = Words.read(row["title"], row["code"])
    choices, meant = lists[row["list"]] if "list" in row else ({}, {})
    return Column(
        code=row["code"],
        title=title,
        note=Words.read(row["note"], row["code"]) if "note" in row else None,
        headings=(*_said(title), *(str(one) for one in row.get("also", ())), *headings_of(row.get("like", ""))),
        choices=choices,
        meant=meant,
        needed=row.get("needed", False),
        longest=row.get("longest", 200),
        several=row.get("several", 0),
        is_day=row.get("day", False),
        is_place=row.get("place", False),
        is_date=row.get("when", False) or row["code"] == "birth",
    )
