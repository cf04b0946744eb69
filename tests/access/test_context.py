"""The signed context: absent means nothing, false means an error, and it ends with its transaction."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InternalError, ProgrammingError, connection, connections, transaction
from psycopg.types.json import Jsonb

from tests import world
from tests.access import cast as people
from tests.access.promises import READ_BY_ALL, walled
from tongxing.access import actions, context
from tongxing.access.context import acting_as, key_material, signed
from tongxing.config.provision import refuse_without_walls
from tongxing.config.state import StateProblem
from tongxing.core.ids import uuid7
from tongxing.procedures.models import Referral, Registration
from tongxing.registry.actions import break_glass
from tongxing.registry.models import Person


@pytest.fixture(scope="module")
def cast(house) -> Iterator[people.Cast]:
    yield people.gathered()
    context._known_key.clear()  # the next house has not heard of the keys that were made here


@pytest.fixture(scope="module")
def desk(cast):
    return cast.here.front_desk


@pytest.fixture
def app(house):
    """The app's own login without any of our code: what an injected statement has."""
    with psycopg.connect(**house.state.login("tx_app", house.name)) as raw:
        yield raw


def context_of(by, raw, **changed) -> str:
    """A context for this very connection, well signed."""
    return signed(by, backend=raw.info.backend_pid, key=actions.install_key(), **changed)


def under(raw, value: str) -> None:
    raw.execute("select set_config('tx.context', %s, true)", [value])


def count(raw, table: str = "registry_person") -> int:
    return raw.execute(f"select count(*) from {table}").fetchone()[0]


def test_without_a_context_every_confidential_table_is_empty(app, cast) -> None:
    told = {}
    for label, model in walled().items():
        with app.transaction():
            if app.execute("select has_table_privilege(%s, 'select')", [model._meta.db_table]).fetchone()[0]:
                told[label] = count(app, model._meta.db_table)
    published = told.pop("publishing.Edition"), told.pop("programme.VoiceChange")
    assert published == (1, 1)  # the approved ones, for everybody
    assert all(told.pop(label) for label in READ_BY_ALL), "the control sees what everybody may read"
    assert len(told) > 20 and not any(told.values()), told


def test_an_empty_context_is_no_context(app) -> None:
    under(app, "")
    assert count(app) == 0


def test_with_a_context_the_control_sees_rows(app, desk) -> None:
    under(app, context_of(desk, app))
    assert count(app) == 3


SPOILED = {
    "another mac": lambda s: s[:-1] + ("0" if s[-1] != "0" else "1"),
    "no mac": lambda s: s[:-65],
    "another centre": lambda s: s.replace(s.split("|")[3], str(world.centre_id("zhongshan-1"))),
    "another user": lambda s: s.replace(s.split("|")[1], str(uuid7())),
    "national": lambda s: s.replace("||", "|national|", 1),
    "more rights": lambda s: s.replace("person=rac", "person=racx"),
    "later": lambda s: s.replace(f"|{s.split('|')[7]}|", f"|{int(s.split('|')[7]) + 3600}|"),
    "unknown key": lambda s: "k000000" + s[s.index("|") :],
    "a field more": lambda s: s[:-65] + "|x" + s[-65:],
    "rubbish": lambda s: "rubbish",
    "sql": lambda s: "'; drop table registry_person; --",
    "nothing but bars": lambda s: "|" * 80,
    "null byte words": lambda s: "\\x00" * 40,
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_forged_context_is_an_error_and_never_silence(app, desk, how: str) -> None:
    right = context_of(desk, app)
    spoiled = SPOILED[how](right)
    assert spoiled != right
    under(app, spoiled)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="forged context"):
        count(app)


def test_signed_with_a_key_of_ones_own_it_is_forged(app, desk, monkeypatch) -> None:
    monkeypatch.setattr(context, "key_material", lambda code: b"a key of my own")
    under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="forged context"):
        count(app)


def test_an_expired_context_is_an_error(app, desk) -> None:
    under(app, context_of(desk, app, seconds=-5))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="expired context"):
        count(app)


def test_a_context_borrowed_from_another_connection_is_an_error(app, desk, house) -> None:
    with psycopg.connect(**house.state.login("tx_app", house.name)) as other:
        borrowed = context_of(desk, other)
    under(app, borrowed)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="borrowed context"):
        count(app)


def test_an_expired_context_in_the_house_is_an_error_too(desk) -> None:
    with (
        pytest.raises((ProgrammingError, InternalError), match="expired"),
        transaction.atomic(),
        acting_as(desk, seconds=-5),
    ):
        Person.objects.count()


def test_a_new_key_signs_and_the_old_one_holds_through_the_overlap(app, desk, house) -> None:
    old = actions.install_key()
    before = context_of(desk, app)
    new = actions.rotate_key()
    assert new != old and key_material(new) != key_material(old)
    under(app, before)
    assert count(app) == 3  # signed before the change, checked after it
    app.rollback()
    context._known_key.clear()  # a process learns the new key within a minute
    with world.as_(desk):
        assert connection.tx_context.startswith(f"{new}|")
        assert Person.objects.count() == 3
    house.sql(
        "tx_owner", "update access_contextkey set retires_at = now() - interval '1 second' where code = %s", [old]
    )
    under(app, signed(desk, backend=app.info.backend_pid, key=old))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="forged context"):
        count(app)


def test_it_ends_with_the_block_and_with_the_transaction(desk) -> None:
    with transaction.atomic():
        with acting_as(desk):
            assert Person.objects.count() == 3
        assert Person.objects.count() == 0
    with transaction.atomic():
        assert _setting() == ""
    with pytest.raises(RuntimeError), world.as_(desk):
        raise RuntimeError
    with transaction.atomic():
        assert _setting() == ""
        assert Person.objects.count() == 0


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('tx.context', true), '')")
        return cursor.fetchone()[0]


def test_nested_contexts_give_back_the_outer_one(cast, desk) -> None:
    with world.as_(desk):
        with acting_as(cast.there.front_desk):
            assert not Person.objects.filter(id=cast.here.ids["person"]).exists()
            assert Person.objects.filter(id=cast.there.ids["person"]).exists()
        assert Person.objects.filter(id=cast.here.ids["person"]).exists()
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(cast.there.front_desk):
            raise DatabaseError  # a savepoint that is lost takes its context with it
        assert Person.objects.filter(id=cast.here.ids["person"]).exists()
        assert not Person.objects.filter(id=cast.there.ids["person"]).exists()


def test_outside_a_transaction_there_is_no_context(desk) -> None:
    with pytest.raises(transaction.TransactionManagementError, match="needs a transaction"), acting_as(desk):
        pass


def test_a_step_that_is_none_is_not_taken_on(desk) -> None:
    with pytest.raises(ValueError, match="not a step"):
        desk.taking_on("safeguarding", centre_id=None)


INJECTED = {
    "switch the walls off": "set local row_security = off; select count(*) from registry_person",
    "alter the table": "alter table registry_person disable row level security",
    "drop a policy": "drop policy person_rows_read on registry_person",
    "add a policy": "create policy mine on registry_person to tx_app using (true)",
    "become the owner": "set role tx_owner",
    "become the search": "set role tx_match",
    "become the counter": "set role tx_counter",
    "become the administrator": "set session authorization postgres",
    "give oneself rights": "grant tx_owner to tx_app",
    "read the keys": "select * from access_contextkey",
    "empty the log": "delete from access_securityevent",
    "read search keys": "select * from registry_searchkey",
    "read search rows": "select * from registry_searchrow",
    "read searches": "select * from registry_searchnote",
    "read withdrawal codes": "select * from procedures_withdrawalcode",
    "read former versions": "select * from registry_personevent",
    "read facts": "select * from facts_fact",
    "change facts": "update facts_fact set quantity = 2",
    "delete facts": "delete from facts_fact",
    "empty facts": "truncate facts_fact",
    "change the trace": "update access_readnote set purpose = ''",
    "delete the trace": "delete from access_readnote",
    "delete persons": "delete from registry_person",
    "change weights": "update registry_weight set weight = 0",
    "make oneself a member": "insert into organisations_membership select gen_random_uuid()",
    "change a membership": "update organisations_membership set role = 'safeguarding'",
    "change another's password": "update access_user set password = 'x'",
    "change a session's role": "update access_session set role = 'safeguarding'",
    "bring an ended session back": "update access_session set ended_at = null",
    "make a function": "create function public.f() returns int language sql as 'select 1'",
    "make a schema": "create schema mine",
    "copy to a program": "copy registry_person to program 'cat'",
    "read a file": "select pg_read_file('/etc/passwd')",
    "ask who works where": "select access.works_at(gen_random_uuid(), 'police', null)",
}


@pytest.mark.parametrize("what", INJECTED)
@pytest.mark.parametrize("signed_in", [False, True], ids=["without", "with a context"])
def test_an_injected_statement_does_not_get_through(app, desk, what: str, signed_in: bool) -> None:
    if signed_in:
        under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(INJECTED[what])


def test_searching_needs_a_context(app) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not for this role"):
        app.execute("select * from access.search(array[1]::bigint[], 1, array[1]::smallint[], '[]')")


@pytest.mark.parametrize("role", ["receiver", "mande", "safeguarding"])
def test_searching_needs_a_role_that_searches(app, cast, role: str) -> None:
    under(app, context_of(cast.everyone()[role], app))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not for this role"):
        app.execute("select * from access.search(array[1]::bigint[], 1, array[1]::smallint[], '[]')")


def test_a_role_invented_in_python_may_nothing(app, desk) -> None:
    """The signer is part of the walls: whoever holds the key signs anything; a role without cells gets no rows."""
    under(app, context_of(replace(desk, role="administrator"), app))
    assert [count(app, table) for table in ("registry_person", "procedures_registration", "access_session")] == [
        0,
        0,
        0,
    ]


def test_nobody_lets_himself_in_by_a_grant_of_his_own_making(app, cast, desk) -> None:
    """The policy may not look at Person; a foreign key over (person, keeping centre) holds it."""
    under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="grant_kept_by_one"):
        app.execute(
            "insert into registry_grant (id, person_id, centre_id, given_from_id, purpose, starts_at, given_at, given_by_id)"
            " values (gen_random_uuid(), %s, %s, %s, 'visit', now(), now(), %s)",
            [cast.there.ids["person"], desk.centre_id, desk.centre_id, desk.user_id],
        )


PARTS = [
    model
    for label, model in walled().items()
    if label.startswith("registry.")
    and not label.endswith(("Event", ".Grant", ".Halt"))  # a hold is laid by the data protection officer alone
    and {"person", "centre"} <= {field.name for field in model._meta.fields}
]


@pytest.mark.parametrize("model", PARTS, ids=lambda model: model.__name__)
def test_nobody_hangs_a_row_on_a_person_of_another_centre(app, cast, desk, house, model) -> None:
    """A consent of one's own making, for example, would let searches compare a child whose family refused."""
    under(app, context_of(desk, app))
    table, foreign = model._meta.db_table, cast.there.ids["person"]
    [(row,)] = house.sql("tx_owner", f"select to_jsonb(t) from {table} t where person_id = %s limit 1", [foreign])
    row |= {"centre_id": str(desk.centre_id)} | ({"id": str(uuid7())} if isinstance(row.get("id"), str) else {})
    row |= {"sha256": "0" * 64} if "sha256" in row else {}  # another file
    refused: Any = (psycopg.errors.ForeignKeyViolation, psycopg.errors.UniqueViolation)
    if model.__name__ == "MatchRequest":  # only a function adds these
        refused = psycopg.errors.InsufficientPrivilege
    with pytest.raises(refused, match="kept_by_one|pkey|_key|permission denied"):
        app.execute(f"insert into {table} select * from jsonb_populate_record(null::{table}, %s)", [Jsonb(row)])
    held = "select count(*) from pg_constraint where conname like '%kept_by_one' and conrelid = %s::regclass"
    assert house.sql("tx_owner", held.replace("'%", "'%%"), [table]) == [(1,)]


def test_the_glass_is_not_broken_by_an_injected_statement(app, cast, desk) -> None:
    """It could read the record and roll the alert back. The event that the function asks for lies on another connection."""
    number = Person.objects.using("owner").get(id=cast.there.ids["person"]).number
    under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="noted first"):
        app.execute("select access.break_glass(%s, 'a reason that is long enough')", [number])


def test_what_opened_in_an_emergency_stays_noted_though_the_request_is_lost(cast, desk, house) -> None:
    number = Person.objects.using("owner").get(id=cast.there.ids["person"]).number
    Person.objects.using("owner").filter(id=cast.there.ids["sibling"]).update(is_location_locked=False)

    def opened_and_lost() -> None:
        with world.as_(desk):
            assert break_glass(number=number, reason="a reason that is long enough", by=desk)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        opened_and_lost()
    noted = house.sql("tx_owner", "select user_id, path from access_securityevent where kind = 'glass'")
    assert noted == [(desk.user_id, number)]
    with world.as_(desk):
        assert not Person.objects.filter(number=number).exists()


def test_a_centre_that_was_let_in_cannot_take_the_record_over(app, cast) -> None:
    guest = world.somebody("front_desk", "changzhou-1")
    under(app, context_of(guest, app))
    assert count(app) == 2  # the two children to whom it was let in
    assert app.execute("update registry_person set centre_id = %s", [guest.centre_id]).rowcount == 0
    assert app.execute("update registry_grant set ends_at = null").rowcount == 0


def test_a_row_for_another_centre_is_refused(app, desk, cast) -> None:
    row = {"id": str(uuid7()), "centre_id": str(cast.there.centre.id)}
    under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(
            "insert into registry_household select * from jsonb_populate_record(null::registry_household, %s::jsonb)",
            [json.dumps(row)],
        )


def test_pages_are_not_served_by_a_mighty_connection(house) -> None:
    for alias in ("default", "counter", "log"):
        refuse_without_walls(connections[alias])
    with pytest.raises(StateProblem, match="owns the tables"):
        refuse_without_walls(connections["owner"])
    with (
        psycopg.connect(**house.state.administrator(house.name)) as mighty,
        pytest.raises(StateProblem, match="superuser"),
    ):
        refuse_without_walls(mighty)


def test_other_logins_read_no_person(house) -> None:
    for role in ("tx_counter", "tx_log"):
        for table in ("registry_person", "procedures_registration", "procedures_referral", "access_user"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                house.sql(role, f"select * from {table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_log", "select * from access_securityevent")


def test_a_snapshot_stays_as_it_was(cast, desk, app) -> None:
    under(app, context_of(desk, app))
    with pytest.raises(psycopg.errors.RaiseException, match="frozen"):
        app.execute("update procedures_referral set shared = '{\"name\": \"another\"}' where state = 'in_progress'")


def test_no_setting_switches_the_triggers_off(cast, desk, app) -> None:
    """The package that writes the triggers asks a setting; config/provision.py takes that away after each migrate."""
    under(app, context_of(desk, app))
    [trigger] = app.execute("select tgname from pg_trigger where tgname like 'pgtrigger_referral_sides%'").fetchone()
    app.execute("select set_config('pgtrigger.ignore', %s, true)", [f"{{{trigger}}}"])
    with pytest.raises(psycopg.errors.RaiseException, match="frozen"):
        app.execute("update procedures_referral set shared = '{\"name\": \"another\"}' where state = 'in_progress'")


def test_the_family_step_sees_one_centre_and_no_child(cast, desk) -> None:
    family = replace(desk, role="family")
    with world.as_(family):
        assert not Person.objects.exists() and not Registration.objects.exists()
        assert set(Referral.objects.values_list("sender_id", flat=True)) == {desk.centre_id}
