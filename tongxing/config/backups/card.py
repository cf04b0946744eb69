"""The card of the last restore drill, for the operator's page and the doctor."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxing.config.backups import record, rules
from tongxing.config.state import State


@dataclass(frozen=True)
class DrillCard:
    """The last restore drill: when (None: never), whether all is in order, rows that came back, seconds, words.

    `backup` is when the newest backup was made, None without one.
    """

    date: datetime | None
    ok: bool
    rows: int
    seconds: float
    words: str | Promise
    backup: datetime | None


WORDS = {
    "": _("The last restore drill gave back every row."),
    "never": _("No backup has ever been restored on trial. Set up backups and run `tongxing drill`."),
    "old": _("The last restore drill is older than two days. See whether the nightly jobs run."),
    "backup": _("The last restore drill passed, but on a backup older than two days. See why no new one is made."),
    "failed": _("The last restore drill failed. Run `tongxing drill` and read what it says."),
}


def drill_card(state: State | None = None) -> DrillCard:
    """Not ok when there was no drill, when the last one failed, or when it or its backup is over two days old."""
    state = state or State.load()
    card = rules.card(record.last(state, "drill"), datetime.now(UTC))
    made = record.last(state, "backup", ok=True)
    made_at = datetime.fromisoformat(made["at"]) if made else None
    return DrillCard(card.date, card.ok, card.rows, card.seconds, WORDS[card.reason], made_at)
