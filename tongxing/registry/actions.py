"""Writes of the registry: enrolling persons, recording and withdrawing consent, letting another centre in."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.utils import timezone

from tongxing.access import security
from tongxing.access.acting import Acting
from tongxing.core.ids import uuid7
from tongxing.facts.models import SubjectIdentity
from tongxing.linkage import documents, names
from tongxing.linkage.scripts import script_of
from tongxing.linkage.writing import narrow
from tongxing.organisations.models import Centre
from tongxing.registry import identity
from tongxing.registry.models import (
    Alert,
    Consent,
    Contact,
    Document,
    Grant,
    Guardianship,
    Halt,
    Household,
    Movement,
    Name,
    Person,
    Residence,
    SearchKey,
    SearchRow,
    Subject,
)
from tongxing.registry.models.consent import Decision
from tongxing.registry.rules import ConsentGiven, Enrolment

BATCH = 2000
# The order in which rows may be written: what is pointed at comes first.
TABLES: tuple[type[models.Model], ...] = (
    Household,
    Person,
    Name,
    Document,
    Contact,
    Guardianship,
    Residence,
    Movement,
    Consent,
    Subject,
    SubjectIdentity,
    SearchRow,
    SearchKey,
    Alert,
)


@transaction.atomic
def enrol(enrolments: Sequence[Enrolment], *, by: Acting) -> list[Person]:
    """Make the persons of `enrolments` at the acting centre, in order; all or none.

    Siblings name each other by `household_of`: the id of a person already here, or `#n` for the n-th enrolment of the
    same call. Raises PermissionDenied; writes no fact (the procedure that enrols does).
    """
    by.demand("person", "add")
    centre = Centre.objects.get(id=by.place)
    numbers = _numbers(enrolments)
    rows: dict[type[models.Model], list[models.Model]] = {table: [] for table in TABLES}
    persons: list[Person] = []
    for enrolment, number in zip(enrolments, numbers, strict=True):
        household = _household(enrolment, persons, centre, rows)
        person = _person(enrolment, number, household, centre, by)
        persons.append(person)
        rows[Person].append(person)
        _what_is_known(enrolment, person, rows)
        rows[Consent] += consent_rows(enrolment.consent, person=person, by=by)
        subject = Subject(person=person, centre=centre, subject=uuid.uuid4())
        rows[Subject].append(subject)
        rows[SubjectIdentity].append(SubjectIdentity(subject=subject.subject, identity=subject.subject))
        comparable, keys = identity.search_rows(enrolment, person)
        rows[Alert] += [_alert(person, Alert.Kind.ALONE, by)] if enrolment.is_unaccompanied else []
        rows[SearchRow] += comparable
        rows[SearchKey] += keys
    for table in TABLES:
        table._default_manager.bulk_create(rows[table], batch_size=BATCH)
    return persons


def _numbers(enrolments: Sequence[Enrolment]) -> list[str]:
    """Programme numbers: TX-26-004217. A demonstration says so in the number itself."""
    prefix = "DEMO" if settings.DEMO else "TX"
    with connection.cursor() as cursor:
        cursor.execute("select nextval('registry_number') from generate_series(1, %s)", [len(enrolments)])
        drawn = [n for (n,) in cursor.fetchall()]
    return [f"{prefix}-{e.on:%y}-{n:06d}" for e, n in zip(enrolments, drawn, strict=True)]


def _alert(person: Person, kind: str, by: Acting) -> Alert:
    """For the safeguarding lead, who sees no names: the number under which the centre finds the child."""
    return Alert(person=person, searched_by=by.user_id, centre_id=person.centre_id, kind=kind, reason=person.number)


def _household(enrolment: Enrolment, persons: list[Person], centre: Centre, rows: dict[Any, list[Any]]) -> uuid.UUID:
    sibling = enrolment.household_of
    if sibling.startswith("#"):
        return persons[int(sibling[1:])].household_id
    if sibling:
        # Through the row policy: a household that one may not see is not joined.
        known = Person.objects.filter(id=sibling, centre=centre).values_list("household_id", flat=True).first()
        if known:
            return known
    household = Household(id=uuid7(), centre=centre)
    rows[Household].append(household)
    return household.id


def _person(enrolment: Enrolment, number: str, household: uuid.UUID, centre: Centre, by: Acting) -> Person:
    family = enrolment.surname or None
    spoken = enrolment.spoken or names.spoken(enrolment.name, family)
    worked_out: dict[str, Any] = {
        "number": number,
        "centre": centre,
        "household_id": household,
        "surname": names.split(enrolment.name, family)[0],
        "spoken": spoken[:200],
        "sort_key": names.sort_key(enrolment.name, family, spoken)[:200],
        "birth_from": enrolment.birth.first if enrolment.birth else None,
        "birth_precision": enrolment.birth.precision if enrolment.birth else "",
        "languages": list(enrolment.languages),
        "origin_division_id": enrolment.origin_division or None,
        "registered_by_id": by.user_id,
    }
    return Person(**_as_said(enrolment) | worked_out)


def _as_said(enrolment: Enrolment) -> dict[str, Any]:
    """What Enrolment and Person call alike, cut to the column's length."""
    said: dict[str, Any] = {}
    for field in Person._meta.concrete_fields:
        if field.is_relation or not hasattr(enrolment, field.name):
            continue
        value = getattr(enrolment, field.name)
        said[field.name] = value[: field.max_length] if isinstance(value, str) else value
    return said


def _what_is_known(enrolment: Enrolment, person: Person, rows: dict[Any, list[Any]]) -> None:
    on = enrolment.on
    own = {"person": person, "centre_id": person.centre_id}
    rows[Name].append(Name(**own, text=enrolment.name, script=script_of(enrolment.name)))
    rows[Name] += [Name(**own, text=other, kind="other", script=script_of(other)) for other in enrolment.other_names]
    for typed in enrolment.documents:
        read = documents.read_document(typed)
        warned = ",".join(read.warnings)
        rows[Document].append(Document(**own, kind=read.kind, value=read.canonical[:60], warnings=warned))
    rows[Contact] += [Contact(**own, value=narrow(phone)) for phone in enrolment.phones]
    rows[Guardianship] += [
        Guardianship(**own, name=g.name, relation=g.relation, lives_with=g.lives_with, starts_on=on)
        for g in enrolment.guardians
    ]
    home = enrolment.residence
    if home.division or home.community or home.address:
        rows[Residence].append(
            Residence(
                **own,
                division_id=home.division or None,
                community=home.community,
                address=home.address,
                starts_on=on,
            )
        )
    if move := enrolment.move:
        rows[Movement].append(
            Movement(
                **own,
                from_division_id=move.from_division or None,
                to_division_id=move.to_division or None,
                moved_on=move.moved_on,
                precision=move.precision,
                reason=move.reason,
                moved_with=move.moved_with,
            )
        )


def consent_rows(given: ConsentGiven, *, person: Person, by: Acting) -> list[Consent]:
    """One row per answer; nothing is written yet."""
    return [
        Consent(
            person=person,
            centre_id=person.centre_id,
            purpose=answer.purpose,
            decision=Decision.AGREED if answer.agreed else Decision.REFUSED,
            text_edition=given.text_edition,
            language=given.language,
            decided_by_whom=given.by_whom,
            decider_name=given.decider_name,
            relation=given.relation,
            read_by=given.read_by,
            assent=given.assent,
            valid_until=given.valid_until,
            decided_at=_on_that_day(given.decided_on) if given.decided_on else timezone.now(),
            recorded_by_id=by.user_id,
        )
        for answer in given.answers
    ]


def _on_that_day(day: datetime.date) -> datetime.datetime:
    """A moment that is this day at every site; on paper stands no hour."""
    return datetime.datetime.combine(day, datetime.time(4), tzinfo=datetime.UTC)


@transaction.atomic
def decide(given: ConsentGiven, *, person: Person, by: Acting) -> list[Consent]:
    """Record new answers of the family; the latest answer to each purpose counts from now on."""
    by.demand("consent", "add")
    by.demand_keeping(person.centre_id)
    if any(answer.agreed for answer in given.answers):  # a no is taken at any time
        demand_in_use(person.pk)
    return Consent.objects.bulk_create(consent_rows(given, person=person, by=by))


@transaction.atomic
def let_in(*, person: Person, centre: Centre, purpose: str, ends_at: datetime.datetime | None, by: Acting) -> Grant:
    """Let another centre work with this person's record, until `ends_at`. The family's consent is the caller's to show."""
    by.demand("person", "change")
    demand_in_use(person.pk)
    return Grant.objects.create(
        person=person,
        centre=centre,
        given_from_id=person.centre_id,
        purpose=purpose,
        ends_at=ends_at,
        given_by_id=by.user_id,
    )


class Restricted(PermissionDenied):
    """The family has asked that the record is not used for now."""


def demand_in_use(person_id: uuid.UUID) -> None:
    """Refuse what would use a record whose use is restricted: a referral, a new agreement, another centre, a step of the
    procedure. What was searched for inside, break-glass and a comparison within the centre go on. Raises Restricted."""
    if Halt.objects.filter(person=person_id, kind=Halt.Kind.RESTRICTION).standing(timezone.localdate()).exists():
        raise Restricted("the use of this record is restricted")


@transaction.atomic
def protect(person: Person, *, locked: bool, by: Acting) -> Person:
    """Put a child in danger under location lock (every search from outside answers none), or lift it."""
    by.demand("person", "change")
    by.demand_keeping(person.centre_id)
    if person.is_location_locked == locked:
        return person
    person.is_location_locked = locked
    person.save(update_fields=["is_location_locked"])
    if locked:  # what is open elsewhere for a time closes at once: the whole home's, for all live at one place
        opened = Grant.objects.filter(person__household_id=person.household_id, ends_at__gt=timezone.now())
        opened.update(ends_at=timezone.now())
    else:
        Alert.objects.bulk_create([_alert(person, Alert.Kind.UNLOCKED, by)])
    return person


def break_glass(*, number: str, reason: str, by: Acting) -> uuid.UUID | None:
    """Open the record of a child whose card the desk holds, for four hours; the safeguarding lead reads the reason.

    Returns the person's id, or None: no such number, or a home with a location lock (both look the same).
    Raises TooManySearches: tries count among the hour's searches.
    """
    by.demand("glass", "add")
    security.note(security.GLASS, user_id=by.user_id, path=number)  # stays, whatever becomes of this transaction
    with identity.counted_searches() as cursor:
        cursor.execute("select access.break_glass(%s, %s)", [number, reason])
        found: uuid.UUID | None = cursor.fetchone()[0]
    return found


@transaction.atomic
def see_alert(alert_id: uuid.UUID, *, by: Acting) -> bool:
    """The safeguarding lead has seen it and acts. False: no such alert for this role."""
    by.demand("alert", "change")
    return bool(Alert.objects.filter(id=alert_id).update(seen_at=timezone.now()))
