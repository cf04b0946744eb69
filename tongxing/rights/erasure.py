"""One child's record goes: rows, former versions, search keys, links, sealed words, ties of facts. One deep function.

Runs as `tx_keeper`. What stays: the trace of reading (ids that point to nobody), facts without a tie, the certificate.
"""

import json
import logging
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Model, Q

from tongxing.access import one_time
from tongxing.facts.models import ErasedCount, Fact
from tongxing.registry.models import Person
from tongxing.rights.keeper import KEEPER
from tongxing.rights.policy import Table, is_history, kept_tables, table_of
from tongxing.rights.walk import Ids, found, living_first, tied

log = logging.getLogger(__name__)

# A list of ids of erased persons, so that what a backup brings back is erased again. It lies beside the database and, for
# the day on which that machine is lost, beside the roots of the audit, outside where the operator has said so.
ERASED = "erased"


class Held(Exception):
    """A legal hold stands: nothing was erased."""


@dataclass(frozen=True)
class Known:
    """By what a child can be recognised in words and in tables without a key: erased after the rows."""

    id: uuid.UUID
    number: str
    centre_id: uuid.UUID
    names: frozenset[str]

    @property
    def listed(self) -> list[str]:
        """As a list of ids in a column of JSON holds it."""
        return [str(self.id)]


@dataclass
class Erased:
    """What went: rows by table (labels). Says nothing of the child."""

    counts: Counter[str] = field(default_factory=Counter)


def erase(person_id: uuid.UUID, *, using: str = KEEPER) -> Erased:
    """Erases one child from every table, in one transaction; a child that is not there is no error.

    Raises Held when a legal hold stands. Files for counting follow with `tidied`.
    """
    done = Erased()
    with transaction.atomic(using=using):
        person = Person.objects.using(using).filter(pk=person_id).first()
        if person is None:
            _forget_mentions(Known(person_id, "", uuid.UUID(int=0), frozenset()), done, using)
            return done
        known = known_by(person, using)
        ids = found(person_id, using=using)
        parents = _last_ones(ids, using)
        count_untied(ids, using)
        _forget_sealed(known, done, using)
        for one in living_first():
            _go(one.model, Q(pk__in=ids[one.model]) if not is_history(one.model) else one.rows(ids), done, using)
        for model, keys in parents.items():
            _go(model, _unused(model, keys, using), done, using)
        _forget_mentions(known, done, using)
        transaction.on_commit(lambda: _remember(person_id), using=using)
    return done


def known_by(person: Person, using: str) -> Known:
    """All names of the child, those before a correction too: words of that day know it by them."""
    names = {
        person.name,
        *person.former.using(using).values_list("name", flat=True),  # type: ignore[attr-defined]  # of the history
        *person.names.using(using).values_list("text", flat=True),
    }
    return Known(person.pk, person.number, person.centre_id, frozenset(names - {""}))


def _go(model: type[Model], condition: Q, done: Erased, using: str) -> None:
    gone = model._default_manager.using(using).filter(condition)._raw_delete(using)
    if gone:
        done.counts[model._meta.label] += gone
    elif model is Person:
        raise Held


def count_untied(ids: Ids, using: str) -> None:
    """Facts that lose their record and have no pseudonym to tell so: their number, for the nightly comparison."""
    sources = {key for keys in ids.values() for key in keys if isinstance(key, uuid.UUID)}
    lost = Fact.objects.using(using).filter(source_id__in=sources, subject=None)
    for kind, number in lost.order_by().values_list("kind").annotate(n=Count("pk")):
        ErasedCount.objects.using(using).get_or_create(kind=kind)
        ErasedCount.objects.using(using).filter(kind=kind).update(number=F("number") + number)


def _last_ones(ids: Ids, using: str) -> dict[type[Model], set[object]]:
    """Rows to which rows that go point, and which go with the last of them: a household, a question."""
    parents: dict[type[Model], set[object]] = {}
    for model in kept_tables():
        if is_history(model) or not (way := table_of(model).with_last):
            continue
        label, _dot, key = way.rpartition(".")
        child = next(one for one in ids if one._meta.label == label)
        held = child._default_manager.using(using).filter(pk__in=ids[child])
        parents[model] = set(held.values_list(f"{key}_id", flat=True))
    return parents


def _unused(model: type[Model], keys: set[object], using: str) -> Q:
    label, _dot, key = table_of(model).with_last.rpartition(".")
    child = next(one.model for one in tied() if one.model._meta.label == label)
    used = child._default_manager.using(using).filter(**{f"{key}__in": keys}).values_list(f"{key}_id", flat=True)
    return Q(pk__in=keys - set(used))


def _forget_sealed(known: Known, done: Erased, using: str) -> None:
    """Words under the seal: a draft that names the child goes; of a question between centres the words go."""
    for model in kept_tables():
        said = table_of(model)
        if not said.sealed or is_history(model):
            continue
        rows = model._default_manager.using(using).exclude(**{said.sealed: ""})
        places = _places(model)
        for row in rows.only("pk", said.sealed, *places):
            written_at = {getattr(row, place) for place in places}
            if _names_the_child(_opened(getattr(row, said.sealed)), known, written_at):
                _forget_row(model, said, row, done, using)


def _places(model: type[Model]) -> list[str]:
    """The column that says at which centre the words were written: the one that asked, else its own."""
    columns = {one.name: one.attname for one in model._meta.local_fields}
    return [columns[name] for name in ("asked_by", "centre") if name in columns][:1]


def _forget_row(model: type[Model], said: Table, row: Any, done: Erased, using: str) -> None:
    mine = Q(pk=row.pk)
    if said.row == "draft":
        _go(model, mine, done, using)
        return
    done.counts[model._meta.label] += (
        model._default_manager.using(using).filter(mine).update(**{said.sealed: ""})
    )  # fmt: skip


def _opened(sealed: str) -> str:
    try:
        return json.dumps(json.loads(one_time.unseal(sealed)), ensure_ascii=False)
    except (InvalidToken, ValueError):
        return ""  # nobody can read it any more


def _names_the_child(words: str, known: Known, written_at: set[uuid.UUID | None]) -> bool:
    """By id or number anywhere; by name where the child's own centre wrote it: elsewhere it may be a namesake."""
    if str(known.id) in words or (known.number and known.number in words):
        return True
    return (not written_at or bool(written_at & {known.centre_id, None})) and any(
        json.dumps(one, ensure_ascii=False) in words for one in known.names
    )


def _forget_mentions(known: Known, done: Erased, using: str) -> None:
    """Tables that know the child without a key: the row goes, or the columns named are emptied."""
    found = sorted(mentioning(known), key=lambda one: bool(table_of(one[0]).mentions.get("blank")))
    for model, mine in found:
        said = table_of(model)
        if its_own := said.mentions.get("its_own"):  # words judged to be about this child, however it is written there
            rows = model._default_manager.using(using).filter(mine, **its_own).exclude(**{said.sealed: ""})
            done.counts[model._meta.label] += rows.update(**{said.sealed: ""})
        if not (names := said.mentions.get("blank")):
            _go(model, Q(pk__in=model._default_manager.using(using).filter(mine).values("pk")), done, using)
            continue
        fields = {name: model._meta.get_field(name) for name in names}
        emptied = {name: None if one.null else one.get_default() for name, one in fields.items()}  # type: ignore[union-attr]
        if touched := model._default_manager.using(using).filter(mine).update(**emptied):
            done.counts[model._meta.label] += touched


def mentioning(known: Known) -> Iterator[tuple[type[Model], Q]]:
    """The tables that know a child without a key, and the condition for their rows about it."""
    for model in kept_tables():
        said = table_of(model)
        if said.mentions and not is_history(model) and (value := getattr(known, said.mentions["of"])):
            yield model, Q(**{said.mentions["column"]: value})


def _lists() -> list[Path]:
    return [settings.STATE.folder / ERASED, settings.ROOTS_FOLDER / ERASED]


def _remember(*people: uuid.UUID) -> None:
    """Writes ids to every list that lacks them. A place that is away is made up for by the night (`erase_again`).

    Raises OSError when no list could be written.
    """
    failed: list[OSError] = []
    for path in _lists():
        try:
            if new := [one for one in people if one not in _remembered(path)]:
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "a", encoding="utf-8", opener=_private) as file:
                    file.writelines(f"\n{one}\n" for one in new)  # behind half a line, if one was left
        except OSError as error:
            failed.append(error)
            log.error("a list of erased records could not be written: %s", type(error).__name__)
    if len(failed) == len(_lists()):
        raise failed[0]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remembered(path: Path) -> set[uuid.UUID]:
    """The ids of a list. Half a line, left by a full disk or a power cut, is passed over and written anew."""
    found: set[uuid.UUID] = set()
    for line in path.read_text(encoding="utf-8", errors="replace").split() if path.exists() else ():
        with suppress(ValueError):
            found.add(uuid.UUID(line))
    return found


def erase_again(*, using: str = KEEPER) -> int:
    """Who was erased and has come back with a restored backup goes once more, held ones excepted. Returns how many.

    Every list is made whole from the others: one that came back with a backup, or a place that was away for a while.
    """
    gone: set[uuid.UUID] = set()
    for path in _lists():
        with suppress(OSError):  # said in the log by who writes there next
            gone |= _remembered(path)
    _remember(*sorted(gone))
    back = list(Person.objects.using(using).filter(pk__in=gone).values_list("pk", flat=True))
    done = 0
    for person_id in back:
        with suppress(Held):  # a hold of that time came back too: the officer ends it
            erase(person_id, using=using)
            done += 1
    return done


def tidied() -> None:
    """Files for counting follow: links of pseudonyms without a person leave Parquet, the sets are made anew."""
    from tongxing.facts import bitmap_store, compaction, export  # heavy: only where something was erased

    export.export()
    compaction.compact()
    bitmap_store.make()
