"""What becomes of the rows of a roster, some at a time, inside the caller's transaction: checked, brought in, taken out."""

import dataclasses
import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from tongxing.access.acting import Acting
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.actions import standing, void
from tongxing.organisations.models import Centre
from tongxing.procedures import sop
from tongxing.procedures.actions.registrations import Ready, register, site_date
from tongxing.procedures.models import Registration, RosterRow
from tongxing.procedures.rosters import rows
from tongxing.procedures.rosters.stored import opened
from tongxing.registry import identity
from tongxing.registry.rules import Enrolment

PROCEDURE = "child-registration"
State = RosterRow.State


class WorkedWith(Exception):
    """Somebody has worked with the record since; it stays."""


def check(part: Sequence[RosterRow], by: Acting) -> None:
    """What is wrong with the rows, and whom of those here they may be."""
    law = jurisdiction(Centre.objects.get(id=by.place).jurisdiction)
    registered = _registered(part)
    for row in part:
        said = opened(row)
        if said.troubles:
            row.state = State.REFUSED
        elif row.effect in registered:
            row.state = State.KNOWN
        else:
            row.candidates = _candidates(rows.enrolment(said, law))
            row.state = State.REVIEW if row.candidates else State.READY
    RosterRow.objects.bulk_update(part, ["state", "candidates"])


def bring_in(part: Sequence[RosterRow], by: Acting) -> None:
    """Registers the rows; who came to be here since the check, or stands further up in the same file, is left to people."""
    law = jurisdiction(Centre.objects.get(id=by.place).jurisdiction)
    enrolments = {row.id: rows.enrolment(opened(row), law) for row in part}
    identity.lock(*enrolments.values())
    registered = _registered(part)
    waiting = _Waiting(by, _homes(part))
    for row in part:
        if row.effect in registered:
            row.state = State.KNOWN
            continue
        enrolment = enrolments[row.id]
        keys = frozenset(identity.question(identity.details_of(enrolment))[0])
        if waiting.could_be_met_by(row, keys):
            waiting.register()  # so that the search finds whoever stands further up
        new = set(_candidates(enrolment)) - set(row.candidates) - waiting.homes.get(row.family, set())
        if new:
            row.candidates, row.state = sorted(new), State.REVIEW
        else:
            waiting.add(row, enrolment, keys)
    waiting.register()
    RosterRow.objects.bulk_update(part, ["state", "candidates", "registration"])


class _Waiting:
    """Rows that will be registered together. `homes`: family of this file → persons of it who are here."""

    def __init__(self, by: Acting, homes: dict[str, set[str]]) -> None:
        self.by, self.homes = by, homes
        self.under = sop.in_force(PROCEDURE, site_date(Centre.objects.get(id=by.place)))
        self.rows: list[tuple[RosterRow, Ready]] = []
        self.keys: set[int] = set()

    def could_be_met_by(self, row: RosterRow, keys: frozenset[int]) -> bool:
        return bool(self.keys & keys) or any(row.family and row.family == other.family for other, _ in self.rows)

    def add(self, row: RosterRow, enrolment: Enrolment, keys: frozenset[int]) -> None:
        sibling = next(iter(self.homes.get(row.family, ())), "")
        self.rows.append((row, Ready(dataclasses.replace(enrolment, household_of=sibling), row.effect)))
        self.keys |= keys

    def register(self) -> None:
        """Through the same action as a desk's work; recorded now, dated as it happened, on paper."""
        ready = [one for _row, one in self.rows]
        made = register(ready, under=self.under, by=self.by, channel="paper", search_again=False) if ready else []
        for (row, _ready), registration in zip(self.rows, made, strict=True):
            row.registration, row.state = registration, State.IMPORTED
            if row.family:
                self.homes.setdefault(row.family, set()).add(str(registration.person_id))
        self.rows, self.keys = [], set()


def take_out(part: Sequence[RosterRow], by: Acting) -> None:
    """Each row by itself: its fact is taken back and its person goes, or both stay because somebody has worked with it."""
    for row in part:
        row.state = State.UNDONE if _taken_out(row, by) else State.KEPT
        if row.state == State.UNDONE:
            row.registration, row.sealed, row.candidates = None, "", []
    RosterRow.objects.bulk_update(part, ["state", "registration", "sealed", "candidates"])


def _taken_out(row: RosterRow, by: Acting) -> bool:
    registration = row.registration
    if registration is None:
        return False
    try:
        with transaction.atomic():
            if fact := standing("child_registered", registration.id, on=registration.registered_on):
                void(fact, reason="mistake", by=by)
            if not _gone(registration.id):
                raise WorkedWith
    except WorkedWith:
        return False
    return True


def _gone(registration: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select access.take_out(%s)", [registration])
        return bool(cursor.fetchone()[0])


def _registered(part: Sequence[RosterRow]) -> set[uuid.UUID]:
    effects = [row.effect for row in part]
    return set(Registration.objects.filter(draft_id__in=effects).values_list("draft_id", flat=True))


def _candidates(enrolment: Enrolment) -> list[str]:
    return [str(person) for person in identity.here(identity.details_of(enrolment))]


def _homes(part: Sequence[RosterRow]) -> dict[str, set[str]]:
    homes: dict[str, set[str]] = {}
    wanted = {row.family for row in part if row.family}
    if wanted:
        known = RosterRow.objects.filter(roster_id=part[0].roster_id, family__in=wanted, registration__isnull=False)
        for family, person in known.values_list("family", "registration__person_id"):
            homes.setdefault(family, set()).add(str(person))
    return homes
