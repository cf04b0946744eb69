"""Writes: an item of the closing checklist is ticked, or a tick taken back."""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.programme.closing import items
from tongxing.programme.models import Programme, Tick
from tongxing.programme.rules.closing import waits_for


class TooEarly(Exception):
    """The item waits for others; `codes` names them."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


@transaction.atomic
def tick(code: str, *, programme: Programme, done_on: datetime.date, note: str, by: Acting) -> Tick:
    """Ticks an item; a second press returns the first tick.

    Raises KeyError for an unknown item, TooEarly before its turn, ValueError where the item asks and nothing is said.
    """
    by.demand("closing", "add")
    item = {one.code: one for one in items()}[code]
    ticks = {one.item: one for one in standing(programme)}
    if code in ticks:
        return ticks[code]
    if waiting := waits_for(item, ticks):
        raise TooEarly(waiting)
    if item.asks is not None and not note.strip():
        raise ValueError(f"{code}: say what it asks")
    made = Tick(
        programme=programme, item=code, done_on=done_on, note=note.strip(), ticked_by_id=by.user_id, ticker_name=by.name
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # pressed twice at the same moment
        return Tick.objects.get(programme=programme, item=code, taken_back_at=None)
    return made


@transaction.atomic
def take_back(code: str, *, programme: Programme, by: Acting) -> None:
    """Takes a tick back, unless something that waits for it is ticked. Raises TooEarly naming that."""
    by.demand("closing", "change")
    ticks = {one.item: one for one in standing(programme)}
    if later := tuple(one.code for one in items() if code in one.after and one.code in ticks):
        raise TooEarly(later)
    if (found := ticks.get(code)) is not None:
        found.taken_back_at, found.taken_back_by_id = timezone.now(), by.user_id
        found.save(update_fields=["taken_back_at", "taken_back_by"])


def standing(programme: Programme) -> list[Tick]:
    """The ticks that have not been taken back, of one programme; locked until the transaction ends."""
    return list(Tick.objects.select_for_update().filter(programme=programme, taken_back_at=None))
