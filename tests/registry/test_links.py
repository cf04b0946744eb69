"""Who is who: assertions that can be taken back, identities that follow, and what each side is told."""

import uuid
from datetime import date, datetime

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import world
from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.facts.calculation import calculate
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre
from tongxing.registry.actions import enrol, let_in
from tongxing.registry.linking import (
    NotAgreed,
    assert_link,
    decide_pair,
    end_link,
    links_of,
    numbered,
    one_with,
    relink,
)
from tongxing.registry.models import Grant, Person, ReviewPair


@pytest.fixture(scope="module")
def lead(house) -> Acting:
    return world.somebody("safeguarding")


@pytest.fixture(scope="module")
def crowd(worker) -> list[Person]:
    return people(worker, 6)


def people(by: Acting, count: int = 1, **changed) -> list[Person]:
    with world.as_(by):
        born = PartialDate(2012, 1, 5)
        return enrol([world.child(f"林{'甲乙丙丁戊己'[n]}", birth=born, **changed) for n in range(count)], by=by)


def let(person: Person, *, to: Acting, by: Acting) -> None:
    with world.as_(by):
        let_in(person=person, centre=Centre.objects.get(id=to.place), purpose="visit", ends_at=None, by=by)


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
    oldest = apart[[a.id, b.id].index(min(a.id, b.id))]  # of one millisecond either may be
    assert identities(house, a, b) == [oldest] * 2, "an identity bears the pseudonym of its oldest record"
    with world.as_(worker):
        assert end_link(link, reason="two boys of one class", by=worker) == "ended"
        assert one_with(a.id) == ([], False)
    assert identities(house, a, b) == apart


def test_nothing_is_lost_by_linking_and_both_numbers_keep_leading_to_their_records(house, worker) -> None:
    a, b = people(worker, 2)
    before = house.sql(
        "tx_owner", "select to_jsonb(p) from registry_person p where id = any(%s) order by id", [[a.id, b.id]]
    )
    with world.as_(worker):
        link = assert_link(a.id, b.id, "same", by=worker)
        assert [numbered(a.number), numbered(f" {b.number.lower()} ")] == [a.id, b.id]
        assert one_with(numbered(a.number)) == ([b.id], False)
        end_link(link, reason="a mistake", by=worker)
        relink(a.id, b.id, reason="the mother has brought both cards", by=worker)
        assert one_with(b.id) == ([a.id], False)
        said = links_of(a.id)
    assert [(one.kind, one.ended_at is None) for one in said] == [("same", True), ("different", False), ("same", False)]
    assert said[0].reason == "the mother has brought both cards"
    after = house.sql(
        "tx_owner", "select to_jsonb(p) from registry_person p where id = any(%s) order by id", [[a.id, b.id]]
    )
    assert after == before


def test_two_who_are_said_to_be_different_are_kept_apart_however_others_join_them(house, worker) -> None:
    a, b, c = people(worker, 3)
    with world.as_(worker):
        assert_link(a.id, c.id, "same", weight=20.0, by=worker)
        assert_link(b.id, c.id, "same", weight=10.0, by=worker)
    assert len(set(identities(house, a, b, c))) == 1
    with world.as_(worker):
        assert_link(a.id, b.id, "different", by=worker)
    one, two, three = identities(house, a, b, c)
    assert one == three != two, "the stronger word holds c"


def test_another_centres_record_is_told_of_without_its_name_place_or_number(house, worker, far) -> None:
    [mine], [theirs] = people(worker), people(far)
    let(theirs, to=worker, by=far)
    with world.as_(worker):
        assert_link(mine.id, theirs.id, "same", reason="the same card", by=worker)
        assert one_with(mine.id) == ([theirs.id], False), "while the grant lasts"
    with world.as_(far):
        [told] = links_of(theirs.id)
        assert one_with(theirs.id) == ([], True)
        assert (told.other, told.reason) == (None, "")
        Grant.objects.filter(person=theirs).update(ends_at=theirs.registered_at)
    with world.as_(worker):
        assert one_with(mine.id) == ([], True)
        assert links_of(theirs.id) == [] and one_with(theirs.id) == ([], False)
        assert numbered(theirs.number) is None
        with pytest.raises(DatabaseError, match="not of these"):
            assert_link(mine.id, theirs.id, "different", by=worker)


def test_who_is_hidden_is_told_of_nowhere_else_and_so_are_those_who_live_with_her(house, worker, far) -> None:
    [mine], [theirs] = people(worker), people(far)
    [sister] = people(far, household_of=str(theirs.id))
    let(sister, to=worker, by=far)
    with world.as_(worker):
        assert_link(mine.id, sister.id, "same", by=worker)
    with world.as_(far):
        Grant.objects.filter(person=sister).update(ends_at=sister.registered_at)
    with world.as_(worker):
        assert one_with(mine.id) == ([], True)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [theirs.id])
    with world.as_(worker):
        assert one_with(mine.id) == ([], False)
        assert links_of(mine.id) == []
    with world.as_(far):
        assert one_with(sister.id) == ([], True), "the side that keeps her sees that she is linked"


def test_across_centres_only_families_that_agreed_are_linked(house, worker, far) -> None:
    [mine], [theirs] = people(worker), people(far, consent=world.consent(refused=("linkage",)))
    let(theirs, to=worker, by=far)
    with world.as_(worker):
        with pytest.raises(NotAgreed):
            assert_link(mine.id, theirs.id, "same", by=worker)
        assert assert_link(mine.id, theirs.id, "different", by=worker), "that two are different tells of nobody"
    assert len(set(identities(house, mine, theirs))) == 2


def test_a_word_about_a_pair_that_was_laid_aside_is_not_lost(house, worker, colleague) -> None:
    a, b = people(worker, 2)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [a.id])
    [[made]] = house.sql(
        "tx_linker", "select access.put_pair(%s, %s, 'uncertain', '2', 3, 0.5, '{}', '{}', 1, null, '')", [a.id, b.id]
    )
    with world.as_(colleague):
        assert decide_pair(made, "deferred", by=colleague) == "deferred"
    with world.as_(worker):
        assert assert_link(a.id, b.id, "same", by=worker) is None
    pair = ReviewPair.objects.using("owner").get(id=made)
    assert (pair.state, pair.first_by_id, pair.first_said) == ("open", worker.user_id, "same")
    with world.as_(colleague):
        assert decide_pair(made, "same", by=colleague) == "decided"


def test_where_a_child_is_in_danger_two_persons_link_and_two_unlink(house, worker, colleague, lead) -> None:
    a, b = people(worker, 2)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [a.id])
    with world.as_(worker):
        assert assert_link(a.id, b.id, "same", by=worker) is None
        pair = ReviewPair.objects.get(left_id=a.id, right_id=b.id)
        assert pair.is_sensitive and pair not in ReviewPair.objects.waiting(worker)
        assert decide_pair(pair.id, "same", by=worker) == "first", "the same person a second time is still one person"
    assert len(set(identities(house, a, b))) == 2
    with world.as_(colleague):
        assert ReviewPair.objects.waiting(colleague).get() == pair
        assert decide_pair(pair.id, "different", by=colleague) == "disputed"
    with world.as_(worker):
        assert decide_pair(pair.id, "same", by=worker) is None, "neither of the two decides what they disagree about"
    with world.as_(lead):
        assert decide_pair(pair.id, "same", by=lead) == "decided"
    with world.as_(worker):
        [link] = links_of(a.id)
        assert end_link(link.id, reason="not she", by=worker) == "asked"
        assert end_link(link.id, reason="not she", by=worker) == "asked", "one person asks once"
    assert len(set(identities(house, a, b))) == 1
    with world.as_(colleague):
        assert end_link(link.id, reason="I have seen both", by=colleague) == "ended"
    assert len(set(identities(house, a, b))) == 2


def test_pairs_of_the_queue_are_decided_by_whom_they_concern(house, worker, far, lead) -> None:
    [mine], [theirs] = people(worker), people(far)
    house.sql(
        "tx_linker",
        "select access.put_pair(%s, %s, 'uncertain', 'm', 3, 0.5, '{}', '{}', 1, null, '')",
        [mine.id, theirs.id],
    )
    for by in (worker, far):
        with world.as_(by):
            assert not ReviewPair.objects.filter(left_id=mine.id).exists()
    pair = house.sql("tx_linker", "select id from registry_reviewpair where left_id = %s", [mine.id])[0][0]
    with world.as_(worker):
        assert decide_pair(pair, "same", by=worker) is None
    with world.as_(lead):
        assert decide_pair(pair, "deferred", by=lead) == "deferred"
        assert decide_pair(pair, "sibling", by=lead) == "decided"
        assert decide_pair(pair, "same", by=lead) is None, "a decided pair waits no more"
        assert [one.kind for one in links_of(mine.id)] == ["sibling"]
    assert len(set(identities(house, mine, theirs))) == 2


def test_roles_that_have_nothing_to_do_with_it_link_nothing(house, worker) -> None:
    a, b = people(worker, 2)
    for role, centre in (("police", "changzhou-2"), ("mande", ""), ("coordinator", "")):
        other = world.somebody(role, centre)
        with world.as_(other), pytest.raises(PermissionDenied):
            assert_link(a.id, b.id, "same", by=other)
        with world.as_(other):
            assert links_of(a.id) == [] and one_with(a.id) == ([], False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_app", "select * from registry_link")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_linker", "select name from registry_person")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.sql("tx_app", "select access.settle_identities('{}')")


def test_a_figure_as_of_an_earlier_date_is_reproduced_after_later_links(house, worker) -> None:
    period = Period.until(date(2099, 1, 1))
    with world.as_(worker):
        a = world.registered(worker, world.child("韩一甲", birth=PartialDate(2009, 5, 5))).person
        b = world.registered(worker, world.child("韩二乙", birth=PartialDate(2008, 6, 6))).person

    def counted(moment: datetime | None = None) -> int:
        return int(calculate("children_registered", period=period, as_of=moment).only("children_registered").value or 0)

    first, said = timezone.now(), counted()
    with world.as_(worker):
        link = assert_link(a.id, b.id, "same", by=worker)
    second = timezone.now()
    assert counted() == said - 1, "control: without a date the later link shows"
    with world.as_(worker):
        end_link(link, reason="two boys", by=worker)
    assert [counted(first), counted(second), counted()] == [said, said - 1, said]
    with world.as_(worker):
        assert [one_with(a.id, at)[0] for at in (first, second, None)] == [[], [b.id], []]


EVENTS = st.lists(
    st.tuples(st.sampled_from(["same", "different", "end"]), st.integers(0, 5), st.integers(0, 5)), max_size=14
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_identities_are_the_components_of_what_stands(house, crowd, worker, events) -> None:
    stands: dict[tuple[int, int], tuple[str, int]] = {}  # pair -> what is said, when
    made: dict[tuple[int, int], uuid.UUID] = {}
    try:
        with world.as_(worker):
            for moment, (word, one, other) in enumerate(events):
                pair = (min(one, other), max(one, other))
                if one == other or (word == "end" and stands.get(pair, ("",))[0] != "different"):
                    continue
                if word == "end":
                    end_link(made[pair], reason="tried", by=worker)
                    del stands[pair]
                elif stands.get(pair, ("",))[0] != word:
                    made[pair] = assert_link(crowd[pair[0]].id, crowd[pair[1]].id, word, by=worker)
                    stands[pair] = (word, moment)
            found = [set(one_with(person.id)[0]) | {person.id} for person in crowd]
            raise Undone
    except Undone:
        pass
    assert found == [{crowd[n].id for n in group} for group in components(stands, len(crowd))]


class Undone(Exception):
    """Rolls one example back."""


def components(stands: dict[tuple[int, int], tuple[str, int]], size: int) -> list[set[int]]:
    """The group of each, put together in the order in which it was said, never across a standing difference."""
    group = [{n} for n in range(size)]
    apart = [pair for pair, (word, _) in stands.items() if word == "different"]
    for (one, other), (word, _) in sorted(stands.items(), key=lambda said: said[1][1]):
        joined = group[one] | group[other]
        if word == "same" and not any(a in joined and b in joined for a, b in apart):
            for n in joined:
                group[n] = joined
    return group


def test_an_identity_is_named_by_one_of_its_own_and_names_no_other(house) -> None:
    now_is = dict(
        house.sql(
            "tx_linker",
            "select distinct on (subject) subject, identity from facts_subjectidentity order by subject, valid_from desc",
        )
    )
    assert now_is and all(now_is[identity] == identity for identity in now_is.values()), "an identity leads to another"


def test_the_page_of_a_person_joins_what_is_open_here_and_says_only_that_there_is_more(house, worker, far) -> None:
    with world.as_(worker):
        a = world.registered(worker, world.child("冯一初", birth=PartialDate(2010, 8, 8))).person
        b = world.registered(worker, world.child("冯亦初", birth=PartialDate(2010, 8, 8)), search_again=False).person
        assert_link(a.id, b.id, "same", reason="the same birth certificate", by=worker)
    with world.as_(far):
        c = world.registered(far, world.child("封壹楚", birth=PartialDate(2010, 8, 8)), search_again=False).person
    house.sql(
        "tx_linker",
        "select access.write_found(jsonb_build_array(jsonb_build_object('left', %s::uuid, 'right', %s::uuid, 'says', 'link',"
        " 'weight', 9, 'probability', 0.99, 'levels', '{\"name\": \"near_sound\", \"birth\": \"same_day\"}'::jsonb)), '2')",
        [a.id, c.id],
    )
    browser = world.client(worker)
    page = browser.get(f"/en/people/{a.id}/").content.decode()
    assert f'<span class="tx-small tx-muted tx-num">{b.number}</span>' in page, "the other's part of the timeline"
    assert "Is also known at another centre." in page and "behind a wall" in page
    assert c.number not in page and str(c.id) not in page and str(c.centre.name) not in page
    why = browser.get(f"/en/people/{a.id}/links/").content.decode()
    assert "the same birth certificate" in why and "found by comparison, model 2" in why
    assert "A record of another centre" in why and str(c.id) not in why
    assert "birth date" in why, "how the two agree, of the comparisons that the job weighs"


def test_a_lead_sees_what_waits_for_a_second_person_and_ends_it_with_a_reason(house, worker, lead) -> None:
    a, b = people(worker, 2)
    with world.as_(worker):
        link = assert_link(a.id, b.id, "same", by=worker)
    house.sql("tx_owner", "update registry_person set is_location_locked = true where id = %s", [a.id])
    with world.as_(worker):
        assert end_link(link, reason="two girls of one court", by=worker) == "asked"
    browser = world.client(lead)
    page = browser.get("/en/people/linkage/links/").content.decode()
    assert a.number in page and b.number in page and "two girls of one court" in page and a.name not in page
    end = f"/en/people/linkage/links/{link}/end/"
    assert browser.post(end, {"reason": ""}).status_code == 422
    assert browser.post(end, {"reason": "I have seen both"}).status_code == 302
    assert len(set(identities(house, a, b))) == 2
    assert "Nothing waits." in browser.get("/en/people/linkage/links/").content.decode()
    by_number = browser.post("/en/people/linkage/links/", {"number": a.number.lower()}).content.decode()
    assert "different people" in by_number and "I have seen both" in by_number
    for other in (worker, world.somebody("coordinator")):
        assert world.client(other).get("/en/people/linkage/links/").status_code == 404
        assert world.client(other).post(end, {"reason": "mine"}).status_code == 404


def test_a_link_is_taken_back_and_made_again_with_one_button_and_a_reason(house, worker, far) -> None:
    a, b = people(worker, 2)
    with world.as_(worker):
        link = assert_link(a.id, b.id, "same", by=worker)
    browser = world.client(worker)
    address = f"/en/people/{a.id}/links/{link}"
    assert browser.post(f"{address}/end/", {"reason": ""}).status_code == 422
    assert len(set(identities(house, a, b))) == 1
    assert world.client(far).post(f"{address}/end/", {"reason": "x"}).status_code == 404
    assert browser.post(f"{address}/end/", {"reason": "two boys"}).status_code == 302
    assert len(set(identities(house, a, b))) == 2
    with world.as_(worker):
        said = links_of(a.id)[0]
    assert browser.post(f"/en/people/{a.id}/links/{said.id}/again/", {"reason": "one boy"}).status_code == 302
    assert len(set(identities(house, a, b))) == 1
    desk = world.client(world.somebody("front_desk", "changzhou-2"))
    page = desk.get(f"/en/people/{a.id}/links/")
    assert page.status_code == 200 and "take the link back" not in page.content.decode(), (
        "a desk links, it does not unlink"
    )
    assert desk.post(f"{address}/end/", {"reason": "x"}).status_code == 404
