"""Everything that hangs on a child, found by foreign keys and not by a list: a new table is walked from its first day."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.db.models import ForeignKey, Model, Q

from tongxing.registry.models import Person
from tongxing.rights.policy import is_history, kept_tables

Ids = dict[type[Model], set[object]]


@dataclass(frozen=True)
class Tied:
    """A table whose rows hang on a person: `keys` are its columns that point to a table before it in the walk."""

    model: type[Model]
    keys: tuple[tuple[str, type[Model]], ...]

    def rows(self, found: Mapping[type[Model], set[object]]) -> Q:
        """The condition for the rows that hang on what was found before."""
        condition = Q(pk__in=())
        for column, parent in self.keys:
            condition |= Q(**{f"{column}__in": found.get(parent, set())})
        return condition


@cache
def tied() -> tuple[Tied, ...]:
    """All tables in order: each stands behind those that it points to. Person itself comes first."""
    order: list[Tied] = [Tied(Person, ())]
    waiting = [model for model in kept_tables() if model is not Person]
    reached: set[type[Model]] = {Person}
    while True:
        fresh = {model for model in waiting if model not in reached and _points_to(model, reached)}
        if not fresh:
            break
        reached |= fresh
    while len(order) < len(reached):
        placed = {one.model for one in order}
        for model in sorted(reached - placed, key=lambda one: one._meta.label):
            if not (_points_to(model, reached) - placed - {model}):
                order.append(Tied(model, _keys(model, reached)))
                break
        else:
            raise ValueError(f"keys go in a circle among {sorted(m._meta.label for m in reached - placed)}")
    return tuple(order)


def _points_to(model: type[Model], among: set[type[Model]]) -> set[type[Model]]:
    return {parent for _name, parent in _keys(model, among)}


def _keys(model: type[Model], among: set[type[Model]]) -> tuple[tuple[str, type[Model]], ...]:
    keys = [
        (field.attname, field.related_model)
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and field.related_model in among
    ]
    return tuple(keys)


def found(person: uuid.UUID, *, using: str) -> Ids:
    """The primary keys of all rows that hang on a person, by table; Person itself is among them when it is there."""
    ids: Ids = {Person: {person}}
    for one in tied()[1:]:
        ids[one.model] = set(one.model._default_manager.using(using).filter(one.rows(ids)).values_list("pk", flat=True))
    return ids


def living_first() -> list[Tied]:
    """The order in which rows can go: who points first, and former versions after all that leave one."""
    backwards = list(reversed(tied()))
    return [one for one in backwards if not is_history(one.model)] + [one for one in backwards if is_history(one.model)]
