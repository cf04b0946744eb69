"""Rosters: a file comes in, the worker reads and checks it, somebody starts it, row by row it becomes registrations.

Every batch is one transaction: its rows, their registrations and the mark of how far it came, or nothing of them. So a
worker that is killed leaves whole rows, and whoever goes on begins where the last batch ended (ADR 27).
"""

import dataclasses
import datetime
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.models import Centre, Membership
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.actions.roster_rows import bring_in, check, take_out
from tongxing.procedures.models import Roster, RosterRow
from tongxing.procedures.rosters import rows
from tongxing.procedures.rosters.reading import BadRoster, Line, read
from tongxing.procedures.rosters.stored import as_json

WRITTEN, BATCH = 500, 25  # rows written down, and rows checked, imported or taken out, in one transaction
KEPT = datetime.timedelta(days=30)  # that the words of a list can be read after it ended
EFFECTS = uuid.UUID("7a1f4f0e-6f7b-5b7e-9d0c-2f5a52a2c1b7")  # of the keys under which rows register
State = RosterRow.State
Progress = Callable[[Roster], None]


class NotNow(Exception):
    """What was asked does not fit the state that the roster or the row is in; nothing was changed."""


@transaction.atomic
def take_in(content: bytes, *, name: str, by: Acting) -> tuple[Roster, bool]:
    """A file comes in; the worker reads it. The same file at the same centre is the same roster: (it, is it new)."""
    by.demand("roster", "add")
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest, by):
        return known, False
    roster = Roster(
        centre_id=by.place,
        user_id=by.user_id,
        role=by.role,
        name=name[-120:],
        file_hash=digest,
        content=one_time.seal(content.decode("latin-1")),
    )
    try:
        with transaction.atomic():
            roster.save(force_insert=True)
    except IntegrityError:  # a colleague sent it at the same moment
        return Roster.objects.exclude(state__in=Roster.GONE).get(file_hash=digest, centre_id=by.place), False
    return roster, True


def _known(digest: str, by: Acting) -> Roster | None:
    return Roster.objects.exclude(state__in=Roster.GONE).filter(file_hash=digest, centre_id=by.place).first()


@transaction.atomic
def start(roster: Roster, *, by: Acting) -> Roster:
    """Import what can be imported. A second press does nothing. Raises NotNow before everything is checked."""
    return _turn(roster, {"checked": "importing", "importing": "importing", "done": "done"}, State.READY, by)


@transaction.atomic
def undo(roster: Roster, *, by: Acting) -> Roster:
    """Take out again whom this roster brought and nobody has worked with since. Raises NotNow while it imports.

    One that stays behind in reading or checking, because who sent it has left, is taken back in the same way.
    """
    turns = dict.fromkeys(("reading", "checking", "checked", "done", "undoing"), "undoing") | {"undone": "undone"}
    return _turn(roster, turns, State.IMPORTED, by)


def _turn(roster: Roster, turns: dict[str, str], work: str, by: Acting) -> Roster:
    by.demand("roster", "change")
    by.demand_keeping(roster.centre_id)
    current = Roster.objects.select_for_update(no_key=True).get(id=roster.id)
    if current.state not in turns:
        raise NotNow(current.state)
    if current.state != turns[current.state]:
        total = current.rows.filter(state=work).count()
        _note(current, state=turns[current.state], done=0, total=total, ended_at=None)
    return current


@transaction.atomic
def decide(row_id: uuid.UUID, *, same: bool, by: Acting) -> RosterRow:
    """A person has looked: it is somebody who is here already, then nothing is made; or somebody else, then it is
    imported, now when the roster is, else with it. Raises NotNow for a row that does not wait, RosterRow.DoesNotExist.
    """
    by.demand("roster", "change")
    # The roster first, as a batch does: what is ready when it is through would never be imported.
    roster = Roster.objects.select_for_update(no_key=True).get(id=RosterRow.objects.get(id=row_id).roster_id)
    row = RosterRow.objects.select_for_update().get(id=row_id)
    by.demand_keeping(row.centre_id)
    if row.state != State.REVIEW or roster.state in ("reading", "checking", "undoing", "undone"):
        raise NotNow(row.state)
    row.state = State.SAME if same else State.READY
    row.decided_by_id, row.decided_at = by.user_id, timezone.now()
    row.save(update_fields=["state", "decided_by_id", "decided_at"])
    if not same and roster.state == Roster.State.DONE:
        bring_in([row], by)
    return row


def expire() -> int:
    """Of lists that ended a month ago only what became of each row stays; one that was never started, or whose sender
    left before it was read through, is not used any more. What waits for a person waits. Runs as the owner; returns how
    many rows were emptied.
    """
    ended = Roster.objects.using("owner").filter(ended_at__lt=timezone.now() - KEPT)
    ended.filter(state=Roster.State.CHECKED).update(state=Roster.State.UNDONE)
    given_up = Roster.objects.using("owner").filter(
        state__in=(Roster.State.READING, Roster.State.CHECKING), came_at__lt=timezone.now() - KEPT
    )
    given_up.update(state=Roster.State.UNDONE, content="", ended_at=F("came_at"))
    left = RosterRow.objects.using("owner").filter(roster__in=ended).exclude(sealed="")
    return left.exclude(roster__state=Roster.State.DONE, state=State.REVIEW).update(sealed="", candidates=[])


def hand_over(roster: Roster, by: Acting) -> None:
    """Ask the worker to go on. By its name: tasks stand above what they call."""
    task = app.configure_task("tongxing.procedures.tasks.roster_work")
    task.defer(roster=str(roster.pk), user=str(by.user_id), role=by.role, centre=str(roster.centre_id))


def work(roster_id: uuid.UUID, *, by: Acting, seconds: float = 0, progress: Progress | None = None) -> Roster:
    """Goes on with what the roster needs, until it is through or `seconds` are over (0: until it is through).

    Runs outside any transaction, signs anew for every batch: rights that end meanwhile end the work.
    Raises PermissionDenied when who asked works there no more.
    """
    until = time.monotonic() + seconds
    while True:
        with _acting(by):
            roster = Roster.objects.get(id=roster_id)
            _demand_working(by)
        if progress:
            progress(roster)
        if roster.state not in Roster.AT_WORK:
            return roster
        if roster.state == Roster.State.READING:
            _read(roster, by)
        else:
            with _acting(by):
                _batch(roster_id, by)
        if seconds and time.monotonic() > until:
            return roster


def _demand_working(by: Acting) -> None:
    own = Membership.objects.filter(user_id=by.user_id, role=by.role, centre_id=by.place)
    if not own.active_at(timezone.now()).exists():
        raise PermissionDenied("who asked works there no more")


@contextmanager
def _acting(by: Acting) -> Iterator[None]:
    with transaction.atomic(), acting_as(by):
        yield


def _note(roster: Roster, **changed: Any) -> None:
    for name, value in changed.items():
        setattr(roster, name, value)
    roster.save(update_fields=list(changed))


# --- reading --------------------------------------------------------------------------------------------------------


def _read(roster: Roster, by: Acting) -> None:
    """The file becomes rows. Done again from the last row written when it was interrupted."""
    try:
        found, lines = read(one_time.unseal(roster.content).encode("latin-1"))
    except BadRoster as bad:
        with _acting(by):
            if not _is_still_read(roster):
                return
            gone = {"state": Roster.State.REFUSED, "content": "", "ended_at": timezone.now()}
            _note(roster, reason=bad.reason, told=list(bad.told), **gone)
        return
    with _acting(by):
        house = _house(Centre.objects.get(id=roster.centre_id), lines)
        written = set(roster.rows.values_list("number", flat=True))
        made = [rows.understood(line, house, found.columns) for line in lines]
    doubles = rows.doubled(made, found.columns)
    fresh = [_marked(row, doubles) for row in made if row.number not in written]
    for start_at in range(0, len(fresh), WRITTEN):
        with _acting(by):
            if not _is_still_read(roster):
                return
            part = [_row(roster, row) for row in fresh[start_at : start_at + WRITTEN]]
            RosterRow.objects.bulk_create(part, ignore_conflicts=True)  # a second worker reads the same file
    with _acting(by):
        if not _is_still_read(roster):
            return
        said = dataclasses.asdict(found)
        _note(roster, state=Roster.State.CHECKING, content="", found=said, total=len(made), done=0)


def _is_still_read(roster: Roster) -> bool:
    """Or has somebody taken it back meanwhile, or another worker come to its end? Holds the roster until the commit."""
    return Roster.objects.select_for_update(no_key=True).get(id=roster.id).state == Roster.State.READING


def _house(centre: Centre, lines: Sequence[Line]) -> rows.House:
    return rows.House(jurisdiction(centre.jurisdiction), site_date(centre), rows.order_of(lines))


def _marked(row: rows.Row, doubles: dict[int, rows.Trouble]) -> rows.Row:
    double = doubles.get(row.number)
    return dataclasses.replace(row, troubles=(*row.troubles, double)) if double else row


def _row(roster: Roster, row: rows.Row) -> RosterRow:
    family = str(row.typed.get("family", "")).strip()
    return RosterRow(
        roster=roster,
        centre_id=roster.centre_id,
        number=row.number,
        sealed=as_json(row),
        effect=uuid.uuid5(EFFECTS, f"{roster.centre_id}:{row.content_hash}"),
        family=hashlib.sha256(f"{roster.pk}:{family}".encode()).hexdigest() if family else "",
    )


# --- batches --------------------------------------------------------------------------------------------------------


def _batch(roster_id: uuid.UUID, by: Acting) -> None:
    """The next rows, and the mark, in the running transaction."""
    # Two workers on one roster wait for each other.
    roster = Roster.objects.select_for_update(no_key=True).get(id=roster_id)
    step, left, through = {
        "checking": (check, roster.rows.to_check(), Roster.State.CHECKED),
        "importing": (bring_in, roster.rows.to_import(), Roster.State.DONE),
        "undoing": (take_out, roster.rows.to_take_out(), Roster.State.UNDONE),
    }.get(roster.state, (None, None, None))
    if step is None or left is None:
        return
    part = list(left.order_by("number")[:BATCH])
    step(part, by)
    changed: dict[str, Any] = {"done": roster.done + len(part)}
    if len(part) < BATCH:
        changed |= {"state": through, "ended_at": timezone.now()}
        if through == Roster.State.UNDONE:  # of a list that is not used nothing is kept but what became of it
            roster.rows.exclude(state=State.KEPT).update(sealed="", candidates=[])
            changed["content"] = ""
    _note(roster, **changed)
