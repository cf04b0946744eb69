"""What can happen to the files: a crash, damage, compaction. Figures stay what they are, or say why not."""

import datetime
import logging
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import connections
from django.utils import timezone

from tests.architecture.house import HOUSE
from tests.world import as_, child, registered, somebody
from tongxing import facts
from tongxing.facts import compaction, store
from tongxing.facts import export as exporting
from tongxing.facts.calculation import calculate
from tongxing.facts.export import export
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre

ALL = Period.until(datetime.date(2030, 1, 1))
FIRST = datetime.date(2026, 9, 5)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.FACTS_FOLDER = tmp_path / "facts"
    return settings.FACTS_FOLDER


def add(number: int = 1, day: datetime.date = FIRST) -> list:
    place = Centre.objects.get(slug="changzhou-1")
    with as_(somebody("front_desk", "changzhou-1")) as by:
        drafts = [
            facts.Draft(
                kind="child_registered",
                occurred_on=day + datetime.timedelta(days=n),
                source="procedures.Registration",
                source_id=uuid.uuid4(),
                subject=uuid.uuid4(),
                centre_id=place.pk,
                sex="female",
            )
            for n in range(number)
        ]
        return facts.record(drafts, by=by)


def counted(as_of: datetime.datetime | None = None) -> dict:
    found = calculate(("registrations", "children_registered"), period=ALL, as_of=as_of, by=("sex",))
    return {(cell.measure, cell.keys): cell.value for cell in found.cells}


def manifest(folder: Path) -> store.Manifest:
    with connections["counter"].cursor() as cursor:
        return store.Manifest.stored(folder, store.database_of(cursor))


def on_disk(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}


def named(folder: Path) -> set[str]:
    return {file.path for file in manifest(folder).files}


KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
settings.FACTS_FOLDER = Path(sys.argv[1])
from tongxing.facts import compaction, export, store
store.Manifest.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{"export": export.export, "compact": compaction.compact}[sys.argv[2]]()
"""


def killed_before_the_manifest(house, folder: Path, what: str) -> None:
    """The real program, killed by -9 when its files are written and their manifest is not."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), what],
        cwd=HOUSE,
        env=os.environ | {"TONGXING_DATABASE": house.name},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr


def test_a_crash_between_file_and_manifest_loses_and_doubles_nothing(house, folder) -> None:
    add(3)
    export()
    add(2)
    before, files = counted(), on_disk(folder)
    killed_before_the_manifest(house, folder, "export")
    assert on_disk(folder) - files, "files without a manifest lie about"
    assert counted() == before
    export()
    assert counted() == before
    assert on_disk(folder) == named(folder), "what the crash left is gone"


def test_a_crash_during_compaction_changes_nothing(house, folder) -> None:
    for _ in range(3):
        add(2)
        export()
    before = counted()
    killed_before_the_manifest(house, folder, "compact")
    assert counted() == before
    compaction.compact()
    assert counted() == before


def test_a_reader_that_goes_by_the_files_alone_would_have_doubled(house, folder) -> None:
    """Control: every file in the folder, and the rest from the table by a watermark that was never written."""
    add(2)
    killed_before_the_manifest(house, folder, "export")
    lying_about = sum(pq.ParquetFile(path).metadata.num_rows for path in folder.glob("kind=*/*/*.parquet"))
    [(rows,)] = house.sql("tx_counter", "select count(*) from facts_fact")
    assert manifest(folder).watermark == 0 and lying_about == rows


def damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_missing_file_is_named_and_the_figure_comes_from_the_table(house, folder, how: str, caplog) -> None:
    add(3)
    export()
    before = counted()
    path = folder / manifest(folder).files[0].path
    damage(path, how)
    with caplog.at_level(logging.ERROR):
        assert counted() == before
    assert path.name in caplog.text and "tongxing facts export --full" in caplog.text


@pytest.mark.parametrize("how", ["missing", "cut", "rotten"])
def test_the_next_export_writes_damaged_files_again(house, folder, how: str, caplog) -> None:
    add(3)
    export()
    before = counted()
    path = folder / manifest(folder).files[0].path
    damage(path, how)
    with caplog.at_level(logging.ERROR):
        after = export()
    assert path.name in caplog.text
    assert not after.damaged(folder, deep=True)
    assert counted() == before


def test_without_the_look_at_sizes_a_missing_file_would_fail(house, folder, monkeypatch) -> None:
    """Control: what reading a manifest without looking at its files does."""
    add(1)
    export()
    (folder / manifest(folder).files[0].path).unlink()
    monkeypatch.setattr(store.Manifest, "damaged", lambda *_args, **_options: [])
    with pytest.raises(Exception, match="parquet"):
        counted()


def test_compaction_changes_no_answer_of_any_day(house, folder) -> None:
    """Also as of a moment before something was taken back or corrected."""
    moments: list[datetime.datetime | None] = [None]
    for round_ in range(2):
        made = add(5, FIRST + datetime.timedelta(days=round_))
        moments.append(timezone.now())
        with as_(somebody("front_desk", "changzhou-1")) as by:
            facts.void(made[0], reason="twice", by=by)
        moments.append(timezone.now())
        export()
    before = {moment: counted(moment) for moment in moments}
    assert len({tuple(answer.values()) for answer in before.values()}) > 3, "the answers differ from day to day"
    many = len(named(folder))
    compacted = compaction.compact()
    assert len(compacted.files) < many
    assert len({(file.kind, file.month) for file in compacted.files}) == len(compacted.files)
    assert {moment: counted(moment) for moment in moments} == before


def test_who_holds_the_old_manifest_still_finds_its_files(house, folder, monkeypatch) -> None:
    for _ in range(2):
        add(2)
        export()
    held = manifest(folder)
    compaction.compact()
    assert not held.damaged(folder, deep=True), "a figure that is being made reads on"
    export()
    assert not held.damaged(folder), "an hour is not over"
    monkeypatch.setattr(exporting, "GRACE", datetime.timedelta(0))
    export()
    assert held.damaged(folder)
    assert on_disk(folder) == named(folder)


def test_what_is_compact_is_left_alone(house, folder) -> None:
    add(2)
    export()
    compaction.compact()
    files = named(folder)
    assert compaction.compact().files and named(folder) == files


def links(folder: Path) -> set[str]:
    paths = manifest(folder).identities()
    return {one for path in paths for one in pq.ParquetFile(folder / path).read(["subject"])["subject"].to_pylist()}


def test_ties_of_erased_persons_drop_out(house, folder) -> None:
    with as_(somebody("front_desk", "changzhou-2")) as by:
        kept, erased = (registered(by, child(name), search_again=False).person for name in ("合并留", "合并删"))
        tied = {person.id: str(person.subject.subject) for person in (kept, erased)}
    export()
    before = counted()
    assert set(tied.values()) <= links(folder)
    house.sql("tx_owner", "delete from registry_subject where person_id = %s", [erased.id])
    compaction.compact()
    assert tied[kept.id] in links(folder) and tied[erased.id] not in links(folder)
    assert counted() == before
