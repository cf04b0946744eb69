"""Facts, measures, scopes and questions that Hypothesis makes up: the whole of what a definition may say."""

import datetime
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from tongxing.core.i18n import Text
from tongxing.facts import store
from tongxing.facts.engines import Data
from tongxing.facts.measures import Measure
from tongxing.facts.results import Period, Scope

KINDS = ("one", "two", "three")
CENTRES = ("A", "B", "C", None)
PLACES = [{"of_centre": "A", "site": "x"}, {"of_centre": "B", "site": "y"}, {"of_centre": "C", "site": None}]
DIMENSIONS = (
    "centre", "site", "division", "organisation", "programme", "sex", "age_band", "origin_division",
    "month", "quarter", "year", "need", "channel",
)  # fmt: skip
EDGES = [  # ends of months and years, a leap day, and days between
    datetime.date(2023, 12, 31), datetime.date(2024, 1, 1), datetime.date(2024, 2, 29), datetime.date(2024, 3, 31),
    datetime.date(2024, 4, 1), datetime.date(2024, 12, 31), datetime.date(2025, 1, 1),
]  # fmt: skip
DAYS = st.sampled_from(EDGES) | st.dates(datetime.date(2023, 12, 1), datetime.date(2025, 1, 31))
MOMENTS = st.sampled_from([datetime.datetime(2024, 3, 1), datetime.datetime(2024, 12, 31, 23, 59, 59, 999999)]) | (
    st.datetimes(datetime.datetime(2023, 12, 1), datetime.datetime(2025, 2, 1))
)
QUANTITIES = st.sampled_from(["1", "0", "-1", "0.01", "-12.50", "99999.99"]).map(Decimal)
SAID = Text(zh="一", en="one", mn="нэг")
TEXTS = dict.fromkeys(("title", "unit", "counted", "one", "where_when"), SAID)


@st.composite
def facts(draw: st.DrawFn, most: int = 30) -> list[dict[str, Any]]:
    """Facts of a few persons at a few centres, some taken back, some of persons who refused statistics."""
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, most))):
        subject = draw(st.sampled_from(["a", "b", "c", "d", "e", None]))
        attributes = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "need": st.sampled_from(["school", "health", ""]),
                    "channel": st.sampled_from(["desk", 'it\'s "so"']),
                },
            )
        )
        fact = {
            "id": str(number),
            "kind": draw(st.sampled_from(KINDS)),
            "occurred_on": draw(DAYS),
            "recorded_at": draw(MOMENTS),
            "subject": subject,
            "centre": draw(st.sampled_from(CENTRES)),
            "division": draw(st.sampled_from(["320402", None])),
            "organisation": draw(st.sampled_from(["O", "", None])),
            "programme": draw(st.sampled_from(["P", "Q", ""])),
            "sex": draw(st.sampled_from(["female", "male", "other", ""])),
            "birth_year": draw(st.sampled_from([2005, 2006, 2012, 2018, 2019, 2024, None])) if subject else None,
            "origin_division": draw(st.sampled_from(["130921", "", None])),
            "quantity": draw(QUANTITIES),
            "attributes": json.dumps(attributes, ensure_ascii=draw(st.booleans())),
            "voids": None,
        }
        found.append(fact)
        if draw(st.integers(0, 5)) == 0:
            later = fact["recorded_at"] + datetime.timedelta(days=draw(st.integers(0, 60)))
            void = {"id": f"v{number}", "voids": fact["id"], "recorded_at": later, "subject": None, "birth_year": None}
            found.append(fact | void)
    return found


LINKS = st.lists(
    st.builds(
        lambda subject, identity, start, length: {
            "subject": subject,
            "identity": identity,
            "valid_from": start,
            "valid_to": start + datetime.timedelta(days=length) if length else None,
        },
        st.sampled_from("abcde"),
        st.sampled_from("abcde"),
        MOMENTS,
        st.sampled_from([0, 0, 1, 40]),
    ),
    max_size=6,
    unique_by=lambda link: (link["subject"], link["valid_from"]),
)
SCOPES = st.builds(
    lambda days, moment, programme: Scope(
        Period(min(days), max(days)), moment.replace(tzinfo=datetime.UTC) if moment else None, programme
    ),
    st.tuples(DAYS, DAYS),
    st.none() | MOMENTS,
    st.sampled_from(["", "", "P"]),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "sex": st.sampled_from([("female",), ("female", "not_stated")]),
        "need": st.just(("school", "not_stated")),
        "site": st.just(("x",)),
        "year": st.just(("2024",)),
    },
)


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    """A count, distinct count or sum with kinds, filter and basis of its own."""
    value = draw(st.sampled_from(["count", "distinct", "sum"]))
    basis = draw(st.sampled_from(["during", "up_to"]))
    additivity = "distinct" if value == "distinct" else {"during": "flow", "up_to": "stock"}[basis]
    return Measure(
        code="made_up",
        version=1,
        value=value,
        kinds=tuple(draw(st.sets(st.sampled_from(KINDS), min_size=1))),
        where=draw(FILTERS),
        basis=basis,
        topic="persons",
        additivity=additivity,
        over_time="none",
        over_place="none",
        dimensions=DIMENSIONS,
        **TEXTS,
    )


QUESTIONS = st.lists(st.sampled_from(DIMENSIONS), max_size=4, unique=True).map(tuple)


@dataclass(frozen=True)
class Case:
    """One question to all engines."""

    facts: list[dict[str, Any]]
    links: list[dict[str, Any]]
    measure: Measure
    scope: Scope
    by: tuple[str, ...]


CASES = st.builds(Case, facts(), LINKS, measures(), SCOPES, QUESTIONS)


def data(facts: list[dict[str, Any]], links: list[dict[str, Any]]) -> tuple[Data, Data, Data]:
    """The same rows for any engine."""
    return (
        Data(store.FACT, rows=pa.Table.from_pylist(facts, schema=store.FACT)),
        Data(store.IDENTITY, rows=pa.Table.from_pylist(links, schema=store.IDENTITY)),
        Data(store.PLACE, rows=pa.Table.from_pylist(PLACES, schema=store.PLACE)),
    )
