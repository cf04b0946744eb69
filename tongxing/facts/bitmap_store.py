"""The sets of persons of this house: made by the counter, kept beside the Parquet files, compared with the figures."""

import datetime
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connections

from tongxing.facts import store
from tongxing.facts.bitmaps import FILE, LABELS, Bitmaps, NotMade, made, opened_file, save
from tongxing.facts.calculation import opened
from tongxing.facts.engines import evaluate
from tongxing.facts.export import prepared
from tongxing.facts.kinds import KINDS
from tongxing.facts.known import measures
from tongxing.facts.measures import Measure
from tongxing.facts.results import Period, Scope

CHECKED = "sets-checked.json"
COMPARED = ("centre", "sex", "age_band", "month", "quarter", "year")


def make(folder: Path | None = None) -> Bitmaps:
    """Makes the sets of everything known now and stores them; replaces those of before at once. Runs as the counter."""
    folder = prepared(folder or Path(settings.FACTS_FOLDER))
    now = datetime.datetime.now(datetime.UTC)
    scope = Scope(Period.until(datetime.date.max), now)
    with opened(set(KINDS), scope, "counter") as tables:
        found = made(tables, KINDS, scope, _database())
    save(found, folder)
    return found


def stored(folder: Path | None = None) -> Bitmaps:
    """The sets that were made last. Raises NotMade when there are none of this database."""
    path = (folder or Path(settings.FACTS_FOLDER)) / FILE
    try:
        found = opened_file(path)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise NotMade("nobody has made the sets, or their file is damaged") from error
    if found.database != _database():
        raise NotMade("the sets are of another database")
    return found


def differences(kept: Bitmaps) -> tuple[int, list[str]]:
    """Every set beside its figure, counted from the facts as of the same moment: how many cells, and which differ.

    Compared are all measures of persons that the sets can answer, by each of COMPARED and in all. Takes as long as all
    these figures together.
    """
    scope = Scope(Period.until(datetime.date.max), kept.as_of)
    compared, differing = 0, []
    for one in measures().values():
        if one.value != "distinct" or set(one.where) - set(LABELS):
            continue
        with opened(set(one.kinds), scope, "counter") as tables:
            for name in (name for name in COMPARED if name in one.dimensions):
                for cell in evaluate(one, tables, scope, by=(name,)):
                    compared += 1
                    if len(kept.persons(one.kinds, None, _where(one, kept, cell.keys))) != cell.value:
                        differing.append(f"{one.code} {cell.keys}")
    return compared, differing


@dataclass(frozen=True)
class Checked:
    """The last comparison of all sets with their figures."""

    at: datetime.datetime
    compared: int
    differing: int


def note_checked(compared: int, differing: int, folder: Path | None = None) -> None:
    """Keeps beside the sets what their comparison gave: numbers for those who run the house."""
    now = datetime.datetime.now(datetime.UTC)
    told = {"at": now.isoformat(), "compared": compared, "differing": differing}
    (prepared(folder or Path(settings.FACTS_FOLDER)) / CHECKED).write_text(json.dumps(told), encoding="utf-8")


def checked(folder: Path | None = None) -> Checked | None:
    """What `note_checked` kept last; None when nothing, or nothing readable, is there."""
    try:
        told = json.loads(((folder or Path(settings.FACTS_FOLDER)) / CHECKED).read_text(encoding="utf-8"))
        return Checked(datetime.datetime.fromisoformat(told["at"]), int(told["compared"]), int(told["differing"]))
    except (OSError, ValueError, KeyError):
        return None


def _where(one: Measure, kept: Bitmaps, keys: tuple[tuple[str, str], ...]) -> dict[str, Collection[str]]:
    """The labels of a cell; a quarter or a year is its months."""
    found: dict[str, Collection[str]] = dict(one.where)
    for name, value in keys:
        if name in ("quarter", "year"):
            months = pc.unique(kept.cells["month"]).to_pylist()
            found["month"] = [m for m in months if value in (m[:4], f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}")]
        else:
            found[name] = [value]
    return found


def _database() -> str:
    with connections["counter"].cursor() as cursor:
        return store.database_of(cursor)
