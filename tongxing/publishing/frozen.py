"""Frozen dataclasses to JSON and back, by their annotations; a number passes only as `Protected`."""

import datetime
import hashlib
import json
import types
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

from tongxing.core.i18n import Text
from tongxing.facts.disclosure import Protected, restored
from tongxing.facts.results import Cell, Funnel, Result


def freeze(value: Any) -> Any:
    """JSON of a value. Raises TypeError for raw cells and loose numbers: they have not passed `facts.protect()`."""
    if isinstance(value, Protected):
        return value.as_json()
    if isinstance(value, Cell | Result | Funnel | Decimal | float):
        raise TypeError(f"{type(value).__name__} is not protected and may not leave")
    if isinstance(value, Text):
        return dict(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: freeze(_typed(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [freeze(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} cannot be frozen")


def thaw(kind: Any, stored: Any) -> Any:
    """The value of type `kind` that `freeze` made `stored` of; a field younger than `stored` takes its default.

    Raises KeyError where a field without a default is missing.
    """
    if get_origin(kind) in (types.UnionType,):
        inner = next(part for part in get_args(kind) if part is not types.NoneType)
        return None if stored is None else thaw(inner, stored)
    if get_origin(kind) is tuple:
        return tuple(thaw(get_args(kind)[0], item) for item in stored)
    if kind is Protected:
        return restored(stored)
    if kind is Text:
        return Text(stored)
    if kind in (datetime.datetime, datetime.date):
        return kind.fromisoformat(stored)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        younger = {f.name for f in fields(kind) if f.name not in stored and f.default is not MISSING}
        return kind(**{name: thaw(hints[name], stored[name]) for name in hints if name not in younger})  # type: ignore[operator]
    return stored


def digest(content: Any) -> str:
    """SHA-256 of the canonical JSON of frozen content, as 64 hexadecimal digits."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _typed(value: Any, name: str) -> Any:
    """The field, after a look at whether a number stands where a protected one is promised."""
    found, promised = getattr(value, name), get_type_hints(type(value))[name]
    wanted = {promised, *get_args(promised)}
    if Protected in wanted:
        numbers = found if get_origin(promised) is tuple else (found,)
        for number in numbers:
            if not isinstance(number, Protected) and not (number is None and types.NoneType in wanted):
                raise TypeError(f"{type(value).__name__}.{name} wants a protected number, not {number!r}")
    return found
