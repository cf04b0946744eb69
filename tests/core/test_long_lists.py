"""Long lists are read page by page without losing or repeating a row, and counters stop where nobody counts on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from tests import world
from tongxing.core.long_lists import counted, page
from tongxing.registry.models import Alert

# Written past the walls: only reading is tried here.
FILL = """
set session_replication_role = replica;
insert into registry_household (id, centre_id)
  select gen_random_uuid(), c.id from organisations_centre c where c.kind = 'community';
insert into registry_person (id, number, centre_id, household_id, name, sort_key, sex, birth_precision, registered_at,
    registered_by_id, surname, spoken, birth_said, hukou, languages, needs_interpreter, is_location_locked)
  select gen_random_uuid(), 'L-' || n || c.slug, c.id, h.id, '林', 'lin', 'female', '', now(), %(user)s, '', '', '', '', '[]',
    false, false
  from organisations_centre c join registry_household h on h.centre_id = c.id, generate_series(1, 400) n;
insert into procedures_registration (id, draft_id, person_id, centre_id, number, edition, shown, channel, registered_on,
    registered_at, registered_by_id, written_by)
  select gen_random_uuid(), gen_random_uuid(), p.id, p.centre_id, p.number, 'child-registration/1', '{}', 'desk',
    current_date, now() - random() * interval '900 days', %(user)s, '' from registry_person p;
insert into procedures_task (id, registration_id, person_id, centre_id, code, opened_on, due_on, done_on)
  select gen_random_uuid(), r.id, r.person_id, r.centre_id, 'verification', current_date,
    current_date - (random() * 400)::int, case when random() < 0.4 then current_date end
  from procedures_registration r, generate_series(1, 3);
insert into procedures_referral (id, code, request_id, person_id, consent_id, sender_id, receiver_id, service_id, need,
    purpose, shared, state, answer_by, expires_on, referred_on, referred_at, referred_by_id, first_meeting,
    decline_reason, note, outcome, written_by, sheet)
  select gen_random_uuid(), substr(md5(r.id::text), 1, 10), gen_random_uuid(), r.person_id, gen_random_uuid(),
    r.centre_id, s.centre_id, s.id, 'school', 'school', '{}', case when random() < 0.05 then 'in_progress' else 'done' end,
    current_date, current_date + 20, current_date, now() - random() * interval '90 days', %(user)s, '', '', '', '', '', ''
  from procedures_registration r, (select id, centre_id from organisations_service where slug like 'changzhou%' limit 1) s;
insert into registry_alert (id, at, person_id, searched_by, centre_id, kind, reason, seen_at)
  select gen_random_uuid(), now() - random() * interval '900 days', p.id, %(user)s, p.centre_id, 'search', '',
    case when random() < 0.98 then now() end from registry_person p;
set session_replication_role = origin"""
ARRIVES = """
insert into registry_alert (id, at, person_id, searched_by, kind, reason)
values (gen_random_uuid(), now(), %s, %s, 'search', '')"""
LONG = ("registry_person", "procedures_registration", "procedures_task", "procedures_referral", "registry_alert")


@pytest.fixture(scope="module")
def crowded(house):
    user = world.somebody("front_desk", "changzhou-2")
    with psycopg.connect(**house.state.administrator(house.name), autocommit=True) as connected:
        for statement in FILL.replace("%(user)s", f"'{user.user_id}'").split(";"):
            connected.execute(statement)
        connected.execute("vacuum (analyze)")
    return user


def test_pages_hold_every_row_once_and_in_order(crowded):
    with world.as_(world.somebody("safeguarding")):
        groups = (Alert.objects.filter(seen_at=None), Alert.objects.exclude(seen_at=None))
        shown, older = [], ""
        while True:
            part = page(groups, newest="at", older=older, size=700)
            shown += part.rows
            if not (older := part.older):
                break
        assert len(shown) == len({row.id for row in shown}) == Alert.objects.count()
        assert shown == sorted(shown, key=lambda row: (row.seen_at is not None, -row.at.timestamp()))


def test_a_row_that_arrives_meanwhile_shifts_nothing(crowded, house):
    lead = world.somebody("safeguarding")
    with world.as_(lead):
        first = page((Alert.objects.all(),), newest="at", older="", size=10)
    person = str(first.rows[0].person_id)
    house.sql("postgres", ARRIVES, [person, str(lead.user_id)])
    with world.as_(lead):
        second = page((Alert.objects.all(),), newest="at", older=first.older, size=10)
        assert page((Alert.objects.all(),), newest="at", older="", size=10).rows[0] not in first.rows
        assert not {row.id for row in first.rows} & {row.id for row in second.rows}
        assert second.rows[0].at <= first.rows[-1].at


@pytest.mark.parametrize(
    "typed", ["x", "0~~", "9~2026-01-01T00:00:00+00:00~" + "0" * 32, "0~2026-01-01~" + "0" * 32, "~" * 40]
)
def test_what_no_page_gave_begins_at_the_beginning(crowded, typed):
    with world.as_(world.somebody("safeguarding")):
        assert page((Alert.objects.all(),), newest="at", older=typed, size=5).is_first


def test_a_counter_stops(crowded):
    with world.as_(world.somebody("safeguarding")):
        assert counted(Alert.objects.all()) == "999+"
        assert counted(Alert.objects.none()) == 0
        assert counted(Alert.objects.filter(id__in=list(Alert.objects.values_list("id", flat=True)[:7]))) == 7


@contextmanager
def explained() -> Iterator[list[str]]:
    """How the database would read what a page asks for, as tx_app in the page's own signed context."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().lower().startswith("select") and any(f'"{table}"' in sql for table in LONG):
            cursor = context["cursor"].cursor.connection.cursor()
            plans.append(
                "\n".join(line for (line,) in cursor.execute(f"explain {sql}", params).fetchall()) + f"\n{sql}"
            )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield plans


PAGES = [
    ("front_desk", "changzhou-2", "/en/today/"),
    ("front_desk", "changzhou-2", "/en/referrals/?box=sent"),
    ("front_desk", "changzhou-2", "/en/referrals/?box=received"),
    ("receiver", "changzhou-school-1", "/en/referrals/"),
    ("police", "changzhou-2", "/en/registrations/"),
    ("safeguarding", "", "/en/people/alerts/"),
]


@pytest.mark.parametrize(("role", "place", "address"), PAGES)
def test_hot_pages_read_by_index(crowded, role, place, address):
    browser = world.client(world.somebody(role, place))
    with explained() as plans:
        answer = browser.get(address)
    assert answer.status_code == 200
    assert plans
    for plan in plans:
        assert not re.search(rf"Seq Scan on ({'|'.join(LONG)})", plan), plan


def test_a_person_page_reads_by_index(crowded, house):
    browser = world.client(world.somebody("front_desk", "changzhou-2"))
    place = str(world.centre_id("changzhou-2"))
    [(person,)] = house.sql("postgres", "select id from registry_person where centre_id = %s limit 1", [place])
    with explained() as plans:
        answer = browser.get(f"/en/people/{person}/")
    assert answer.status_code == 200
    assert plans
    for plan in plans:
        assert not re.search(rf"Seq Scan on ({'|'.join(LONG)})", plan), plan


def test_the_explanation_sees_a_table_read_from_end_to_end(crowded):
    with explained() as plans, world.as_(world.somebody("safeguarding")):
        list(Alert.objects.filter(reason__contains="x")[:5])
    assert "Seq Scan on registry_alert" in plans[0]
