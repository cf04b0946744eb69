"""What each person can really read and write, table by table, as tx_app under a real signed context."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import Error, connection, connections, transaction
from django.db.models import Model

from tests.access.promises import KEPT, key_of, rows_of, values_of
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as

REFUSED = "42501"  # insufficient_privilege: no grant, or the policy said no
Actors = dict[str, Acting | None]
Keys = dict[tuple[str, str], set[str]]


@contextmanager
def acting(by: Acting | None) -> Iterator[None]:
    """One transaction as a request has it; whatever was written is rolled back."""
    with transaction.atomic():
        with acting_as(by) if by else nullcontext():
            yield
        transaction.set_rollback(True)


def due(models: dict[str, type[Model]], everybody: Actors) -> Keys:
    """(who, table) → the keys that the matrix promises."""
    return {(who, label): rows_of(m, by, "read") for label, m in models.items() for who, by in everybody.items()}


def seen(models: dict[str, type[Model]], everybody: Actors) -> Keys:
    """(who, table) → the keys that a plain SELECT without any filter gives; nothing where there is no grant."""
    found: Keys = {(who, label): set() for label in models for who in everybody}
    with connection.cursor() as cursor:
        open_to_app = {
            label: m
            for label, m in models.items()
            if _one(cursor, "has_any_column_privilege(%s, 'select')", m._meta.db_table)
        }
        statement = " union all ".join(
            f"select '{label}', {key_of(m)} from {m._meta.db_table}" for label, m in open_to_app.items()
        )
        for who, by in everybody.items():
            with acting(by):
                cursor.execute(statement)
                for label, key in cursor.fetchall():
                    found[who, label].add(key)
    return found


def _one(cursor: Any, question: str, *values: Any) -> Any:
    cursor.execute(f"select {question}", values)
    return cursor.fetchone()[0]


def outcome(by: Acting | None, statement: str, values: list[Any] | None = None) -> int | str:
    """Rows touched, or the SQLSTATE of the error; nothing stays."""
    try:
        with acting(by), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)
    except Error as error:
        return str(getattr(error.__cause__, "sqlstate", "?"))


def foreign_row(model: type[Model], where: str) -> dict[str, Any]:
    """A row of the other centre with a new key, as JSON; what is unique in it may still clash, after the policy."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"select to_jsonb(t)::text from {model._meta.db_table} t where {where} limit 1")
        found = cursor.fetchone()
    assert found, f"{model._meta.label} has no row where {where}"
    row: dict[str, Any] = json.loads(found[0])
    key = model._meta.pk.column
    if isinstance(row[key], str) and len(row[key]) == 36:
        row[key] = str(uuid.uuid4())
    return row


def inserts(model: type[Model], row: dict[str, Any], everybody: Actors) -> dict[str, int | str]:
    """Who gets past the policy when adding `row`. An error other than a refusal means: past the policy."""
    table = model._meta.db_table
    statement = f"insert into {table} select * from jsonb_populate_record(null::{table}, %s::jsonb)"
    results = {who: outcome(by, statement, [json.dumps(row)]) for who, by in everybody.items()}
    return {who: result for who, result in results.items() if result != REFUSED}


# A change of a whole table; by default one that leaves one's own rows and would draw foreign ones to oneself. It names
# no column of the row as it stands: otherwise the read policy would hide them and the change policy stay untested.
DRAW: dict[str, str] = {
    "access.User": "totp_step = 0",
    "access.Session": "ended_at = now()",
    "desk.Problem": "seen_at = null",
    "facts.Extract": "written = 0",
    "registry.Alert": "seen_at = null",
    "audit.Finding": "state = 'open', reason = '', decided_at = null, decided_by = null",
    "registry.Consent": "withdrawn_at = now()",
    "registry.SignedPaper": "content = null, removed_at = now()",
    "registry.Grant": "ends_at = now()",
    "procedures.Draft": "saved_at = now()",
    "procedures.Roster": "done = 0",
    "procedures.RosterRow": "sealed = ''",
    "procedures.Case": "risk = ''",
    "procedures.Task": "done_on = null",
    "procedures.Referral": "withdrawn_at = null",
    "programme.Voice": "closed_at = null",
    "programme.VoiceChange": "approved_at = null, approved_by_id = null",
    "programme.Report": "version = 1",
    "programme.ReportedValue": "evidence = 'x'",
    "publishing.Edition": "state = 'draft'",
    "rights.Request": "done_at = null",
    "registry.Halt": "ended_at = null",
    "facts.StoredMeasure": "state = 'draft'",
    "programme.Document": "withdrawn_reason = ''",
    "programme.Lesson": "done = '{{}}'",
    "programme.Tick": "taken_back_at = null",
}


def overreach(model: type[Model], verb: str, everybody: Actors) -> dict[str, tuple[int | str, int]]:
    """Whose blind update (or delete) of a whole table touched more or fewer rows than promised: who → (did, due)."""
    label, table = model._meta.label, model._meta.db_table
    wrong = {}
    for who, by in everybody.items():
        change = DRAW.get(label, KEPT).format(**values_of(by))
        if label == "procedures.Referral" and by and by.role == "receiver":
            change = "note = 'x'"  # each side has its own columns, held by a trigger
        statement = f"update {table} set {change}" if verb == "change" else f"delete from {table}"
        did, allowed = outcome(by, statement), len(rows_of(model, by, verb))
        if did != allowed and not (did == REFUSED and allowed == 0):
            wrong[who] = (did, allowed)
    return wrong


def moved(model: type[Model], change: str, everybody: Actors) -> dict[str, int | str]:
    """Who can give a row of their own away: into another centre or to another user, out of their own scope."""
    statement = f"update {model._meta.db_table} set {change}"
    results = {who: outcome(by, statement) for who, by in everybody.items()}
    return {who: result for who, result in results.items() if result not in (REFUSED, 0)}
