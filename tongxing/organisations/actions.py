"""Writes: reference data and memberships. They run as owner, called by the operator; no page changes them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction

from tongxing.organisations import reference
from tongxing.organisations.models import Membership

BATCH = 1000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Loaded:
    """What one run did to one table; `added` and `changed` of a second run are 0."""

    table: str
    added: int
    changed: int
    total: int


def load_reference(*, progress: Progress | None = None) -> list[Loaded]:
    """Bring divisions, organisations, sites, partnerships, centres and services to what packages and data files say.

    Idempotent. Rows that left the files stay: others may point to them. `progress(words, done, total)` counts rows.
    Raises reference.WrongData, naming file and entry, before anything is written.
    """
    tables = reference.rows()
    total = sum(len(rows) for _model, rows in tables)
    done: list[Loaded] = []
    with transaction.atomic(using="owner"):
        for model, rows in tables:
            if progress:
                progress("Reference data", sum(table.total for table in done), total)
            done.append(_bring_to(model, rows))
    if progress:
        progress("Reference data", total, total)
    return done


def _bring_to(model: type[models.Model], rows: Sequence[models.Model]) -> Loaded:
    table = model._default_manager.using("owner")
    fields = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    stored = table.in_bulk()
    new = [row for row in rows if row.pk not in stored]
    changed = [row for row in rows if row.pk in stored and _values(row, fields) != _values(stored[row.pk], fields)]
    table.bulk_create(new, batch_size=BATCH)
    if changed:
        names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        table.bulk_update(changed, names, batch_size=BATCH)
    return Loaded(model._meta.db_table, len(new), len(changed), len(rows))


def _values(row: models.Model, fields: Sequence[str]) -> list[object]:
    return [getattr(row, field) for field in fields]


@transaction.atomic(using="owner")
def add_membership(
    *, user_id: uuid.UUID, centre_id: uuid.UUID | None, role: str, starts_on: date, ends_on: date | None = None
) -> Membership:
    """Let a user work at a centre (national roles: at none) in one role. Runs as owner.

    Idempotent for a membership without end. Raises IntegrityError for a role that does not fit the place, or days
    the wrong way round.
    """
    if ends_on is None:
        standing = Membership.objects.using("owner").filter(user_id=user_id, role=role, ends_on=None)
        here = standing.filter(centre_id=centre_id) if centre_id else standing.filter(centre=None)
        if found := here.first():
            return found
    return Membership.objects.using("owner").create(
        user_id=user_id, centre_id=centre_id, role=role, starts_on=starts_on, ends_on=ends_on
    )
