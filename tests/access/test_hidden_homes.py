"""A child under location lock is hidden with everybody who lives with it: whoever finds one of them has found the child."""

from typing import Any

import pytest

from tests import world
from tests.access.answers import comparable
from tests.registry.test_walls import child, registered, searched
from tongxing.registry import identity, matching
from tongxing.registry.actions import break_glass, protect
from tongxing.registry.models import Alert, MatchRequest, Person

SAID = {"name": "一个孩子"}


@pytest.fixture(scope="module")
def lead(house):
    return world.somebody("safeguarding")


def home(desk: Any, name: str, sister: str) -> tuple[Any, Any]:
    """Two registered children of one household; neither is hidden yet."""
    one = registered(desk, name)
    return one, registered(desk, sister, household_of=str(one.person_id))


def hide(person: Person, *, by: Any) -> None:
    with world.as_(by):
        protect(person, locked=True, by=by)


def asked(by: Any, name: str) -> bool:
    with world.as_(by):
        return matching.ask(identity.details_of(child(name)), SAID, by=by)


def test_a_sister_is_none_outside_and_the_lead_is_told(desk, elsewhere, lead) -> None:
    hidden, sister = home(desk, "谷梁如岳", "谷梁听雨")
    assert searched(elsewhere, "谷梁听雨").elsewhere.level == "possible"  # the control
    hide(hidden.person, by=desk)
    assert searched(elsewhere, "谷梁听雨").elsewhere == searched(elsewhere, "左丘无人").elsewhere
    assert searched(desk, "谷梁听雨").inside[0].person_id == sister.person_id
    with world.as_(lead):
        assert Alert.objects.filter(person_id=sister.person_id, kind="search").exists()


def test_a_sister_is_not_asked_about_and_what_was_asked_before_is_not_confirmed(desk, elsewhere) -> None:
    hidden, sister = home(desk, "呼延临川", "呼延知秋")
    assert asked(elsewhere, "呼延知秋")
    hide(hidden.person, by=desk)
    page = world.client(desk).get("/en/people/requests/").content.decode()
    assert 'value="none"' in page and 'value="same"' not in page
    with world.as_(desk):
        request = MatchRequest.objects.get(person_id=sister.person_id)
        assert not matching.answer(request, "same", lets_in=True, by=desk)
        assert matching.answer(request, "none", by=desk)
    assert not asked(elsewhere, "呼延知秋")


def test_no_question_goes_out_that_would_tell_where_a_child_hidden_here_is(desk, elsewhere) -> None:
    hidden, _sister = home(desk, "濮阳采石", "濮阳问渠")
    for name in ("濮阳采石", "濮阳问渠"):
        registered(elsewhere, name)
    assert asked(desk, "濮阳问渠")  # the control
    hide(hidden.person, by=desk)
    assert [asked(desk, name) for name in ("濮阳采石", "濮阳问渠")] == [False, False]


def test_a_sister_is_not_opened_in_an_emergency_and_closes_with_the_lock(desk, elsewhere, lead) -> None:
    hidden, sister = home(desk, "宇文青", "宇文白")
    why = "孩子高烧，家人联系不上原中心"
    with world.as_(elsewhere) as by:
        assert break_glass(number=sister.number, reason=why, by=by) == sister.person_id
    hide(hidden.person, by=desk)
    with world.as_(elsewhere):
        assert not Person.objects.filter(id=sister.person_id).exists()
    client = world.client(elsewhere)
    closed, absent = (
        client.post("/en/people/emergency/", {"number": number, "reason": why})
        for number in (sister.number, "TX-26-999999")
    )
    assert comparable(closed, [sister.number]) == comparable(absent, ["TX-26-999999"])
    with world.as_(lead):
        assert Alert.objects.filter(person_id=sister.person_id, kind="emergency").count() == 2
