"""Several places of work confirmed at once: each by the walls of a single one."""

import pytest

from tests import world
from tests.organisations.staff import confirmed, proposed
from tongxing.access.models import User
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.models import Membership

PAGE = "/en/accounts/proposals/"


@pytest.fixture(scope="module")
def security(house):
    return world.somebody("security")


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def second(house):
    return world.somebody("security")


def answers(*proposals):
    return [Proposal.objects.using("owner").get(id=one.id).answer for one in proposals]


def test_those_that_are_ticked_hold_at_once_and_the_others_wait(security, coordinator) -> None:
    asked = [proposed(security) for _one in range(3)]
    lead = world.client(coordinator)
    page = lead.get(PAGE).content.decode()
    for one in asked:  # each is a row of its own, and none is ticked beforehand
        assert f'value="{one.id}"' in page
    assert " checked" not in page
    assert lead.post(f"{PAGE}confirm/", {"chosen": [str(one.id) for one in asked[:2]]}).status_code == 302
    assert answers(*asked) == ["confirmed", "confirmed", ""]
    assert Membership.objects.using("owner").filter(user_id__in=[one.user_id for one in asked]).count() == 2


def test_a_refused_row_is_named_and_the_others_stand(security, coordinator) -> None:
    """An administrator would get a second role; one was answered meanwhile; one is not there."""
    apart = proposed(security, User.objects.using("owner").get(id=world.somebody("system").user_id))
    answered, good = proposed(security), proposed(security)
    confirmed(answered, coordinator)
    ticked = [str(apart.id), "forged", str(answered.id), str(good.id)]
    told = world.client(coordinator).post(f"{PAGE}confirm/", {"chosen": ticked})
    text = told.content.decode()
    assert told.status_code == 422 and f"{apart.name} · " in text
    for words in ("no second role", "answered this meanwhile", "not there any more"):
        assert words in text
    assert answers(apart, answered, good) == ["", "confirmed", "confirmed"]


def test_nobody_confirms_the_own_ones_among_many(security, second) -> None:
    own, other = proposed(second), proposed(security)
    mine = proposed(security, User.objects.using("owner").get(id=second.user_id), role="mande", centre="")
    lead = world.client(second)
    page = lead.get(PAGE).content.decode()
    assert f'value="{own.id}"' not in page and f'value="{mine.id}"' not in page
    told = lead.post(f"{PAGE}confirm/", {"chosen": [str(own.id), str(mine.id), str(other.id)]})
    assert told.status_code == 422 and told.content.decode().count("Four eyes") == 2
    assert answers(own, mine, other) == ["", "", "confirmed"]


def test_nothing_ticked_is_said(coordinator) -> None:
    told = world.client(coordinator).post(f"{PAGE}confirm/")
    assert told.status_code == 422 and "Tick at least one" in told.content.decode()
