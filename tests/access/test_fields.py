"""Every form is sent with every field name of every table: nothing but the form's own fields is ever written."""

import json
import re
import time
from typing import Any

import pyotp
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests import world
from tests.access import cast as people
from tests.access import fuzz, lists, papers, requests, voices
from tests.access.fuzz_accounts import accounts
from tests.access.routes import FILLED, ROUTES
from tests.programme import plan
from tongxing.access import one_time
from tongxing.access.actions import create_user
from tongxing.core.ids import uuid7
from tongxing.facts.models import StoredMeasure
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Service
from tongxing.procedures import forms
from tongxing.procedures.actions.drafts import content
from tongxing.procedures.models import Draft, Receipt, Referral, Registration, Task
from tongxing.programme.lines import lines_of
from tongxing.programme.models import Document, Lesson, Report
from tongxing.publishing.forms import MeasureForm
from tongxing.publishing.models import Edition
from tongxing.registry import identity, matching
from tongxing.registry.forms import SearchForm
from tongxing.registry.models import Alert, Grant, Person


@pytest.fixture(scope="module")
def cast(house) -> people.Cast:
    return people.gathered()


class Fuzz:
    """Sends valid forms with everything else that a model knows, and keeps account of what was written."""

    def __init__(self, cast: people.Cast) -> None:
        self.cast, self.sent = cast, set()
        self.clients = {who: world.client(by, raise_request_exception=False) for who, by in cast.everyone().items()}
        self.clients["nobody"] = world.client(raise_request_exception=False)
        self.poison, self.traces = fuzz.poison(cast), fuzz.traces(cast)

    def post(
        self, who: str, name: str, args: list[Any], data: dict[str, Any], own=(), status: int = 302, **may_change: str
    ):
        """`own`: further fields of the form. `may_change`: table with __ for the dot = columns | new | gone."""
        self.sent.add(name)
        extra = {key: value for key, value in self.poison.items() if key not in (*own, "csrfmiddlewaretoken")}
        before = fuzz.photograph()
        response = self.clients[who].post(reverse(name, args=args), extra | data)
        assert response.status_code == status, (name, response.status_code, _errors(response))
        seen = list(fuzz.differences(before, fuzz.photograph()))
        allowed = {"access.ReadNote": {"new"}} | {k.replace("__", "."): set(v.split()) for k, v in may_change.items()}
        for table, what, row in seen:
            if table.endswith("Event") and what == "new" and table != "access.SecurityEvent":
                continue  # the former version that a change leaves behind
            assert set(what.split(",")) <= allowed.get(table, set()), (name, table, what)
            text = str({k: v for k, v in row.items() if what in ("new", "gone") or k in what.split(",")})
            assert not [trace for trace in self.traces if fuzz.is_in(trace, text)], (name, table, text)
        assert set(allowed) - {"access.ReadNote"} <= {table for table, _what, _row in seen}, (
            name,
            [s[:2] for s in seen],
        )
        return response


def _errors(response: Any) -> str:
    return " ".join(re.findall(r"govuk-error-message[^>]*>(.*?)</p>", response.content.decode(), re.DOTALL))[:500]


CASE = {"procedures__Step": "new", "procedures__Task": "new done_on"}


def test_nothing_but_the_forms_own_fields_is_ever_written(cast) -> None:
    run = Fuzz(cast)
    person = _register(run)
    _work_on(run, person)
    _refer(run, person)
    _protect(run, person)
    _measure(run)
    _account_for(run)
    _report(run)
    voices.every_form(run)
    requests.every_form(run, person)
    papers.every_form(run, person)
    given = {"kinds": ["child_registered"], "starts_on": "2026-01-01", "ends_on": "2026-11-21", "form": "csv"}
    run.post("mande", "facts:extract_ask", [], given, facts__Extract="new")
    accounts(run)
    _publish(run)
    lists.every_form(run)
    reported = {"number": "ab0123456789", "page": "desk:today"}
    run.post("front_desk", "desk:report_problem", [], reported, status=200, desk__Problem="new")
    run.post("system", "operations:problem_seen", [cast.national["problem"]], {}, desk__Problem="seen_at seen_by_id")
    _sign_in(run)
    writing = {name for name, route in ROUTES.items() if route.post is not None}
    assert writing - run.sent == set(), "send this form too"


def test_the_fuzz_sees_what_it_looks_for(cast) -> None:
    """Control: a change that no form declares, and a poisonous value that was written."""
    run, ids = Fuzz(cast), cast.here.ids
    with pytest.raises(AssertionError, match="is_location_locked"):
        run.post("front_desk", "registry:protect", [ids["person"]], {"locked": "yes"})
    run.traces = ("一句漏出去的话",)
    told = {
        "number": Person.objects.using("owner").get(id=cast.there.ids["person"]).number,
        "reason": "一句漏出去的话，够长了",
    }
    written = dict.fromkeys(
        ("registry__SearchNote", "registry__Alert", "registry__Grant", "access__SecurityEvent"), "new"
    )
    Person.objects.using("owner").filter(id=cast.there.ids["sibling"]).update(is_location_locked=False)
    with pytest.raises(AssertionError, match="一句漏出去的话"):
        run.post("front_desk", "registry:emergency", [], told, **written)
    Grant.objects.using("owner").filter(purpose="emergency").update(ends_at=timezone.now())


def _register(run: Fuzz) -> Person:
    known = {"name": "吕苇航", "birth": "2016-04-05", "origin": "", "guardian": "", "phone": "", "document": ""}
    run.post("front_desk", "registry:search", [], known, status=200, registry__SearchNote="new")
    run.post(
        "front_desk", "procedures:registration_start", [], known, own=SearchForm.base_fields, procedures__Draft="new"
    )
    draft = Draft.objects.using("owner").latest("saved_at")
    for section, data in FILLED.items():
        draft.refresh_from_db(using="owner")
        run.post(
            "front_desk",
            "procedures:registration_section",
            [draft.id, section],
            data | {"version": draft.version},
            own=_fields_of(section),
            procedures__Draft="sealed version saved_at",
        )
    draft.refresh_from_db(using="owner")
    assert fuzz.MARK not in str(content(draft))
    made = ("Household", "Person", "Name", "Contact", "Guardianship", "Residence", "Movement", "Consent", "Subject")
    made += ("SearchRow", "SearchKey", "SearchNote")
    new = {f"registry__{table}": "new" for table in made} | {"facts__Fact": "new", "facts__SubjectIdentity": "new"}
    new |= {
        "procedures__Registration": "new",
        "procedures__Case": "new",
        "procedures__Step": "new",
        "procedures__Task": "new",
    }
    run.post("front_desk", "procedures:registration_check", [draft.id], {}, procedures__Draft="gone", **new)
    person = Person.objects.using("owner").get(name="吕苇航")
    assert (person.centre_id, person.is_location_locked) == (run.cast.here.centre.id, False)
    _refuse_and_discard(run, known)
    return person


def _refuse_and_discard(run: Fuzz, known: dict[str, str]) -> None:
    refusing = Draft.objects.using("owner").get(id=run.cast.here.ids["draft"])
    said_no = FILLED["consent"] | {"consent_registration": "refused", "version": refusing.version}
    args, own = [refusing.id, "consent"], _fields_of("consent")
    change = {"procedures__Draft": "sealed version saved_at"}
    run.post("front_desk", "procedures:registration_section", args, said_no, own=own, **change)
    gone = {"procedures__Draft": "gone", "facts__Fact": "new"}
    run.post("front_desk", "procedures:registration_refused", [refusing.id], {}, **gone)
    run.post(
        "front_desk", "procedures:registration_start", [], known, own=SearchForm.base_fields, procedures__Draft="new"
    )
    draft = Draft.objects.using("owner").latest("saved_at")
    run.post("front_desk", "procedures:registration_discard", [draft.id], {}, procedures__Draft="gone")


def _fields_of(section: str) -> set[str]:
    [form] = [one.form for one in forms.SECTIONS if one.code == section]
    return {*form.base_fields, *FILLED[section]}


def _work_on(run: Fuzz, person: Person) -> None:
    registration = Registration.objects.using("owner").get(person=person)
    task = Task.objects.using("owner").get(registration=registration, code="verification", done_on=None)
    on = registration.registered_on.isoformat()
    run.post("front_desk", "procedures:step", [task.id], {"done_on": on}, **CASE)
    edition_needs = ("school", "tutoring", "health", "counselling", "housing", "wages", "legal", "social_security")
    needs = {f"need_{code}": "none" for code in (*edition_needs, "skills", "work", "other")} | {"risk": "low"}
    change = {"casework__Assessment": "new", "procedures__Case": "risk", **CASE}
    run.post("case_worker", "casework:assess", [registration.id], needs, **change)


def _refer(run: Fuzz, person: Person) -> None:
    service = world.service_at("changzhou-school-1", "school")
    made = {f"procedures__{table}": "new" for table in ("Referral", "ReferralCount", "Receipt", "WithdrawalCode")}
    change = {"facts__Fact": "new", **made, **CASE}
    sent = {"request_id": str(uuid7())}
    run.post("front_desk", "procedures:refer_confirm", [person.id, service.id], sent, **change)
    first = Referral.objects.using("owner").get(person=person)
    assert first.shared["name"] == person.name and first.receiver_id == service.centre_id
    said = {"accept": "yes", "first_meeting": "11-28", "reason": "", "note": "带户口簿"}
    answered = "state answered_at first_meeting note"
    run.post("receiver", "procedures:referral_answer", [first.id], said, procedures__Referral=answered, **CASE)
    done = {"outcome": "received", "delivered_on": first.referred_on.isoformat()}
    change = {"procedures__Referral": "state outcome done_on", "casework__Delivery": "new", "facts__Fact": "new"}
    run.post("receiver", "casework:deliver", [first.id], done, own=("written_by", "sheet"), **change)
    code = one_time.unseal(Receipt.objects.using("owner").get(referral=first).withdrawal_sealed)
    back = {
        "procedures__Referral": "state shared withdrawn_at",
        "registry__Consent": "withdrawn_at",
        "facts__Fact": "new",
    }
    run.post("nobody", "procedures:referral_withdraw", [], {"code": code}, status=200, **back, **CASE)
    _take_back(run, person, service, back)


def _take_back(run: Fuzz, person: Person, service: Service, back: dict[str, str]) -> None:
    """The family decides anew, something is sent again, and taken back at the desk."""
    run.post(
        "front_desk", "procedures:consent", [person.id], FILLED["consent"], own=["assent"], registry__Consent="new"
    )
    sent = {"request_id": str(uuid7())}
    new = {f"procedures__{table}": "new" for table in ("Referral", "ReferralCount", "Receipt", "WithdrawalCode")}
    new |= {"facts__Fact": "new", "procedures__Step": "new"}
    run.post(
        "front_desk", "procedures:refer_confirm", [person.id, service.id], sent, procedures__Task="new done_on", **new
    )
    second = Referral.objects.using("owner").filter(person=person).latest("referred_at")
    run.post("front_desk", "procedures:referral_take_back", [second.id], {}, **back, **CASE)
    gone = {"procedures__Referral": "acknowledged_at", **CASE}
    run.post("receiver", "procedures:referral_acknowledge", [second.id], {}, **gone)


def _protect(run: Fuzz, person: Person) -> None:
    run.post("front_desk", "registry:protect", [person.id], {"locked": "yes"}, registry__Person="is_location_locked")
    Person.objects.using("owner").filter(id=person.id).update(is_location_locked=False)
    # Her sister is under location lock, so two persons are asked: this is the first.
    ids = run.cast.here.ids
    link, why = [ids["person"], ids["link"]], {"reason": "两个孩子我都见过"}
    run.post("case_worker", "registry:link_end", link, why, registry__Link="asked_by_id asked_reason")
    first = {"registry__ReviewPair": "is_sensitive first_by_id first_said"}
    run.post("case_worker", "registry:link_again", link, why, **first)
    pair = [ids["pair"]]
    run.post("case_worker", "registry:review_undo", pair, why, registry__ReviewPair="first_by_id first_said")
    run.post("case_worker", "registry:review_pair", pair, why | {"says": "deferred"}, registry__ReviewPair="state")
    run.post("safeguarding", "registry:links_told", [], {"number": "TX-26-999999"}, status=200)
    second = {"registry__Link": "new ended_at ended_by_id ended_reason"}
    second |= {"facts__SubjectIdentity": "new", "facts__UncertainTie": "new"}
    run.post("safeguarding", "registry:link_told_end", [ids["link"]], why, **second)
    known = {"number": "TX-26-999999", "reason": "孩子高烧，家人联系不上"}
    tried = {"registry__SearchNote": "new", "access__SecurityEvent": "new"}
    run.post("front_desk", "registry:emergency", [], known, status=422, **tried)
    alert = Alert.objects.using("owner").first()
    run.post("safeguarding", "registry:alert_seen", [alert.id], {}, registry__Alert="seen_at")
    _answer(run, person)


def _answer(run: Fuzz, person: Person) -> None:
    """A proposal, a question to other centres that finds nobody, and another centre's question."""
    signed = matching.proposal(identity.Candidate(person.id, "likely", 12.0, {"name": "same_written"}), 1)
    run.post("front_desk", "registry:same_person", [person.id], {"proposal": signed}, registry__MatchLabel="new")
    known = {"name": "欧阳无觅处", "birth": "2016", "origin": "", "guardian": "", "phone": "", "document": ""}
    own = [*known, "family_agrees"]
    asked = known | {"family_agrees": "on"}
    run.post("front_desk", "registry:ask", [], asked, own=own, status=422, registry__SearchNote="new")
    answered = {"registry__MatchRequest": "answer answered_at answered_by sealed"}
    run.post("front_desk", "registry:request_answer", [run.cast.here.ids["request"]], {"answer": "none"}, **answered)


def _measure(run: Fuzz) -> None:
    """A measure is built, put in use, its records are kept, and it is retired. Only this centre was refused anything."""
    built = {"value": "count", "kinds": ["registration_refused"], "basis": "during", "code": "refusals", "do": "save"}
    own = MeasureForm().fields.keys()
    run.post("mande", "publishing:measure_build", [], built, own=own, facts__StoredMeasure="new")
    stored = StoredMeasure.objects.using("owner").get(code="refusals")
    assert stored.author == run.cast.mande.name
    decided = {"facts__StoredMeasure": "state decided_at decided_by_id"}
    run.post("mande", "publishing:measure_use", [stored.id], {}, **decided)
    kept = {"facts__KeptFigure": "new", "facts__CellMembers": "new"}
    run.post("mande", "publishing:figure_keep", [], {"measure": "refusals"}, own=["by", "edition", "programme"], **kept)
    run.post("mande", "publishing:measure_retire", [stored.id], {}, **decided)


def _account_for(run: Fuzz) -> None:
    """Documents, lessons and the closing of a programme."""
    words, day = {"text_zh": "一", "text_en": "one", "text_mn": "нэг"}, {"dated_on": "2012-05-31"}
    sent = {"file": SimpleUploadedFile("a.csv", "项,数\n甲,1\n".encode()), "kind": "data", "language": "zh"}
    own = ("replaces",)  # which document is followed by this one is the form's to say
    args, code = [people.PROGRAMME], people.PROGRAMME
    known = sent | words | day | {"is_harmless": "on", "replaces": ""}
    run.post("mande", "programme:document_upload", args, known, own=own, programme__Document="new")
    document = Document.objects.using("owner").get(file_name="a.csv")
    assert (document.version, document.programme.code, document.uploader_role) == (1, code, "mande")
    gone = {"programme__Document": "content withdrawn_at withdrawn_by_id withdrawn_reason"}
    run.post("mande", "programme:document_withdraw", [code, document.id], {"reason": "发错了"}, **gone)
    lesson = {"kind": "lesson", "outcome": "", "site": ""} | words
    run.post("mande", "programme:lesson_list", args, lesson, programme__Lesson="new")
    made = Lesson.objects.using("owner").latest("id")
    answered = {"programme__Lesson": "done state answered_at answered_by_id"}
    run.post("mande", "programme:lesson_answer", [code, made.id], words | {"is_taken_up": "on"}, **answered)
    ticked = {"item": "activities-ended", "done_on": "2012-02-11", "note": "书面报告"}
    run.post("coordinator", "programme:closing", args, ticked, programme__Tick="new")


def _report(run: Fuzz) -> None:
    """A report goes the whole way, is corrected, and nothing but its own columns moves."""
    where = {"organisation": plan.OURS, "programme": people.PROGRAMME, "period": "2026-Q2"}
    begun = {"programme__Report": "new", "programme__ReportStep": "new"}
    run.post("partner", "programme:report_start", [], where, **begun)
    report = Report.objects.using("owner").get(period__code="2026-Q2", organisation__slug=plan.OURS)
    with world.as_(run.cast.here.partner):
        cell = lines_of(report)[0].total
    typed = {"version": 0, f"{cell.name}-value": "12", f"{cell.name}-evidence": "名册（演示）"}
    saved = {"programme__Report": "version", "programme__ReportedValue": "new"}
    run.post("partner", "programme:report", [report.pk], typed, **saved)
    run.post("partner", "programme:report_copy", [report.pk], {"version": 1})  # nothing to copy
    row = [2, [cell.code, "", "", "", "", "13", "–", "–", "–", "名册（演示）"]]
    saved["programme__ReportedValue"] = "value"
    sheet = {"version": 1, "rows": json.dumps([row])}
    run.post("partner", "programme:report_upload", [report.pk], sheet, **saved)
    _decide(run, report)
    made = {f"programme__{table}": "new" for table in ("Report", "ReportStep", "ReportedValue")}
    run.post("partner", "programme:report_correct", [report.pk], {"reason": "多计两人（演示）"}, **made)


def _decide(run: Fuzz, report: Report) -> None:
    sent = "state version submitted_at submitted_by_id submitter_name returned_for"
    said = {"programme__ReportStep": "new"}
    run.post("partner", "programme:report_submit", [report.pk], {"version": 2}, programme__Report=sent, **said)
    back = {"version": 3, "decision": "return", "reason": "请补充页码（演示）"}
    returned = "state version returned_for"
    run.post("mande", "programme:report_review", [report.pk], back, programme__Report=returned, **said)
    run.post("partner", "programme:report_submit", [report.pk], {"version": 4}, programme__Report=sent, **said)
    approved = "state version approved_at approved_by_id approver_name"
    yes = {"version": 5, "decision": "approve"}
    run.post("mande", "programme:report_review", [report.pk], yes, programme__Report=approved, **said)
    accepted = "state version accepted_at accepted_by_id accepter_name"
    run.post("coordinator", "programme:report_accept", [report.pk], {"version": 6}, programme__Report=accepted, **said)
    run.post("partner", "programme:report_comment", [report.pk], {"words": "谢谢（演示）"}, **said)


def _publish(run: Fuzz) -> None:
    run.post("coordinator", "publishing:edition_draft", [], {"programme": people.PROGRAMME}, publishing__Edition="new")
    draft = Edition.objects.using("owner").latest("drafted_at")
    change = {"publishing__Edition": "state approved_at approved_by_id approver_name"}
    run.post("coordinator", "publishing:edition_approve", [draft.id], {"seen": draft.content_hash}, **change)
    change = {"audit__Finding": "state reason decided_at decided_by"}
    said = {"state": "explained", "reason": "asked at the centre (demonstration)"}
    run.post("audit", "audit:finding", [run.cast.national["finding"]], said, own=("state", "reason"), **change)
    run.post("coordinator", "desk:sign_out", [], {}, access__Session="ended_at")


def _sign_in(run: Fuzz) -> None:
    secret = pyotp.random_base32()
    user = create_user(login="fuzzed", name="fuzzed (demonstration)", password=world.PASSWORD, totp_secret=secret)
    here = run.cast.here.centre.id
    membership = add_membership(
        user_id=user.id, centre_id=here, role="police", starts_on=world.TODAY.replace(year=2020)
    )
    run.post("nobody", "desk:sign_in", [], {"login": "fuzzed", "password": world.PASSWORD})
    code = {"code": pyotp.TOTP(secret).at(int(time.time())), "context": str(membership.id), "next": "/en/start/"}
    change = {"access__User": "totp_step", "access__Session": "new", "access__SecurityEvent": "new"}
    run.post("nobody", "desk:sign_in_code", [], code, **change)
    [session] = user.sessions.using("owner").all()
    assert (session.role, session.centre_id, session.user_id) == ("police", here, user.id)
