"""Desk search tells little outside; and the walls do not cost the indexes, with 200 centres and with 2,800."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from tests import world
from tests.access.routes import FILLED
from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.procedures.actions import start_draft
from tongxing.procedures.models import Referral, Registration, Task
from tongxing.registry import identity, search_sql
from tongxing.registry.actions import protect
from tongxing.registry.models import Alert, Person
from tongxing.registry.rules import Enrolment

HERE, THERE = "changzhou-2", "zhongshan-1"


def child(name: str, **changed: Any) -> Enrolment:
    """Unlike any other child of this file: birth, guardian and phone come from the name."""
    n = sum(map(ord, name))
    known = {
        "birth": PartialDate(2005 + n % 13, 1 + n % 12, 1 + n % 28),
        "guardians": (world.GuardianSaid(f"{name[1:]}守拙", "father"),),
        "phones": (f"000 {n}",),
        "origin_division": "",
    }
    return world.child(name, **known | changed)


def registered(by: Acting, name: str, **changed: Any) -> Registration:
    with world.as_(by):
        return world.registered(by, child(name, **changed), search_again=False)


def searched(by: Acting, name: str, **changed: Any) -> identity.Found:
    with world.as_(by):
        return identity.search(identity.details_of(child(name, **changed)))


def test_outside_it_tells_none_possible_or_many_and_which_fields_agree(desk, elsewhere) -> None:
    assert searched(elsewhere, "滕望舒").elsewhere.level == "none"
    known = registered(desk, "滕望舒")
    found = searched(elsewhere, "滕望舒")
    assert found.inside == ()
    assert found.elsewhere.level == "possible"
    assert found.elsewhere.levels["name"].startswith("same_written")
    told = json.dumps(found.elsewhere.levels)
    assert str(known.person_id) not in told and "望舒" not in told and known.number not in told
    assert {level for level in found.elsewhere.levels.values() if not re.fullmatch(r"[a-z_]+", level)} == set()


def test_a_family_that_refused_to_be_compared_is_found_at_its_own_desk_only(desk, elsewhere) -> None:
    known = registered(desk, "郁离歌", consent=world.consent(refused=("linkage",)))
    assert searched(elsewhere, "郁离歌").elsewhere.level == "none"
    assert [c.person_id for c in searched(desk, "郁离歌").inside] == [known.person_id]


def test_more_than_five_are_many_and_then_no_field_is_named(desk, elsewhere) -> None:
    for _child in range(6):
        registered(desk, "阮听澜", phones=("000 55",))
    found = searched(elsewhere, "阮听澜", phones=("000 55",))
    assert (found.elsewhere.level, dict(found.elsewhere.levels), found.inside) == ("many", {}, ())


def test_here_it_names_persons_and_elsewhere_none(desk, elsewhere) -> None:
    known = registered(desk, "孟既白")
    found = searched(desk, "孟既白")
    assert [c.person_id for c in found.inside] == [known.person_id]
    assert found.elsewhere.level == "none"


def test_the_answer_of_the_function_itself_holds_no_name_and_no_foreign_id(desk, elsewhere) -> None:
    """Below Python: what an injected call would get."""
    known = registered(desk, "裴扶光")
    with world.as_(elsewhere), connection.cursor() as cursor:
        asked = identity.question(identity.details_of(child("裴扶光")))
        cursor.execute(f"select * from access.search({identity.QUESTION})", asked)
        answer = str(cursor.fetchall())
    assert "possible" in answer
    assert str(known.person_id) not in answer and "扶光" not in answer and known.number not in answer


def test_the_page_tells_no_more_than_the_function(desk, elsewhere) -> None:
    known = registered(desk, "晏清和")
    born, [phone] = child("晏清和").birth, child("晏清和").phones
    typed = {"name": "yan qinghe", "birth": born.first.isoformat(), "phone": phone}
    answer = world.client(elsewhere).post("/en/people/search/", typed).content.decode()
    assert "Elsewhere: possible" in answer
    assert "守拙" not in answer and known.number not in answer and str(known.person_id) not in answer
    assert str(known.centre.name) not in answer


def test_a_child_under_location_lock_is_none_outside_and_the_lead_is_told(desk, elsewhere) -> None:
    known, lead = registered(desk, "沈怀瑾"), world.somebody("safeguarding")
    with world.as_(desk):
        protect(known.person, locked=True, by=desk)
    found, never = searched(elsewhere, "沈怀瑾"), searched(elsewhere, "龚未晞")
    assert found.elsewhere == never.elsewhere  # no difference to a child that nobody knows
    assert searched(desk, "沈怀瑾").inside[0].person_id == known.person_id  # at home it is found, and nobody is told
    with world.as_(lead):
        [alert] = Alert.objects.filter(person_id=known.person_id)
    assert (alert.searched_by, alert.centre_id, alert.seen_at) == (elsewhere.user_id, elsewhere.centre_id, None)
    for by in (desk, elsewhere):
        with world.as_(by):
            assert not Alert.objects.exists()


def test_every_search_is_noted_and_the_note_says_how_much_was_told(desk, elsewhere, house) -> None:
    before = house.sql("tx_owner", "select count(*) from registry_searchnote")[0][0]
    searched(desk, "孟既白")
    searched(elsewhere, "孟既白")
    notes = house.sql("tx_owner", "select user_id, centre_id, inside, elsewhere from registry_searchnote order by at")[
        before:
    ]
    assert notes == [(desk.user_id, desk.centre_id, 1, "none"), (elsewhere.user_id, elsewhere.centre_id, 0, "possible")]


def test_after_sixty_searches_an_hour_it_says_so_and_stops(house) -> None:
    by = world.somebody("front_desk", HERE)
    client, typed = world.client(by), {"name": "孟既白", "birth": "2012-03-04"}
    house.sql(
        "tx_owner",
        "insert into registry_searchnote (id, at, user_id, centre_id, inside, elsewhere) select gen_random_uuid(),"
        " now() - interval '59 minutes', %s, %s, 0, 'none' from generate_series(1, 59)",
        [by.user_id, by.centre_id],
    )
    assert client.post("/en/people/search/", typed).status_code == 200
    refused = client.post("/en/people/search/", typed)
    assert refused.status_code == 429
    text = refused.content.decode()
    assert "You have searched 60 times within an hour" in text
    assert 'value="孟既白"' in text and "At this centre" not in text and "Elsewhere" not in text
    with pytest.raises(identity.TooManySearches):
        searched(by, "孟既白")
    count = "select count(*) from registry_searchnote where user_id = %s"
    assert house.sql("tx_owner", count, [by.user_id]) == [(60,)]
    assert world.client(world.somebody("front_desk", HERE)).post("/en/people/search/", typed).status_code == 200
    house.sql(
        "tx_owner", "update registry_searchnote set at = at - interval '2 minutes' where user_id = %s", [by.user_id]
    )
    assert client.post("/en/people/search/", typed).status_code == 200


def test_registering_after_sixty_searches_says_so_and_keeps_the_draft(house) -> None:
    by = world.somebody("front_desk", HERE)
    client = world.client(by)
    draft = client.post("/en/registrations/start/", {"name": "闵迟迟"}).url
    house.sql(
        "tx_owner",
        "insert into registry_searchnote (id, at, user_id, centre_id, inside, elsewhere)"
        " select gen_random_uuid(), now(), %s, %s, 0, 'none' from generate_series(1, 60)",
        [by.user_id, by.centre_id],
    )
    with world.as_(by), pytest.raises(identity.TooManySearches):
        world.registered(by, child("闵迟迟"))
    typed = {name: value for section in FILLED.values() for name, value in section.items()}
    with world.as_(by):
        whole = start_draft(typed | {"visited": list(FILLED)}, by=by)
    refused = client.post(f"/en/registrations/draft/{whole.id}/check/")
    assert refused.status_code == 429 and "You have searched 60 times within an hour" in refused.content.decode()
    assert client.get(draft).status_code == 200


def test_a_grant_opens_the_record_and_its_end_closes_it(desk, elsewhere, house) -> None:
    from tongxing.organisations.models import Centre
    from tongxing.registry.actions import let_in

    known = registered(desk, "谌启明")
    with world.as_(desk):
        let_in(person=known.person, centre=Centre.objects.get(slug=THERE), purpose="visit", ends_at=None, by=desk)
    assert [c.person_id for c in searched(elsewhere, "谌启明").inside] == [known.person_id]
    with world.as_(elsewhere):
        assert Person.objects.filter(id=known.person_id).exists()
    house.sql(
        "tx_owner",
        "update registry_grant set ends_at = now() - interval '1 second' where person_id = %s",
        [known.person_id],
    )
    assert searched(elsewhere, "谌启明").inside == ()
    with world.as_(elsewhere):
        assert not Person.objects.filter(id=known.person_id).exists()


def test_the_search_in_the_database_is_the_one_that_the_generator_writes() -> None:
    shipped = Path(search_sql.__file__).parent / "sql" / "search.sql"
    assert shipped.read_text(encoding="utf-8") == search_sql.search_sql()


# Plans. Ten children at each generated centre, three hundred at the desk that asks.
GENERATE = """
create temporary table made as
  select gen_random_uuid() as person, gen_random_uuid() as registration, c.id as centre, row_number() over () as n
    from organisations_centre c cross join generate_series(1, 10) where c.slug like 'generated-%%'
  union all
  select gen_random_uuid(), gen_random_uuid(), %(here)s, 1000000 + n from generate_series(1, 300) n;
insert into registry_person select (jsonb_populate_record(p, jsonb_build_object(
    'id', m.person, 'number', %(mark)s || m.n, 'centre_id', m.centre, 'is_location_locked', false))).*
  from made m, registry_person p where p.id = %(person)s;
insert into registry_consent select (jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'person_id', m.person, 'centre_id', m.centre))).*
  from made m, registry_consent c where c.person_id = %(person)s and c.purpose = 'linkage';
insert into procedures_registration select (jsonb_populate_record(r, jsonb_build_object('id', m.registration,
    'draft_id', gen_random_uuid(), 'person_id', m.person, 'centre_id', m.centre))).*
  from made m, procedures_registration r where r.person_id = %(person)s;
insert into procedures_task select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),
    'registration_id', m.registration, 'person_id', m.person, 'centre_id', m.centre))).*
  from made m, procedures_task t where t.id = (select id from procedures_task where person_id = %(person)s limit 1);
insert into procedures_referral select (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid(),
    'code', %(mark)s || m.n, 'request_id', gen_random_uuid(), 'person_id', m.person, 'sender_id', m.centre,
    'receiver_id', m.centre))).*
  from made m, procedures_referral f where f.person_id = %(person)s;
insert into registry_searchkey (id, k, tag, person_id, centre_id)
  select gen_random_uuid(), m.n * 7919, 0, m.person, m.centre from made m;
insert into registry_searchrow select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(),
    'person_id', m.person, 'centre_id', m.centre))).*
  from made m, registry_searchrow s where s.id = (select id from registry_searchrow where person_id = %(person)s limit 1);
drop table made;
"""
CENTRES = """
insert into organisations_centre select (jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'slug', 'generated-' || %(mark)s || n))).*
  from organisations_centre c, generate_series(1, %(more)s) n where c.slug = 'changzhou-1'
"""
BIG = ("registry_person", "procedures_registration", "procedures_task", "procedures_referral", "registry_searchkey")
BIG += ("registry_searchrow", "registry_consent")


@pytest.fixture(scope="module", params=[200, 2800])
def crowded(request, house, desk) -> int:
    """A house with so many centres; the second time it grows from the first."""
    pattern = Registration.objects.using("owner").filter(person__name="桑画屏").first() or _pattern(desk)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("select count(*) from organisations_centre where slug like 'generated-%%'")
        more = request.param - cursor.fetchone()[0]
        values = {
            "mark": "abcdefgh"[request.param % 7],
            "more": more,
            "here": desk.centre_id,
            "person": pattern.person_id,
        }
        cursor.execute(CENTRES, values)
        for statement in GENERATE.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        for table in (*BIG, "organisations_centre", "registry_grant"):
            cursor.execute(f"analyze {table}")
    return request.param


def _pattern(desk: Acting) -> Registration:
    known = registered(desk, "桑画屏")
    with world.as_(desk):
        world.to_school(known.person, by=desk)
    return known


def plan_of(by: Acting, query: Any) -> dict[str, Any]:
    with world.as_(by):
        return json.loads(query.explain(format="json", analyze=True))[0]["Plan"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def _household(name: str) -> Any:
    return Person.objects.using("owner").get(name=name).household_id


QUERIES = {
    "worklist of today": lambda person, desk: (
        Task.objects.waiting()
        .select_related("registration", "person")
        .filter(due_on__lte=world.TODAY + timedelta(days=30))
        .order_by("due_on", "id")[:40]
    ),
    "person by id": lambda person, desk: Person.objects.select_related("centre", "origin_division").filter(id=person),
    "household": lambda person, desk: Person.objects.in_household(_household("孟既白")).by_name()[:8],
    "referrals sent": lambda person, desk: (
        Referral.objects.filter(sender_id=desk.centre_id)
        .select_related("sender", "receiver", "service")
        .order_by("-referred_at")[:100]
    ),
    "referrals unanswered": lambda person, desk: Referral.objects.filter(receiver_id=desk.centre_id).unanswered(),
    "registrations": lambda person, desk: Registration.objects.order_by("-registered_at")[:50],
}


@pytest.mark.parametrize("what", QUERIES)
def test_pages_find_their_rows_by_index_under_the_walls(crowded: int, desk, what: str) -> None:
    person = Registration.objects.using("owner").filter(person__name="桑画屏").first().person_id
    plan = plan_of(desk, QUERIES[what](person, desk))
    scanned = [n for n in nodes(plan) if n["Node Type"] == "Seq Scan" and n.get("Relation Name") in BIG]
    assert not scanned, json.dumps(scanned, indent=1)
    read = max(n["Actual Rows"] * n["Actual Loops"] + n.get("Rows Removed by Filter", 0) for n in nodes(plan))
    assert read < 2500, f"{read} rows touched with {crowded} centres"
    # The context is asked once a statement, not once a row.
    asked = [n for n in nodes(plan) if n.get("Parent Relationship") == "InitPlan"]
    assert asked and all(n["Actual Loops"] <= 1 for n in asked)


def test_the_search_finds_keys_by_index(crowded: int, desk, house) -> None:
    """The plan inside the definer function, as the server itself tells it (auto_explain, nested statements)."""
    told: list[str] = []
    with psycopg.connect(**house.state.administrator(house.name)) as mighty:
        mighty.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        mighty.execute("load 'auto_explain'")
        settings = {"log_min_duration": "0", "log_nested_statements": "on", "log_analyze": "on", "log_format": "text"}
        for name, value in settings.items():
            mighty.execute(f"set local auto_explain.{name} = '{value}'")
        mighty.execute("set local client_min_messages = 'log'")
        signed = _signed_for(desk, mighty)
        mighty.execute("set local role tx_app")
        mighty.execute("select set_config('tx.context', %s, true)", [signed])
        asked = identity.question(identity.details_of(child("桑画屏")))
        told.clear()
        mighty.execute(f"select * from access.search({identity.QUESTION})", asked)
    plan = next(text for text in told if "registry_searchkey" in text and "registry_searchrow" in text)
    steps = [line.strip() for line in plan.splitlines() if "Scan" in line]
    assert [step for step in steps if "Index Only Scan using searchkey_k on registry_searchkey" in step], steps
    # A table of a few pages is read as a whole, and rightly so; with 2,800 centres nothing is.
    small = "registry_grant" if crowded == 2800 else "registry_(grant|person|searchrow|consent)"
    scans = [
        step
        for step in steps
        if "Seq Scan on registry_" in step and not re.search(rf"on (registry_weight|{small})", step)
    ]
    assert not scans, scans


def _signed_for(by: Acting, raw: Any) -> str:
    from tongxing.access.actions import install_key
    from tongxing.access.context import signed

    return signed(by, backend=raw.info.backend_pid, key=install_key())
