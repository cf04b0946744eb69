"""`tongxing publish`: editions as files, for who runs the program; Django is set up when this is imported."""

import datetime
import hashlib
import os
import sys
from pathlib import Path

import typer
from django.db import DatabaseError
from django.utils.translation import override

from tongxing.config.state import StateProblem
from tongxing.programme.models import Programme
from tongxing.publishing import actions, files
from tongxing.publishing.models import Edition


def factsheet(code: str, form: str, as_of: datetime.datetime | None, language: str, target: Path | None) -> str:
    """Writes the file (None: standard output) and returns a sentence on what it is. Raises typer.BadParameter."""
    try:
        sheet, edition = files.meant(code, as_of.date() if as_of else None)
    except Programme.DoesNotExist as error:
        known = ", ".join(Programme.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise typer.BadParameter(f"there is no programme {code}; known: {known}", param_hint="CODE") from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of") from error
    except DatabaseError as error:
        raise StateProblem("the database is not as the code wants it; run `tongxing migrate` first") from error
    with override(language):
        content = files.written(sheet, edition, form)
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        _replace(target, content)
    what = f"edition {edition.number}, approved" if edition else "an unapproved draft"
    return f"{code}: {what}, figures until {sheet.until}, {len(content):,} bytes"


def verify(code: str, number: int, file: Path | None) -> tuple[bool, str]:
    """Is the edition what was approved, and the file its content? With a sentence that says so. Raises typer.BadParameter."""
    edition = Edition.objects.of(code).approved().filter(number=number).first()
    if edition is None:
        raise typer.BadParameter(f"{code} has no approved edition {number}", param_hint="NUMBER")
    try:
        actions.sheet(edition)
    except ValueError:
        return False, f"{code} {number}: altered after it was approved"
    if file is not None and hashlib.sha256(file.read_bytes()).hexdigest() != edition.content_hash:
        return False, f"{code} {number}: {file} is not the content of this edition"
    return True, f"{code} {number}: as approved on {edition.approved_at:%Y-%m-%d}, SHA-256 {edition.content_hash}"


def _replace(target: Path, content: bytes) -> None:
    """All of the file or nothing of it."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise typer.BadParameter(f"cannot write {target}: {error.strerror}", param_hint="--out") from error
