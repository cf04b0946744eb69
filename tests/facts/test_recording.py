"""Facts on PostgreSQL, as the app role: added, never read, never changed."""

import datetime
import uuid

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from tests.world import as_ as at_work
from tests.world import somebody
from tongxing import facts
from tongxing.facts.calculation import calculate
from tongxing.facts.models import Fact
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre

ALL = Period.until(datetime.date(2030, 1, 1))


@pytest.fixture(scope="module")
def centre(house) -> Centre:
    return Centre.objects.get(slug="changzhou-1")


def draft(centre: Centre, **changed) -> facts.Draft:
    given = {
        "kind": "child_registered",
        "occurred_on": datetime.date(2026, 11, 20),
        "source": "procedures.Registration",
        "source_id": uuid.uuid4(),
        "subject": uuid.uuid4(),
        "centre_id": centre.pk,
        "sex": "female",
        "birth_year": 2016,
        "attributes": {"channel": "desk"},
    }
    return facts.Draft(**(given | changed))


def registered() -> int:
    return int(calculate("registrations", period=ALL).only("registrations").value or 0)


def test_place_and_programme_of_a_fact_come_from_its_centre(centre, house) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
    ((division, programme),) = house.sql(
        "tx_counter", "select division_id, programme from facts_fact where id = %s", [fact.pk]
    )
    assert (division, programme) == (centre.division_id, centre.site.programme)


def test_a_recorded_fact_counts_at_once_and_a_voided_one_no_longer(centre) -> None:
    before = registered()
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
    assert registered() == before + 1
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.void(fact, reason="registered by mistake", by=by)
    assert registered() == before


def test_a_fact_is_voided_once(centre) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
        facts.void(fact, reason="mistake", by=by)
    with pytest.raises(DatabaseError), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.void(fact, reason="again", by=by)


def test_a_void_says_why_and_is_not_voided_itself(centre) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
        with pytest.raises(ValueError, match="say why"):
            facts.void(fact, reason=" ", by=by)
        voiding = facts.void(fact, reason="mistake", by=by)
        with pytest.raises(ValueError, match="voiding fact"):
            facts.void(voiding, reason="mistake", by=by)


def test_one_bad_draft_keeps_all_out(centre) -> None:
    before = registered()
    with pytest.raises(facts.UnknownCode), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.record([draft(centre), draft(centre, kind="child_dreamt")], by=by)
    assert registered() == before


def test_what_has_not_happened_yet_is_refused(centre) -> None:
    with pytest.raises(ValueError, match="not happened yet"), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.record([draft(centre, occurred_on=datetime.date.today() + datetime.timedelta(days=3))], by=by)


@pytest.mark.parametrize("role", ["mande", "coordinator"])
def test_who_counts_does_not_record(centre, role: str) -> None:
    with pytest.raises(PermissionDenied), at_work(somebody(role)) as by:
        facts.record([draft(centre)], by=by)


def test_without_a_signed_context_the_database_takes_no_fact(centre) -> None:
    by = somebody("front_desk", "changzhou-1")
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        facts.record([draft(centre)], by=by)


def test_the_desk_never_reads_facts(centre) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), at_work(somebody("front_desk", "changzhou-1")):
        Fact.objects.count()


@pytest.mark.parametrize(
    "statement",
    ["update facts_fact set sex = 'male'", "delete from facts_fact", "truncate facts_fact cascade"],
)
def test_not_even_the_owner_changes_what_happened(centre, house, statement: str) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.record([draft(centre)], by=by)
    with pytest.raises(psycopg.errors.RaiseException):
        house.sql("tx_owner", statement)


def test_every_fact_of_one_transaction_carries_its_number(centre, house) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        found = facts.record([draft(centre), draft(centre)], by=by)
    rows = house.sql("tx_counter", "select distinct xid from facts_fact where id = any(%s)", [[f.pk for f in found]])
    assert len(rows) == 1
