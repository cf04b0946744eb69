"""What the last approved edition said of every count, so that two editions cannot be subtracted from each other."""

import datetime
from typing import Any

from tongxing.facts.disclosure import Ledger, ProtectedCell
from tongxing.facts.measures import measure
from tongxing.publishing.frozen import thaw
from tongxing.publishing.models import Edition


def last(programme_code: str) -> Ledger | None:
    """The ledger of the newest approved edition of the programme; None before the first.

    A measure that is defined anew begins anew: its old number and its new one are not of the same thing.
    """
    edition = Edition.objects.approved().of(programme_code).first()
    if edition is None:
        return None
    content = edition.content
    anew = {one["measure"] for one in content["figures"] if not _is_current(one)}
    cells: tuple[ProtectedCell, ...] = thaw(tuple[ProtectedCell, ...], content.get("ledger", []))
    kept = tuple(cell for cell in cells if cell.measure.partition(":")[0] not in anew)
    return Ledger(datetime.datetime.fromisoformat(content["as_of"]), kept)


def _is_current(figure: dict[str, Any]) -> bool:
    try:
        return bool(measure(figure["measure"]).version == figure["version"])
    except KeyError:
        return False
