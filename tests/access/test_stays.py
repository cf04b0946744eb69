"""A stay that somebody made up by SQL: in another role it opens nothing, in the own one it is no longer than any other."""

import secrets

import pytest
from django.db import connection, transaction

from tests import world
from tests.organisations.staff import HERE, refused
from tongxing.access.acting import Acting
from tongxing.access.context import acting_as

ADDED = (
    "insert into access_session (id, token_hash, user_id, role, centre_id, started_at, seen_at, ends_at) values"
    " (gen_random_uuid(), %s, %s, %s, %s, now() + %s::interval, now() + %s::interval, now() + %s::interval)"
)


@pytest.fixture(scope="module")
def desk(house) -> Acting:
    return world.somebody("front_desk", HERE)


@pytest.mark.parametrize(("role", "centre"), [("safeguarding", ""), ("case_worker", "zhongshan-1")])
def test_a_session_of_ones_own_making_is_worth_nothing(desk, role: str, centre: str) -> None:
    """Injected under a context: a session in a role and at a place where one does not work. It resumes to nobody."""
    token = secrets.token_bytes(32)
    at = world.centre_id(centre) if centre else None
    with transaction.atomic(), acting_as(desk), connection.cursor() as cursor:
        cursor.execute(ADDED, [token, desk.user_id, role, at, "0", "0", "1 hour"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select * from access.resume(%s)", [token])
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("began", "seen", "ends", "stands"),
    [
        ("0", "0", "12 hours", True),
        ("0", "0", "12 hours 1 second", False),
        ("0", "0", "9 years", False),
        ("8 years", "0", "8 years", False),
        ("0", "1 year", "1 hour", False),
    ],
)
def test_one_in_the_own_role_and_place_is_no_longer_than_any_other(
    desk, began: str, seen: str, ends: str, stands: bool
) -> None:
    values = [secrets.token_bytes(32), desk.user_id, desk.role, desk.centre_id, began, seen, ends]
    assert refused(desk, ADDED, *values) != stands


def test_an_ended_stay_is_not_brought_back(desk) -> None:
    for change in ("ended_at = null", "ends_at = now() + interval '1 year'", "seen_at = now()", "locked_at = null"):
        assert refused(desk, f"update access_session set {change} where user_id = %s", desk.user_id), change
