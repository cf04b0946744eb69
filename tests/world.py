"""People and places for tests: accounts with memberships, and a child that can be registered. Written by the real actions."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.test import Client

from tests.faults.serving import wait_for
from tongxing.access.acting import Acting
from tongxing.access.actions import create_user, open_session
from tongxing.access.context import acting_as
from tongxing.access.middleware import COOKIE
from tongxing.core.dates import PartialDate
from tongxing.core.ids import uuid7
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Service
from tongxing.organisations.reference import identifier
from tongxing.procedures import sop
from tongxing.procedures.actions import Ready, refer, register
from tongxing.procedures.models import Referral, Registration
from tongxing.procedures.rules.registration import ASKED
from tongxing.registry.models import Person
from tongxing.registry.rules import ConsentGiven, Decided, Enrolment, GuardianSaid, Move, Residing

PASSWORD = "a long enough password"
TODAY = date(2026, 11, 21)


def centre_id(slug: str) -> uuid.UUID:
    return identifier("centre", slug)


def somebody(role: str, centre: str = "") -> Acting:
    """A new account with one membership, acting in it. Committed by the owner, so only in a `house` or served."""
    user = create_user(login=f"{role}-{uuid.uuid4().hex[:8]}", name=f"{role} (demonstration)", password=PASSWORD)
    place = centre_id(centre) if centre else None
    add_membership(user_id=user.id, centre_id=place, role=role, starts_on=date(2020, 1, 1))
    return Acting(user_id=user.id, name=user.name, role=role, centre_id=place)


@contextmanager
def as_(by: Acting) -> Iterator[Acting]:
    """One transaction under the signed context of `by`, as a request has it."""
    with transaction.atomic(), acting_as(by):
        yield by


def consent(*, refused: tuple[str, ...] = (), **changed: Any) -> ConsentGiven:
    given: dict[str, Any] = {
        "answers": tuple(Decided(purpose, purpose not in refused) for purpose in ASKED),
        "by_whom": "guardian",
        "decider_name": "林建",
        "relation": "father",
        "read_by": "desk",
        "language": "zh",
        "text_edition": 1,
        "valid_until": date(2099, 1, 1),
    }
    return ConsentGiven(**given | changed)


def child(name: str = "林小禾", **changed: Any) -> Enrolment:
    """A generated child, as the desk writes it down."""
    known: dict[str, Any] = {
        "name": name,
        "sex": "female",
        "on": TODAY,
        "consent": consent(),
        "birth": PartialDate(2017, 3, 2),
        "birth_said": "2017-03-02",
        "origin_division": "130921",
        "guardians": (GuardianSaid("林建", "father"),),
        "phones": ("000 0000 0142",),
        "residence": Residing("320404", "青竹社区（演示）", "示范路 9 号（演示）"),
        "move": Move("130921", "320404", date(2026, 9, 1), "month", "work_of_parents", "both_parents"),
    }
    return Enrolment(**known | changed)


def registered(by: Acting, enrolment: Enrolment | None = None, **options: Any) -> Registration:
    """Register one child at the desk of `by` (in its context) and return the registration."""
    ready = Ready(enrolment or child(), options.pop("draft_id", None) or uuid7())
    under = sop.in_force("child-registration", ready.enrolment.on)
    [registration] = register([ready], under=under, by=by, **options)
    return registration


def service_at(centre: str, need: str) -> Service:
    """A service of the demonstration at a centre, for a need."""
    found = Service.objects.filter(centre_id=centre_id(centre), need=need).first()
    assert found is not None
    return found


def to_school(
    person: Person, *, by: Acting, school: str = "changzhou-school-1", request_id: uuid.UUID | None = None
) -> Referral:
    """A referral of the person to a school's places; `request_id` is the same when a button was pressed twice."""
    service = service_at(school, "school")
    return refer(person=person, service=service, need="school", request_id=request_id or uuid7(), by=by)


def client(by: Acting | None = None, **options: Any) -> Client:
    """A browser in which `by` is signed in, as the sign-in page leaves it; of a passer-by when nobody is given."""
    browser = Client(**options)
    if by is not None:
        _session, token = open_session(by=by)
        browser.cookies[COOKIE] = token
    return browser


@contextmanager
def hasty() -> Iterator[None]:
    """Whoever has to wait for a lock fails at once, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '100ms'")
    yield


def until_nothing_is_under_way(house: Any) -> None:
    """Wait for the transactions of others, of the server's own cleaning too: a seal ends where the oldest began."""
    quiet = "select pg_snapshot_xmin(s) = pg_snapshot_xmax(s) from pg_current_snapshot() s"
    wait_for(lambda: house.sql("postgres", quiet) == [(True,)], 60)
