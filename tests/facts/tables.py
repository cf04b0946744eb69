"""Facts and identity links written as tables, for tests that need more of them than a worked example says."""

import datetime
from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa

from tongxing.facts import store
from tongxing.facts.engines import Tables
from tongxing.facts.engines.on_duckdb import connected
from tongxing.facts.measures.examples import rows
from tongxing.facts.results import Period, Scope

ALIASES = {"on": "occurred_on", "origin": "origin_division", "born": "birth_year", "recorded": "recorded_at"}
ALL_TIME = Scope(Period.until(datetime.date(2030, 1, 1)))


def facts(text: str, **defaults: Any) -> list[dict[str, Any]]:
    """Facts of a table. Columns: id, kind, on, recorded, subject, centre, sex, born, attributes (`need=school`), voids, …"""
    found = []
    for number, row in enumerate(rows(text), 1):
        given = {**defaults, **{ALIASES.get(name, name): value for name, value in row.items()}}
        day = datetime.date.fromisoformat(given.get("occurred_on") or "2026-01-15")
        recorded = given.get("recorded_at")
        attributes = dict(pair.split("=") for pair in (given.get("attributes") or "").split() if pair)
        fact = dict.fromkeys(store.FACT.names) | {
            "id": given.get("id") or f"f{number}",
            "kind": given["kind"],
            "occurred_on": day,
            "recorded_at": datetime.datetime.fromisoformat(recorded) if recorded else datetime.datetime(2026, 1, 20),
            "birth_year": int(given["birth_year"]) if given.get("birth_year") else None,
            "quantity": int(given.get("quantity") or 1),
            "attributes": "{" + ", ".join(f'"{k}": "{v}"' for k, v in attributes.items()) + "}",
            "sex": given.get("sex") or "",
            "programme": given.get("programme") or "",
        }
        for name in ("subject", "centre", "division", "organisation", "origin_division", "voids"):
            fact[name] = given.get(name) or None
        found.append(fact)
    return found


def links(text: str) -> list[dict[str, Any]]:
    """Identity links: subject | identity | from | to."""
    return [
        {
            "subject": row["subject"],
            "identity": row["identity"],
            "valid_from": datetime.datetime.fromisoformat(row.get("from") or "2026-01-01"),
            "valid_to": datetime.datetime.fromisoformat(row["to"]) if row.get("to") else None,
        }
        for row in rows(text)
    ]


def tables(
    facts: list[dict[str, Any]],
    links: Sequence[dict[str, Any]] = (),
    places: Sequence[dict[str, str]] = (),
) -> Tables:
    """The example on DuckDB."""
    return Tables(
        connected(),
        ibis.memtable(pa.Table.from_pylist(facts, schema=store.FACT)),
        ibis.memtable(pa.Table.from_pylist(list(links), schema=store.IDENTITY)),
        ibis.memtable(pa.Table.from_pylist(list(places), schema=store.PLACE)),
    )
