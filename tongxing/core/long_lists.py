"""Long lists read from where the last page ended, and counters that stop: as quick at a million rows as at ten.

No OFFSET: a page begins after the last row shown (its moment and id), which an index finds at once, and rows that arrive
meanwhile shift nothing.
"""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

COUNTED = 999


@dataclass(frozen=True)
class Page:
    """`older`: what to ask for the rows after these, as `?older=…`; empty on the last page. It tells nothing of anyone."""

    rows: list[Any]
    older: str
    is_first: bool


def page(groups: Sequence[QuerySet[Any]], *, newest: str, older: str, size: int) -> Page:
    """Up to `size` rows: the first group's, newest first by the column `newest`, then the next group's.

    `older` is what an earlier page gave; anything else begins at the beginning.
    """
    start = _read(older, len(groups))
    rows: list[Any] = []
    ends: list[str] = []
    for number, group in enumerate(groups):
        if (start and number < start[0]) or len(rows) > size:
            continue
        if start and number == start[0]:
            moment, last = start[1:]
            # The first condition is what the index is entered by; the second parts rows of one moment.
            group = group.filter(**{f"{newest}__lte": moment}).filter(Q(**{f"{newest}__lt": moment}) | Q(id__lt=last))
        found = list(group.order_by(f"-{newest}", "-id")[: size + 1 - len(rows)])
        rows += found
        ends += [f"{number}~{getattr(row, newest).isoformat()}~{row.id}" for row in found]
    return Page(rows[:size], ends[size - 1] if len(rows) > size else "", start is None)


def counted(found: QuerySet[Any], limit: int = COUNTED) -> int | str:
    """How many there are, at most "999+": nobody at a desk needs to know it closer."""
    number = found.order_by()[: limit + 1].count()
    return f"{limit}+" if number > limit else number


def _read(older: str, groups: int) -> tuple[int, datetime.datetime, uuid.UUID] | None:
    number, _first, rest = older.partition("~")
    moment, _second, last = rest.partition("~")
    try:
        found = int(number), datetime.datetime.fromisoformat(moment), uuid.UUID(last)
    except ValueError:
        return None
    return found if 0 <= found[0] < groups and found[1].tzinfo else None
