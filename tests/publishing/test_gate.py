"""No raw number reaches a page or a file: the types refuse it."""

import datetime
import re
from dataclasses import is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.core.i18n import Text
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
# how large a file is.
COUNTED_ELSEWHERE = {"version", "policy_version", "number", "small", "hidden", "size"}


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


def test_what_is_frozen_thaws_to_the_same_and_has_the_same_hash() -> None:
    number = protect([Cell("m", "persons", (), 3512)]).only("m")
    row = sheet.Row(NAME, (number, number))
    table = sheet.Table((NAME,), (row,), row, 1, 2)
    stored = freeze(table)
    assert thaw(sheet.Table, stored) == table
    assert digest(stored) == digest(freeze(thaw(sheet.Table, stored)))
    assert stored["rows"][0]["numbers"][0] == {"state": "rounded", "value": "3510", "threshold": 0}
