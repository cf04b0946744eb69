"""How many were heard, by kind, and in how many days they were answered: protected, and frozen when published.

Each publication is calculated under the ledger of all earlier ones, so that no two of them can be subtracted.
"""

import datetime
from typing import Any

from django.db import connection, transaction

from tongxing import facts
from tongxing.access.acting import Acting
from tongxing.facts.disclosure import Ledger, Protected, ProtectedCell, ProtectedTable, restored
from tongxing.facts.results import Period
from tongxing.programme.models import VoiceNumbers

TABLES = {"voices_heard": "matter", "voices_answered": "within"}
LISTED_KINDS = {"voices_heard": "voice_heard", "voices_answered": "voice_answered"}


def counted(until: datetime.date) -> ProtectedTable:
    """What may be said up to `until`, through the one door."""
    from tongxing.facts.kinds import KINDS

    period = Period(datetime.date(2000, 1, 1), until)
    cells = [cell for code, by in TABLES.items() for cell in facts.calculate(code, period=period, by=(by,)).cells]
    listed = {by: KINDS[LISTED_KINDS[code]].attributes[by] for code, by in TABLES.items()}
    tables = {code: ((), (by,)) for code, by in TABLES.items()}
    return facts.protect(cells, "public", by=tables, listed=listed, ledgers=_ledgers())


@transaction.atomic
def publish_numbers(*, until: datetime.date, by: Acting) -> VoiceNumbers:
    """Freezes what may be said now. Raises PermissionDenied; ValueError for a day before the last publication's."""
    by.demand("what_changed", "change")
    with connection.cursor() as cursor:  # two publications take turns: the second is calculated under the first
        cursor.execute("select pg_advisory_xact_lock(hashtext('voice numbers'))")
    last = VoiceNumbers.objects.first()
    if last and until < last.until:
        raise ValueError("numbers of an earlier day than those that are public")
    safe = counted(until)
    made = VoiceNumbers(until=until, published_by_id=by.user_id)
    made.content = {"cells": _frozen(safe.cells), "said": _frozen(safe.said)}
    made.save(force_insert=True)
    return made


def shown(numbers: VoiceNumbers, code: str) -> tuple[Protected, dict[str, Protected]]:
    """Of one measure: the total, and the number of each code. Raises KeyError."""
    cells = [cell for cell in _thawed(numbers.content["cells"]) if cell.measure == code]
    total = next(cell.number for cell in cells if not cell.keys)
    return total, {cell.keys[0][1]: cell.number for cell in cells if cell.keys}


def _ledgers() -> list[Ledger]:
    made = VoiceNumbers.objects.order_by("published_at")
    return [Ledger(one.published_at, _thawed(one.content["said"])) for one in made]


def _frozen(cells: tuple[ProtectedCell, ...]) -> list[list[Any]]:
    return [[cell.measure, cell.topic, [list(key) for key in cell.keys], cell.number.as_json()] for cell in cells]


def _thawed(stored: list[list[Any]]) -> tuple[ProtectedCell, ...]:
    return tuple(
        ProtectedCell(measure, topic, tuple((name, code) for name, code in keys), restored(number))
        for measure, topic, keys, number in stored
    )
