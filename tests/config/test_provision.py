"""Roles: what each is, and that a mighty one is not let near the pages."""

import psycopg
import pytest

from tongxing.config.provision import provision, refuse_without_walls
from tongxing.config.state import StateProblem


@pytest.mark.parametrize(
    "role", ["tx_app", "tx_counter", "tx_log", "tx_linker", "tx_keeper", "tx_sealer", "tx_auditor"]
)
def test_the_roles_of_pages_and_measures_pass(house, role: str) -> None:
    with psycopg.connect(**house.state.login(role, house.name)) as connection:
        refuse_without_walls(connection)


@pytest.mark.parametrize(("role", "reason"), [("tx_owner", "owns the tables"), ("postgres", "is a superuser")])
def test_the_owner_and_a_superuser_may_not_serve(house, role: str, reason: str) -> None:
    login = house.state.administrator(house.name) if role == "postgres" else house.state.login(role, house.name)
    with psycopg.connect(**login) as connection, pytest.raises(StateProblem, match=reason):
        refuse_without_walls(connection)


def test_an_app_role_that_was_given_too_much_may_not_serve(house) -> None:
    house.sql("postgres", "create role tx_spoiled login bypassrls password 'x'")
    try:
        login = house.state.login("tx_app", house.name) | {"user": "tx_spoiled", "password": "x"}
        house.sql("postgres", f'grant connect on database "{house.name}" to tx_spoiled')
        with psycopg.connect(**login) as connection, pytest.raises(StateProblem, match="may bypass row policies"):
            refuse_without_walls(connection)
    finally:
        house.sql("postgres", "drop owned by tx_spoiled")
        house.sql("postgres", "drop role tx_spoiled")


def test_no_role_but_the_administrator_is_mighty(house) -> None:
    found = house.sql(
        "postgres",
        "select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
        " from pg_roles where rolname like 'tx\\_%' order by rolname",
    )
    assert found == [
        ("tx_app", True, False),
        ("tx_auditor", True, False),
        ("tx_counter", True, False),
        ("tx_keeper", True, False),
        ("tx_linker", True, False),
        ("tx_log", True, False),
        ("tx_match", False, False),
        ("tx_owner", True, False),
        ("tx_sealer", True, False),
    ]


def test_only_the_owner_may_act_as_the_search(house) -> None:
    assert house.sql("tx_owner", "select pg_has_role('tx_match', 'member')") == [(True,)]
    for role in ("tx_app", "tx_counter", "tx_log"):
        assert house.sql(role, "select pg_has_role('tx_match', 'member')") == [(False,)]


def test_strangers_may_not_even_connect(house) -> None:
    assert house.sql("postgres", "select has_database_privilege('public', current_database(), 'connect')") == [(False,)]


def test_a_new_function_is_callable_by_nobody_unasked(house) -> None:
    house.sql("tx_owner", "create function answer() returns int language sql as 'select 42'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_app", "select answer()")
    house.sql("tx_owner", "grant execute on function answer() to tx_app")
    assert house.sql("tx_app", "select answer()") == [(42,)]


def test_provisioning_again_changes_nothing_and_takes_nothing_away(house) -> None:
    before = house.sql("postgres", "select rolname, rolpassword is not null from pg_authid order by 1")
    provision(house.state, house.name)
    assert house.sql("postgres", "select rolname, rolpassword is not null from pg_authid order by 1") == before
    assert house.sql("tx_app", "select current_user") == [("tx_app",)]


def test_passwords_are_kept_as_scram_verifiers(house) -> None:
    kept = house.sql("postgres", "select rolpassword from pg_authid where rolname = 'tx_app'")
    assert kept[0][0].startswith("SCRAM-SHA-256$")
