"""A measure over a Parquet file of facts, as the command line asks: no server, no database, no state folder."""

import datetime
import difflib
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.table import Table

from tongxing.facts import disclosure, engines
from tongxing.facts.disclosure import ProtectedTable
from tongxing.facts.engines import Data
from tongxing.facts.engines.tables import SCHEMAS
from tongxing.facts.measures import FIXED_DIMENSIONS, Measure, parts, shipped
from tongxing.facts.policies import policies
from tongxing.facts.results import Cell, Period, Scope

# The column of a fact behind a dimension that has another name.
COLUMNS = {
    "site": "centre",
    "age_band": "birth_year",
    "month": "occurred_on",
    "quarter": "occurred_on",
    "year": "occurred_on",
}
ALWAYS = {
    "facts": ("kind", "occurred_on"),
    "identities": ("subject", "identity", "valid_from"),
    "places": ("of_centre",),
}
EVER = Period.until(datetime.date(9999, 12, 31))


@dataclass(frozen=True)
class Asked:
    """What was typed, as it was typed."""

    measure: str
    facts: Path
    by: str
    engine: str
    protect: str
    identities: Path | None
    places: Path | None
    period: str
    as_of: str
    programme: str


def count(asked: Asked) -> dict[str, Any]:
    """The answer as `--json` tells it. Raises BadParameter naming the option that was wrong."""
    _without_settings()
    one, name, policy = _measure(asked.measure), _engine(asked.engine), _policy(asked.protect)
    by = _dimensions(one, asked)
    scope = Scope(_period(asked.period), _moment(asked.as_of), asked.programme)
    facts = _read(asked.facts, "facts", _needed(one, by, scope))
    links, sites = (
        _read(path, kind, set()) if path else None
        for path, kind in ((asked.identities, "identities"), (asked.places, "places"))
    )
    try:
        with engines.opened(name, facts, links, sites) as tables:
            cells = engines.evaluate(one, tables, scope, by=by)
    except engines.Unable as problem:
        raise typer.BadParameter(str(problem), param_hint="--engine") from problem
    told = _protected(disclosure.protect(cells, policy)) if policy else [_raw(cell) for cell in cells]
    return {
        "measure": one.code,
        "version": one.version,
        "engine": name,
        "by": list(by),
        "period": asked.period or None,
        "as_of": asked.as_of or None,
        "programme": asked.programme or None,
        "policy": policy or None,
        "facts": facts.counted(),
        "cells": told,
    }


def table(answer: dict[str, Any]) -> Table:
    """The answer for people."""
    one = shipped()[answer["measure"]]
    drawn = Table(title=f"{one.title['en']} ({one.code}, version {one.version})", title_justify="left")
    for name in answer["by"]:
        drawn.add_column(name)
    drawn.add_column(one.unit["en"], justify="right")
    for row in answer["cells"]:
        number = row["text"] if "text" in row else row["value"]
        drawn.add_row(*(row["keys"].get(name, "all") for name in answer["by"]), "—" if number is None else str(number))
    return drawn


def _without_settings() -> None:
    """Words in English and no state folder: the settings of an installation are not read."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)


def _measure(code: str) -> Measure:
    try:
        return shipped()[code]
    except KeyError as problem:
        near = difflib.get_close_matches(code, shipped(), n=3, cutoff=0.4) or sorted(shipped())
        raise typer.BadParameter(f"no measure {code!r}; near it: {', '.join(near)}", param_hint="MEASURE") from problem


def _engine(name: str) -> str:
    try:
        return engines.known(name) if name else engines.chosen()
    except engines.Unable as problem:
        raise typer.BadParameter(str(problem), param_hint="--engine" if name else "TONGXING_ENGINE") from problem


def _policy(name: str) -> str:
    if name and name not in policies():
        raise typer.BadParameter(
            f"no policy {name!r}; known are {', '.join(sorted(policies()))}", param_hint="--protect"
        )
    return name


def _dimensions(one: Measure, asked: Asked) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in asked.by.split(",") if name.strip()))
    if unknown := [name for name in names if name not in one.dimensions]:
        words = f"{one.code} has no dimension {', '.join(unknown)}; it has {', '.join(one.dimensions)}"
        raise typer.BadParameter(words, param_hint="--by")
    if "site" in names and not asked.places:
        raise typer.BadParameter("by site needs the sites of the centres: --places FILE.parquet", param_hint="--by")
    return names


def _period(text: str) -> Period:
    if not text:
        return EVER
    start, dots, end = text.partition("..")
    try:
        if not dots:
            raise ValueError("two days with two dots between them, as in 2026-01-01..2026-03-31")
        return Period(datetime.date.fromisoformat(start), datetime.date.fromisoformat(end))
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--period") from problem


def _moment(text: str) -> datetime.datetime | None:
    if not text:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--as-of") from problem
    return datetime.datetime.combine(day, datetime.time.max, datetime.UTC)


def _needed(one: Measure, by: tuple[str, ...], scope: Scope) -> set[str]:
    """Columns without which the answer would be wrong rather than coarse."""
    asked = {*by, *(name for part in parts(one) for name in part.where)}
    needed = {COLUMNS.get(name, name if name in FIXED_DIMENSIONS else "attributes") for name in asked}
    values = {part.value for part in parts(one)}
    needed |= {column for value, column in (("distinct", "subject"), ("sum", "quantity")) if value in values}
    return needed | ({"recorded_at"} if scope.as_of else set()) | ({"programme"} if scope.programme else set())


def _read(path: Path, kind: str, needed: set[str]) -> Data:
    """The file as data. Raises BadParameter for what is no Parquet or lacks a column that the question needs."""
    hint, schema = f"--{kind}", SCHEMAS[kind]
    try:
        columns = pq.read_schema(path)
    except (OSError, pa.ArrowException) as problem:
        raise typer.BadParameter(f"{path} is no Parquet file: {problem}", param_hint=hint) from problem
    needed = needed | set(ALWAYS[kind]) | ({"id"} if "voids" in columns.names else set())
    if missing := sorted(needed - set(columns.names)):
        raise typer.BadParameter(f"{path} lacks the columns {', '.join(missing)}", param_hint=hint)
    zoned = [field.name for field in columns if pa.types.is_timestamp(field.type) and field.type.tz]
    if wrong := sorted(set(zoned) & set(schema.names)):
        raise typer.BadParameter(f"{', '.join(wrong)}: write times in UTC, without a zone", param_hint=hint)
    if absent := [name for name in schema.names if name not in columns.names]:
        print(f"{path} has no column {', '.join(absent)}: taken as empty", file=sys.stderr)
    known = pa.schema([field for field in columns if field.name in schema.names])
    return Data(schema, (path.absolute(),), columns=known)


def _raw(cell: Cell) -> dict[str, Any]:
    told: dict[str, Any] = {"keys": dict(cell.keys), "value": _plain(cell.value)}
    return told | {"part": _plain(cell.numerator), "whole": _plain(cell.denominator)} if cell.is_ratio else told


def _protected(table: ProtectedTable) -> list[dict[str, Any]]:
    return [
        {"keys": dict(cell.keys), "state": cell.number.state, "text": cell.number.text("en")} for cell in table.cells
    ]


def _plain(value: Decimal | int | None) -> int | float | None:
    if value is None or isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
