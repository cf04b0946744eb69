"""Backups, restores, the nightly drill: `tongxing backup | restore | drill`, and what the operator's page shows of them."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _


def drill_card() -> dict[str, Any]:
    """For the operator's page: {date, ok, rows, seconds, words, backup}; `date` and `backup` may be None.

    Not ok when no drill was ever made, when the last one failed, or when it is older than two days. `backup` is the
    time of the newest backup that was made. `words` are in the language of who looks.
    """
    from tongxing.config.backups import record, rules
    from tongxing.config.state import State

    state = State.load()
    card = rules.card(record.last(state, "drill"), datetime.now(UTC))
    made = record.last(state, "backup", ok=True)
    words = {
        "": _("The last restore drill gave back every row."),
        "never": _("No backup has ever been restored on trial. Set up backups and run `tongxing drill`."),
        "old": _("The last restore drill is older than two days. See whether the nightly jobs run."),
        "failed": _("The last restore drill failed. Run `tongxing drill` and read what it says."),
    }[card.reason]
    made_at = datetime.fromisoformat(made["at"]) if made else None
    return {**asdict(card), "words": words, "backup": made_at}
