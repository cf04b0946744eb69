"""A YAML sheet read entry by entry: every mistake is kept with its line, and reading goes on. No Django."""

import datetime
import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from tongxing.core.words import LANGUAGES, Words


@dataclass(frozen=True, order=True)
class EditionProblem:
    """One thing to mend in an edition file; `line` counts from 1."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what}. {self.remedy}" + "." * (not self.remedy.endswith("?"))


class Sheet:
    """Walks the parsed file, keeps every problem with its line and goes on; what is unreadable becomes a blank."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[EditionProblem] = []

    def wrong(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(EditionProblem(self.file, line, what, remedy))

    # -- the file as YAML -------------------------------------------------------------------------------------------

    def parsed(self, source: str) -> CommentedMap | None:
        for number, text in enumerate(source.splitlines(), start=1):
            if "\t" in text[: len(text) - len(text.lstrip())]:
                self.wrong(number, "a tab indents this line", "Indent with spaces, two for each level")
        if self.problems:
            return None
        try:
            sheet = YAML().load(source)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            told = (error.problem or "the file cannot be read as YAML").splitlines()[0]
            self.wrong(
                line, f"not YAML: {told}", "Look at this line and the one above: colons, quotes, brackets, indent"
            )
            return None
        if not isinstance(sheet, CommentedMap):
            self.wrong(1, "the file is empty or not a list of entries", "Begin with `code:`, `edition:`, `valid_from:`")
            return None
        return sheet

    # -- single entries ---------------------------------------------------------------------------------------------

    def line(self, node: Any, key: Any = None) -> int:
        place = getattr(node, "lc", None)
        if place is None:
            return 1
        if key is not None and key in (place.data or {}):
            return int(place.data[key][0]) + 1
        return int(place.line or 0) + 1

    def keys(self, node: CommentedMap, allowed: Collection[str], of: str) -> None:
        for key, value in node.items():
            if key not in allowed:
                # `{en: this, that}`: the comma ends the text, and the rest becomes an entry without a value.
                remedy = "Put a text with a comma in quotes" if value is None else _meant(str(key), allowed)
                self.wrong(self.line(node, key), f"{of} has an entry {key!r} that nothing reads", remedy)

    def text(self, node: CommentedMap, key: str, *, needed: bool = True) -> str:
        value = node.get(key)
        if value is None or not str(value).strip():
            if needed:
                self.wrong(self.line(node, key), f"{key!r} is missing", f"Write `{key}: …`")
            return ""
        return str(value).strip()

    def choice(self, node: CommentedMap, key: str, known: Collection[str], *, needed: bool = True) -> str:
        value = self.text(node, key, needed=needed)
        if value and value not in known:
            self.wrong(self.line(node, key), f"unknown {key} {value!r}", _meant(value, known))
        return value

    def choices(self, node: CommentedMap, key: str, known: Collection[str], *, needed: bool = False) -> tuple[str, ...]:
        values = node.get(key)
        if values is None and not needed:
            return ()
        if not isinstance(values, list) or (needed and not values):
            self.wrong(self.line(node, key), f"{key!r} must be a list", f"Write `{key}: [first, second]`")
            return ()
        for place, value in enumerate(values):
            if value not in known:
                self.wrong(self.line(values, place), f"unknown {_single(key)} {value!r}", _meant(str(value), known))
        return tuple(str(value) for value in values)

    def words(self, node: CommentedMap, key: str) -> Words:
        value = node.get(key)
        if not isinstance(value, CommentedMap):
            self.wrong(self.line(node, key), f"{key!r} is missing", f"Write `{key}:` with zh, en and mn")
            return Words("", "", "")
        for language in LANGUAGES:
            if not str(value.get(language) or "").strip():
                self.wrong(self.line(value), f"{key!r} has no {language}", "Write it in Chinese, English and Mongolian")
        self.keys(value, LANGUAGES, f"{key!r}")
        return Words(**{language: str(value.get(language) or "").strip() for language in LANGUAGES})

    def number(self, node: CommentedMap, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(self.line(node, key), f"{key!r} needs a number of days, found {value!r}", f"Write `{key}: 3`")
            return 0
        return int(value)

    def rows(self, sheet: CommentedMap, key: str, code: str = "code") -> Iterator[CommentedMap]:
        """Each row of a list that has its own code; a code given twice is a problem."""
        rows = sheet.get(key)
        if not isinstance(rows, list) or not rows:
            self.wrong(self.line(sheet, key), f"{key!r} is missing or empty", f"Write `{key}:` and a list below it")
            return
        seen: dict[str, int] = {}
        for place, row in enumerate(rows):
            if not isinstance(row, CommentedMap):
                self.wrong(self.line(rows, place), f"a row of {key!r} has no entries", f"Begin it with `- {code}: …`")
                continue
            name, line = self.text(row, code), self.line(row, code)
            if name in seen:
                self.wrong(
                    line, f"{name!r} is used twice in {key!r}, first on line {seen[name]}", "Give one another code"
                )
            seen.setdefault(name, line)
            yield row

    def date(self, node: CommentedMap, key: str) -> datetime.date:
        value = node.get(key)
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        self.wrong(self.line(node, key), f"{key!r} needs a date, found {value!r}", f"Write `{key}: 2026-12-01`")
        return datetime.date.min


def _meant(wrong: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(wrong, list(known), n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known are {', '.join(known)}"


def _single(key: str) -> str:
    return {"roles": "role", "purposes": "purpose", "next": "next step", "alternatives": "next step"}.get(key, key)
