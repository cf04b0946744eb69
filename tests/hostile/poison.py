"""Every free text of every table becomes hostile, as if every form, import and partner had let it in."""

import json
from typing import Any

import psycopg
from django.apps import apps
from django.db import models

from tests.hostile.pages import CANARY
from tongxing.publishing.frozen import digest

# What is not text that somebody wrote, or what pages find things by.
FIXED = ("code", "slug", "number", "hash", "sealed", "login", "password", "token", "key", "version", "language", "kind")
FIXED += ("state", "role", "suffix", "sha", "signature", "path", "file_name", "scope", "seed", "division", "time_zone")
FIXED += (
    "step",
    "purpose",
    "measure",
    "unit",
    "page",
    "route",
    "channel",
    "basis",
    "status",
    "uploaders",
    "media_type",
)
FIXED += ("keys", "pgh_label", "edition", "definition", "statement", "form", "sex", "precision")
WITHOUT = ("registry_searchrow", "registry_installedmodel", "facts_factkind")  # made by machines


def poisonable() -> list[tuple[type[models.Model], Any]]:
    """(table, column) of every column that holds words."""
    found: list[tuple[type[models.Model], Any]] = []
    for model in apps.get_models():
        if not model.__module__.startswith("tongxing.") or not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            is_words = is_text or isinstance(field, models.JSONField)
            is_own = model._meta.db_table not in WITHOUT and not field.name.endswith(FIXED)
            if is_words and is_own and not field.primary_key and not field.unique:
                found.append((model, field))
    return found


def poison(house: Any) -> dict[str, int]:
    """table.column -> rows that now hold the canary. A column whose constraints refuse it stays as it is."""
    done: dict[str, int] = {}
    with psycopg.connect(**house.state.administrator(house.name)) as connection:
        connection.execute("set session_replication_role = replica")
        for model, field in poisonable():
            table, column = model._meta.db_table, field.column
            try:
                with connection.transaction():
                    if isinstance(field, models.JSONField):
                        rows = _words_in(connection, table, column)
                    else:
                        rows = _text(connection, table, column, field.max_length)
            except psycopg.Error:
                continue
            if (table, column) == ("publishing_edition", "content"):
                _hashed_again(connection)
            if rows:
                done[f"{table}.{column}"] = rows
    return done


def _hashed_again(connection: Any) -> None:
    """An edition whose content is not what was hashed is refused: here somebody approved hostile words."""
    for ctid, content in connection.execute("select ctid::text, content from publishing_edition").fetchall():
        again = "update publishing_edition set content_hash = %s where ctid = %s::tid"
        connection.execute(again, [digest(content), ctid])


def _text(connection: Any, table: str, column: str, longest: int | None) -> int:
    if longest is not None and longest < len(CANARY):
        return 0
    return int(connection.execute(f'update {table} set "{column}" = %s where "{column}" <> \'\'', [CANARY]).rowcount)


def _words_in(connection: Any, table: str, column: str) -> int:
    rows = connection.execute(f'select ctid::text, "{column}" from {table} where "{column}" is not null').fetchall()
    changed = 0
    for ctid, value in rows:
        bad = _poisoned(value)
        if bad != value:
            connection.execute(f'update {table} set "{column}" = %s where ctid = %s::tid', [json.dumps(bad), ctid])
            changed += 1
    return changed


def _poisoned(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _poisoned(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_poisoned(inner, name) for inner in value]
    is_words = isinstance(value, str) and (" " in value or not value.isascii() or name in ("zh", "en", "mn"))
    return CANARY if is_words else value
