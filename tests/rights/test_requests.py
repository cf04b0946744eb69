"""From the family's question to the paper in its hand; what each role may do about it; what a restriction stops."""

import json
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db.utils import Error
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from tests import world
from tests.access.routes import FILLED
from tests.rights import child
from tongxing.access.models import ReadNote
from tongxing.procedures.actions import complete
from tongxing.procedures.models import Referral, Registration, Task
from tongxing.registry import identity
from tongxing.registry.models import Consent, Grant, Halt, Person, SearchRow
from tongxing.rights import actions, carrying, correcting, words
from tongxing.rights.models import Answer, Request


@pytest.fixture(scope="module")
def who(house) -> child.Staff:
    return child.staff()


@pytest.fixture(scope="module")
def registration(who):
    return child.canary_child(who)


def page(by, name: str, *args: object, language: str = "en") -> str:
    with override(language):
        answer = world.client(by).get(reverse(f"rights:{name}", args=args))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def post(by, route: str, *args: object, **data: str):
    with override("en"):
        return world.client(by).post(reverse(f"rights:{route}", args=args), data)


def asked_by_form(who, registration, kind: str) -> Request:
    given = {"kind": kind, "requester": child.REQUESTER, "relation": "father", "identity": "known", "language": "mn"}
    answer = post(who.desk, "request_start", registration.person_id, **given)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Request.objects.using("owner").latest("recorded_at")


def test_a_copy_holds_everything_and_prints_in_three_languages(house, who, registration) -> None:
    request = asked_by_form(who, registration, "copy")
    assert request.due_on > request.asked_on
    assert request.is_due_confirmed is False
    assert post(who.officer, "request_rule", request.pk, ruling="granted").status_code == 302
    assert carrying.carry_out(request.pk) == "made"
    told = json.loads(page(who.desk, "request_file", request.pk))
    text = json.dumps(told, ensure_ascii=False)
    spoken = child.CANARY
    for value in (spoken.name, spoken.other_name, spoken.guardian, spoken.address, spoken.note):
        assert value in text
    [(number,)] = house.sql("tx_owner", "select value from registry_document where person_id = %s", [request.person_id])
    assert number in text
    assert spoken.phone in text
    assert who.desk.name not in text
    nameless = {name for table in told["tables"] for row in table["rows"] for name in row} - set(words.FIELDS)
    assert not nameless, "say in rights/words.py what a family reads"
    papers = {
        language: page(who.desk, "request_paper", request.pk, language=language) for language in ("en", "zh-hans")
    }
    with override("en"):
        papers["mn"] = (
            world.client(who.desk)
            .get(reverse("rights:request_paper", args=[request.pk]) + "?paper=mn")
            .content.decode()
        )
    for paper in papers.values():
        assert spoken.address in paper
    assert "Асран хамгаалагч" in papers["mn"]
    looks = ReadNote.objects.using("owner").filter(user_id=who.desk.user_id, ids__contains=[str(request.person_id)])
    assert looks.filter(kind="request").count() == 4  # the file and three papers
    taken = house.sql("tx_owner", "select path from access_securityevent where kind = 'extract'")
    assert taken == [("the copy of one record",)]
    assert post(who.desk, "request_close", request.pk).status_code == 302


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("mn", "2026 оны 11 дүгээр сарын 22", "2016 оны 3 дугаар сар"), ("zh-hans", "2026年11月22日", "2016年3月")],
)
def test_days_stand_on_the_familys_paper_as_its_language_writes_them(language, day, month) -> None:
    with override(language):
        assert words.value("2026-11-22") == words.value("2026-11-22T20:06+08:00") == day
        assert words.value("2016-03") == month
        assert [words.value(said) for said in ("2026-13-40", "9 or 10")] == ["2026-13-40", "9 or 10"]


def test_the_officer_reads_no_copy_and_other_centres_see_no_request(house, who, registration) -> None:
    request = Request.objects.using("owner").get(kind="copy")
    with override("en"):
        said = world.client(who.officer).get(reverse("rights:request_paper", args=[request.pk]))
    assert said.status_code == 404
    assert "prints at the keeping centre only" in said.content.decode()
    assert child.CANARY.address not in said.content.decode()
    with override("en"):
        urls = [reverse(f"rights:{name}", args=[request.pk]) for name in ("request", "request_paper", "request_file")]
    assert [world.client(who.elsewhere).get(url).status_code for url in urls] == [404, 404, 404]
    with world.as_(who.officer):
        assert not Answer.objects.exists()


def test_who_has_seen_is_told_by_centre_role_and_purpose_and_never_by_name(house, who, registration) -> None:
    world.client(who.desk).get(f"/en/people/{registration.person_id}/")
    request = child.granted(who, asked_by_form(who, registration, "seen"))
    assert carrying.carry_out(request.pk) == "made"
    paper = page(who.desk, "request_paper", request.pk) + page(
        who.desk, "request_paper", request.pk, language="zh-hans"
    )
    names = [who.desk.name, who.worker.name, who.school.name]
    sheet = paper[paper.index("tx-sheet") :]
    assert "Урд" not in sheet
    assert not [name for name in names if name in sheet.partition("tx-header")[0]]
    answer = carrying.opened(Answer.objects.using("owner").get(request=request))
    assert {look["role"] for look in answer["looks"]} >= {"front_desk"}
    assert {one["need"] for one in answer["referrals"]} == {"school"}
    assert ReadNote.objects.using("owner").filter(kind="request").exists()


def test_of_a_home_under_location_lock_no_paper_tells_where_it_is(house, who, registration) -> None:
    """Whoever stands at the desk may not be the family."""
    from tongxing.rights import copying

    child_is = Person.objects.using("owner").filter(pk=registration.person_id)
    open_copy = json.dumps(copying.copy(registration.person_id), ensure_ascii=False)
    child_is.update(is_location_locked=True)
    told = [f(registration.person_id) for f in (copying.copy, copying.seen)]
    child_is.update(is_location_locked=False)
    text = json.dumps(told, ensure_ascii=False)
    centre = str(registration.centre.name["zh"])
    for place in (child.CANARY.address, child.CANARY.community, child.CANARY.phone, centre):
        assert place in open_copy, "the control"
        assert place not in text
    assert child.CANARY.name in text


def test_a_refusal_says_why_and_how_to_complain(house, who, registration) -> None:
    request = asked_by_form(who, registration, "delete")
    assert post(who.officer, "request_rule", request.pk, ruling="refused").status_code == 422
    done = post(
        who.officer, "request_rule", request.pk, ruling="refused", refused_for="running", words="九月再来（演示）"
    )
    assert done.status_code == 302
    paper = page(who.desk, "request_paper", request.pk)
    assert "still running" in page(who.desk, "request", request.pk)
    assert "九月再来" in paper
    assert "000" in paper


def test_a_desk_rules_on_nothing_in_pages_or_in_sql(house, who, registration) -> None:
    request = asked_by_form(who, registration, "delete")
    assert post(who.desk, "request_rule", request.pk, ruling="granted").status_code == 404
    with world.as_(who.desk) as by, pytest.raises(PermissionDenied):
        actions.rule(request.pk, by=by)
    for change in (
        {"state": "granted", "decided_by_id": who.desk.user_id, "decided_at": timezone.now()},
        {"state": "done"},
        {"second_by_id": who.desk.user_id, "second_at": timezone.now()},
    ):
        with pytest.raises(Error), world.as_(who.desk):
            Request.objects.filter(pk=request.pk).update(**change)
    child.granted(who, request)
    with pytest.raises(Error), world.as_(who.officer):
        Request.objects.filter(pk=request.pk).update(second_by_id=who.officer.user_id, second_at=timezone.now())
    assert post(who.lead, "request_second", request.pk).status_code == 302
    Request.objects.using("owner").filter(pk=request.pk).update(state="refused", refused_for="legal")


def test_a_correction_is_history_and_search_follows(house, who, registration) -> None:
    request = child.granted(who, asked_by_form(who, registration, "correct"))
    person = Person.objects.using("owner").get(pk=registration.person_id)
    with world.as_(who.desk):
        now = correcting.standing(Person.objects.get(pk=person.pk))
    typed = vars(now) | {"birth": "2013-11-18", "guardian": "霍鹡翎", "name": "霍鹪鹨"}
    assert post(who.desk, "request_correct", request.pk, **typed).status_code == 302
    after = Person.objects.using("owner").get(pk=person.pk)
    assert (after.name, str(after.birth_from), after.hukou) == ("霍鹪鹨", "2013-11-18", "rural")
    former = house.sql("tx_owner", "select name from registry_personevent where id = %s order by pgh_id", [person.pk])
    assert (person.name,) in former
    from tongxing.registry import rekeying

    assert carrying.make_stale(person.pk)
    assert rekeying.rekey() == 1
    assert SearchRow.objects.using("owner").filter(person=person, written__contains="鹨").exists()


def test_restriction_stops_referral_steps_and_search_from_outside_and_leaves_the_record_readable(
    house, who, registration
) -> None:
    with world.as_(who.elsewhere):
        known = identity.search(identity.details_of(world.child("霍鹪鹨", birth=None)))
    person = Person.objects.using("owner").get(pk=registration.person_id)
    request = child.granted(who, asked_by_form(who, registration, "restrict"))
    assert carrying.carry_out(request.pk) == "done"
    assert Halt.objects.using("owner").filter(person=person, kind="restriction").count() == 1
    assert set(
        Consent.objects.using("owner").filter(person=person, withdrawn_at=None).values_list("purpose", flat=True)
    ) <= {"registration"}
    assert not Referral.objects.using("owner").filter(person=person, withdrawn_at=None).exists()
    assert not Grant.objects.using("owner").filter(person=person, ends_at=None).exists()
    with world.as_(who.elsewhere):
        found = identity.search(identity.details_of(world.child("霍鹪鹨", birth=None)))
    assert known
    assert found.elsewhere.level == "none"
    with world.as_(who.desk) as by, pytest.raises(PermissionDenied, match="restricted"):
        world.to_school(Person.objects.get(pk=person.pk), by=by)
    task = Task.objects.using("owner").filter(person=person, done_on=None).exclude(code="").first()
    assert task is not None
    with world.as_(who.desk) as by, pytest.raises(PermissionDenied, match="restricted"):
        complete(Registration.objects.get(pk=registration.pk), task.code, on=world.TODAY, by=by)
    shown = world.client(who.desk).get(f"/en/people/{person.pk}/").content.decode()
    assert "Use is restricted" in shown
    desk, service = world.client(who.desk), world.service_at("changzhou-school-1", "school")
    for address, typed in (
        (f"/en/people/{person.pk}/consent/", FILLED["consent"]),
        (f"/en/people/{person.pk}/refer/{service.id}/?need=school", {"request_id": str(uuid.uuid4())}),
    ):
        told = desk.post(address, typed)
        assert told.status_code == 422 and "is not used for now" in told.content.decode(), address
    no = FILLED["consent"] | {name: "refused" for name in FILLED["consent"] if name.startswith("consent_")}
    assert desk.post(f"/en/people/{person.pk}/consent/", no).status_code == 302, "a no is taken at any time"
    with world.as_(who.officer) as by:
        assert actions.end_halt(Halt.objects.get().pk, by=by)
    with world.as_(who.desk) as by:
        actions_again = Halt.objects.filter(person=person).standing(timezone.localdate())
        assert not actions_again.exists()


def test_the_officer_writes_down_a_call_by_number_and_lays_a_hold(house, who, registration) -> None:
    number = registration.person.number
    given = {"kind": "seen", "requester": "霍", "relation": "father", "identity": "called", "language": "en"}
    assert post(who.officer, "request_by_number", number="TX-00-000000", **given).status_code == 422
    assert post(who.officer, "request_by_number", number=number, **given).status_code == 302
    with world.as_(who.desk), pytest.raises(Error):
        actions.kept_under(number)
    assert (
        post(who.officer, "halts", number=number, reason="法院调查（演示）", until_on="2001-01-01").status_code == 422
    )
    assert post(who.officer, "halts", number=number, reason="法院调查（演示）").status_code == 302
    assert "法院调查" in page(who.officer, "halts")
    with world.as_(who.desk):
        assert not Halt.objects.filter(kind="hold").exists(), "a desk sees no legal hold"


def test_everybody_reads_the_policy_in_three_languages(house, who) -> None:
    for language, word in (("en", "Erased as a whole"), ("zh-hans", "整份删除"), ("mn", "Бүхэлд нь устгана")):
        assert word in page(None, "retention", language=language)
    assert page(who.officer, "purges")
