"""Pure questions about the closing checklist: which order holds, and what an item waits for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tongxing.core.words import Words


@dataclass(frozen=True)
class Item:
    """One item of the closing checklist. `asks`: what must be said with the tick. `after`: what has to be done before."""

    code: str
    title: Words
    asks: Words | None
    after: tuple[str, ...]


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items, once it is sure that each comes after what it waits for. Raises ValueError naming the item."""
    known: list[Item] = []
    for item in items:
        if missing := set(item.after) - {other.code for other in known}:
            raise ValueError(f"{item.code} waits for {sorted(missing)}, which does not come before it")
        known.append(item)
    return tuple(known)


def waits_for(item: Item, done: Collection[str]) -> tuple[str, ...]:
    """What has to be ticked before `item`, in order."""
    return tuple(code for code in item.after if code not in done)
