"""Worked examples of measures: facts in, cells out, and why. Run as tests on every engine and shown to the public."""

import datetime
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML

from tongxing.facts import store
from tongxing.facts.engines import Data
from tongxing.facts.measures import BadMeasure, Measure, Said, measure
from tongxing.facts.results import Keys, Period, Scope

FOLDER = Path(__file__).parent
ALL = "*"  # in a table of cells: all of this dimension together
NAMES = {
    "on": "occurred_on",
    "recorded": "recorded_at",
    "child": "subject",
    "born": "birth_year",
    "origin": "origin_division",
    "takes back": "voids",
}
RECORDED = datetime.datetime(2026, 1, 20)


class Example(BaseModel):
    """A few facts, one question, the cells that answer it, and one sentence why, in three languages.

    Tables are written as `a | b` lines under a heading line; a dot is nothing. `facts` has the columns of a fact, under
    their short names (`NAMES`); every other column is an attribute. `cells` has the dimensions asked for and `value`, or
    `part` and `whole` for a ratio; a star takes a dimension all together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    measure: str
    why: Said
    facts: str = ""
    links: str = ""
    places: str = ""
    since: datetime.date = datetime.date(1900, 1, 1)
    until: datetime.date = datetime.date(2026, 12, 31)
    as_of: datetime.date | None = None
    programme: str = ""
    by: tuple[str, ...] = ()
    cells: str

    @property
    def scope(self) -> Scope:
        """Of a moment: the end of that day."""
        moment = None
        if self.as_of is not None:
            moment = datetime.datetime.combine(self.as_of, datetime.time.max, datetime.UTC)
        return Scope(Period(self.since, self.until), moment, self.programme)

    @property
    def data(self) -> tuple[Data, Data, Data]:
        """Facts, identity links and places for any engine."""
        one = measure(self.measure)
        facts = [_fact(one, number, row) for number, row in enumerate(rows(self.facts), 1)]
        links = [_link(row) for row in rows(self.links)]
        places = [{"of_centre": row["centre"], "site": row["site"] or None} for row in rows(self.places)]
        tables = ((store.FACT, facts), (store.IDENTITY, links), (store.PLACE, places))
        facts_of, links_of, places_of = (
            Data(schema, rows=pa.Table.from_pylist(found, schema=schema)) for schema, found in tables
        )
        return facts_of, links_of, places_of

    @property
    def expected(self) -> dict[Keys, Any]:
        """The value of every cell, of a ratio its two parts."""
        found = {}
        for row in rows(self.cells):
            keys = tuple((name, row[name]) for name in self.by if row[name] != ALL)
            numbers = tuple(Decimal(row[name]) for name in row if name not in self.by)
            found[keys] = numbers if len(numbers) > 1 else numbers[0]
        return found


def rows(text: str) -> list[dict[str, str]]:
    """`a | b` lines under a heading line; a dot is nothing."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return []
    heading, *body = lines
    return [{name: "" if cell == "." else cell for name, cell in zip(heading, line, strict=True)} for line in body]


@cache
def examples() -> tuple[Example, ...]:
    """All examples of this folder. Raises BadMeasure naming the file and what is wrong."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for document in YAML(typ="safe").load_all(path.read_text("utf-8")):
            try:
                found.append(Example.model_validate(document))
            except ValidationError as error:
                raise BadMeasure(f"{path.name}: {error}") from error
    return tuple(found)


def _fact(one: Measure, number: int, row: dict[str, str]) -> dict[str, Any]:
    given = {NAMES.get(name, name): value for name, value in row.items()}
    attributes = {name: value for name, value in given.items() if name not in store.FACT.names and value}
    recorded = given.get("recorded_at")
    return {name: given.get(name) or None for name in store.FACT.names} | {
        "id": given.get("id") or str(number),
        "kind": given.get("kind") or one.kinds[0],
        "occurred_on": datetime.date.fromisoformat(given["occurred_on"]),
        "recorded_at": datetime.datetime.fromisoformat(recorded) if recorded else RECORDED,
        "programme": given.get("programme", ""),
        "sex": given.get("sex", ""),
        "birth_year": int(given["birth_year"]) if given.get("birth_year") else None,
        "quantity": Decimal(given.get("quantity") or 1),
        "attributes": json.dumps(attributes),
    }


def _link(row: dict[str, str]) -> dict[str, Any]:
    until = row.get("until")
    return {
        "subject": row["child"],
        "identity": row["is"],
        "valid_from": datetime.datetime.fromisoformat(row["from"]),
        "valid_to": datetime.datetime.fromisoformat(until) if until else None,
    }
