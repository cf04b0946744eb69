"""The permission matrix is the whole truth: no part beside it, no page without a guard, no field but the form's own."""

import ast
import re
import time
from typing import Any

import pyotp
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from tests import world
from tests.access import cast as people
from tests.access import fuzz
from tests.access.routes import FILLED, ROUTES, address, constants, in_resolver, objects
from tests.architecture.house import HOUSE, PRODUCT
from tongxing.access import one_time
from tongxing.access.actions import create_user
from tongxing.access.permissions import MATRIX, ROLES, STEPS, VERBS, granted, may
from tongxing.casework.actions import deliver
from tongxing.core.ids import uuid7
from tongxing.core.rls import RowPolicy
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Membership, Service
from tongxing.procedures import forms
from tongxing.procedures.actions import acknowledge, answer, withdraw
from tongxing.procedures.actions.drafts import content
from tongxing.procedures.models import Draft, Receipt, Referral, Registration, Task
from tongxing.publishing.models import Edition
from tongxing.registry.forms import SearchForm
from tongxing.registry.models import Alert, Grant, Person

# What is open to everybody; anything else asks for a cell of the matrix.
PUBLIC = {
    *("desk:home", "desk:sign_in", "desk:sign_in_code", "desk:sign_out", "organisations:find"),
    *("procedures:referral_withdraw", "publishing:programmes", "publishing:measures", "publishing:measure"),
    *("publishing:factsheet", "publishing:factsheet_edition", "publishing:how", "publishing:how_edition"),
}


@pytest.fixture(scope="module")
def cast(house) -> people.Cast:
    return people.gathered()


def parts_in_policies() -> set[str]:
    from tests.architecture.house import tables

    return {wall.part for model in tables() for wall in model._meta.constraints if isinstance(wall, RowPolicy)}


def parts_in_code() -> set[str]:
    """First words of `may`, `demand` and `allow` in Python, and of access.may in SQL."""
    found = set()
    for path in PRODUCT.glob("**/*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("may", "demand", "allow") and isinstance(call.args[0].value, str):
                found.add(call.args[0].value)
    for path in PRODUCT.glob("**/*.sql"):
        found |= set(re.findall(r"access\.may\('(\w+)'", path.read_text()))
    return found


def test_every_part_that_is_asked_for_is_a_row_of_the_matrix_and_the_other_way_round() -> None:
    assert parts_in_policies() | parts_in_code() == set(MATRIX)


def test_cells_name_known_roles_and_verbs() -> None:
    for part, cells in MATRIX.items():
        assert set(cells) <= {*ROLES, *STEPS}, part
        assert all(set(verbs) <= set(VERBS.values()) for verbs in cells.values()), part
    assert not set(ROLES) & set(STEPS)
    assert not may("administrator", "person", "read") and not may("front_desk", "everything", "read")


def test_what_is_signed_is_the_column_of_the_matrix() -> None:
    for role in (*ROLES, *STEPS):
        cells = dict(cell.split("=") for cell in granted(role).split(";"))
        assert cells == {part: cells[role] for part, cells in MATRIX.items() if role in cells}


def test_the_document_shows_the_matrix_as_it_is() -> None:
    """docs/security.md: one row a part, one column a role or step; an empty cell is a dash."""
    roles = [*ROLES, *STEPS]
    text = (HOUSE / "docs" / "security.md").read_text(encoding="utf-8")
    for part, cells in MATRIX.items():
        row = " | ".join([f"| {part}", *(cells.get(role, "–") for role in roles)])
        assert f"{row} |" in text, f"write into docs/security.md: {row} |"
    shown = re.findall(r"^\| (\w+) \| (?:[racx–]+ \| ){9}[racx–]+ \|$", text, re.MULTILINE)
    assert shown == list(MATRIX)


def test_nobody_can_be_a_member_in_a_step_of_the_code() -> None:
    choices = {code for code, _name in Membership._meta.get_field("role").choices}
    assert choices == set(ROLES)


def test_every_view_has_a_guard_and_every_guard_a_cell() -> None:
    public = set()
    for name, view in in_resolver():
        part, verb = view.tx_guard
        if part == "public":
            public.add(name)
        else:
            assert part in MATRIX and verb in VERBS, name
    assert public == PUBLIC, "a page for everybody is decided here, not by leaving something out"


def test_what_the_matrix_does_not_allow_no_page_allows(cast, house) -> None:
    ids, fixed = objects(cast.here, cast), constants()
    refused = 0
    for who, by in cast.everyone().items():
        client = world.client(by, raise_request_exception=False)
        for name, view in in_resolver():
            part, verb = view.tx_guard
            if part == "public" or may(by.role, part, verb):
                continue
            url = address(name, ROUTES[name].kinds, ids, fixed)
            assert {client.get(url).status_code, client.post(url).status_code} <= {404, 405}, (who, name)
            refused += 1
    assert refused > 100
    noted = house.sql("tx_owner", "select count(*) from access_securityevent where kind = 'refused' and path <> ''")
    assert noted[0][0] >= refused


def test_a_desk_that_sends_and_receives_never_moves_for_the_other_side(cast) -> None:
    desk, sent = cast.here.front_desk, cast.here.ids["accepted"]
    assert may("front_desk", "received", "change")
    tries = (
        lambda r: answer(r, accept=False, reason="full", by=desk),
        lambda r: deliver(r, outcome="received", on=world.TODAY, by=desk),
        lambda r: acknowledge(r, by=desk),
    )
    for move in tries:
        with pytest.raises(PermissionDenied), world.as_(desk):
            move(Referral.objects.get(id=sent))
    client = world.client(desk, raise_request_exception=False)
    assert client.get(reverse("procedures:referral_received", args=[sent])).status_code == 404
    # A front desk at the receiving place reads the snapshot and cannot take it back for the family.
    there = world.somebody("front_desk", people.SCHOOL_HERE)
    with pytest.raises(PermissionDenied), world.as_(there):
        withdraw(Referral.objects.get(id=sent), by=there)
    assert Referral.objects.using("owner").get(id=sent).state == "accepted"


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
            assert not [trace for trace in self.traces if trace in text], (name, table, text)
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
    _publish(run)
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
    run.post("receiver", "casework:deliver", [first.id], done, **change)
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
    known = {"number": "TX-26-999999", "reason": "孩子高烧，家人联系不上"}
    tried = {"registry__SearchNote": "new", "access__SecurityEvent": "new"}
    run.post("front_desk", "registry:emergency", [], known, status=422, **tried)
    alert = Alert.objects.using("owner").first()
    run.post("safeguarding", "registry:alert_seen", [alert.id], {}, registry__Alert="seen_at")


def _publish(run: Fuzz) -> None:
    run.post("coordinator", "publishing:edition_draft", [], {}, publishing__Edition="new")
    draft = Edition.objects.using("owner").latest("drafted_at")
    change = {"publishing__Edition": "state approved_at approved_by_id approver_name"}
    run.post("coordinator", "publishing:edition_approve", [draft.id], {"seen": draft.content_hash}, **change)
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
    change = {"access__User": "totp_step", "access__Session": "new"}
    run.post("nobody", "desk:sign_in_code", [], code, **change)
    [session] = user.sessions.using("owner").all()
    assert (session.role, session.centre_id, session.user_id) == ("police", here, user.id)
