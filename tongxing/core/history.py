"""History of updates and deletes, kept by triggers: what a row was before, when it changed, and whose context it was."""

from collections.abc import Callable
from typing import Any

import pghistory
from django.db import models

from tongxing.core.rls import ClosedRows


def keeps_history(name: str, *, exclude: tuple[str, ...] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Class decorator: every update and delete leaves the former row in `<model>event`. The row itself is version one.

    The app role may only add to it (through the trigger); `acting` is filled by the database from the signed context,
    so that no code can forget or forge it. `exclude` names columns of which no former version may survive.
    """
    fields: dict[str, Any] = {
        "pgh_id": models.BigAutoField(primary_key=True),
        "acting": models.UUIDField(
            null=True, db_default=models.Func(function="access.user_id", output_field=models.UUIDField())
        ),
    }
    constraints = [ClosedRows(name=f"{name}_history", reason="former versions; written by trigger", adders=("tx_app",))]
    track: Callable[..., Any] = pghistory.track
    tracked: Callable[[type[models.Model]], type[models.Model]] = track(
        pghistory.UpdateEvent(row=pghistory.Old),
        pghistory.DeleteEvent(),
        obj_field=pghistory.ObjForeignKey(db_constraint=False, on_delete=models.DO_NOTHING, related_name="former"),
        context_field=None,
        exclude=list(exclude),
        attrs=fields,
        meta={"constraints": constraints},
    )
    return tracked
