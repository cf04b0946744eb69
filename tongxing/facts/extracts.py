"""Big files of rows for officers: asked for on a page, written by the worker in constant memory, taken by who asked.

A row is one fact without a person: no pseudonym, no name, no day, no birth year, no county of origin. What remains is
coarse (month, age band, province) and for internal work only; a number in the file says which rows are of one person,
and is drawn anew for every file.
"""

import datetime
import os
import secrets
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.core import spreadsheets
from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.kinds import KINDS
from tongxing.facts.models import Extract
from tongxing.organisations.models import Membership

KEPT = datetime.timedelta(days=7)
BATCH = 10_000  # rows in memory at a time
TOLD = 50_000  # rows between two notes of progress
SHEET = 1_000_000  # rows of one sheet; Excel ends at 1,048,576

WANTED = """
    from facts_fact f
    where f.kind = any(%(kinds)s) and f.occurred_on between %(start)s and %(end)s and f.voids_id is null
      and not exists (select from facts_fact v where v.voids_id = f.id)"""
BANDS = " ".join(f"when years <= {upper} then '{band}'" for upper, band in AGE_BANDS)
# A fact without a pseudonym may be of anybody: it counts as a person of its own.
PERSONS = "count(distinct f.subject) + count(*) filter (where f.subject is null)"
# In the order of a salted hash: the order of writing would tell the day.
ROWS = f"""
    select to_char(f.occurred_on, 'YYYY-MM'), f.kind, c.slug, coalesce(s.slug, ''), coalesce(f.division_id, ''),
           f.programme, f.sex, case when years is null then '' {BANDS} else '{OLDER}' end,
           coalesce(left(f.origin_division_id, 2), ''), f.quantity::float8,
           coalesce(left(md5(%(salt)s || coalesce(i.identity, f.subject)), 16), ''),
           array(select coalesce(f.attributes ->> name, '') from unnest(%(names)s::text[]) name)
    from (select f.*, extract(year from f.occurred_on)::int - f.birth_year as years {WANTED}) f
    left join organisations_centre c on c.id = f.centre_id
    left join organisations_site s on s.id = c.site_id
    left join (select distinct on (subject) subject, identity from facts_subjectidentity where valid_to is null
               order by subject, valid_from desc) i on i.subject = f.subject
    order by md5(%(salt)s || f.id)"""  # noqa: S608  our own constants
COLUMNS = (
    "month",
    "kind",
    "centre",
    "site",
    "division",
    "programme",
    "sex",
    "age_band",
    "origin_province",
    "quantity",
    "person",
)

Progress = Callable[[int], None]


class NotReady(Exception):
    """There is no file to take: still being made, failed, or expired."""


@transaction.atomic
def ask(kinds: Sequence[str], starts_on: datetime.date, ends_on: datetime.date, *, form: str, by: Acting) -> Extract:
    """Asks the worker for a file. Raises ValueError for an unknown kind or form, or days that run backwards."""
    by.demand("extract", "add")
    if not kinds or (unknown := set(kinds) - set(KINDS)) or form not in Extract.Form.values:
        raise ValueError(f"there is no such kind or form: {sorted(unknown) if kinds else kinds}, {form!r}")
    if starts_on > ends_on:
        raise ValueError(f"the period ends ({ends_on}) before it begins ({starts_on})")
    asked = Extract.objects.create(
        user_id=by.user_id,
        role=by.role,
        kinds=sorted(kinds),
        starts_on=starts_on,
        ends_on=ends_on,
        form=form,
        expires_at=timezone.now() + KEPT,
    )
    # By its name: tasks stand above what they call.
    task = app.configure_task("tongxing.facts.tasks.facts_extract")
    task.defer(extract=str(asked.pk), user=str(by.user_id), role=by.role)
    return asked


def make(extract_id: uuid.UUID, *, by: Acting) -> Extract:
    """Writes the file, as who asked, with the rights of now. Done again from the beginning when it was interrupted.

    Raises PermissionDenied when the rights have ended. Whatever it raises, the state says that it failed.
    """
    with _acting(by):
        asked = Extract.objects.get(pk=extract_id)
        works = Membership.objects.filter(user_id=by.user_id, role=by.role).active_at(timezone.now()).exists()
    if asked.state == Extract.State.READY:
        return asked
    try:
        if not works:
            raise PermissionDenied("who asked works here no more")
        by.demand("figures", "read")
        _write(asked, by)
    except Exception:
        with _acting(by):
            _note(asked, state=Extract.State.FAILED)
        raise
    return asked


def content(asked: Extract, *, by: Acting) -> bytes:
    """The finished file, for who asked for it. Raises NotReady, also while a second officer has not released it."""
    path = path_of(asked)
    if asked.user_id != by.user_id or asked.needs_release:
        raise NotReady
    if asked.state != Extract.State.READY or asked.expires_at <= timezone.now() or not path.exists():
        raise NotReady
    return path.read_bytes()


@transaction.atomic
def release(extract_id: uuid.UUID, *, by: Acting) -> bool:
    """A second officer lets another's file be taken. False: nothing waits. The database refuses whoever asked for it."""
    by.demand("release", "change")
    with connection.cursor() as cursor:
        cursor.execute("select access.release_extract(%s)", [extract_id])
        return bool(cursor.fetchone()[0])


def name_of(asked: Extract) -> str:
    """The file's name for who takes it: what is in it, no id."""
    ending = {"csv": "csv.zip"}.get(asked.form, asked.form)
    return f"tongxing-facts-{asked.starts_on:%Y%m%d}-{asked.ends_on:%Y%m%d}.{ending}"


def path_of(asked: Extract) -> Path:
    return Path(settings.EXTRACTS_FOLDER) / f"{asked.pk}.{asked.form}"


def expire() -> int:
    """Removes files past their days, and what an interrupted job left. Returns how many."""
    folder = Path(settings.EXTRACTS_FOLDER)
    long_ago = (timezone.now() - KEPT).timestamp()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < long_ago]
    for path in old:
        path.unlink()
    return len(old)


def _write(asked: Extract, by: Acting) -> None:
    folder = Path(settings.EXTRACTS_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"{asked.pk}.part"
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600, exist_ok=False)

    def progress(written: int) -> None:
        with _acting(by):  # signed anew each time: rights that end meanwhile end the job
            _note(asked, written=written)

    attributes = sorted({name for kind in asked.kinds for name in KINDS[kind].attributes})
    with _rows(asked, attributes) as (total, persons, rows):
        with _acting(by):
            _note(asked, state=Extract.State.MAKING, total=total, persons=persons, written=0)
        WRITERS[asked.form](unfinished, (*COLUMNS, *attributes), _told(rows, progress))
    descriptor = os.open(unfinished, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    unfinished.rename(path_of(asked))
    with _acting(by):
        _note(asked, state=Extract.State.READY, written=total, ready_at=timezone.now())


@contextmanager
def _acting(by: Acting) -> Iterator[None]:
    with transaction.atomic(), acting_as(by):
        yield


def _note(asked: Extract, **changed: Any) -> None:
    for name, value in changed.items():
        setattr(asked, name, value)
    asked.save(update_fields=list(changed))


@contextmanager
def _rows(asked: Extract, attributes: Sequence[str]) -> Iterator[tuple[int, int, Iterator[tuple[Any, ...]]]]:
    """How many rows there are, of how many persons at most, and the rows: of one moment, in batches from the server.

    The salt is told to nobody.
    """
    values = {"kinds": asked.kinds, "start": asked.starts_on, "end": asked.ends_on, "names": attributes}
    values |= {"salt": secrets.token_hex(16)}
    counter = connections["counter"]
    with transaction.atomic(using="counter"):
        with counter.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read read only")
            cursor.execute(f"select count(*), {PERSONS} {WANTED}", values)
            total, persons = cursor.fetchone()
        with counter.chunked_cursor() as cursor:
            cursor.execute(ROWS, values)
            yield total, persons, chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH), []))


def _told(rows: Iterator[tuple[Any, ...]], progress: Progress) -> Iterator[list[Any]]:
    for number, (*row, said) in enumerate(rows, 1):
        if number % TOLD == 0:
            progress(number)
        yield [*row, *said]


def _csv(path: Path, columns: Sequence[str], rows: Iterator[list[Any]]) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("facts.csv", "w", force_zip64=True) as out,
    ):
        for line in spreadsheets.csv_lines(columns, rows):
            out.write(line)


def _xlsx(path: Path, columns: Sequence[str], rows: Iterator[list[Any]]) -> None:
    spreadsheets.workbook_file(path, _sheets(columns, rows))


def _sheets(columns: Sequence[str], rows: Iterator[list[Any]]) -> Iterator[spreadsheets.Sheet]:
    """As many as are needed, each read to its end before the next; one even when there is nothing."""
    number, waiting = 1, list(islice(rows, 1))
    while waiting or number == 1:
        yield spreadsheets.Sheet(f"facts {number}", columns, chain(waiting, islice(rows, SHEET - len(waiting))))
        number, waiting = number + 1, list(islice(rows, 1))


def _parquet(path: Path, columns: Sequence[str], rows: Iterator[list[Any]]) -> None:
    import pyarrow as pa  # only here: the worker stays small
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.float64() if name == "quantity" else pa.string()) for name in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        while batch := list(islice(rows, BATCH)):
            values = list(zip(*batch, strict=True))
            arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
            out.write_table(pa.Table.from_arrays(arrays, schema=schema))


WRITERS = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}
