"""Generated facts, links, periods and dimensions: the engine and plain Python agree in every cell."""

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.plain import calculated
from tests.spec.tables import tables
from tongxing.facts.calculation import evaluate
from tongxing.facts.measures import measure
from tongxing.facts.results import Period, Scope

DAYS = st.dates(datetime.date(2025, 11, 1), datetime.date(2026, 5, 1))
MOMENTS = st.datetimes(datetime.datetime(2025, 11, 1), datetime.datetime(2026, 6, 1))
PERSONS = st.sampled_from(["a", "b", "c", "d", None])
KINDS = ("child_registered", "referral_sent", "referral_done", "service_delivered")


@st.composite
def recorded(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 25))):
        subject = draw(PERSONS)
        fact = {
            "id": str(number),
            "kind": draw(st.sampled_from(KINDS)),
            "occurred_on": draw(DAYS),
            "recorded_at": draw(MOMENTS),
            "subject": subject,
            "centre": draw(st.sampled_from(["A", "B", None])),
            "division": None,
            "organisation": None,
            "programme": draw(st.sampled_from(["P", "Q", ""])),
            "sex": draw(st.sampled_from(["female", "male", ""])),
            "birth_year": draw(st.sampled_from([2005, 2012, 2019, None])) if subject else None,
            "origin_division": None,
            "quantity": 1,
            "attributes": draw(st.sampled_from(["{}", '{"need": "school"}', '{"need": "health"}'])),
            "voids": None,
        }
        found.append(fact)
        if draw(st.integers(0, 4)) == 0:
            later = fact["recorded_at"] + datetime.timedelta(days=draw(st.integers(0, 60)))
            found.append(
                fact
                | {"id": f"v{number}", "voids": fact["id"], "recorded_at": later, "subject": None, "birth_year": None}
            )
    return found


LINKS = st.lists(
    st.builds(
        lambda subject, identity, start, length: {
            "subject": subject,
            "identity": identity,
            "valid_from": start,
            "valid_to": start + datetime.timedelta(days=length) if length else None,
        },
        st.sampled_from("abcd"),
        st.sampled_from("abcd"),
        MOMENTS,
        st.sampled_from([0, 0, 20]),
    ),
    max_size=4,
    unique_by=lambda link: link["valid_from"],
)
SCOPES = st.builds(
    lambda days, moment, programme: Scope(
        Period(min(days), max(days)), moment.replace(tzinfo=datetime.UTC) if moment else None, programme
    ),
    st.tuples(DAYS, DAYS),
    st.none() | MOMENTS,
    st.sampled_from(["", "P"]),
)


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("children_registered", ("sex", "age_band")),
        ("children_registered", ("centre", "quarter")),
        ("registrations", ("month",)),
        ("referrals_sent", ("need", "centre")),
        ("referral_success", ("need",)),
    ],
)
@settings(max_examples=15, deadline=None)
@given(facts=recorded(), links=LINKS, scope=SCOPES)
def test_the_engine_agrees_with_plain_python(
    code: str, by: tuple[str, ...], facts: list[dict[str, Any]], links: list[dict[str, Any]], scope: Scope
) -> None:
    one = measure(code)
    cells = evaluate(one, tables(facts, links), scope, by=by)
    found = {cell.keys: (cell.numerator, cell.denominator) if cell.is_ratio else cell.value for cell in cells}
    assert found == calculated(one, facts, links, scope, by)
