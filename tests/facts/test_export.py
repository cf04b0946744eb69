"""Parquet plus tail: with long transactions and exports in between, nothing is lost and nothing counted twice."""

import datetime
import os
import stat
import uuid
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from tests.world import as_ as at_work
from tests.world import somebody
from tongxing import facts
from tongxing.access import context
from tongxing.facts import store
from tongxing.facts.calculation import calculate
from tongxing.facts.export import export
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre

ALL = Period.until(datetime.date(2030, 1, 1))
INSERT = """
    insert into facts_fact (id, kind, occurred_on, recorded_at, subject, centre_id, programme, sex, quantity,
                            attributes, source, source_id)
    values (%s, 'child_registered', %s, now(), %s, %s, '', 'female', 1, '{}', 'procedures.Registration', %s)"""


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.FACTS_FOLDER = tmp_path / "facts"
    return settings.FACTS_FOLDER


def add(centre: Centre, days: int = 1) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        drafts = [
            facts.Draft(
                kind="child_registered",
                occurred_on=datetime.date(2025, 10, 1) + datetime.timedelta(days=30 * day),
                source="procedures.Registration",
                source_id=uuid.uuid4(),
                subject=uuid.uuid4(),
                centre_id=centre.pk,
            )
            for day in range(days)
        ]
        facts.record(drafts, by=by)


def counted() -> tuple[int, int]:
    found = calculate(("registrations", "children_registered"), period=ALL)
    return int(found.only("registrations").value or 0), int(found.only("children_registered").value or 0)


def in_files(folder: Path, house) -> int:
    with connections["counter"].cursor() as cursor:
        manifest = store.Manifest.read(folder, store.database_of(cursor))
    return sum(file.rows for file in manifest.files if file.kind)


def rows(house) -> int:
    return int(house.sql("tx_counter", "select count(*) from facts_fact")[0][0])


def test_a_figure_is_the_same_before_and_after_an_export(house, folder) -> None:
    centre = Centre.objects.get(slug="changzhou-1")
    add(centre, 2)
    before = counted()
    export()
    assert in_files(folder, house) == rows(house)
    assert counted() == before
    add(centre)
    assert counted() == (before[0] + 1, before[1] + 1)
    export()
    assert counted() == (before[0] + 1, before[1] + 1)


def test_a_long_transaction_is_neither_lost_nor_counted_twice(house, folder) -> None:
    centre = Centre.objects.get(slug="changzhou-1")
    add(centre)
    start = rows(house)
    login = house.state.login("tx_app", house.name)
    by = somebody("front_desk", "changzhou-1")
    with psycopg.connect(**login) as slow:
        slow.execute(
            "select set_config('tx.context', %s, true)",
            [context.signed(by, backend=slow.info.backend_pid, key=context._current_key("default"))],
        )
        slow.execute(INSERT, [uuid.uuid4(), "2026-11-01", uuid.uuid4(), centre.pk, uuid.uuid4()])
        add(centre)  # begins later, ends earlier
        export()
        assert counted()[0] == start + 1
        assert in_files(folder, house) == start, "the later fact waits too: something below it is still running"
        slow.commit()
    assert counted()[0] == start + 2
    export()
    assert in_files(folder, house) == start + 2
    assert counted()[0] == start + 2


def test_a_watermark_by_time_would_have_lost_it(house, folder) -> None:
    """The control: what an export by recorded_at leaves behind."""
    centre = Centre.objects.get(slug="changzhou-1")
    login = house.state.login("tx_app", house.name)
    by = somebody("front_desk", "changzhou-1")
    with psycopg.connect(**login) as slow:
        slow.execute(
            "select set_config('tx.context', %s, true)",
            [context.signed(by, backend=slow.info.backend_pid, key=context._current_key("default"))],
        )
        slow.execute(INSERT, [late := uuid.uuid4(), "2026-11-01", uuid.uuid4(), centre.pk, uuid.uuid4()])
        add(centre)
        exported = house.sql("tx_counter", "select max(recorded_at) from facts_fact")[0][0]
        slow.commit()
    ((recorded_at,),) = house.sql("tx_counter", "select recorded_at from facts_fact where id = %s", [late])
    assert recorded_at <= exported, "below the watermark, yet not in the file"


def test_two_exports_take_every_fact_once(house, folder) -> None:
    add(Centre.objects.get(slug="changzhou-1"), 3)
    export()
    again = export()
    assert in_files(folder, house) == rows(house)
    assert len({file.path for file in again.files}) == len(again.files)


def test_the_folder_is_closed_to_others(house, folder) -> None:
    add(Centre.objects.get(slug="changzhou-1"))
    export()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.rglob("*.parquet")]
    assert files
    assert all(stat.S_IMODE(os.stat(path).st_mode) == 0o600 for path in files)


def test_files_of_another_database_are_not_read(house, folder) -> None:
    add(Centre.objects.get(slug="changzhou-1"))
    before = counted()
    manifest = export()
    store.Manifest("elsewhere/1", manifest.watermark, manifest.files).write(folder)
    assert counted() == before, "everything comes from the tail again"


def test_identity_links_are_exported_and_read_like_facts(house, folder) -> None:
    centre = Centre.objects.get(slug="changzhou-1")
    add(centre, 2)
    subjects = [row[0] for row in house.sql("tx_counter", "select subject from facts_fact order by id desc limit 2")]
    before = counted()
    house.sql(
        "tx_owner",
        "insert into facts_subjectidentity (id, subject, identity, valid_from) values (%s, %s, %s, now())",
        [uuid.uuid4(), subjects[0], subjects[1]],
    )
    assert counted() == (before[0], before[1] - 1)
    export()
    assert counted() == (before[0], before[1] - 1)


def test_a_figure_over_ten_thousand_recent_facts_takes_half_a_second(house, folder) -> None:
    centre = Centre.objects.get(slug="changzhou-1")
    house.sql(
        "tx_owner",
        """insert into facts_fact (id, kind, occurred_on, recorded_at, subject, centre_id, programme, sex, quantity,
                                   attributes, source, source_id)
           select gen_random_uuid(), 'child_registered', date '2026-01-01' + (n %% 300), now(), gen_random_uuid(), %s,
                  '', case n %% 2 when 0 then 'female' else 'male' end, 1, '{}', 'procedures.Registration',
                  gen_random_uuid()
           from generate_series(1, 10000) n""",
        [centre.pk],
    )
    counted()
    took = []
    for _ in range(3):
        start = datetime.datetime.now()
        calculate("children_registered", period=ALL, by=("centre", "sex"))
        took.append((datetime.datetime.now() - start).total_seconds())
    print("seconds", sorted(took))
    assert min(took) < 0.5


def test_the_nightly_job_exports(house, folder) -> None:
    from tongxing.facts.tasks import facts_export

    add(Centre.objects.get(slug="changzhou-1"))
    exported = facts_export(0)
    with connections["counter"].cursor() as cursor:
        manifest = store.Manifest.read(folder, store.database_of(cursor))
    assert exported == len(manifest.files) > 0
    assert all((folder / file.path).exists() for file in manifest.files)


def test_the_engine_warms_without_a_database(django_db_blocker) -> None:
    from tongxing.facts.calculation import warm

    with django_db_blocker.block():
        warm()
