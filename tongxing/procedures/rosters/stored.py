"""A row of a roster as it is kept: sealed, because it says everything about a child."""

import dataclasses
import datetime
import json
from typing import Any

from tongxing.access import one_time
from tongxing.procedures.models import RosterRow
from tongxing.procedures.rosters.rows import Row, Trouble


def as_json(row: Row) -> str:
    """Sealed."""
    said = dataclasses.asdict(row) | {"on": row.on.isoformat() if row.on else ""}
    return one_time.seal(json.dumps(said, ensure_ascii=False))


def opened(row: RosterRow) -> Row:
    """What the row said. One that was taken out again says nothing."""
    if not row.sealed:
        return Row(row.number, {}, {}, None, 0, ())
    said: dict[str, Any] = json.loads(one_time.unseal(row.sealed))
    on = datetime.date.fromisoformat(said["on"]) if said["on"] else None
    return Row(**said | {"on": on, "troubles": tuple(Trouble(**one) for one in said["troubles"])})
