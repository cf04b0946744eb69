"""The review desk: whose pairs one sees, two persons for children in danger, and words that can be taken back."""

import re
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from tests import world
from tongxing.access.acting import Acting
from tongxing.access.models import ReadNote
from tongxing.core.dates import PartialDate
from tongxing.registry import evidence, pairs, reviewing
from tongxing.registry.actions import enrol
from tongxing.registry.linking import decide_pair, links_of
from tongxing.registry.models import Person, ReviewPair

LEVELS = '{"name": "same_sound_rare", "birth": "same_day", "household": "phone_and_guardian", "kin": "twin"}'
WEIGHTS = '{"name": 6.3, "birth": 4.5, "household": 3.125, "sex": -2.25, "kin": -9.5}'


@pytest.fixture(scope="module")
def lead(house) -> Acting:
    return world.somebody("safeguarding")


def person(by: Acting, name: str = "闵安柏", **changed: Any) -> Person:
    with world.as_(by):
        return enrol([world.child(name, birth=PartialDate(2012, 1, 5), **changed)], by=by)[0]


def waits(house, one: Person, other: Person, *, reason: str = "uncertain", press: float = 0.5) -> uuid.UUID:
    """A pair that the comparing job has put into the queue."""
    asked = "select access.put_pair(%s, %s, %s, '2/2', 2.125, 0.5, %s, %s, %s, null, '')"
    [[made]] = house.sql("tx_linker", asked, [one.id, other.id, reason, LEVELS, WEIGHTS, press])
    assert made
    return made


@pytest.fixture
def pair(house, worker) -> uuid.UUID:
    return waits(house, person(worker), person(worker, "闵安百"))


@pytest.fixture
def hidden(house, worker) -> uuid.UUID:
    """A pair in which a child is under location lock."""
    child = person(worker)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [child.id])
    return waits(house, child, person(worker, "闵安百"))


def at(pair: uuid.UUID, undo: bool = False) -> str:
    return f"/en/people/review/{pair}/{'undo/' if undo else ''}"


def state(pair: uuid.UUID) -> ReviewPair:
    return ReviewPair.objects.using("owner").get(id=pair)


def test_both_records_are_shown_with_what_differs_and_why(worker, pair) -> None:
    text = world.client(worker).get(at(pair)).content.decode()
    assert re.search(r"闵安</span><mark>.*柏.*</mark>", text) and re.search(r"<mark>.*百.*</mark>", text)
    assert text.count("is-different") == 1, "the agreeing parts stay calm"
    assert "differs</span>" in text, "not by colour alone"
    assert "same sound, a rare name" in text and "+6.3" in text and "−9.5" in text
    assert "perhaps a twin" in text and "…0142" in text and "000 0000 0142" not in text
    assert "agree too little for one person" in text


def test_who_looks_at_a_pair_leaves_one_trace_that_names_everybody_shown(worker, pair) -> None:
    before = ReadNote.objects.using("owner").count()
    answer = world.client(worker).get(at(pair))
    [trace] = ReadNote.objects.using("owner").order_by("at")[before:]
    row = state(pair)
    assert {str(row.left_id), str(row.right_id)} <= set(trace.ids) and trace.user_id == worker.user_id
    assert "闵" not in re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)[1]


def test_a_centre_sees_pairs_of_two_records_of_its_own_and_a_lead_those_of_families_that_agreed(
    house, worker, far, lead
) -> None:
    across = waits(house, person(worker), person(far))
    refused = waits(house, person(worker, consent=world.consent(refused=("linkage",))), person(worker))
    for by in (worker, far):
        assert world.client(by).get(at(across)).status_code == 404
        assert world.client(by).post(at(across), {"says": "same"}).status_code == 404
        assert world.client(by).post(at(across, undo=True)).status_code == 404
    for role, centre in (("front_desk", "changzhou-2"), ("police", "changzhou-2"), ("mande", ""), ("coordinator", "")):
        assert world.client(world.somebody(role, centre)).get(at(across)).status_code in (403, 404), role
    seen = world.client(lead).get(at(across)).content.decode()
    assert "闵安柏" in seen and "青竹社区" not in seen, "names for the lead, addresses for nobody"
    assert "闵安柏" in world.client(worker).get(at(refused)).content.decode()
    kept = world.client(lead).get(at(refused)).content.decode()
    assert "闵安柏" not in kept and "for their own centre" in kept
    house.sql(
        "tx_owner", "update registry_consent set decision = 'refused' where person_id = %s", [state(across).left_id]
    )
    assert "闵安柏" not in world.client(lead).get(at(across)).content.decode(), "a family may change its mind"


def test_the_most_pressing_pair_comes_first_and_then_the_next(house, far) -> None:
    low = waits(house, person(far), person(far), press=0.25)
    high = waits(house, person(far), person(far), press=2)
    client = world.client(far)
    assert client.get("/en/people/review/next/").url == at(high)
    page = client.get(at(high)).content.decode()
    assert f'href="{at(low)}" data-keys="j ArrowRight"' in page and "ArrowLeft" not in page
    assert f'href="{at(high)}" data-keys="k ArrowLeft"' in client.get(at(low)).content.decode()
    with world.as_(far):
        assert reviewing.neighbours(state(low), far) == (high, None)
    assert client.post(at(high), {"says": "different"}).url == f"{at(low)}?after={high}"
    assert client.post(at(low), {"says": "deferred"}).url == f"/en/people/review/?after={low}", "none is left"
    text = client.get(f"/en/people/review/?after={low}").content.decode()
    assert "No pair waits for you" in text and at(low) in text, "what was laid aside is found again"
    assert "Laid aside. It waits" in text and at(low, undo=True) in text


def test_a_decision_is_kept_with_its_reason_and_undone_with_another(worker, colleague, pair) -> None:
    client = world.client(worker)
    assert client.post(at(pair), {"says": "same", "reason": "one card"}).status_code == 302
    row = state(pair)
    assert (row.state, row.decided_by_id, row.decided_reason) == ("same", worker.user_id, "one card")
    text = world.client(colleague).get(at(pair)).content.decode()
    assert f"By {worker.name}" in text and "one card" in text and "Undo this decision" in text
    assert 'name="says"' not in text
    assert client.post(at(pair, undo=True), {"reason": "two boys"}).url == f"{at(pair)}?after={pair}"
    assert state(pair).state == "open" and state(pair).decided_at is None
    with world.as_(worker):
        [said] = links_of(row.left_id)
        assert (said.reason, said.ended_reason, said.ended_at is None) == ("one card", "two boys", False)
    text = client.get(f"{at(pair)}?after={pair}").content.decode()
    assert 'value="one card"' in text and "Taken back" in text and "What was said of these two before" in text
    assert client.post(at(pair, undo=True)).status_code == 409, "there is nothing left to undo"


def test_who_comes_second_is_told_calmly_and_loses_nothing_typed(worker, colleague, pair) -> None:
    first, second = world.client(worker), world.client(colleague)
    assert 'name="says"' in second.get(at(pair)).content.decode()
    first.post(at(pair), {"says": "different"})
    late = second.post(at(pair), {"says": "same", "reason": "the grandmother says so"})
    text = late.content.decode()
    assert late.status_code == 409 and f"By {worker.name}" in text
    assert "while you were looking" in text and "the grandmother says so" in text
    assert state(pair).state == "different"


def test_an_answer_that_is_none_of_the_four_is_refused_and_the_reason_stays(worker, pair) -> None:
    answer = world.client(worker).post(at(pair), {"says": "perhaps", "reason": "hard to say"})
    assert answer.status_code == 422 and 'value="hard to say"' in answer.content.decode()


def test_of_a_sensitive_pair_two_persons_say_the_same_and_the_first_word_is_shown_to_nobody(
    worker, colleague, hidden
) -> None:
    first, second = world.client(worker), world.client(colleague)
    plain = second.get(at(hidden)).content.decode()
    first.post(at(hidden), {"says": "sibling", "reason": "seen at home"})
    assert state(hidden).state == "open"
    told = second.get(at(hidden)).content.decode()
    hide = re.compile(r'(?:csrfmiddlewaretoken|number)" value="\w+"|nav__n">\d+|\d+ <|waiting: \d+')
    assert hide.sub("", told) == hide.sub("", plain), "nothing on the page tells that somebody has spoken"
    assert "shown to nobody" in first.get(f"/en/people/review/?after={hidden}").content.decode()
    assert "You have given your word" in first.get(at(hidden)).content.decode()
    with world.as_(worker):
        assert not ReviewPair.objects.waiting(worker).filter(id=hidden).exists()
    second.post(at(hidden), {"says": "sibling"})
    assert (state(hidden).state, state(hidden).decided_by_id) == ("sibling", colleague.user_id)


def test_when_two_disagree_the_lead_decides(worker, colleague, lead, hidden) -> None:
    world.client(worker).post(at(hidden), {"says": "same"})
    told = world.client(colleague).post(at(hidden), {"says": "different"})
    assert state(hidden).is_disputed and f"after={hidden}" in told.url
    with world.as_(worker):
        assert not ReviewPair.objects.waiting(worker).filter(id=hidden).exists()
        assert decide_pair(hidden, "different", by=worker) is None, "neither of the two outvotes the other"
    text = world.client(worker).get(at(hidden)).content.decode()
    assert 'name="says"' not in text and "lead decides" in text
    assert at(hidden) in world.client(lead).get("/en/people/review/").content.decode()
    world.client(lead).post(at(hidden), {"says": "same"})
    assert (state(hidden).state, state(hidden).decided_by_id) == ("same", lead.user_id)


def test_each_of_the_two_takes_back_only_the_own_word(worker, colleague, lead, hidden) -> None:
    for by in (worker, colleague):
        world.client(by).post(at(hidden), {"says": "same"})
    third = world.somebody("case_worker", "changzhou-2")
    assert world.client(third).post(at(hidden, undo=True)).status_code == 409
    assert "takes those two" in world.client(third).get(at(hidden)).content.decode()
    assert state(hidden).state == "same"
    world.client(worker).post(at(hidden, undo=True), {"reason": "not sure"})
    assert (state(hidden).state, state(hidden).first_by_id) == ("open", colleague.user_id)
    with world.as_(worker):
        assert reviewing.take_back(hidden, reason="", by=worker) is None, "the other's word is not his to take"
    with world.as_(colleague):
        assert reviewing.take_back(hidden, reason="", by=colleague) == "word"
    assert state(hidden).first_by_id is None


def test_laying_aside_keeps_the_first_word(worker, colleague, hidden) -> None:
    world.client(worker).post(at(hidden), {"says": "same"})
    world.client(colleague).post(at(hidden), {"says": "deferred"})
    assert (state(hidden).state, state(hidden).first_by_id) == ("deferred", worker.user_id)
    world.client(colleague).post(at(hidden, undo=True))
    assert state(hidden).state == "open"


def test_what_somebody_else_has_said_since_is_not_undone(house, worker, colleague, pair) -> None:
    from tongxing.registry.linking import assert_link

    world.client(worker).post(at(pair), {"says": "different"})
    row = state(pair)
    with world.as_(colleague):
        assert_link(row.left_id, row.right_id, "same", reason="both cards", by=colleague)
    answer = world.client(worker).post(at(pair, undo=True))
    assert answer.status_code == 409 and "since" in answer.content.decode()
    with world.as_(worker):
        assert links_of(row.left_id)[0].reason == "both cards"


def test_nobody_undoes_without_being_a_reviewer(house, pair) -> None:
    by = world.somebody("front_desk", "changzhou-2")
    with world.as_(by), pytest.raises(PermissionDenied):
        reviewing.take_back(pair, reason="", by=by)
    for role in ("tx_app", "tx_counter"):
        with pytest.raises(Exception, match="permission denied"):
            house.sql(role, "select access.compared_record(%s)", [pair])


def test_bars_stand_on_their_side_of_zero_and_within_the_drawing() -> None:
    weighed = [
        evidence.Weighed("Name", "", 12.0),
        evidence.Weighed("Home", "", -30.0),
        evidence.Weighed("Sex", "", 0.0),
    ]
    for drawing in evidence.drawings(weighed):
        name, home, sex, total = drawing.bars
        assert name.x == drawing.zero and abs(home.x + home.width - drawing.zero) < 0.2
        assert sex.width == 0 and total.is_total and total.text == "−18.0"
        assert abs(home.width / name.width - 2.5) < 0.02
        assert all(drawing.label_x < bar.x and bar.x + bar.width < drawing.width for bar in drawing.bars)
    assert evidence.drawings([]) == [] and evidence.signed(-0.01) == "0.0"


def test_lists_that_share_one_value_agree_and_the_others_are_marked() -> None:
    row = pairs._list("Phone", ["000 1111", "000 2222"], ["0002222"], key=pairs._digits, said=pairs._tail)
    assert not row.differs
    assert (row.left, row.right) == ([[("…1111", True)], [("…2222", False)]], [[("…2222", False)]])
    assert pairs._list("Phone", ["000 1"], []).differs is False, "what is not stated does not differ"
