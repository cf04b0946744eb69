"""The jobs that compare records: whom they compare, what they leave to people, and that a second run adds nothing."""

import uuid

import pytest

from tests import world
from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.registry import comparing
from tongxing.registry.actions import decide, enrol
from tongxing.registry.linking import assert_link, end_link, links_of, one_with
from tongxing.registry.models import LinkRun, Person, ReviewPair


@pytest.fixture(scope="module")
def worker(house) -> Acting:
    return world.somebody("case_worker", "changzhou-2")


@pytest.fixture(scope="module")
def far(house) -> Acting:
    return world.somebody("case_worker", "zhongshan-1")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.LINKING_FOLDER = tmp_path / "linking"


NAMES = iter("欧阳映雪 司徒远航 诸葛听雨 慕容望舒 端木清扬 上官云起 尉迟怀瑾 皇甫若愚 令狐知秋 澹台明镜".split())


def again(*desks: Acting, **changed) -> list[Person]:
    """The same made-up child, registered at each of these desks; unlike everybody else."""
    name, number = next(NAMES), uuid.uuid4().int
    born = PartialDate(2008 + number % 9, 1 + number % 12, 1 + number % 28)
    known = {
        "birth": born,
        "phones": (f"000 {number % 10**8:08d}",),
        "guardians": (world.GuardianSaid(f"{name[:2]}{'伯仲叔季'[number % 4]}安", "father"),),
    }
    found = []
    for by in desks:
        with world.as_(by):
            found += enrol([world.child(name, **known | changed)], by=by)
    return found


def test_a_child_who_was_registered_twice_becomes_one_overnight(house, worker, far) -> None:
    here, there = again(worker, far)
    run = comparing.compare("new")
    print(run.counts)
    with world.as_(worker):
        assert one_with(here.id) == ([], True)
        [said] = links_of(here.id)
    assert (said.source, said.kind, said.other) == ("batch", "same", None)
    assert said.levels["name"] and said.weight
    assert (run.state, run.counts["link"], run.counts["new"]) == ("done", 1, run.counts["records"])
