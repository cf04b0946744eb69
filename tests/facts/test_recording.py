"""Facts on PostgreSQL, as the app role: added, never read, never changed."""

import dataclasses
import datetime
import uuid

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.world import as_ as at_work
from tests.world import somebody
from tongxing import facts
from tongxing.facts.actions import standing
from tongxing.facts.calculation import calculate
from tongxing.facts.derivation import voided
from tongxing.facts.export import export
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
        facts.void(fact, reason="mistake", by=by)
    assert registered() == before


def test_a_fact_is_voided_once(centre) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
        facts.void(fact, reason="mistake", by=by)
    with pytest.raises(DatabaseError), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.void(fact, reason="twice", by=by)


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
    """A coordinator who answers a voice records that, and nothing about a child."""
    with pytest.raises((PermissionDenied, DatabaseError)), at_work(somebody(role)) as by:
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


def taken_at(moment: datetime.datetime | None) -> int:
    return int(calculate("registrations", period=ALL, as_of=moment).only("registrations").value or 0)


def persons(moment: datetime.datetime | None, by: tuple[str, ...] = ()) -> dict:
    found = calculate("children_registered", period=ALL, as_of=moment, by=by)
    return {cell.keys: cell.value for cell in found.cells}


def test_after_a_correction_the_new_fact_counts_and_before_it_the_old_one(centre) -> None:
    wrong = draft(centre, sex="male")
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([wrong], by=by)
    before = timezone.now()
    total, sexes = registered(), persons(None, ("sex",))
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.correct(fact, dataclasses.replace(wrong, sex="female"), reason="details", by=by)
    assert registered() == total, "one for one"
    now = persons(None, ("sex",))
    female, male = (("sex", "female"),), (("sex", "male"),)
    assert (now.get(female, 0), now.get(male, 0)) == (sexes.get(female, 0) + 1, sexes[male] - 1)
    assert persons(before, ("sex",)) == sexes, "as of the moment before, the old fact stands"


def test_a_correction_that_cannot_be_recorded_takes_nothing_back(centre) -> None:
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([right := draft(centre)], by=by)
    total = registered()
    with pytest.raises(facts.UnknownCode), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.correct(fact, dataclasses.replace(right, sex="F"), by=by)
    with pytest.raises(ValueError, match="same row"), at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.correct(fact, draft(centre), by=by)
    assert registered() == total


def test_a_void_of_a_fact_that_was_exported_works_through_the_watermark(centre, settings, tmp_path) -> None:
    settings.FACTS_FOLDER = tmp_path / "facts"
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([draft(centre)], by=by)
    total = registered()
    export()
    before = timezone.now()
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        facts.void(fact, reason="mistake", by=by)
    assert registered() == total - 1, "the fact is in a file, the void in the tail"
    export()
    assert registered() == total - 1, "both are in files"
    assert taken_at(before) == total


def test_the_desk_finds_the_fact_of_its_own_record_to_take_it_back(centre) -> None:
    """It reads no facts; it learns the key of the one about a record of its centre, while that stands."""
    made = draft(centre)
    with at_work(somebody("front_desk", "changzhou-1")) as by:
        (fact,) = facts.record([made], by=by)
        found = standing(made.kind, made.source_id, on=made.occurred_on)
        assert found is not None and (found.pk, found.programme) == (fact.pk, fact.programme)
        facts.void(found, reason="twice", by=by)
        assert standing(made.kind, made.source_id, on=made.occurred_on) is None
    with at_work(somebody("front_desk", "zhongshan-1")):
        assert standing(made.kind, made.source_id, on=made.occurred_on) is None


def test_how_many_were_taken_back_is_told_by_reason_and_nothing_else(centre) -> None:
    told = voided()
    assert set(told) == {"child_registered"}
    assert set(told["child_registered"]) == {"mistake", "twice", "details"}
    assert all(number >= 1 for number in told["child_registered"].values())
