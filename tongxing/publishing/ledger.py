"""What the approved editions said of every count, so that no two of them can be subtracted from each other."""

import datetime
from collections.abc import Mapping
from typing import Any

from tongxing.facts.disclosure import Ledger, ProtectedCell
from tongxing.facts.measures import measure
from tongxing.publishing.frozen import thaw
from tongxing.publishing.models import Edition


def ledgers(programme_code: str) -> list[Ledger]:
    """Of the approved editions of the programme, the oldest first.

    A measure that is defined anew begins anew: its old number and its new one are not of the same thing.
    """
    editions = Edition.objects.approved().of(programme_code).order_by("number")
    return [_ledger(content) for content in editions.values_list("content", flat=True)]


def _ledger(content: Mapping[str, Any]) -> Ledger:
    anew = {one["measure"] for one in content["figures"] if not _is_current(one)}
    cells: tuple[ProtectedCell, ...] = thaw(tuple[ProtectedCell, ...], content.get("ledger", []))
    kept = tuple(cell for cell in cells if cell.measure.partition(":")[0] not in anew)
    return Ledger(datetime.datetime.fromisoformat(content["as_of"]), kept)


def _is_current(figure: Mapping[str, Any]) -> bool:
    try:
        return bool(measure(figure["measure"]).version == figure["version"])
    except KeyError:
        return False
