"""Roles, their rights, and the database: what only the administrator may do. Every step may be repeated.

docs/security.md shows the roles as one table. Tables and policies are the migrations' business, run by `tx_owner`.
"""

from typing import Any

import psycopg
from psycopg import sql

from tongxing.config.state import State, StateProblem

LOGINS = ("tx_owner", "tx_app", "tx_counter", "tx_log", "tx_linker", "tx_keeper", "tx_sealer", "tx_auditor")
ROLES = (*LOGINS, "tx_match")
OLDEST_SERVER = 150000


def provision(state: State, database: str = "") -> None:
    """Bring roles, passwords, database and default rights to where they have to be. Idempotent, about 0.1 s."""
    name = database or state.database_name
    with psycopg.connect(**state.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
        if connection.info.server_version < OLDEST_SERVER:
            raise StateProblem(
                f"PostgreSQL {connection.info.server_version // 10000} is too old; 15 or newer is needed."
            )
        for role in ROLES:
            _role(connection, role, state)
        _memberships(connection)
        _database(connection, name)
    with psycopg.connect(**state.administrator(name), autocommit=True) as connection:  # type: ignore[arg-type]
        _rights_inside(connection)


def _role(connection: psycopg.Connection[Any], role: str, state: State) -> None:
    known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    rights = "nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
    if connection.info.parameter_status("is_superuser") != "on":
        rights = "nocreatedb nocreaterole"  # an administrator of a managed server may not even name the others
    words = sql.SQL("{verb} role {role} {rights} {login}").format(
        verb=sql.SQL("alter" if known else "create"),
        role=sql.Identifier(role),
        rights=sql.SQL(rights),
        login=sql.SQL("login password {}").format(_sealed(connection, role, state))
        if role in LOGINS
        else sql.SQL("nologin"),
    )
    connection.execute(words)


def _sealed(connection: psycopg.Connection[Any], role: str, state: State) -> sql.Literal:
    """The password as the server keeps it, computed here: it never travels and never stands in a log."""
    secret = state.secret(role).encode()
    return sql.Literal(connection.pgconn.encrypt_password(secret, role.encode(), b"scram-sha-256").decode())


def _memberships(connection: psycopg.Connection[Any]) -> None:
    # The owner makes functions that belong to tx_match and tx_linker; nobody else may act as them.
    connection.execute("grant tx_match, tx_linker to tx_owner")
    if connection.info.parameter_status("is_superuser") != "on":
        connection.execute("grant tx_owner to current_user")  # to make a database that belongs to it


def _database(connection: psycopg.Connection[Any], name: str) -> None:
    if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("create database {} owner tx_owner encoding 'UTF8'").format(sql.Identifier(name)))
    statements = (
        "revoke all on database {} from public",
        "grant connect on database {} to tx_app, tx_counter, tx_log, tx_linker, tx_keeper, tx_sealer, tx_auditor",
        "grant connect, create, temporary on database {} to tx_owner",
    )
    for statement in statements:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _rights_inside(connection: psycopg.Connection[Any]) -> None:
    for statement in (
        "revoke all on schema public from public",
        "grant usage on schema public to tx_app, tx_counter, tx_log, tx_match, tx_linker, tx_keeper, tx_sealer, tx_auditor",
        "grant usage, create on schema public to tx_owner",
        # A function is callable by whom it is granted to, not by everybody as PostgreSQL would have it.
        "alter default privileges for role tx_owner revoke execute on functions from public",
        "alter default privileges for role tx_match revoke execute on functions from public",
        "alter default privileges for role tx_linker revoke execute on functions from public",
        "alter default privileges for role tx_owner grant usage on sequences to tx_app",
    ):
        connection.execute(statement)


# Tables and functions that come with packages and carry no policy of ours; granted after each migrate, as the owner.
AFTER_MIGRATE = """
do $$
declare thing record;
begin
    for thing in
        select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname like 'procrastinate\\_%'
    loop
        execute format('grant select, insert, update, delete on %s to tx_app', thing.name);
    end loop;
    for thing in
        select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind = 'S' and c.relname like 'procrastinate\\_%'
    loop
        execute format('grant usage, select on sequence %s to tx_app', thing.name);
    end loop;
    for thing in
        select p.oid::regprocedure as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.proname like any (array['procrastinate\\_%', '\\_pgh\\_%', '\\_pgtrigger\\_%'])
    loop
        execute format('grant execute on function %s to tx_app', thing.name);
    end loop;
    for thing in
        select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relname in ('django_migrations', 'django_content_type')
    loop
        execute format('grant select on %s to tx_app', thing.name);
    end loop;
    -- The package's own way to switch triggers off by a setting would be open to an injected statement as well.
    if to_regprocedure('public._pgtrigger_should_ignore(name)') is not null then
        create or replace function public._pgtrigger_should_ignore(trigger_name name) returns boolean
            language sql immutable as 'select false';
    end if;
    if to_regprocedure('public._pgh_attach_context()') is not null then
        -- Writes the reason beside a change; as the owner, so that the app needs no right on the table of reasons.
        alter function public._pgh_attach_context() security definer set search_path = public, pg_temp;
    end if;
end $$
"""


def grant_job_queue(connection: Any) -> None:
    """Give tx_app the job queue and the history's functions; no setting switches triggers off. `connection`: the owner's."""
    with connection.cursor() as cursor:
        cursor.execute(AFTER_MIGRATE)


STANDING = """
select current_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole, pg_has_role(current_user, 'tx_owner', 'member'),
       (select count(*) from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm'))
from pg_roles r where r.rolname = current_user
"""


def refuse_without_walls(connection: Any) -> None:
    """Raise StateProblem when this connection would look over the row policies: a superuser, the owner, or like them."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        user, is_super, may_bypass, makes_roles, is_owner, owned = cursor.fetchone()
    faults = [
        words
        for fault, words in (
            (is_super, "is a superuser"),
            (may_bypass, "may bypass row policies"),
            (makes_roles, "may make roles"),
            (is_owner, "owns the tables"),
            (owned, f"owns {owned} tables"),
        )
        if fault
    ]
    if faults:
        raise StateProblem(
            f"Refusing to serve: the database user {user!r} {' and '.join(faults)}, so no wall would hold. "
            "Pages and jobs connect as tx_app; see docs/security.md."
        )


def migrate() -> None:
    """Bring tables and reference data up to the code, as the owner. Django must be set up; the server must answer."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", interactive=False, verbosity=0)
    grant_job_queue(connections["owner"])

    from tongxing.config import reference

    reference.load()
