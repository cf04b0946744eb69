"""`retention.yaml` as code reads it: which class each field of each table has, for how long, and what then."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Model
from ruamel.yaml import YAML

from tongxing.core.words import Words

FILE = Path(__file__).parent / "retention.yaml"
WITH_THE_CHILD = "record"  # rows of this class go when the child goes
ENDS = ("erase", "blank", "keep")


@dataclass(frozen=True)
class Class:
    """One rule: `keep` days after `since` (words), then `then` (erase | blank | keep). keep < 0: no end."""

    code: str
    title: Words
    since: Words
    keep: int
    then: str
    says: Words
    basis: Words
    confirmed: bool

    @property
    def years(self) -> int:
        """Whole years where the days are such, else 0: what people read."""
        return self.keep // 365 if self.keep > 0 and self.keep % 365 == 0 else 0

    def before(self, today: datetime.date) -> datetime.date:
        """What began before this day is overdue on `today`. Raises ValueError where there is no end."""
        if self.keep < 0:
            raise ValueError(f"{self.code} is kept without end")
        return today - datetime.timedelta(days=self.keep)


@dataclass(frozen=True)
class Blank:
    """A field that goes before its row: days count from `since`; what is left is `to`."""

    since: str
    to: Any


@dataclass(frozen=True)
class Table:
    """What is kept of one table. `fields` gives each field its class; see the head of retention.yaml for the rest."""

    label: str
    title: Words
    row: str
    since: str
    fields: Mapping[str, str]
    blank: Mapping[str, Blank] = field(default_factory=dict)
    with_last: str = ""
    sealed: str = ""
    mentions: Mapping[str, Any] = field(default_factory=dict)
    job: str = ""  # another job carries the rule out; the keeper may not


@dataclass(frozen=True)
class Policy:
    """The whole file."""

    classes: Mapping[str, Class]
    tables: Mapping[str, Table]
    elsewhere: tuple[tuple[Words, Words], ...]


@cache
def policy() -> Policy:
    """The policy in force. Raises ValueError that names the entry which is wrong."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Policy:
    """The policy in `text`. Raises ValueError that names the entry which is wrong."""
    data: dict[str, Any] = YAML(typ="safe").load(text)
    classes = {code: _class(code, given) for code, given in data["classes"].items()}
    tables = {label: _table(label, given, classes) for label, given in data["tables"].items()}
    elsewhere = tuple(
        (Words.read(one["title"], "elsewhere"), Words.read(one["says"], "elsewhere")) for one in data["elsewhere"]
    )
    return Policy(classes, tables, elsewhere)


def _class(code: str, given: Mapping[str, Any]) -> Class:
    if given["then"] not in ENDS or (given["then"] == "keep") != (given["keep"] < 0):
        raise ValueError(f"{code}: {given['then']} after {given['keep']} days is no rule")
    words = {name: Words.read(given[name], f"{code}.{name}") for name in ("title", "says", "basis")}
    since = Words.read(given["from"], f"{code}.from")
    return Class(code=code, since=since, keep=given["keep"], then=given["then"], confirmed=given["confirmed"], **words)


def _table(label: str, given: Mapping[str, Any], classes: Mapping[str, Class]) -> Table:
    fields: dict[str, str] = {}
    for code, names in given["fields"].items():
        if code not in classes:
            raise ValueError(f"{label}: there is no class {code}")
        for name in names.split():
            if name in fields:
                raise ValueError(f"{label}.{name} has two classes: {fields[name]}, {code}")
            fields[name] = code
    blank = {name: Blank(one["since"], one["to"]) for name, one in given.get("blank", {}).items()}
    if loose := {name for name, code in fields.items() if classes[code].then == "blank"} ^ set(blank):
        raise ValueError(f"{label}: {sorted(loose)} must be both of a class that blanks and under `blank`")
    row = classes[given["row"]]
    if row.then == "erase" and row.code != WITH_THE_CHILD and not given.get("since"):
        raise ValueError(f"{label}: since when do the days of {row.code} count?")
    return Table(
        label=label,
        title=Words.read(given["title"], label),
        row=row.code,
        since=given.get("since", ""),
        fields=fields,
        blank=blank,
        with_last=given.get("with_last", ""),
        sealed=given.get("sealed", ""),
        mentions=given.get("mentions", {}),
        job=given.get("job", ""),
    )


def is_history(model: type[Model]) -> bool:
    """Is it a table of former versions? It has the classes of the table whose versions it keeps."""
    return any(one.name == "pgh_obj" for one in model._meta.local_fields)


def kept_tables() -> Iterator[type[Model]]:
    """Every model of the house that has a table, those of former versions included."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("tongxing.") and model._meta.managed and not model._meta.proxy:
            yield model


def table_of(model: type[Model]) -> Table:
    """What the policy says of a table. Raises KeyError with what to do."""
    label = model._meta.label
    if is_history(model):
        label = model._meta.get_field("pgh_obj").related_model._meta.label  # type: ignore[union-attr]
    try:
        return policy().tables[label]
    except KeyError:
        raise KeyError(f"{label}: say in rights/retention.yaml how long it is kept") from None


def unclassed() -> list[str]:
    """Fields and tables without a class, and entries for what does not exist; empty when all is said."""
    wrong, known = [], set()
    for model in kept_tables():
        names = {one.name for one in model._meta.local_fields}
        known.add(model._meta.label)
        if is_history(model):
            names = {name for name in names if not name.startswith("pgh_")} - {"acting"}
        said = set(policy().tables[table_of(model).label].fields) if _is_said(model) else set()
        wrong += [f"{model._meta.label}.{name} has no class" for name in sorted(names - said)]
        if not is_history(model):
            wrong += [f"{model._meta.label}.{name} does not exist" for name in sorted(said - names)]
    return wrong + [f"{label} does not exist" for label in sorted(set(policy().tables) - known)]


def _is_said(model: type[Model]) -> bool:
    try:
        table_of(model)
    except KeyError:
        return False
    return True
