"""What a desk answers to proposals, and questions from one centre to whichever other may know a child."""

import json
from typing import Any

import pytest

from tests import world
from tests.registry.test_walls import child, registered, searched
from tongxing.registry import identity, linking, matching
from tongxing.registry.actions import protect
from tongxing.registry.models import Alert, Grant, MatchAsk, MatchLabel, MatchRequest, Person

SAID = {"name": "喻青阳", "phone": "000 1"}


def asked(by: Any, name: str) -> bool:
    with world.as_(by):
        return matching.ask(identity.details_of(child(name)), SAID | {"name": name}, by=by)


def waiting(by: Any) -> list[MatchRequest]:
    with world.as_(by):
        return list(MatchRequest.objects.filter(answered_at=None).order_by("at"))


def test_the_centre_that_may_know_the_child_is_asked_and_the_asker_is_not_told_which(desk, elsewhere) -> None:
    known = registered(desk, "喻青阳")
    assert asked(elsewhere, "喻青阳")
    assert asked(elsewhere, "喻青阳")  # again: it waits already
    [request] = waiting(desk)
    assert (request.person_id, request.asked_by_id) == (known.person_id, elsewhere.centre_id)
    assert matching.said_in(request)["name"] == "喻青阳" and "青阳" not in request.sealed
    with world.as_(elsewhere):
        assert not MatchRequest.objects.exists()
        [ask] = MatchAsk.objects.all()
        told = json.dumps({f.name: str(getattr(ask, f.attname)) for f in MatchAsk._meta.fields})
    assert str(desk.centre_id) not in told and str(known.person_id) not in told and ask.answered_at is None


@pytest.mark.parametrize(("said", "is_told"), [("different", True), ("same", True), ("none", False)])
def test_an_answer_is_given_once_and_only_that_there_is_one_is_told(desk, elsewhere, said: str, is_told: bool) -> None:
    name = {"different": "蒯若水", "same": "蒯若谷", "none": "蒯若木"}[said]
    registered(desk, name)
    assert asked(elsewhere, name)
    request = waiting(desk)[-1]
    with world.as_(desk):
        assert matching.answer(request, said, by=desk)
        assert not matching.answer(request, "different", by=desk)
        request.refresh_from_db()
        assert (request.answer, request.sealed) == (said, "")
    with world.as_(elsewhere):
        ask = MatchAsk.objects.latest("at")
        assert (ask.answered_at is not None) == is_told
        assert not Grant.objects.exists()


def test_with_the_same_child_the_record_may_be_opened_to_the_asking_centre(desk, elsewhere) -> None:
    known = registered(desk, "钭玉衡")
    assert asked(elsewhere, "钭玉衡")
    with world.as_(desk):
        assert matching.answer(waiting_one(known), "same", lets_in=True, by=desk)
    with world.as_(elsewhere):
        assert Person.objects.filter(id=known.person_id).exists()
    assert [c.person_id for c in searched(elsewhere, "钭玉衡").inside] == [known.person_id]


def said_of(by: Any, person: Any) -> list[tuple[str, str, bool]]:
    with world.as_(by):
        return [(one.kind, one.source, one.ended_at is None) for one in linking.links_of(person)]


@pytest.mark.parametrize("said", ["same", "sibling", "different"])
def test_an_answer_counts_for_the_record_that_the_asking_centre_makes_of_the_child(desk, elsewhere, said: str) -> None:
    name = {"same": "乜听澜", "sibling": "乜听松", "different": "乜听雪"}[said]
    known = registered(desk, name)
    assert asked(elsewhere, name)
    made = registered(elsewhere, name)
    with world.as_(desk):
        assert matching.answer(waiting_one(known), said, by=desk)
    assert said_of(desk, known.person_id) == [(said, "desk", True)] == said_of(elsewhere, made.person_id)


def test_an_answer_waits_for_the_record_and_links_nobody_without_both_families(desk, elsewhere, house) -> None:
    later, refused = registered(desk, "佴在宥"), registered(desk, "佴天运")
    for known in (later, refused):
        assert asked(elsewhere, known.person.name)
        with world.as_(desk):
            matching.answer(waiting_one(known), "same", by=desk)
    made = registered(elsewhere, "佴在宥")
    registered(elsewhere, "佴天运", consent=world.consent(refused=("linkage",)))
    assert house.sql("tx_linker", "select access.link_answers()") == [(1,)]
    assert house.sql("tx_linker", "select access.link_answers()") == [(0,)], "said once"
    assert said_of(elsewhere, made.person_id) == [("same", "desk", True)]
    assert said_of(desk, refused.person_id) == []


def test_a_record_that_is_linked_already_is_shown_as_linked(desk, house) -> None:
    by = world.somebody("case_worker", "changzhou-2")
    one, other = registered(desk, "蔺知北"), registered(desk, "蔺知南", phones=("000 31",))
    with world.as_(by):
        linking.assert_link(one.person_id, other.person_id, "same", by=by)
    born, [phone] = child("蔺知北").birth, child("蔺知北").phones
    typed = {"name": "蔺知北", "birth": born.first.isoformat(), "phone": phone}
    page = world.client(desk).post("/en/people/search/", typed).content.decode()
    assert f"Linked with {other.number}." in page


def waiting_one(known: Any) -> MatchRequest:
    return MatchRequest.objects.get(person_id=known.person_id, answered_at=None)


def test_nobody_is_asked_about_a_hidden_child_nor_about_a_family_that_refused(desk, elsewhere) -> None:
    hidden, lead = registered(desk, "郜无衣"), world.somebody("safeguarding")
    registered(desk, "郜采薇", consent=world.consent(refused=("linkage",)))
    with world.as_(desk):
        protect(hidden.person, locked=True, by=desk)
    before = len(waiting(desk))
    assert [asked(elsewhere, name) for name in ("郜无衣", "郜采薇", "郜无人知")] == [False, False, False]
    assert len(waiting(desk)) == before
    with world.as_(lead):
        assert Alert.objects.filter(person_id=hidden.person_id, kind="search").count() == 1


def test_a_child_that_came_under_location_lock_meanwhile_is_not_confirmed(desk, elsewhere) -> None:
    known = registered(desk, "禚明夷")
    assert asked(elsewhere, "禚明夷")
    with world.as_(desk):
        protect(known.person, locked=True, by=desk)
        request = waiting_one(known)
        assert not matching.answer(request, "same", lets_in=True, by=desk)
        assert not Grant.objects.filter(person_id=known.person_id).exists()
        assert matching.answer(request, "none", by=desk)


def test_asking_counts_among_the_searches_of_the_hour(desk, house) -> None:
    by = world.somebody("front_desk", "zhongshan-1")
    house.sql(
        "tx_owner",
        "insert into registry_searchnote (id, at, user_id, centre_id, inside, elsewhere)"
        " select gen_random_uuid(), now(), %s, %s, 0, 'none' from generate_series(1, 60)",
        [by.user_id, by.centre_id],
    )
    with pytest.raises(identity.TooManySearches):
        asked(by, "喻青阳")


def test_without_the_familys_word_nothing_is_sent(desk, elsewhere) -> None:
    registered(desk, "亓官照")
    born, [phone] = child("亓官照").birth, child("亓官照").phones
    typed = {"name": "亓官照", "birth": born.first.isoformat(), "phone": phone}
    client = world.client(elsewhere)
    sent = MatchAsk.objects.using("owner").count()
    assert client.post("/en/people/ask/", typed).status_code == 422
    assert MatchAsk.objects.using("owner").count() == sent
    assert client.post("/en/people/ask/", typed | {"family_agrees": "on"}).status_code == 302
    page = client.get("/en/people/requests/").content.decode()
    assert "亓官照" in page and "Sent" in page and "Changzhou" not in page
    owners = world.client(desk).get("/en/people/requests/").content.decode()
    assert "asks: is this child yours?" in owners and "亓官照" in owners


def labels() -> list[tuple[str, str]]:
    return [(one.answer, one.levels["name"]) for one in MatchLabel.objects.using("owner").order_by("id")]


def test_what_the_worker_answers_is_kept_without_the_person(desk) -> None:
    known = registered(desk, "逄千里")
    with world.as_(desk):
        [found] = searched(desk, "逄千里").inside
        signed = matching.proposal(found, 7)
        assert matching.label({signed: "same", "forged": "same", signed + "x": "same"}, by=desk) == 1
        assert matching.label({signed: "perhaps"}, by=desk) == 0
    [kept] = MatchLabel.objects.using("owner").all()
    assert (kept.answer, kept.model_version, dict(kept.levels)) == ("same", 7, dict(found.levels))
    row = json.dumps({f.name: str(getattr(kept, f.attname)) for f in MatchLabel._meta.fields})
    assert str(known.person_id) not in row and "千里" not in row


def test_the_result_page_keeps_labels_without_a_page_more(desk) -> None:
    known = registered(desk, "鲜于归")
    client, before = world.client(desk), len(labels())
    born, [phone] = child("鲜于归").birth, child("鲜于归").phones
    typed = {"name": "鲜于归", "birth": born.first.isoformat(), "phone": phone}
    page = client.post("/en/people/search/", typed).content.decode()
    signed = page.split('name="proposal" value="')[1].split('"')[0]
    opened = client.post(f"/en/people/{known.person_id}/same/", {"proposal": signed})
    assert opened.url == f"/en/people/{known.person_id}/"
    client.post("/en/registrations/start/", typed | {"proposal": signed})
    client.post("/en/registrations/start/", typed | {"proposal": signed, "answer_0": "sibling"})
    assert [answer for answer, _name in labels()[before:]] == ["same", "different", "sibling"]


def test_a_relative_is_shown_as_family_and_not_as_the_child(desk) -> None:
    n = sum(map(ord, "闾丘禾"))
    home = {
        "phones": (f"000 {n}",),
        "guardians": (world.GuardianSaid("闾丘守拙", "father"),),
        "origin_division": "130921",
    }
    known = registered(desk, "闾丘禾", **home)
    found = searched(desk, "闾丘麦", **home)
    assert found.inside == () and [one.person_id for one in found.family] == [known.person_id]
