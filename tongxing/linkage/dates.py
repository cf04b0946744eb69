"""Birth dates as lists carry them: many forms, one meaning each, and a word for what cannot be read."""

import re
from datetime import date
from typing import NamedTuple


class ListDate(NamedTuple):
    """A birth date of a list; see `details.Birth`."""

    first: date
    precision: str


_DIGITS = re.compile(r"\d+")


def read_date(text: str, today: date) -> ListDate | str | None:
    """The date in `text`, None for an empty text, or why it cannot be read: unclear | impossible | future."""
    if not text.strip():
        return None
    found = _DIGITS.findall(text)
    if len(found) == 1 and len(found[0]) == 8:
        found = [found[0][:4], found[0][4:6], found[0][6:]]
    if len(found) == 3 and len(found[2]) == 4:
        found.reverse()
    if not found or len(found[0]) != 4:
        return "unclear"
    try:
        year, month, day = (*map(int, found), 1, 1)[:3]
        first = date(year, month, day)
    except ValueError:
        return "impossible"
    if first > today:
        return "future"
    return ListDate(first, ("year", "month", "day")[min(len(found), 3) - 1])
