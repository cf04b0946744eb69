"""Mass assignment: every field name of every table as a further parameter, and what changed in the whole database."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections, models

from tests.access.cast import Cast
from tests.access.promises import walled

MARK, NUMBER, DAY = "pois0n", "31337", "2031-12-31"
Rows = dict[tuple[str, str], dict[str, Any]]


def poison(cast: Cast) -> dict[str, str]:
    """A telling value for each name under which a model knows a field: as attribute, as relation, as column."""
    there = {
        "Centre": str(cast.there.centre.id),
        "User": str(cast.there.front_desk.user_id),
        "Person": str(cast.there.ids["person"]),
        "Registration": str(cast.there.ids["registration"]),
    }
    found: dict[str, str] = {}
    for model in walled().values():
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname, field.column}:
                found[name] = _value(field, there)
    return found


def _value(field: Any, there: Mapping[str, str]) -> str:
    if field.remote_field:
        return there.get(field.related_model.__name__, "01a1dddd-ffff-7fff-8fff-ffffffffffff")
    if isinstance(field, models.UUIDField):
        return there["Centre"] if field.name.startswith("centre") else "01a1dddd-ffff-7fff-8fff-ffffffffffff"
    kinds: list[tuple[type, str]] = [
        (models.BooleanField, "true"),
        (models.DateField, DAY),
        (models.IntegerField, NUMBER),
        (models.DecimalField, NUMBER),
    ]
    return next((value for kind, value in kinds if isinstance(field, kind)), MARK)


def traces(cast: Cast) -> tuple[str, ...]:
    """What must not turn up in anything that was written."""
    there = cast.there
    ids = (there.centre.id, there.front_desk.user_id, *there.ids.values(), "01a1dddd-ffff-7fff-8fff-ffffffffffff")
    return (MARK, NUMBER, DAY, *map(str, ids))


def is_in(trace: str, text: str) -> bool:
    """The five figures of NUMBER have to stand by themselves: inside a key, a hash or a moment they are chance."""
    if trace != NUMBER:
        return trace in text
    return re.search(rf"(?<![0-9A-Za-z.]){re.escape(trace)}(?![0-9A-Za-z])", text) is not None


def photograph() -> Rows:
    """Every row of every table behind a wall, as the owner sees it."""
    taken: Rows = {}
    with connections["owner"].cursor() as cursor:
        for label, model in walled().items():
            cursor.execute(f'select "{model._meta.pk.column}"::text, to_jsonb(t)::text from {model._meta.db_table} t')
            taken |= {(label, key): json.loads(row) for key, row in cursor.fetchall()}
    return taken


def differences(before: Rows, after: Rows) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(table, "new" | "gone" | a comma list of changed columns, row)."""
    for where in before.keys() | after.keys():
        old, new = before.get(where), after.get(where)
        if old is None and new is not None:
            yield where[0], "new", new
        elif new is None:
            yield where[0], "gone", old or {}
        elif old is not None and old != new:
            yield where[0], ",".join(sorted(column for column in new if new[column] != old[column])), new
