"""The review desk: what waits for whom, what is told of a pair, and taking a word back.

Which pairs somebody sees the wall of ReviewPair says; what of the two records, access.pair_told (sql/review.sql).
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.long_lists import counted
from tongxing.registry.models import ReviewPair

LISTED = 20
UNDECIDED = (ReviewPair.State.OPEN, ReviewPair.State.DEFERRED)


@dataclass(frozen=True)
class Told:
    """The two records, left first; empty when they are not for whoever asks. `decided_by` is a colleague's name."""

    records: list[dict[str, Any]]
    decided_by: str

    @property
    def shown(self) -> list[uuid.UUID]:
        """Everybody whose data the page shows, for the trace."""
        return [uuid.UUID(one["id"]) for record in self.records for one in (record, *record["home"])]


def told_of(pair: ReviewPair) -> Told:
    with connection.cursor() as cursor:
        cursor.execute("select access.pair_told(%s)", [pair.id])
        found = cursor.fetchone()[0]
    told = json.loads(found) if isinstance(found, str) else found or {}
    return Told(told.get("records", []), told.get("decided_by") or "")


@transaction.atomic
def take_back(pair: uuid.UUID, *, reason: str, by: Acting) -> str | None:
    """Take one's word back, or reopen what was decided: the assertion ends with `reason`, and the pair waits again.

    "word": one's own first word; "open": it was laid aside; "reopened"; "two": two persons decided, and it takes those
    two; "since": something else has been said of them since. None: not for you. Raises PermissionDenied.
    """
    by.demand("pair", "change")
    with connection.cursor() as cursor:
        cursor.execute("select access.take_back(%s, %s)", [pair, reason])
        told: str | None = cursor.fetchone()[0]
    return told


def neighbours(pair: ReviewPair, by: Acting) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The waiting pair before this one, and the one after it."""
    waiting = ReviewPair.objects.waiting(by)
    later = waiting.filter(priority__lte=pair.priority).exclude(Q(priority=pair.priority, id__lte=pair.id))
    earlier = waiting.filter(priority__gte=pair.priority).exclude(Q(priority=pair.priority, id__gte=pair.id))
    return (
        earlier.order_by("priority", "-id").values_list("id", flat=True).first(),
        later.values_list("id", flat=True).first(),
    )


def waiting_words(by: Acting) -> str:
    """How many wait, at most "999+": every page at work asks, and nobody needs to know it closer."""
    return str(counted(ReviewPair.objects.waiting(by)) or "")


@dataclass(frozen=True)
class Desk:
    """What lies on the review desk of one person."""

    reasons: list[tuple[str, int]]  # why pairs wait -> how many, the most first
    first_words: int  # said by oneself, waiting for a second person
    decided_today: int
    deferred: list[ReviewPair]
    deferred_count: int
    disputed: list[ReviewPair]  # only for a lead
    last: list[ReviewPair]  # decided by oneself, the latest first

    @property
    def waiting(self) -> int:
        return sum(count for _reason, count in self.reasons)


def desk_of(by: Acting) -> Desk:
    # What the first of two has said is read by nobody.
    pairs = ReviewPair.objects.defer("first_said", "levels", "weights").select_related("left_centre", "right_centre")
    by_reason = ReviewPair.objects.waiting(by).order_by().values("reason").annotate(n=Count("id"))
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    mine = pairs.filter(decided_by_id=by.user_id, decided_at__gte=midnight - timedelta(days=7))
    deferred = pairs.filter(state=ReviewPair.State.DEFERRED)
    disputed = pairs.filter(state=ReviewPair.State.OPEN, is_disputed=True) if by.is_national else pairs.none()
    return Desk(
        reasons=sorted(((row["reason"], row["n"]) for row in by_reason), key=lambda row: (-row[1], row[0])),
        first_words=pairs.filter(first_by_id=by.user_id, state__in=UNDECIDED).count(),
        decided_today=mine.filter(decided_at__gte=midnight).count(),
        deferred=list(deferred.order_by("opened_at", "id")[:LISTED]),
        deferred_count=deferred.count(),
        disputed=list(disputed.order_by("opened_at", "id")[:LISTED]),
        last=list(mine.order_by("-decided_at", "id")[:LISTED]),
    )
