"""Who is who: assertions that can be taken back, identities that follow, and what each side is told."""

import uuid

import pytest

from tests import world
from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.registry.actions import enrol, let_in
from tongxing.registry.linking import assert_link, end_link, one_with
from tongxing.registry.models import Person


@pytest.fixture(scope="module")
def worker(house) -> Acting:
    return world.somebody("case_worker", "changzhou-2")


@pytest.fixture(scope="module")
def colleague(house) -> Acting:
    return world.somebody("case_worker", "changzhou-2")


@pytest.fixture(scope="module")
def far(house) -> Acting:
    """A case worker of another city's centre."""
    return world.somebody("case_worker", "zhongshan-1")


@pytest.fixture(scope="module")
def lead(house) -> Acting:
    return world.somebody("safeguarding")


def people(by: Acting, count: int = 1, **changed) -> list[Person]:
    with world.as_(by):
        born = PartialDate(2012, 1, 5)
        return enrol([world.child(f"林{'甲乙丙丁戊己'[n]}", birth=born, **changed) for n in range(count)], by=by)


def let(person: Person, *, to: Acting, by: Acting) -> None:
    with world.as_(by):
        place = world.Service.objects.filter(centre_id=to.centre_id).first()
        let_in(person=person, centre=place.centre if place else to.place, purpose="linking", ends_at=None, by=by)


def identities(house, *persons: Person) -> list[uuid.UUID]:
    """The identity of each, as facts count it now."""
    rows = dict(
        house.sql(
            "tx_linker",
            "select s.person_id, (select i.identity from facts_subjectidentity i where i.subject = s.subject"
            " order by i.valid_from desc limit 1) from registry_subject s",
        )
    )
    return [rows[person.id] for person in persons]


def test_two_records_that_are_linked_are_one_identity_and_two_again_when_unlinked(house, worker) -> None:
    a, b = people(worker, 2)
    apart = identities(house, a, b)
    assert apart[0] != apart[1]
    with world.as_(worker):
        link = assert_link(a.id, b.id, "same", by=worker)
        assert one_with(a.id) == ([b.id], False)
    assert identities(house, a, b) == [apart[0]] * 2, "an identity bears the pseudonym of its oldest record"
    with world.as_(worker):
        assert end_link(link, reason="two boys of one class", by=worker) == "ended"
        assert one_with(a.id) == ([], False)
    assert identities(house, a, b) == apart
