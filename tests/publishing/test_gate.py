"""No raw number reaches a page or a file: the types refuse it."""

import datetime
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Hashable, Iterator
from dataclasses import is_dataclass
from decimal import Decimal
from pathlib import Path
from types import FunctionType
from typing import Any, get_args, get_type_hints

import pytest
from django.template import Context, Template
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from tongxing import publishing
from tongxing.core.i18n import Text
from tongxing.core.spreadsheets import Sheet, csv_lines, workbook
from tongxing.facts.disclosure import Protected, protect
from tongxing.facts.results import Cell, Funnel, Period, Result, Scope
from tongxing.publishing import sheet
from tongxing.publishing.frozen import digest, freeze, thaw
from tongxing.publishing.templatetags.figures import shown

NAME = Text(zh="数", en="number", mn="тоо")
RAW = (
    st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.builds(lambda n: Cell("m", "persons", (), n), st.integers())
)
# The only whole numbers of a factsheet that are no figures: which edition, version, outcome; how many cells say less;
# how large a file is; of how many organisations reports are there.
COUNTED_ELSEWHERE = {
    "version",
    "policy_version",
    "number",
    "small",
    "hidden",
    "size",
    "outcome",
    "reported",
    "expected",
}


@given(RAW)
def test_no_filter_shows_a_raw_number(raw: object) -> None:
    with pytest.raises(TypeError, match="protect"):
        shown(raw)


@given(RAW)
def test_nothing_raw_is_frozen_in_the_place_of_a_protected_number(raw: object) -> None:
    with pytest.raises(TypeError):
        freeze(sheet.Part("x", NAME, raw))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        freeze(sheet.Row(NAME, (raw,)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "raw",
    [
        Decimal(3),
        3.0,
        Cell("m", "persons", (), 3),
        Funnel(1, 0, 0, 0, 1),
        Result((), Scope(Period.until(datetime.date(2026, 1, 1))), (), datetime.datetime(2026, 1, 1), ()),
    ],
)
def test_raw_results_are_never_frozen(raw: object) -> None:
    with pytest.raises(TypeError):
        freeze((raw,))


def parts(kind: type, seen: set[type] | None = None) -> set[type]:
    seen = seen if seen is not None else set()
    if is_dataclass(kind) and kind not in seen and kind is not Protected:
        seen.add(kind)
        for hint in get_type_hints(kind).values():
            for inner in (hint, *get_args(hint)):
                parts(inner, seen)
    return seen


def test_every_number_of_a_factsheet_is_promised_to_be_protected() -> None:
    loose = [
        f"{kind.__name__}.{name}"
        for kind in parts(sheet.Factsheet)
        for name, hint in get_type_hints(kind).items()
        if {hint, *get_args(hint)} & {int, float, Decimal} and name not in COUNTED_ELSEWHERE
    ]
    assert not loose


def test_templates_print_protected_numbers_through_the_filter_only() -> None:
    folder = Path(sheet.__file__).parent / "templates"
    loose = []
    for path in folder.rglob("*.html"):
        for tag in re.findall(r"\{\{(.*?)\}\}", path.read_text()):
            name = tag.split("|")[0].strip()
            is_figure = re.search(r"\b(figure|part|step|published|claim|cell)\.?(number|record)?$", name)
            if is_figure and not re.search(r"\|(shown|claimed|claim_state|value_kind|summing)\b", tag):
                loose.append(f"{path.name}: {tag}")
            if ".value" in name:
                loose.append(f"{path.name}: {tag}")
    assert not loose


WORDS = {"claim_state"}  # compares numbers and answers with one of four words


def functions() -> Iterator[tuple[str, FunctionType]]:
    """Every function of this context and of the spreadsheet writer below it, wherever it stands."""
    for module in pkgutil.walk_packages(publishing.__path__, "tongxing.publishing."):
        if ".migrations" not in module.name:
            for name, found in vars(importlib.import_module(module.name)).items():
                if isinstance(found, FunctionType) and found.__module__ == module.name:
                    yield f"{module.name}.{name}", inspect.unwrap(found)


def leaves(hint: object, seen: set[object] | None = None) -> set[object]:
    """Every type that a hint promises, through unions, containers and the fields of dataclasses."""
    seen = seen if seen is not None else set()
    if hint in seen or hint is Protected:
        return seen
    seen.add(hint)
    inner = [*get_args(hint), *(get_type_hints(hint).values() if is_dataclass(hint) else ())]
    for one in inner:
        if isinstance(one, Hashable):
            leaves(one, seen)
    return seen


def test_nothing_that_writes_takes_raw_numbers() -> None:
    """A function that returns text, bytes, or what becomes JSON takes nothing that holds a raw number; new ones too."""
    tried, loose = 0, []
    for name, function in functions():
        hints = get_type_hints(function)
        returned = hints.pop("return", None)
        writes = returned in (str, bytes, dict, dict[str, Any], list[dict[str, Any]], SafeString)
        if function.__name__ in WORDS or not (writes or Sheet in leaves(returned)):
            continue
        tried += 1
        raw = {hint for one in hints.values() for hint in leaves(one)} & {Cell, Result, Funnel, Decimal, float}
        if raw:
            loose.append(f"{name} takes {raw}")
    assert tried >= 5, "no serialiser was found: the test looks in the wrong place"
    assert not loose


def test_a_raw_result_refuses_to_become_text() -> None:
    for raw in (Cell("m", "persons", (), 3), Funnel(1, 0, 0, 0, 1)):
        with pytest.raises(TypeError, match="protect"):
            str(raw)
        with pytest.raises(TypeError, match="protect"):
            Template("{{ raw }}").render(Context({"raw": raw}))
        with pytest.raises(TypeError):
            json.dumps({"raw": raw})
        with pytest.raises(TypeError):
            shown(raw)


def test_a_spreadsheet_refuses_raw_results() -> None:
    raw = Cell("m", "persons", (), 3)
    with pytest.raises((TypeError, ValueError)):
        list(csv_lines(["a"], [(raw,)]))  # type: ignore[list-item]
    with pytest.raises((TypeError, ValueError)):
        workbook([Sheet("s", ["a"], [(raw,)])])  # type: ignore[list-item]


def test_raw_results_are_handled_where_figures_are_made_and_nowhere_else() -> None:
    """Who imports them may pass them on by mistake: the list of who does is short and read here."""
    folder = Path(sheet.__file__).parent
    handled = {
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"facts\.results import .*(Cell|Result|Funnel)", path.read_text())
    }
    assert handled <= {
        "factsheet.py",
        "tables.py",
        "internal.py",
        "records.py",
        "frozen.py",
    }  # the last one to refuse them


def test_what_is_frozen_thaws_to_the_same_and_has_the_same_hash() -> None:
    number = protect([Cell("m", "persons", (), 3512)]).only("m")
    row = sheet.Row(NAME, (number, number))
    table = sheet.Table((NAME,), (row,), row, 1, 2)
    stored = freeze(table)
    assert thaw(sheet.Table, stored) == table
    assert digest(stored) == digest(freeze(thaw(sheet.Table, stored)))
    assert stored["rows"][0]["numbers"][0] == {"state": "rounded", "value": "3510", "threshold": 0}
