"""Twelve faults and two more, each caused and then named; beside it the same house without the fault."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from tests.faults.serving import own_folder
from tongxing.config import cluster as clusters
from tongxing.config import doctor, doctor_house
from tongxing.config.backups import record
from tongxing.config.doctor import examine
from tongxing.config.finding import Finding
from tongxing.config.state import State
from tongxing.core import places


@dataclass(frozen=True)
class Owned(State):
    """The state folder of the run, over the database of this module."""

    name: str = ""

    @property
    def database_name(self) -> str:
        return self.name


@pytest.fixture(scope="module")
def state(house) -> Owned:
    house.sql("postgres", "insert into procrastinate_workers (last_heartbeat) values (now())")
    return Owned(house.state.folder, house.name)


def told(state: State) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(state)}


def faults(state: State) -> set[str]:
    """Checks that found a fault. The machine of the tests may be short of memory or keep no time: warnings only."""
    return {check for check, finding in told(state).items() if finding.state == "fault"}


@pytest.fixture
def healthy(state, monkeypatch, tmp_path) -> Iterator[Owned]:
    """The house without a fault; the last test asks again whether every cause was undone."""
    monkeypatch.setenv("TONGXING_CERTIFICATE", str(certificate(tmp_path, days=200)))
    lines = state.folder / "backups" / "record.jsonl"
    before = lines.read_text() if lines.exists() else ""
    record.note(state, "drill", ok=True, rows=1, seconds=1.0)
    yield state
    lines.write_text(before)  # the state folder is that of all tests


def test_a_healthy_house_has_no_fault(healthy) -> None:
    """The control: without a cause nothing is named."""
    assert faults(healthy) == set(), told(healthy)


def certificate(folder: Path, *, days: int, host: str = "localhost") -> Path:
    """A certificate of our own that ends in so many days."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"certificate{days}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def test_the_database_is_down(healthy) -> None:
    with own_folder() as folder:
        found = told(State(folder))
    assert found["server"].state == "fault" and "tongxing serve" in found["server"].remedy


def test_the_worker_is_dead(healthy, house) -> None:
    house.sql("postgres", "update procrastinate_workers set last_heartbeat = now() - interval '9 minutes'")
    found = told(healthy)
    house.sql("postgres", "update procrastinate_workers set last_heartbeat = now()")
    assert (found["worker"].state, found["worker"].words) == ("fault", "no sign of life for 9 minutes")


def test_the_queue_is_stuck(healthy, house) -> None:
    house.sql(
        "postgres",
        "insert into procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
        " values ('default', 'facts_export', '{}', 'todo', now() - interval '40 minutes')",
    )
    found = told(healthy)
    house.sql("postgres", "delete from procrastinate_jobs")
    assert found["queue"].state == "fault" and "the oldest for 40 minutes" in found["queue"].words


def test_the_disk_is_nearly_full(healthy, monkeypatch) -> None:
    free = shutil.disk_usage(healthy.folder).free
    monkeypatch.setattr(places, "RESERVE", free * 2)
    assert "saving has stopped" in told(healthy)["disk"].words and faults(healthy) == {"disk"}
    monkeypatch.setattr(places, "RESERVE", 0)
    monkeypatch.setattr(doctor, "ROOM_NEEDED", free * 2)
    assert told(healthy)["disk"].state == "warning"


def test_the_clock_is_off(healthy, monkeypatch) -> None:
    now = doctor_house.time.time
    monkeypatch.setattr(doctor_house.time, "time", lambda: now() + 90)
    found = told(healthy)["clock"]
    assert found.state == "fault" and "90.0 s from the database's" in found.words


@pytest.mark.parametrize(("days", "state_of_it"), [(-2, "fault"), (5, "warning"), (200, "ok")])
def test_the_certificate_has_ended_or_will_soon(healthy, monkeypatch, tmp_path, days: int, state_of_it: str) -> None:
    monkeypatch.setenv("TONGXING_CERTIFICATE", str(certificate(tmp_path, days=days)))
    assert told(healthy)["certificate"].state == state_of_it


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "ok", "words"),
    [(None, False, "no backup has ever"), (1, False, "failed"), (3, True, "more than two days ago"), (1, True, "")],
)
def test_the_backup_is_old_or_its_drill_failed(days: int | None, ok: bool, words: str) -> None:
    card = SimpleNamespace(date=None if days is None else NOW - timedelta(days=days), ok=ok)
    [found] = doctor.drilled(card, NOW)
    assert found.state == ("fault" if words else "ok") and words in found.words


def test_a_migration_is_missing(healthy, house) -> None:
    [(last,)] = house.sql("postgres", "select max(id) from django_migrations where app = 'casework'")
    house.sql("postgres", "update django_migrations set app = 'gone' where id = %s", [last])
    found = told(healthy)
    house.sql("postgres", "update django_migrations set app = 'casework' where id = %s", [last])
    assert found["migrations"].state == "fault" and "1 waiting" in found["migrations"].words


def test_styles_or_catalogues_are_missing(healthy, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(doctor, "STATIC", tmp_path)
    monkeypatch.setattr(doctor, "LOCALE", tmp_path)
    assert faults(healthy) == {"static files"}
    assert "tongxing.css" in told(healthy)["static files"].words


@pytest.mark.parametrize(
    ("cause", "undone", "words"),
    [
        ("alter role tx_log bypassrls", "alter role tx_log nobypassrls", "tx_log"),
        ("grant tx_owner to tx_app", "revoke tx_owner from tx_app", "tx_app as tx_owner"),
    ],
)
def test_a_role_may_too_much(healthy, house, cause: str, undone: str, words: str) -> None:
    house.sql("postgres", cause)
    try:
        found = told(healthy)["roles"]
    finally:
        house.sql("postgres", undone)
    assert found.state == "fault" and words in found.words


@pytest.mark.parametrize(
    ("cause", "undone", "words"),
    [
        ("alter table registry_person disable row level security",
         "alter table registry_person enable row level security", "registry_person: not enforced"),
        ("alter table registry_person no force row level security",
         "alter table registry_person force row level security", "registry_person: not enforced"),
        ('create policy "helpful" on registry_person to tx_app using (true)',
         'drop policy "helpful" on registry_person', "helpful is not ours"),
        ("alter policy person_rows_read on registry_person rename to old",
         "alter policy old on registry_person rename to person_rows_read", "person_rows_read is missing"),
    ],
)  # fmt: skip
def test_a_row_policy_is_off_missing_or_not_ours(healthy, house, cause: str, undone: str, words: str) -> None:
    if "person_rows_read" in cause:
        [(name,)] = house.sql("postgres", "select policyname from pg_policies where tablename = 'registry_person'"
                              " and cmd = 'SELECT' and 'tx_app' = any(roles) limit 1")  # fmt: skip
        cause, undone, words = (text.replace("person_rows_read", name) for text in (cause, undone, words))
    house.sql("postgres", cause)
    try:
        found = told(healthy)["row policies"]
    finally:
        house.sql("postgres", undone)
    assert found.state == "fault" and words in found.words


def test_a_secret_can_be_read_by_others(healthy) -> None:
    path = healthy.folder / "secrets" / "django"
    healthy.secret("django")
    path.chmod(0o644)
    found = told(healthy)["secrets"]
    path.chmod(0o600)
    assert found.state == "fault" and "can be read by others" in found.words and str(path) in found.remedy


def test_the_data_are_of_another_postgresql(healthy, tmp_path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("14\n")
    found = told(replace(healthy, folder=tmp_path))["database programs"]
    assert found.state == "fault" and "data of 14" in found.words


def test_memory_and_shared_memory_are_small(healthy, monkeypatch) -> None:
    monkeypatch.setattr(clusters, "SMALL_SHARED_MEMORY", 2**60)
    monkeypatch.setattr(doctor, "MEMORY_NEEDED", 2**60)
    found = told(healthy)
    assert found["shared memory"].state == found["memory"].state == "warning"


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_folder() as made:
        yield made


def test_findings_are_kept_for_the_page_and_only_new_faults_are_said(folder) -> None:
    one, two = Finding("disk", "fault", "full"), Finding("clock", "fault", "off")
    assert doctor.keep(State(folder), [one]) == [one]
    assert doctor.keep(State(folder), [one, two]) == [two]
    assert doctor.keep(State(folder), [one]) == []
    assert (folder / "findings.json").stat().st_mode & 0o077 == 0


def test_a_check_that_breaks_is_a_fault_and_no_traceback(healthy, monkeypatch) -> None:
    def memory(_state: Any) -> Iterator[Finding]:
        raise psycopg.OperationalError("gone")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (memory,))
    assert list(examine(healthy)) == [Finding("memory", "fault", "gone")]
    assert os.environ["TONGXING_STATE"]


def test_with_every_cause_undone_it_is_healthy_again(healthy) -> None:
    assert faults(healthy) == set(), told(healthy)
