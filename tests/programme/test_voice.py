"""What people say of the programme: heard without a name, read by who handles it and nobody else, answered by code."""

import datetime
import re
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections
from django.test import Client

from tests import world
from tongxing.access import one_time
from tongxing.core.i18n import Text
from tongxing.core.ids import spoken_code, uuid7
from tongxing.core.jurisdiction import jurisdiction
from tongxing.facts.models import Fact
from tongxing.organisations.models import Centre
from tongxing.programme import voice_gate, voice_numbers, voicing
from tongxing.programme.actions import voice as actions
from tongxing.programme.models import Programme, Voice, VoiceChange, VoiceCode, VoiceStep
from tongxing.programme.rules import voice as rules

HERE = "changzhou-2"
WORDS = "等了三个小时，没有人理我们（演示）"
CHINA = jurisdiction("CN").calendar


def said(kind: str = "service", **changed) -> actions.Said:
    centre = Centre.objects.get(slug=HERE)
    given = {"kind": kind, "words": WORDS, "language": "zh", "centre": centre}
    return actions.Said(**{"id": uuid7(), "code": spoken_code(10)} | given | changed)


def row_of(one: actions.Said) -> Voice:
    return Voice.objects.using("owner").get(id=one.id)


@pytest.fixture(scope="module")
def coordinator(house):
    return world.somebody("coordinator")


@pytest.fixture(scope="module")
def guard(house):
    return world.somebody("safeguarding")


@pytest.fixture(scope="module")
def case_worker(house):
    return world.somebody("case_worker", HERE)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Every test begins with an hour in which nobody has come; forms are not hasty unless a test says so."""
    monkeypatch.setattr(voice_gate, "speaking", voice_gate.Crowd())
    monkeypatch.setattr(voice_gate, "guessing", voice_gate.Crowd())
    monkeypatch.setattr(voice_gate, "FASTEST", 0.0)


def send(client: Client, kind: str = "service", *, language: str = "en", **typed):
    """Opens the public page, fills it, sends it."""
    page = client.get(f"/{language}/voice/").content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    return client.post(f"/{language}/voice/", {"ticket": ticket, "kind": kind, "words": WORDS} | typed)


def code_on(answer) -> str:
    return re.search(r'class="tx-code">([^<]+)<', answer.content.decode())[1]


# Rules -----------------------------------------------------------------------------------------------------------


def test_deadlines_count_working_days_with_make_up_days() -> None:
    """Before the National Day week of 2026: eight days off, a Saturday worked."""
    kind = voicing.kinds()["service"]
    first, answer = rules.due(kind, datetime.date(2026, 9, 30), CHINA)
    assert CHINA.working_days_between(datetime.date(2026, 9, 30), first) == kind.acknowledge
    assert (first - datetime.date(2026, 9, 30)).days > kind.acknowledge + 5
    assert CHINA.working_days_between(datetime.date(2026, 9, 30), answer) == kind.answer


def test_what_is_owed_becomes_overdue_and_stops_with_the_answer() -> None:
    days = {"acknowledge_by": datetime.date(2026, 11, 3), "answer_by": datetime.date(2026, 11, 10), "calendar": CHINA}
    late = rules.standing(rules.Stands.NEW, today=datetime.date(2026, 11, 6), **days)
    assert (late.due_on, late.late) == (datetime.date(2026, 11, 3), 3)
    assert rules.standing(rules.Stands.ACKNOWLEDGED, today=datetime.date(2026, 11, 6), **days).late == 0
    assert rules.standing(rules.Stands.ANSWERED, today=datetime.date(2027, 1, 1), **days) == rules.Standing(
        rules.Stands.ANSWERED, None
    )


def test_harm_and_danger_go_past_every_centre() -> None:
    routes = {code: kind.route for code, kind in voicing.kinds().items()}
    assert {code for code, route in routes.items() if route == "safeguarding"} == {"harm", "sexual", "child"}
    assert rules.route(voicing.kinds()["service"], in_danger=True) == "safeguarding"


def test_what_is_about_a_person_says_so_in_data() -> None:
    assert {code for code, kind in voicing.kinds().items() if not kind.about_person} == {"suggestion", "service"}


# Speaking --------------------------------------------------------------------------------------------------------


def test_somebody_speaks_without_a_name_and_reads_the_answer_with_the_code(house, coordinator) -> None:
    client = Client()
    code = code_on(send(client))
    voice = Voice.objects.using("owner").latest("heard_at")
    assert WORDS not in str(vars(voice)) and one_time.unseal(voice.sealed) == WORDS
    stored = bytes(VoiceCode.objects.using("owner").get(voice=voice).code_hash)
    assert len(stored) == 32 and code.replace("-", "") not in str(stored)
    with world.as_(coordinator):
        actions.acknowledge(voice.id, words="", by=coordinator)
        actions.note(voice.id, words="内部说明（演示）", by=coordinator)
        actions.answer(voice.id, words="从下周起多开一个窗口（演示）", by=coordinator)
    told = client.post("/en/voice/answer/", {"code": code.lower()}).content.decode()
    assert WORDS in told and "多开一个窗口" in told and "内部说明" not in told
    added = client.post("/en/voice/answer/", {"code": code, "words": "谢谢，已经好了（演示）", "step": uuid7()})
    assert "谢谢，已经好了" in added.content.decode()
    voice.refresh_from_db(using="owner")
    assert voice.state == rules.Stands.ACKNOWLEDGED  # it waits for an answer again
    assert Client().get("/en/voice/answer/").status_code == 200


def test_the_public_page_says_who_reads_it_before_anything_is_typed_in_three_languages(house) -> None:
    for language, alone in (("en", "safeguarding lead alone"), ("zh-hans", "儿童保护负责人"), ("mn", "ахлах ажилтан")):
        page = Client().get(f"/{language}/voice/").content.decode()
        assert alone in page and "000-0000-0120" in page and "data-quickhide" in page
        assert not re.search(r'name="(name|phone|email|address)"', page)


def test_a_button_pressed_twice_is_one_matter_with_one_code(house) -> None:
    client = Client()
    page = client.get("/en/voice/").content.decode()
    form = {"ticket": re.search(r'name="ticket" value="([^"]+)"', page)[1], "kind": "suggestion", "words": WORDS}
    before = Voice.objects.using("owner").count(), Fact.objects.using("owner").count()
    codes = {code_on(client.post("/en/voice/", form)) for _again in range(2)}
    assert len(codes) == 1
    assert (Voice.objects.using("owner").count(), Fact.objects.using("owner").count()) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"kind": ""}, "Choose what it is about"),
        ({"words": ""}, "in your own words"),
        ({"words": "字" * 4001}, "too long"),
        ({"ticket": "forged"}, "press Send once more"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(house, typed, words) -> None:
    before = Voice.objects.using("owner").count()
    answer = send(Client(), **typed)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert typed.get("words", WORDS) in answer.content.decode()
    assert Voice.objects.using("owner").count() == before


def test_what_looks_like_a_machine_is_asked_one_sum_and_no_word_is_lost(house, monkeypatch) -> None:
    client, before = Client(), Voice.objects.using("owner").count()
    asked = send(client, leave_empty="http://spam.example")
    page = asked.content.decode()
    assert asked.status_code == 422 and WORDS in page and Voice.objects.using("owner").count() == before
    left, right = map(int, re.search(r"How much is (\d) and (\d)\?", page).groups())
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    form = {"ticket": ticket, "kind": "service", "words": WORDS, "total": left + right}
    assert client.post("/en/voice/", form).status_code == 200
    assert Voice.objects.using("owner").count() == before + 1
    monkeypatch.setattr(voice_gate, "FASTEST", 60.0)
    assert send(client).status_code == 422  # nobody writes that fast


def test_a_flood_is_told_to_come_later_and_no_address_is_kept(house, monkeypatch) -> None:
    monkeypatch.setattr(voice_gate, "FLOOD", 2)
    answers = [send(Client(REMOTE_ADDR="203.0.113.77")) for _one in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert WORDS in answers[-1].content.decode() and answers[-1].headers["Retry-After"]
    assert send(Client(REMOTE_ADDR="203.0.113.78")).status_code == 200
    assert "203.0.113.77" not in str(vars(voice_gate.speaking))
    for table in ("programme_voice", "programme_voicestep", "access_securityevent"):
        rows = house.sql("tx_owner", f"select t::text from {table} t")
        assert "203.0.113.77" not in str(rows)


def test_the_memory_of_addresses_ends_with_the_hour_and_is_bounded(monkeypatch) -> None:
    crowd = voice_gate.Crowd()
    assert [crowd.come("a", now=moment) for moment in (1, 2, 3599, 3601)] == [1, 2, 3, 1]
    monkeypatch.setattr(voice_gate, "ROOM", 3)
    for n in range(9):
        crowd.come(str(n), now=3602)
    assert len(crowd._seen) == 3


def test_wrong_codes_are_counted_and_a_wrong_one_tells_nothing(house, monkeypatch) -> None:
    monkeypatch.setattr(voice_gate, "TRIES", 2)
    client = Client()
    wrong = [client.post("/en/voice/answer/", {"code": "2222-2222-22"}) for _one in range(3)]
    assert [one.status_code for one in wrong] == [422, 422, 429]
    assert "No slip has this code" in wrong[0].content.decode()


def test_a_desk_writes_down_and_cannot_read_it_again(house, desk) -> None:
    browser = world.client(desk)
    page = browser.get("/en/voice/take/").content.decode()
    form = {"ticket": re.search(r'name="ticket" value="([^"]+)"', page)[1], "kind": "harm", "words": WORDS}
    form |= {"channel": "desk", "said_on": "2026-11-01", "place": HERE}
    slip = browser.post("/en/voice/take/", form)
    assert slip.status_code == 200 and WORDS not in slip.content.decode()
    assert Client().post("/en/voice/answer/", {"code": code_on(slip)}).status_code == 200
    assert browser.get("/en/voices/").status_code == 404
    with world.as_(desk):
        assert not Voice.objects.exists() and not VoiceStep.objects.exists()


def test_a_paper_form_keeps_its_code_and_both_days(house, desk) -> None:
    paper = Client().get("/en/voice/paper/?paper=mn").content.decode()
    code = code_on_paper = re.search(r'class="tx-code">([^<]+)<', paper)[1]
    assert "Санал" in paper and code_on_paper.replace("-", "").isalnum()
    browser = world.client(desk)

    def typed_in():
        page = browser.get("/en/voice/take/").content.decode()
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
        form = {"ticket": ticket, "kind": "service", "words": WORDS, "channel": "paper", "said_on": "2026-10-12"}
        return browser.post("/en/voice/take/", form | {"paper_code": code})

    assert code_on(typed_in()) == code
    voice = Voice.objects.using("owner").latest("heard_at")
    assert voice.said_on == datetime.date(2026, 10, 12) < voice.heard_on and voice.channel == "paper"
    again = typed_in()
    assert again.status_code == 422 and "typed in before" in again.content.decode()
    assert Voice.objects.using("owner").latest("heard_at").id == voice.id


# Who reads what --------------------------------------------------------------------------------------------------


def test_harm_is_seen_by_the_safeguarding_lead_alone(house, guard, coordinator, case_worker, desk) -> None:
    one = said("sexual")
    actions.hear(one, by=None)
    seen = {}
    for by in (guard, coordinator, case_worker, desk, world.somebody("mande"), world.somebody("system")):
        with world.as_(by):
            seen[by.role] = Voice.objects.filter(id=one.id).exists()
        page = world.client(by).get(f"/en/voices/{one.id}/")
        assert (page.status_code == 200) == (by is guard), by.role
    assert [role for role, is_seen in seen.items() if is_seen] == ["safeguarding"]
    fact = Fact.objects.using("owner").get(source_id=one.id)
    assert (fact.centre_id, fact.subject) == (None, None)  # no figure tells a centre that it exists


def test_what_is_about_a_person_is_never_handed_to_a_centre(house, coordinator) -> None:
    one, centre = said("staff"), Centre.objects.get(slug=HERE)
    actions.hear(one, by=None)
    with world.as_(coordinator), pytest.raises(actions.NotForACentre):
        actions.hand(one.id, centre=centre, words="", by=coordinator)
    with pytest.raises(DatabaseError), world.as_(coordinator):  # nor by SQL: a constraint holds it
        Voice.objects.filter(id=one.id).update(assigned_centre=centre)
    page = world.client(coordinator).get(f"/en/voices/{one.id}/").content.decode()
    assert "Let a centre deal with it" not in page


def test_a_centre_deals_with_what_it_was_handed_and_gives_it_back(house, coordinator, case_worker) -> None:
    one, centre = said("service"), Centre.objects.get(slug=HERE)
    actions.hear(one, by=None)
    with world.as_(case_worker):
        assert not Voice.objects.filter(id=one.id).exists()
    with world.as_(coordinator):
        actions.hand(one.id, centre=centre, words="请核实（演示）", by=coordinator)
    page = world.client(case_worker).get(f"/en/voices/{one.id}/").content.decode()
    assert WORDS in page and "请核实" in page
    with world.as_(case_worker):
        actions.raise_up(one.id, words="需要协调员决定（演示）", past=False, by=case_worker)
    with world.as_(case_worker):
        assert not Voice.objects.filter(id=one.id).exists()
    with world.as_(coordinator):
        assert Voice.objects.get(id=one.id).assigned_centre is None
        assert VoiceStep.objects.filter(voice_id=one.id).count() == 2


def test_what_turns_out_to_be_harm_goes_to_the_lead_and_never_comes_back(house, coordinator, guard) -> None:
    one = said("service")
    actions.hear(one, by=None)
    with world.as_(coordinator):
        actions.raise_up(one.id, words="像是打了孩子（演示）", past=True, by=coordinator)
    with world.as_(coordinator):
        assert not Voice.objects.filter(id=one.id).exists()
        assert not VoiceStep.objects.filter(voice_id=one.id).exists()
    with world.as_(guard):
        assert VoiceStep.objects.get(voice_id=one.id).by_id == coordinator.user_id
        actions.answer(one.id, words="我们会找你谈（演示）", by=guard)
    assert "我们会找你谈" in Client().post("/en/voice/answer/", {"code": one.code}).content.decode()


def test_closing_says_why_and_an_addition_opens_it_again_with_a_new_date(house, coordinator) -> None:
    one = said("suggestion")
    actions.hear(one, by=None)
    with world.as_(coordinator):
        with pytest.raises(KeyError):
            actions.close(one.id, reason="tired", words="好", by=coordinator)
        actions.close(one.id, reason="taken_up", words="周六也开门（演示）", by=coordinator)
    with connections["owner"].cursor() as cursor:
        cursor.execute("update programme_voice set answer_by = '2026-01-05' where id = %s", [one.id])
    kind = voicing.kinds()["suggestion"]
    assert actions.say_again(one.code, "还有一件事（演示）", step=uuid7(), kind=kind, calendar=CHINA)
    row = row_of(one)
    assert row.closed_at is None and row.closed_for == "" and row.answer_by > datetime.date(2026, 11, 1)
    assert not actions.say_again("NOSUCHCODE", "x", step=uuid7(), kind=kind, calendar=CHINA)


def test_the_first_answer_is_counted_once_with_its_days(house, coordinator) -> None:
    one = said("service")
    actions.hear(one, by=None)
    with world.as_(coordinator):
        actions.answer(one.id, words="一（演示）", by=coordinator)
        actions.answer(one.id, words="二（演示）", by=coordinator)
    steps = VoiceStep.objects.using("owner").filter(voice_id=one.id).values_list("id", flat=True)
    [fact] = Fact.objects.using("owner").filter(source_id__in=steps)
    assert fact.attributes == {"matter": "service", "within": "to_5"}


def test_who_may_not_add_or_handle_is_refused(house) -> None:
    with pytest.raises(PermissionDenied):
        actions.hear(said(), by=world.somebody("police", HERE))
    one = said("service")
    actions.hear(one, by=None)
    mande = world.somebody("mande")
    with world.as_(mande), pytest.raises(PermissionDenied):
        actions.answer(one.id, words="x", by=mande)
    with pytest.raises(DatabaseError), world.as_(mande), connections["default"].cursor() as cursor:
        cursor.execute("select access.voice_passed(%s, 'safeguarding')", [one.id])


# What changed ----------------------------------------------------------------------------------------------------


def test_an_entry_is_public_when_the_coordinator_has_approved_it(house, coordinator) -> None:
    mande, programme = world.somebody("mande"), Programme.objects.get(code="MDGF-1880-H-CHN")
    words = Text(zh="等得太久（演示）"), Text(zh="加开窗口（演示）")
    with world.as_(mande):
        change = actions.draft_change(programme=programme, site=None, said=words[0], done=words[1], by=mande)
    assert "加开窗口" not in Client().get("/zh-hans/voice/what-changed/").content.decode()
    with world.as_(mande), pytest.raises(PermissionDenied):
        actions.approve_change(change.id, by=mande)
    world.client(coordinator).post(f"/en/voices/changes/{change.id}/approve/")
    assert VoiceChange.objects.using("owner").get(id=change.id).approved_by_id == coordinator.user_id
    assert "加开窗口" in Client().get("/zh-hans/voice/what-changed/").content.decode()
    assert world.client(mande).post(f"/en/voices/changes/{uuid.uuid4()}/approve/").status_code == 404


def test_numbers_that_are_published_have_passed_the_one_door(house, coordinator, monkeypatch) -> None:
    for _one in range(12):
        actions.hear(said("money"), by=None)
    world.client(coordinator).post("/en/voices/numbers/")
    page = Client().get("/en/voice/what-changed/").content.decode()
    cells = dict(re.findall(r'<th scope="row">(?:<b>)?([^<]+)[^>]*></th>|<th scope="row">([^<]+)</th>', page))
    assert cells is not None and "&lt; 10" in page and "within 5 working days" in page
    with world.as_(coordinator):
        before = voice_numbers.counted(world.TODAY + datetime.timedelta(days=400))
    actions.hear(said("money"), by=None)
    with world.as_(coordinator):  # one more moves nothing: the ledger of the publication holds
        after = voice_numbers.counted(world.TODAY + datetime.timedelta(days=400))
    assert [(c.keys, c.number.value) for c in before.cells] == [(c.keys, c.number.value) for c in after.cells]
