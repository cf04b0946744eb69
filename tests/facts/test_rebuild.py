"""`facts rebuild --check`: what is stored is what the records of the contexts say, and what is not is found."""

import uuid

import pytest
from django.db import connections

from tests.world import TODAY, as_, child, consent, registered, to_school
from tongxing.casework.actions import deliver
from tongxing.facts import derivation, kinds
from tongxing.procedures.actions import answer, withdraw
from tongxing.procedures.models import Referral, Registration


@pytest.fixture(scope="module")
def records(desk, school) -> dict[str, uuid.UUID]:
    """Five children and what became of three referrals; one family refused statistics."""
    made = {}
    with as_(desk):
        for name in ("瑶", "岚", "川", "原"):
            made[name] = registered(desk, child(f"重建{name}"), search_again=False).id
        quiet = child("重建静", consent=consent(refused=("statistics",)))
        made["静"] = registered(desk, quiet, search_again=False).id
        persons = {name: Registration.objects.get(id=key).person for name, key in made.items()}
        sent = {name: to_school(persons[name], by=desk).id for name in ("瑶", "岚", "静")}
    with as_(school):
        answer(Referral.objects.get(id=sent["瑶"]), accept=True, by=school)
        deliver(Referral.objects.get(id=sent["瑶"]), outcome="received", on=TODAY, by=school)
        answer(Referral.objects.get(id=sent["岚"]), accept=False, reason="full", by=school)
    with as_(desk):
        withdraw(Referral.objects.get(id=sent["静"]), by=desk)
    return made


class Tampering:
    """The administrator with the triggers of the table switched off: who can do that can do anything."""

    def __init__(self, house) -> None:
        self.house = house

    def __call__(self, statement: str, *values: object) -> None:
        switched = [("disable", "enable"), ("enable", "disable")]
        self.house.sql("postgres", f"alter table facts_fact {switched[0][0]} trigger all")
        try:
            self.house.sql("postgres", statement, values)
        finally:
            self.house.sql("postgres", f"alter table facts_fact {switched[1][0]} trigger all")


@pytest.fixture(scope="module")
def tampering(house) -> Tampering:
    return Tampering(house)


def differences() -> dict:
    return derivation.check().differences


def test_what_the_program_recorded_is_what_the_records_say(records) -> None:
    found = derivation.check()
    assert found.differences == {}
    assert found.is_clean and found.erased == {} and found.erased_subjects == 0
    stored = dict(_by_kind())
    assert stored == {
        "child_registered": 5,
        "referral_sent": 3,
        "referral_declined": 1,
        "referral_done": 1,
        "referral_withdrawn": 1,
        "service_delivered": 1,
    }
    assert set(stored) <= set(found.compared), "every kind recorded here was compared"


def _by_kind() -> list[tuple[str, int]]:
    with connections["counter"].cursor() as cursor:
        cursor.execute("select kind, count(*) from facts_fact group by 1")
        return cursor.fetchall()


def test_every_kind_is_derived_or_says_why_not(records) -> None:
    found = derivation.check()
    assert set(found.compared) | set(found.not_derived) == set(kinds.KINDS)
    assert all(len(why) > 20 for why in found.not_derived.values())


def test_a_fact_that_somebody_deleted_is_missed(records, house, tampering) -> None:
    [row] = house.sql("tx_counter", "select * from facts_fact where source_id = %s limit 1", [records["原"]])
    tampering("delete from facts_fact where id = %s", row[0])
    assert differences() == {"child_registered": {"missing": 1}}
    values = ", ".join(["%s"] * len(row))
    tampering(f"insert into facts_fact values ({values})", *_plain(row))
    assert differences() == {}


def _plain(row: tuple) -> list:
    from psycopg.types.json import Jsonb

    return [Jsonb(value) if isinstance(value, dict) else value for value in row]


def test_a_forged_fact_about_a_made_up_person_is_no_erased_one(records, house, tampering) -> None:
    house.sql(
        "tx_owner",
        """insert into facts_fact select (jsonb_populate_record(f, jsonb_build_object(
               'id', gen_random_uuid(), 'source_id', gen_random_uuid(), 'subject', gen_random_uuid()))).*
           from facts_fact f where source_id = %s""",
        [records["原"]],
    )
    found = derivation.check()
    assert (found.differences, found.erased_subjects) == ({"child_registered": {"unfounded": 1}}, 0)
    tampering(
        "delete from facts_fact where source_id not in (select id from procedures_registration)"
        " and kind = 'child_registered'"
    )
    assert differences() == {}


def test_a_forged_fact_has_no_record_behind_it(records, house, tampering) -> None:
    house.sql(
        "tx_owner",
        """insert into facts_fact (id, kind, occurred_on, recorded_at, centre_id, programme, sex, quantity, attributes,
                                   source, source_id)
           select gen_random_uuid(), kind, occurred_on, now(), centre_id, programme, '', 1, attributes, source,
                  gen_random_uuid() from facts_fact where source_id = %s""",
        [records["原"]],
    )
    assert differences() == {"child_registered": {"unfounded": 1}}
    tampering(
        "delete from facts_fact where source_id not in (select id from procedures_registration)"
        " and kind = 'child_registered'"
    )
    assert differences() == {}


@pytest.mark.parametrize(
    "change", ["sex = 'male'", "occurred_on = occurred_on - 1", "quantity = 7", "birth_year = 1999"]
)
def test_a_fact_that_was_changed_differs(records, tampering, change: str) -> None:
    column = change.partition(" ")[0]
    tampering("create table was as select * from facts_fact where source_id = %s", records["原"])
    tampering(f"update facts_fact set {change} where source_id = %s", records["原"])
    assert differences() == {"child_registered": {"different": 1}}
    tampering(f"update facts_fact f set {column} = was.{column} from was where was.id = f.id")
    tampering("drop table was")
    assert differences() == {}


def test_a_fact_stored_twice_is_found(records, house, tampering) -> None:
    house.sql(
        "tx_owner",
        """insert into facts_fact select (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid()))).*
           from facts_fact f where source_id = %s""",
        [records["川"]],
    )
    assert differences() == {"child_registered": {"doubled": 1}}
    tampering(
        "delete from facts_fact f using facts_fact g where g.source_id = f.source_id and g.kind = f.kind and"
        " g.id < f.id"
    )
    assert differences() == {}


def test_a_record_without_its_fact_is_missed(records, house) -> None:
    """A registration that some other way than the action brought in."""
    house.sql(
        "tx_owner",
        """insert into procedures_registration
           select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'draft_id', gen_random_uuid()))).*
           from procedures_registration r where id = %s""",
        [records["瑶"]],
    )
    assert differences() == {"child_registered": {"missing": 1}}
    house.sql(
        "tx_owner",
        "delete from procedures_registration r where not exists"
        " (select from procedures_case c where c.registration_id = r.id)",
    )
    assert differences() == {}


def test_erased_subjects_are_counted_and_are_no_difference(records, house) -> None:
    [(person,)] = house.sql("tx_owner", "select person_id from procedures_registration where id = %s", [records["瑶"]])
    house.sql("tx_owner", "delete from registry_subject where person_id = %s", [person])
    found = derivation.check()
    assert found.differences == {}
    assert found.erased_subjects == 1
    assert found.erased == {"child_registered": 1, "referral_done": 1, "referral_sent": 1, "service_delivered": 1}


def test_the_nightly_job_reports_to_the_security_log(records, house, tampering) -> None:
    from tongxing.facts.tasks import facts_check

    assert facts_check(0) == 0
    tampering("delete from facts_fact where source_id = %s", records["川"])
    assert facts_check(0) == 1
    noted = house.sql("tx_owner", "select path from access_securityevent where kind = 'facts differ'")
    assert noted == [("child_registered missing 1",)]


def test_who_refused_statistics_is_compared_without_a_person(records, house) -> None:
    told = house.sql(
        "tx_counter",
        "select subject, sex, birth_year, origin_division_id from facts_fact where source_id = %s",
        [records["静"]],
    )
    assert told == [(None, "", None, None)]


def test_the_counter_learns_no_more_than_facts_tell(records, house) -> None:
    [(columns,)] = house.sql(
        "tx_counter", "select array_agg(distinct k) from access.derived_facts() d, jsonb_object_keys(to_jsonb(d)) k"
    )
    facts = {
        name
        for (name,) in house.sql(
            "tx_owner", "select column_name from information_schema.columns where table_name = 'facts_fact'"
        )
    }
    assert set(columns) <= facts


@pytest.mark.parametrize("role", ["tx_app", "tx_log", "tx_match"])
@pytest.mark.parametrize("function", ["derived_facts", "living_subjects"])
def test_nobody_else_may_derive(records, house, role: str, function: str) -> None:
    [(may,)] = house.sql("postgres", "select has_function_privilege(%s, %s, 'execute')", [role, f"access.{function}()"])
    assert may is False
