"""The ground under the other tests: who they are, and that rollback and commit are what they say."""

import psycopg
import pytest
from django.db import connection, connections


@pytest.mark.django_db
def test_pages_are_tested_as_the_app_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("tx_app",)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("alias", "role"), [("default", "tx_app"), ("owner", "tx_owner"), ("counter", "tx_counter"), ("log", "tx_log")]
)
def test_each_connection_is_its_own_role(alias: str, role: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == (role,)


def test_a_house_keeps_what_is_committed_and_all_connections_see_it(house) -> None:
    house.sql("tx_owner", "create table notes (line text)")
    house.sql("tx_owner", "grant select, insert on notes to tx_app")
    with connection.cursor() as cursor:
        cursor.execute("insert into notes values ('kept')")
    assert house.sql("postgres", "select line from notes") == [("kept",)]


def test_the_app_may_make_no_tables(house) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_app", "create table mine (line text)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_app", "create temporary table mine (line text)")


@pytest.mark.django_db
def test_the_app_may_use_the_job_queue_but_not_the_migrations_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs")
        cursor.execute("select has_table_privilege('django_migrations', 'insert')")
        assert cursor.fetchone() == (False,)
