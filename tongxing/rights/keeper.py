"""What the role `tx_keeper` may do, drawn from the policy: no more than retention, erasure and copies need.

Made anew after each migrate, as the owner, because it follows retention.yaml and not the models.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models

from tongxing.access.models import ReadNote, Session
from tongxing.core.rls import OpenRows
from tongxing.facts.models import Fact
from tongxing.organisations.models import Centre, Division
from tongxing.registry.models import Grant, Halt, Link, ReviewPair, SearchRow
from tongxing.rights.policy import Table, is_history, kept_tables, policy, table_of
from tongxing.rights.walk import tied

ROLE = "tx_keeper"
KEEPER = "keeper"  # the connection's name

# What it does besides reading, erasing and blanking.
ADDS = ("facts.ErasedCount", "rights.Answer", "rights.Certificate", "rights.Purge")
CHANGES = {
    "facts.ErasedCount": ("number",),
    "registry.Grant": ("ends_at",),  # a restriction closes what is open elsewhere
    "registry.SearchRow": ("version",),  # a corrected name is keyed anew
    "rights.Request": ("state", "done_at"),
}
READS = (Centre, Division, Fact, ReadNote, Session, Grant, Halt, Link, ReviewPair, SearchRow)

# A legal hold stands above the job: rows of a held child cannot go, whatever a statement says.
HELD = """
create policy keeper_hold on registry_halt as restrictive for delete to tx_keeper using (
  kind <> 'hold' or ended_at is not null or until_on < current_date);
create policy keeper_held on registry_person as restrictive for delete to tx_keeper using (
  not exists (select from registry_halt h where h.person_id = registry_person.id and h.kind = 'hold'
               and h.ended_at is null and (h.until_on is null or h.until_on >= current_date)))
"""
AWAY = """
do $$ declare old record; begin
  for old in select policyname, schemaname, tablename from pg_policies where policyname like 'keeper\\_%' loop
    execute format('drop policy %I on %I.%I', old.policyname, old.schemaname, old.tablename);
  end loop;
  for old in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'S') loop
    execute format('revoke all on %s from tx_keeper', old.name);
  end loop;
end $$
"""


def grant(connection: Any) -> None:
    """Give tx_keeper what the policy asks for, and nothing else. `connection`: the owner's."""
    with connection.cursor() as cursor:
        cursor.execute(AWAY)
        cursor.execute("grant usage on schema access to tx_keeper")
        cursor.execute(
            "grant execute on function access.user_id(), access.centres(), access.may(text, text) to tx_keeper"
        )
        cursor.execute(
            "grant execute on function public._pgtrigger_should_ignore(name) to tx_keeper"
        )  # asked by triggers
        for statement in statements():
            cursor.execute(statement)
        cursor.execute(HELD)


def statements() -> Iterator[str]:
    """SQL for every table that the keeper touches."""
    reached = {one.model for one in tied()}
    for model in kept_tables():
        said = table_of(model)
        rule = policy().classes[said.row]
        touched = () if is_history(model) else _emptied(said)
        may = {
            "select": model in reached or bool(said.since or said.with_last or said.mentions) or model in READS,
            "delete": model in reached or (rule.then == "erase" and not said.job),
            "insert": model._meta.label in ADDS or is_history(model),
            "update": bool(touched) or model._meta.label in CHANGES,
        }
        may["select"] |= may["delete"] or may["update"]
        columns = {*(_column(model, name) for name in touched), *CHANGES.get(model._meta.label, ())}
        yield from _granted(model, may, columns)


def _emptied(said: Table) -> tuple[str, ...]:
    """The fields that retention or erasure empties while the row stays."""
    return (*said.blank, *filter(None, (said.sealed,)), *said.mentions.get("blank", ()))


def _column(model: type[models.Model], name: str) -> str:
    return model._meta.get_field(name).column or name  # type: ignore[union-attr]


def _granted(model: type[models.Model], may: dict[str, bool], columns: set[str]) -> Iterator[str]:
    table = f'"{model._meta.db_table}"'
    walled = not any(isinstance(wall, OpenRows) for wall in model._meta.constraints)
    clause = {
        "select": "using (true)",
        "delete": "using (true)",
        "insert": "with check (true)",
        "update": "using (true) with check (true)",
    }
    for command in (command for command, wanted in may.items() if wanted):
        names = ", ".join(f'"{name}"' for name in sorted(columns))
        yield f"grant {command}{f' ({names})' if command == 'update' else ''} on {table} to {ROLE}"
        if walled:
            yield f"create policy keeper_{command} on {table} for {command} to {ROLE} {clause[command]}"
    if may["insert"] and is_history(model):
        yield f"""do $$ begin execute (select format('grant usage on sequence %s to {ROLE}',
                  pg_get_serial_sequence('{model._meta.db_table}', 'pgh_id'))); end $$"""
