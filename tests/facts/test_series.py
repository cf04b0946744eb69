"""Many periods at once give what each period gives alone, also where facts were taken back later."""

import datetime
from dataclasses import replace
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.facts import references, store
from tongxing.facts.calculation import Snapshot, Tables
from tongxing.facts.results import Period, Scope
from tongxing.facts.series import REGISTERS, series

QUARTERS = [
    Period(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31)),
    Period(datetime.date(2026, 4, 1), datetime.date(2026, 6, 30)),
    Period(datetime.date(2026, 7, 1), datetime.date(2026, 9, 30)),
]
DAYS = st.dates(datetime.date(2025, 11, 1), datetime.date(2026, 11, 1))
KINDS = ("child_registered", "referral_sent", "referral_done", "service_delivered")


def fact(number: str, **known: Any) -> dict[str, Any]:
    moment = datetime.datetime(2026, 1, 20)
    plain = {"id": number, "recorded_at": moment, "programme": "P", "quantity": 1, "attributes": "{}", "sex": ""}
    return dict.fromkeys(store.FACT.names) | plain | known


@st.composite
def recorded(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(0, 14))):
        kind, subject = draw(st.sampled_from(KINDS)), draw(st.sampled_from(["a", "b", "c", None]))
        found.append(fact(f"f{number}", kind=kind, subject=subject, occurred_on=draw(DAYS)))
        if draw(st.booleans()):  # taken back, perhaps in a later quarter
            found.append(fact(f"v{number}", kind=kind, voids=f"f{number}", occurred_on=draw(DAYS)))
    return found


def snapshot(facts: list[dict[str, Any]]) -> Snapshot:
    link = {"subject": "a", "identity": "b", "valid_from": datetime.datetime(2026, 1, 1), "valid_to": None}
    tables = Tables(
        ibis.duckdb.connect(),
        ibis.memtable(pa.Table.from_pylist(facts, schema=store.FACT)),
        ibis.memtable(pa.Table.from_pylist([link], schema=store.IDENTITY)),
        ibis.memtable(store.PLACE.empty_table()),
    )
    return Snapshot(Scope(Period.until(datetime.date(2026, 9, 30)), None, "P"), tables)


@pytest.mark.parametrize("code", ["children_registered", "registrations", "referral_success", "services_delivered"])
@settings(max_examples=8)
@given(facts=recorded())
def test_a_series_says_what_each_period_says_alone(code: str, facts: list[dict[str, Any]]) -> None:
    taken = snapshot(facts)
    alone = [replace(taken, scope=Scope(period, None, "P")).calculate(code).only(code) for period in QUARTERS]
    assert series(taken, code, QUARTERS) == alone


@pytest.mark.django_db
def test_every_register_is_known_day_by_day() -> None:
    assert set(REGISTERS) == set(references.REGISTERS)
    taken = snapshot([])
    taken = replace(taken, scope=replace(taken.scope, programme="MDGF-1880-H-CHN"))
    before = Period(datetime.date(2009, 1, 1), datetime.date(2009, 12, 31))  # a day before the first centre opened
    spans = [before, *QUARTERS]
    alone = [
        replace(taken, scope=replace(taken.scope, period=period)).calculate("centres_community") for period in spans
    ]
    found = [cell.value for cell in series(taken, "centres_community", spans)]
    assert found == [one.only("centres_community").value for one in alone] == [0, 19, 19, 19]


def test_what_is_taken_back_later_still_counts_before() -> None:
    """Control: a void of the third quarter leaves the first two as they are."""
    registered = fact("f", kind="child_registered", subject="a", occurred_on=datetime.date(2026, 2, 1))
    void = fact("v", kind="child_registered", voids="f", occurred_on=datetime.date(2026, 8, 1))
    taken = snapshot([registered, void])
    assert [cell.value for cell in series(taken, "children_registered", QUARTERS)] == [1, 1, 0]
    assert [cell.value for cell in series(taken, "registrations", QUARTERS)] == [1, 0, 0]
