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


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={"need": st.sampled_from(["school", "health", ""]), "channel": st.sampled_from(["desk", 'it\'s "so"'])},
)
FACT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "occurred_on": DAYS,
        "recorded_at": MOMENTS,
        "subject": st.sampled_from(["a", "b", "c", "d", "e", None]),
        "centre": st.sampled_from(CENTRES),
        "division": st.sampled_from(["320402", None]),
        "organisation": st.sampled_from(["O", "", None]),
        "programme": st.sampled_from(["P", "P", ""]),
        "sex": st.sampled_from(["female", "male", "other", ""]),
        "birth_year": st.sampled_from([2005, 2006, 2012, 2018, 2019, 2024, None]),
        "origin_division": st.sampled_from(["130921", "", None]),
        "quantity": QUANTITIES,
        "attributes": ATTRIBUTES.map(json.dumps) | ATTRIBUTES.map(lambda said: json.dumps(said, ensure_ascii=False)),
        "voids": st.sampled_from([None, None, None, None, 0, 1, 40]),  # days until it was taken back
    }
)


def _recorded(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With ids; the void of a fact has its kind and day, as the house writes it; who refused leaves no birth year."""
    found: list[dict[str, Any]] = []
    for number, fact in enumerate(drawn):
        days = fact["voids"]
        fact = fact | {"id": f"f{number}", "voids": None}
        found.append(fact if fact["subject"] else fact | {"birth_year": None})
        if days is not None:
            later = fact["recorded_at"] + datetime.timedelta(days=days)
            void = {"id": f"v{number}", "voids": fact["id"], "recorded_at": later, "subject": None, "birth_year": None}
            found.append(fact | void)
    return found


FACTS = st.lists(FACT, min_size=6, max_size=25).map(_recorded)
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
WHOLE = (datetime.date(2023, 1, 1), datetime.date(2026, 1, 1))
SCOPES = st.builds(
    lambda days, moment, programme: Scope(
        Period(min(days), max(days)), moment.replace(tzinfo=datetime.UTC) if moment else None, programme
    ),
    st.just(WHOLE) | st.tuples(DAYS, DAYS),
    st.none() | st.none() | MOMENTS,
    st.sampled_from(["", "", "P"]),
)
FILTERS: st.SearchStrategy[dict[str, tuple[str, ...]]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"sex": ("female", "not_stated")},
        {"need": ("school", "not_stated")},
        {"site": ("x",)},
        {"year": ("2024",), "sex": ("female", "male")},
    ]
)
KINDS_COUNTED = st.sampled_from([KINDS, KINDS[:2], KINDS[1:]])


def made_up(
    value: str, kinds: tuple[str, ...], basis: str, additivity: str, where: dict[str, Any], **more: Any
) -> Measure:
    """A measure of its own, by every dimension."""
    return Measure(
        code=more.pop("code", "made_up"), version=1, value=value, kinds=kinds, where=where, basis=basis, topic="persons",
        additivity=additivity, over_time="none", over_place="none", dimensions=DIMENSIONS, **TEXTS, **more,
    )  # fmt: skip


# A ratio names its parts, so these two are known by their codes.
PARTS = {
    "made_up_part": made_up("sum", ("one",), "during", "flow", {}, code="made_up_part"),
    "made_up_whole": made_up("distinct", KINDS, "up_to", "distinct", {}, code="made_up_whole"),
}
RATIO = made_up("ratio", (), "during", "ratio", {}, numerator="made_up_part", denominator="made_up_whole")


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    """A count, distinct count, sum or ratio with kinds, filter and basis of its own."""
    value = draw(st.sampled_from(["distinct", "count", "sum", "distinct", "ratio"]))
    if value == "ratio":
        return RATIO
    basis = draw(st.sampled_from(["during", "up_to"]))
    additivity = "distinct" if value == "distinct" else {"during": "flow", "up_to": "stock"}[basis]
    return made_up(value, tuple(sorted(draw(KINDS_COUNTED))), basis, additivity, draw(FILTERS))


QUESTIONS = st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=4, unique=True).map(tuple)


@dataclass(frozen=True)
class Case:
    """One question to all engines."""

    facts: list[dict[str, Any]]
    links: list[dict[str, Any]]
    measure: Measure
    scope: Scope
    by: tuple[str, ...]


CASES = st.builds(Case, FACTS, LINKS, measures(), SCOPES, QUESTIONS)


def data(facts: list[dict[str, Any]], links: list[dict[str, Any]]) -> tuple[Data, Data, Data]:
    """The same rows for any engine."""
    return (
        Data(store.FACT, rows=pa.Table.from_pylist(facts, schema=store.FACT)),
        Data(store.IDENTITY, rows=pa.Table.from_pylist(links, schema=store.IDENTITY)),
        Data(store.PLACE, rows=pa.Table.from_pylist(PLACES, schema=store.PLACE)),
    )


def packed(cases: list[Case]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Facts and links of all cases as those of one world: other persons, other records, the same places."""
    facts, links = [], []
    for number, case in enumerate(cases):
        for fact in case.facts:
            apart = {name: fact[name] and f"{number}-{fact[name]}" for name in ("id", "subject", "voids")}
            facts.append(fact | apart)
        links += [link | {name: f"{number}-{link[name]}" for name in ("subject", "identity")} for link in case.links]
    return facts, links


def always() -> list[Case]:
    """Questions that are put whatever was generated: every kind of value, every margin of five dimensions."""
    whole, then = Scope(Period(*WHOLE)), Scope(Period(*WHOLE), datetime.datetime(2024, 12, 31, tzinfo=datetime.UTC))
    persons, by = made_up("distinct", KINDS, "up_to", "distinct", {}), ("site", "sex", "age_band", "quarter", "need")
    return [
        Case([], [], persons, whole, by),
        Case([], [], persons, then, ("centre", "month")),
        Case([], [], made_up("sum", KINDS, "during", "flow", {"site": ("x",)}), whole, ("channel", "sex")),
        Case([], [], RATIO, whole, ("age_band",)),
    ]
