"""Unusual look-ups: each scripted misuse is found, a working day is not, and answers are those of the audit administrator."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.utils import timezone

from tests import world
from tongxing.access import security
from tongxing.access.actions import create_user
from tongxing.access.models import ReadNote
from tongxing.audit import detecting, tasks, words
from tongxing.audit.actions import answer
from tongxing.audit.models import Finding
from tongxing.audit.rules.misuse import Event, Rule, unusual
from tongxing.organisations.actions import add_membership
from tongxing.registry.models import Person

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)  # at noon in Changzhou
MINUTE = timedelta(minutes=1)
SWEEP = Rule("sweep", frozenset(("opened", "search")), 40, 15 * MINUTE)


def opened(minutes: float, record: str, who: str = "a") -> Event:
    return Event(NOON + minutes * MINUTE, who, "opened", (record,))


def test_records_are_counted_once_and_the_time_moves_along() -> None:
    same = [opened(n / 10, "one") for n in range(100)]
    slow = [opened(n * 0.5, f"r{n}") for n in range(100)]  # thirty in a quarter of an hour
    quick = [opened(n * 0.25, f"r{n}") for n in range(100)]
    assert unusual(same, [SWEEP]) == [] and unusual(slow, [SWEEP]) == []
    [found] = unusual(quick, [SWEEP])
    assert (found.rule, found.counted, found.reached_at) == ("sweep", 40, NOON + 39 * 0.25 * MINUTE)


def test_what_many_do_together_is_nobodys_sweep() -> None:
    assert unusual([opened(n / 10, f"r{n}", who=f"u{n % 4}") for n in range(140)], [SWEEP]) == []


def test_what_was_found_is_not_told_again_for_a_day() -> None:
    day = [opened(n * 0.25, f"r{n}") for n in range(400)]
    assert len(unusual(day, [SWEEP])) == 1
    assert unusual(day, [SWEEP], {("sweep", "a"): NOON - timedelta(hours=2)}) == []
    assert len(unusual(day, [SWEEP], {("sweep", "a"): NOON - timedelta(hours=25)})) == 1


def test_traits_must_all_be_there() -> None:
    rule = Rule("night", frozenset(("extract",)), 1, MINUTE, "events", frozenset(("night",)))
    assert unusual([Event(NOON, "a", "extract")], [rule]) == []
    assert unusual([Event(NOON, "a", "extract", (), frozenset(("night", "leaving")))], [rule])


def test_the_rules_are_read_and_each_has_words() -> None:
    assert {rule.code for rule in detecting.rules().rules} == set(words.RULES)


@pytest.mark.parametrize(
    "wrong",
    ["of: [openned]", "when: [noon]", "counts: hours", "at_least: 0", "within_minutes: 0"],
)
def test_a_wrong_rule_is_named(tmp_path, wrong: str) -> None:
    right = {"of": "[opened]", "when": "[]", "counts": "events", "at_least": "1", "within_minutes": "1"}
    name, value = wrong.split(": ")
    line = ", ".join(f"{key}: {said}" for key, said in (right | {name: value}).items())
    path = tmp_path / "misuse.yaml"
    path.write_text(f"night: [22, 6]\nrules:\n  - {{code: oops, {line}}}\n")
    with pytest.raises(detecting.WrongRules, match="oops"):
        detecting.rules(path)


# In the database -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audit(house):
    return world.somebody("audit")


def look_at(by, records: list, at: datetime, kind: str = "person", step: timedelta = timedelta(0)) -> None:
    """Pages that somebody opened, one a record; `records` of lists are pages with many."""
    ReadNote.objects.using("owner").bulk_create(
        ReadNote(
            at=at + n * step,
            user_id=by.user_id,
            centre_id=by.centre_id,
            role=by.role,
            kind=kind,
            ids=[str(one) for one in (record if isinstance(record, list) else [record])],
            purpose="generated",
        )
        for n, record in enumerate(records)
    )


def some(number: int) -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(number)]


def searched(by, at: datetime, times: int) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "insert into registry_searchnote (id, at, user_id, centre_id, inside, elsewhere)"
            " select gen_random_uuid(), %s + n * interval '20 seconds', %s, %s, 0, 'none' from generate_series(1, %s) n",
            [at, by.user_id, by.centre_id, times],
        )


def event(kind: str, at: datetime, **told) -> None:
    with connections["owner"].cursor() as cursor:
        columns = {"id": uuid.uuid4(), "at": at, "kind": kind, "login": "", "user_id": None, "address": "", "path": ""}
        columns |= told
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        cursor.execute(f"insert into access_securityevent ({names}) values ({marks})", list(columns.values()))


def left(login: str, days: int) -> world.Acting:
    """Somebody at the front desk whose membership ends in so many days (or did)."""
    user = create_user(login=login, name="left (demonstration)", password=world.PASSWORD)
    place = world.centre_id("changzhou-2")
    ends = NOON.date() + timedelta(days=days)
    add_membership(user_id=user.id, centre_id=place, role="front_desk", starts_on=date(2020, 1, 1), ends_on=ends)
    return world.Acting(user_id=user.id, name=user.name, role="front_desk", centre_id=place)


def found_at(now: datetime, by) -> list[str]:
    told = detecting.look(now)
    assert {one.user_id for one in told} <= {by.user_id}, "nobody else was found"
    return [one.rule for one in told]


def test_a_sweep_is_found(house) -> None:
    by = world.somebody("front_desk", "changzhou-2")
    searched(by, NOON, 20)
    look_at(by, some(25), NOON, step=timedelta(seconds=20))
    assert found_at(NOON + 15 * MINUTE, by) == ["sweep"]
    assert found_at(NOON + 18 * MINUTE, by) == []  # known


def test_many_on_lists_are_found(house) -> None:
    by = world.somebody("case_worker", "changzhou-2")
    look_at(by, [some(50) for _ in range(7)], NOON, step=timedelta(seconds=30))
    assert found_at(NOON + 5 * MINUTE, by) == ["mass_open"]


def test_name_after_name_all_day_is_found_and_one_search_again_and_again_is_not(house) -> None:
    by, at = world.somebody("front_desk", "changzhou-2"), NOON + timedelta(days=6)
    look_at(by, [some(10)] * 100, at, kind="search", step=4 * MINUTE)
    assert found_at(at + timedelta(hours=7), by) == []
    look_at(by, [some(10) for _ in range(66)], at, kind="search", step=2 * MINUTE)
    assert found_at(at + timedelta(hours=7), by) == ["many"]


def test_pages_leave_what_the_rules_count(house, desk) -> None:
    """Real pages: a search shows several and opens none; the page of a child opens it and shows its home."""
    with world.as_(desk):
        first = world.registered(desk, world.child("云禾一", phones=("000 0000 2001",)), search_again=False)
        second = world.registered(desk, world.child("云禾二", phones=("000 0000 2002",)), search_again=False)
        home = Person.objects.get(id=first.person_id).household_id
    Person.objects.using("owner").filter(id=second.person_id).update(household_id=home)
    reader = world.somebody("front_desk", "changzhou-2")
    since, client = timezone.now(), world.client(reader)
    assert client.post("/en/people/search/", {"name": "云禾", "phone": "000 0000 2001"}).status_code == 200
    assert client.get(f"/en/people/{second.person_id}/").status_code == 200
    with transaction.atomic(using="auditor"), connections["auditor"].cursor() as cursor:
        told = detecting.events(cursor, since, timezone.now(), detecting.rules())
    told = [(one.kind, set(one.records)) for one in told if one.who == str(reader.user_id)]
    both = {str(first.person_id), str(second.person_id)}
    assert [records for kind, records in told if kind == "opened"] == [{str(second.person_id)}]
    searched, page = [records for kind, records in told if kind == "listed"]
    assert str(first.person_id) in searched and page == both


@pytest.mark.parametrize("ids", [{}, ["x"], "x", [["0"]], ["0" * 36], [None]])
def test_no_page_leaves_a_line_at_which_the_job_stumbles(house, ids: object) -> None:
    by = world.somebody("front_desk", "changzhou-2")
    with world.as_(by), pytest.raises(IntegrityError, match="readnote_names_records"), transaction.atomic():
        ReadNote.objects.create(user_id=by.user_id, centre_id=by.centre_id, kind="person", ids=ids, purpose="desk")


def test_when_the_job_cannot_look_it_is_told_once_an_hour(house, monkeypatch) -> None:
    monkeypatch.setattr(detecting, "NOTES", "select nothing")
    for second in (0, 180, 3600):
        with pytest.raises(ProgrammingError):
            tasks.audit_misuse(second)
    told = "select count(*) from access_securityevent where kind = %s"
    assert house.sql("tx_owner", told, [security.NOT_WATCHED]) == [(2,)]


def test_the_same_list_again_and_again_is_not(house) -> None:
    by, page = world.somebody("case_worker", "changzhou-2"), some(80)
    look_at(by, [page] * 30, NOON, step=timedelta(seconds=15))
    assert found_at(NOON + 9 * MINUTE, by) == []


def test_a_file_taken_at_night_is_found_and_one_at_noon_is_not(house) -> None:
    by = world.somebody("mande")
    event(security.EXTRACT, NOON, user_id=by.user_id, path="900 rows")
    assert found_at(NOON + MINUTE, by) == []
    night = NOON + timedelta(hours=14)  # two in the morning there
    event(security.EXTRACT, night, user_id=by.user_id, path="900 rows")
    assert found_at(night + MINUTE, by) == ["night_export"]


def test_who_left_is_found_by_page_and_by_failed_password(house) -> None:
    gone, tries = left("gone", -30), left("tries", -3)
    look_at(gone, some(1), NOON + timedelta(days=2))
    event(security.WRONG_PASSWORD, NOON + timedelta(days=2), login="tries", address="10.0.0.9")
    told = detecting.look(NOON + timedelta(days=2) + MINUTE)
    assert {(one.rule, one.user_id) for one in told} == {
        ("after_leaving", gone.user_id),
        ("after_leaving", tries.user_id),
    }


def test_who_is_about_to_leave_may_not_take_the_register_along(house) -> None:
    by, at = left("soon", 8), NOON + timedelta(days=3)
    look_at(by, some(60), at, step=5 * MINUTE)
    assert found_at(at + timedelta(hours=5), by) == ["leaving"]


def test_emergencies_in_a_row_are_found(house) -> None:
    by, at = world.somebody("front_desk", "changzhou-2"), NOON + timedelta(days=4)
    for hours in (0, 3, 9):
        event(security.GLASS, at + timedelta(hours=hours), user_id=by.user_id, path="TX-26-999999")
    assert found_at(at + timedelta(hours=10), by) == ["emergencies"]


def test_passwords_guessed_from_one_address_are_found(house) -> None:
    at = NOON + timedelta(days=4, hours=12)
    for n in range(30):
        event(security.WRONG_PASSWORD, at + timedelta(seconds=10 * n), login=f"u{n}", address="10.9.9.9")
    [found] = detecting.look(at + 6 * MINUTE)
    assert (found.rule, found.address, found.user_id, found.counted) == ("guessing", "10.9.9.9", None, 30)


def test_records_without_work_and_hidden_homes_are_found(house, desk) -> None:
    """Real children, registered long ago, with nothing open; two of them in hidden homes. Of one there is work."""
    with world.as_(desk):
        ids = [
            world.registered(desk, world.child(f"林禾{n}", phones=(f"000 0000 1{n:03}",)), search_again=False).person_id
            for n in range(22)
        ]
    at = timezone.now()
    reader = world.somebody("front_desk", "changzhou-2")
    look_at(reader, ids, at, step=10 * MINUTE)
    assert found_at(at + timedelta(hours=5), reader) == []  # the control: registered lately, and with tasks
    with connections["owner"].cursor() as cursor:
        cursor.execute("update procedures_task set done_on = current_date where person_id = any(%s)", [ids])
        cursor.execute("update procedures_step set done_at = now() - interval '40 days'")
        cursor.execute(
            "update registry_person set registered_at = now() - interval '90 days' where id = any(%s)", [ids]
        )
    Person.objects.using("owner").filter(id__in=ids[:2]).update(is_location_locked=True)
    assert set(found_at(at + timedelta(hours=5), reader)) == {"no_work", "hidden_child"}


def test_a_working_day_is_not_unusual(house) -> None:
    """The control: thirty families in an hour and the lists of the day, by four desks."""
    desks = [world.somebody("front_desk", "changzhou-2") for _ in range(4)]
    at = NOON + timedelta(days=10)
    for by in desks:
        searched(by, at, 30)
        look_at(by, some(30), at, step=2 * MINUTE)
        look_at(by, [some(40)] * 8, at, step=7 * MINUTE)
        event(security.WRONG_PASSWORD, at, login="somebody", address="10.0.0.1")
    assert detecting.look(at + timedelta(hours=1)) == []


def test_a_finding_is_answered_once_with_a_reason(house, audit) -> None:
    finding = Finding.objects.using("owner").filter(rule="sweep").first()
    reason = "Cards were checked before the visit (demonstration)"
    with world.as_(audit):
        assert answer(finding.id, state="explained", reason=reason, by=audit)
        assert not answer(finding.id, state="reported", reason=reason, by=audit)
    kept = Finding.objects.using("owner").get(id=finding.id)
    assert (kept.state, kept.reason, kept.decided_by) == ("explained", reason, audit.user_id)


def test_nobody_answers_for_his_own_account_nor_in_another_role(house, audit) -> None:
    now = timezone.now()
    about = {"rule": "sweep", "started_at": now, "reached_at": now, "counted": 40, "user_id": audit.user_id}
    own = Finding.objects.using("owner").create(**about)
    with world.as_(audit), pytest.raises(PermissionDenied):
        answer(own.id, state="explained", reason="because I say so", by=audit)
    with world.as_(audit):  # nor by SQL
        touched = Finding.objects.filter(id=own.id).update(
            state="explained", reason="so", decided_at=now, decided_by=audit.user_id
        )
        assert touched == 0
    for role in ("security", "system", "coordinator"):
        by = world.somebody(role)
        with world.as_(by), pytest.raises(PermissionDenied):
            answer(own.id, state="explained", reason="because I say so", by=by)
