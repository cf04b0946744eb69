"""The pages of the audit administrator: who looked at this child, without the child; and nobody else reads the log."""

import uuid

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from tests import world
from tongxing.access import security
from tongxing.access.models import ReadNote, SecurityEvent
from tongxing.access.permissions import ROLES
from tongxing.audit import reading, sealing
from tongxing.audit.models import Finding, Seal
from tongxing.registry.actions import protect
from tongxing.registry.models import Person

NAME = "戚小雁"


class Floor:
    """A child whose record two people opened and one changed; the audit administrator signed in."""

    def __init__(self, desk) -> None:
        self.desk, self.case = desk, world.somebody("case_worker", "changzhou-2")
        self.audit = world.somebody("audit")
        with world.as_(desk):
            registration = world.registered(desk, world.child(NAME))
        self.person = registration.person
        self.registration = registration.id
        for by in (desk, desk, self.case):
            assert world.client(by).get(f"/en/people/{self.person.id}/").status_code == 200
        world.client(desk).get(f"/en/registrations/{self.registration}/card/")
        with world.as_(desk):
            protect(Person.objects.get(id=self.person.id), locked=True, by=desk)
        self.client = world.client(self.audit)

    def login(self, by) -> str:
        with connections["owner"].cursor() as cursor:
            cursor.execute("select login from access_user where id = %s", [by.user_id])
            return cursor.fetchone()[0]

    def get(self, page: str, **asked: str):
        return self.client.get(f"/en/audit/{page}/", asked)


@pytest.fixture(scope="module")
def floor(house, desk, tmp_path_factory) -> Floor:
    return Floor(desk)


def text(answer) -> str:
    return answer.content.decode()


def test_who_looked_at_this_child_is_told_by_number_and_without_the_child(floor) -> None:
    answer = floor.get("trace", number=floor.person.number)
    told = text(answer)
    assert answer.status_code == 200
    assert told.count(f"<td>{floor.login(floor.desk)}<small>") >= 3  # two pages and the card
    assert told.count(f"<td>{floor.login(floor.case)}<small>") == 1
    assert "Front desk" in told and "Case worker" in told
    for secret in (NAME, "林建", "000 0000 0142", str(floor.person.id), str(floor.registration)):
        assert secret not in told


def test_what_was_changed_is_told_by_columns_and_without_values(floor) -> None:
    told = text(floor.get("trace", number=floor.person.number))
    assert "registry_person" in told and "is_location_locked" in told
    with world.as_(floor.audit):
        changes = reading.changes(floor.person.number)
    assert any(one.acting == floor.desk.user_id and one.columns == ("is_location_locked",) for one in changes)


def test_the_trace_is_narrowed_by_account_centre_role_and_kind(floor) -> None:
    login = floor.login(floor.case)
    alone = text(floor.get("trace", login=login))
    assert login in alone and f"<td>{floor.login(floor.desk)}<small>" not in alone
    assert f"<td>{login}<small>" in text(floor.get("trace", role="case_worker", centre="Changzhou"))
    assert f"<td>{login}<small>" not in text(floor.get("trace", role="case_worker", centre="Zhongshan"))
    assert f"<td>{login}<small>" not in text(floor.get("trace", kind="referral"))
    assert f"<td>{login}<small>" not in text(floor.get("trace", until="2020-01-01"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"number": "TX-99-000000"}, "No record has this number"),
        ({"login": "no-such-log-in"}, "No account has this log-in"),
        ({"since": "yesterday"}, "Write the day as 2026-11-22"),
        ({"since": "2026-11-22", "until": "2026-11-01"}, "The last day is before the first"),
    ],
)
def test_what_cannot_be_asked_is_said_and_kept(floor, asked: dict[str, str], words: str) -> None:
    answer = floor.get("trace", **asked)
    assert answer.status_code == 422 and words in text(answer)
    assert all(f'value="{value}"' in text(answer) for value in asked.values())


def test_each_reading_of_the_log_leaves_a_trace_also_an_empty_one(floor) -> None:
    mine = ReadNote.objects.using("owner").filter(user_id=floor.audit.user_id, kind="trace")
    for page, asked in (
        ("trace", {}),
        ("trace", {"until": "2020-01-01"}),
        ("events", {}),
        ("findings", {}),
        ("seals", {}),
        ("breach", {}),
    ):
        before = mine.count()
        assert floor.get(page, **asked).status_code == 200
        assert mine.count() == before + 1, page
        assert mine.latest("at").ids


def test_pages_go_on_by_key_without_gap_or_double(floor) -> None:
    ReadNote.objects.using("owner").bulk_create(
        ReadNote(
            at=timezone.now(), user_id=floor.case.user_id, role="case_worker", kind="referral", ids=[str(uuid.uuid4())]
        )
        for _ in range(2 * reading.SIZE + 5)
    )
    with world.as_(floor.audit):
        asked, seen, before = {"kind": "referral"}, [], ""
        while True:
            rows, before = reading.page(reading.notes(asked, None), before)
            seen += [row.id for row in rows]
            if not before:
                break
        assert len(seen) == len(set(seen)) == reading.notes(asked, None).count()
    assert 'rel="next"' in text(floor.get("trace", kind="referral"))
    assert floor.get("trace", before="nonsense").status_code == 200


def test_failed_sign_ins_and_sign_ins_are_shown_with_where_from(floor) -> None:
    security.note(security.WRONG_PASSWORD, login="somebody-else", address="10.1.2.3")
    told = text(floor.get("events", login="somebody-else"))
    assert "10.1.2.3" in told and "wrong password" in told


def test_a_finding_is_answered_on_its_page(floor) -> None:
    now = timezone.now()
    about = {"rule": "sweep", "started_at": now, "reached_at": now, "counted": 40, "user_id": floor.case.user_id}
    finding = Finding.objects.using("owner").create(**about)
    url = f"/en/audit/findings/{finding.id}/"
    assert "Many records one after the other" in text(floor.get("findings"))
    short = floor.client.post(url, {"state": "reported", "reason": "short"})
    assert short.status_code == 422 and "short</textarea>" in text(short)
    said = {"state": "reported", "reason": "To the security administrator (demonstration)"}
    assert floor.client.post(url, said).status_code == 302
    assert "To the security administrator" in text(floor.client.get(url))
    assert floor.client.post(url, said).status_code == 422
    assert "Reported" in text(floor.get("findings", state="answered"))


def test_the_draft_of_a_breach_report_says_who_saw_which_records_when_and_from_where(floor) -> None:
    today = f"{timezone.now():%Y-%m-%d}"
    security.note(security.SIGNED_IN, user_id=floor.case.user_id, address="10.7.7.7", path="case_worker")
    security.note(security.EXTRACT, user_id=floor.case.user_id, path="900 rows")
    window = {"login": floor.login(floor.case), "since": "2026-01-01", "until": today}
    window["since"] = f"{timezone.now() - timezone.timedelta(days=2):%Y-%m-%d}"
    window["until"] = f"{timezone.now() + timezone.timedelta(days=2):%Y-%m-%d}"
    for language, words in (("en", "article 57"), ("zh-hans", "第五十七条"), ("mn", "57 дугаар зүйл")):
        told = text(floor.client.get(f"/{language}/audit/breach/", window))
        assert words in told, language
        for due in (floor.person.number, "10.7.7.7", "900 rows", floor.login(floor.case)):
            assert due in told, (language, due)
        assert NAME not in told
    assert "Not confirmed" in text(floor.get("breach", **window))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"login": "x"}, "Choose the first and the last day"),
        ({"login": "x", "since": "2026-01-01", "until": "2026-11-01"}, "at most three months"),
        ({"login": "x", "since": "2026-11-01", "until": "2026-11-02"}, "No account has this log-in"),
    ],
)
def test_a_draft_that_cannot_be_made_is_explained(floor, asked: dict[str, str], words: str) -> None:
    answer = floor.get("breach", **asked)
    assert answer.status_code == 422 and words in text(answer)


def test_the_seals_page_shows_the_root_of_the_week(house, floor, settings, tmp_path) -> None:
    settings.ROOTS_FOLDER = tmp_path / "roots"
    world.until_nothing_is_under_way(house)
    sealing.seal()
    last = Seal.objects.using("sealer").order_by("-number").first()
    assert sealing.digest(last.statement)[:8] in text(floor.get("seals"))


OTHERS = sorted(set(ROLES) - {"audit"})


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_reads_the_log_by_page_or_by_sql(floor, role: str) -> None:
    """The system administrator neither."""
    by = world.somebody(role, "" if ROLES[role].scope == "national" else "changzhou-2")
    client = world.client(by)
    for page in ("trace", "events", "findings", "seals", "breach"):
        assert client.get(f"/en/audit/{page}/").status_code in (403, 404), page
    with world.as_(by):
        assert not SecurityEvent.objects.exists() and not Finding.objects.exists() and not Seal.objects.exists()
        assert not ReadNote.objects.exclude(user_id=by.user_id).exists()
    for call in (
        "trace_keys('x')",
        "trace_about('x')",
        "trace_numbers('{}')",
        "trace_accounts('{}')",
        "trace_changes('x')",
    ):
        with (
            pytest.raises(Exception, match="for the audit administrator"),
            world.as_(by),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"select * from access.{call}")


def test_the_audit_administrator_sees_no_child_by_sql(floor) -> None:
    with world.as_(floor.audit), connection.cursor() as cursor:
        cursor.execute("select count(*) from access_readnote")
        assert cursor.fetchone()[0] > 0  # the control
        for table in (
            "registry_person",
            "registry_name",
            "registry_contact",
            "registry_document",
            "procedures_referral",
        ):
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone()[0] == 0, table
    for call in ("audit_searches(now(), now())", "audit_accounts()", "audit_marks('{}', now())"):
        with pytest.raises(Exception, match="permission denied"), world.as_(floor.audit), connection.cursor() as cursor:
            cursor.execute(f"select * from access.{call}")


def test_the_roles_of_the_jobs_read_no_child(house, floor) -> None:
    for role in ("tx_sealer", "tx_auditor"):
        for table in ("registry_person", "registry_name", "registry_searchnote", "access_user", "procedures_step"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                house.sql(role, f"select 1 from {table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_auditor", "update audit_finding set state = 'explained'")
    assert uuid.UUID(str(house.sql("tx_auditor", "select id from access_readnote limit 1")[0][0]))
