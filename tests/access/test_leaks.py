"""Generated leak test: every address × everybody × {one's own, another centre's, absent} × every format, with canaries.

The mutation control that shows that it would see a hole is in test_mutations.py.
"""

import uuid
from collections import Counter
from typing import Any

import pytest

from tests import world
from tests.access import cast as people
from tests.access.answers import FORMATS, comparable, entitled, found_in, readable, secrets_of
from tests.access.routes import NATIONAL, ROUTES, absent, address, constants, in_resolver, objects
from tongxing.access.permissions import ROLES
from tongxing.publishing.models import Edition
from tongxing.registry.models import Person

# The receiver before the desks: when they have taken everything back there is nothing left to answer.
EVERYBODY = ["nobody", "receiver", "receiver without a referral", "front_desk", "case_worker", "police"]
EVERYBODY += ["partner", "mande", "coordinator", "safeguarding", "protection", "system", "security", "audit"]
DRAFT_OF = {"front_desk": "draft", "case_worker": "colleague"}
asked: Counter[str] = Counter()


class Thief:
    """One signed-in person who asks for everything, and what of it they may see."""

    def __init__(self, who: str, cast: people.Cast) -> None:
        self.who, self.cast = who, cast
        self.by = cast.everyone().get(who)
        self.client = world.client(self.by, raise_request_exception=False)
        self.here, self.there = secrets_of(cast.here), secrets_of(cast.there)
        # Who reviews reports for the whole country sees those of both sides.
        self.reviews = bool(self.by and self.by.is_national and self.by.may("report", "read"))
        if self.reviews:
            del self.there["evidence"]
        # Who looks at pairs for the whole country likewise; what is seen of them, entitled() says.
        self.nationwide = {"report"} if self.reviews else set()
        if self.by and self.by.is_national and self.by.may("pair", "read"):
            self.nationwide |= {"pair"}
        if self.by and self.by.is_national and self.by.may("link", "change"):
            self.nationwide |= {"link"}
        # Who handles voices for the whole country: complaints, or reports of harm, and never both.
        for part, said in (("voice", "complaint"), ("safe_voice", "harm")):
            if self.by and self.by.is_national and self.by.may(part, "read"):
                self.nationwide |= {"voice", said}
                del self.there[said]
        # Who answers families for the whole country reads the number on the card there, and nothing else of a child.
        self.answers = bool(self.by and self.by.is_national and self.by.may("request", "read"))
        if self.answers:
            self.nationwide |= {"family_request", "to_correct", "answered"}
        self.foreign = {str(one) for kind, one in cast.there.ids.items() if kind not in self.nationwide}
        allowed = entitled(self.by, is_receiver=who == "receiver", owns_draft=DRAFT_OF.get(who, ""))
        self.forbidden = {field: values for field, values in self.here.items() if field not in allowed}
        # A guardian decides and may share the name: whoever may see the one sees the other.
        self.seen: set[str] = set()
        self.reached: set[str] = set()
        self.constants = constants()

    def url(self, name: str, ids: dict[str, Any]) -> str:
        return address(name, ROUTES[name].kinds, ids, self.constants)

    def look(self, answer: Any, ids: dict[str, Any], what: str) -> list[str]:
        """What this answer tells that it should not."""
        asked[self.who] += 1
        text = readable(answer)
        self.seen |= found_in(text, self.here)
        known = {"number"} if self.answers and " rights:" in what else set()
        wrong = [f"{what}: {field} of the child there" for field in found_in(text, self.there) - known]
        wrong += [f"{what}: {field} of the child here" for field in found_in(text, self.forbidden) - known]
        named = {str(one) for one in ids.values()}
        wrong += [f"{what}: an id of a record there" for one in self.foreign - named if one in text]
        if answer.status_code >= 500:
            wrong.append(f"{what}: {answer.status_code}")
        return wrong


@pytest.fixture(scope="module")
def cast(house) -> people.Cast:
    return people.gathered()


def test_every_route_is_listed_with_the_kinds_of_its_arguments() -> None:
    found = {name for name, _view in in_resolver()}
    assert found - set(ROUTES) == set(), "add the route to tests/access/routes.py"
    assert set(ROUTES) - found == set(), "the route is gone; take it out of tests/access/routes.py"


def test_every_role_of_the_matrix_takes_part(cast) -> None:
    assert {by.role for by in cast.everyone().values()} == set(ROLES)
    assert {*cast.everyone(), "nobody"} == set(EVERYBODY)


@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_leaks_by_asking(cast, who: str) -> None:
    thief = Thief(who, cast)
    wrong: list[str] = []
    for name, route in ROUTES.items():
        if route.ends_session:
            continue
        for form, (query, headers) in FORMATS.items():
            wrong += _asked(thief, name, form, lambda url, q=query, h=headers: thief.client.get(url, q, headers=h))
    assert not wrong, "\n".join(wrong)
    _saw_what_was_due(thief)


def _asked(thief: Thief, name: str, form: str, ask: Any) -> list[str]:
    """Ask for one's own, the other centre's and an absent object; the last two must look the same."""
    cast, what = thief.cast, f"{thief.who} {name} {form}"
    wrong: list[str] = []
    for mine in _mine(cast, name):
        answer = ask(thief.url(name, mine))
        thief.reached |= {name} if answer.status_code != 404 else set()
        wrong += thief.look(answer, mine, what)
    if not any(not kind.startswith("=") for kind in ROUTES[name].kinds.values()):
        return wrong
    national = (*NATIONAL, *thief.nationwide)
    theirs = objects(cast.there, cast) | {kind: uuid.uuid4() for kind in national}
    none = absent(cast.there)
    one, other = ask(thief.url(name, theirs)), ask(thief.url(name, none))
    wrong += thief.look(one, theirs, f"{what}, of the other centre") + thief.look(other, none, f"{what}, absent")
    if comparable(one, theirs.values()) != comparable(other, none.values()):
        wrong.append(f"{what}: foreign ({one.status_code}) and absent ({other.status_code}) differ")
    if one.status_code < 300:
        wrong.append(f"{what}: {one.status_code} for what lies at another centre")
    return wrong


def _mine(cast: people.Cast, name: str) -> list[dict[str, Any]]:
    """One's own objects; a referral in each of its states."""
    ids = objects(cast.here, cast)
    if "registration" in ROUTES[name].kinds.values():
        return [ids, ids | {"registration": ids["carried"]}]
    if "voice" in ROUTES[name].kinds.values():
        return [ids, ids | {"voice": ids["harm"]}]
    if "referral" in ROUTES[name].kinds.values():
        return [ids | {"referral": ids[state]} for state in ("referral", "accepted", "done", "taken_back")]
    return [ids]


def _saw_what_was_due(thief: Thief) -> None:
    """The canaries are alive: who may see them has seen them."""
    due = {
        "front_desk": {"name", "spoken", "birth", "number", "guardian", "decider", "phone", "community", "address"}
        | {"sibling", "draft", "note", "code"},
        "case_worker": {"name", "guardian", "phone", "colleague", "code", "complaint"},
        "police": {"carried", "carried_number"},
        "receiver": {"name"},
        "safeguarding": {"guardian", "decider", "number", "birth_said", "sibling_number", "other_name"}  # a pair
        | {"harm"},
        "protection": {"number"},
        "coordinator": {"evidence", "complaint"},
        **{who: {"evidence"} for who in ("partner", "mande")},
    }.get(thief.who, set())
    assert due <= thief.seen
    if not due or thief.who in ("partner", "mande", "coordinator", "safeguarding", "protection"):
        assert thief.seen == due


@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_leaks_by_sending(cast, who: str) -> None:
    """Empty and harmless forms: to one's own records, to the other centre's, to absent ones."""
    before = _state_of(cast.there)
    thief = Thief(who, cast)
    wrong: list[str] = []
    writing = [name for name, route in ROUTES.items() if route.post is not None]
    for name in sorted(writing, key=lambda name: (ROUTES[name].ends_session, ROUTES[name].spends)):
        for form, data in (("empty form", {}), ("form", ROUTES[name].post)):
            wrong += _asked(thief, name, form, lambda url, d=data: thief.client.post(url, d))
    assert not wrong, "\n".join(wrong)
    assert _forms_of_ones_own(thief) <= thief.reached
    assert _state_of(cast.there) == before


def _forms_of_ones_own(thief: Thief) -> set[str]:
    """The control: the forms about records that this person has and may change; none of them may have been a 404."""
    guards = {name: getattr(view, "tx_guard", None) for name, view in in_resolver()}
    mine = {
        "receiver": {"received", "delivery"},
        "coordinator": {"edition"},
        "safeguarding": {"alert"},
        "partner": {"report", "remark"},
    }
    mine |= {"front_desk": {"person", "draft", "consent", "case", "referral"}}
    asked_for = {name: guards[name][0] for name, route in ROUTES.items() if route.post is not None and guards[name]}
    return {name for name, part in asked_for.items() if part in mine.get(thief.who, ())}


def _state_of(side: people.Side) -> Any:
    """What must not move at the other centre."""
    rows = Person.objects.using("owner").filter(centre=side.centre).values()
    return [*rows, Edition.objects.using("owner").filter(state="approved").count()]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head", "trace"])
def test_no_other_method_opens_a_door(cast, method: str) -> None:
    thief = Thief("front_desk", cast)
    wrong: list[str] = []
    for name in ("registry:person", "procedures:receipt", "procedures:registration_tasks", "procedures:referral"):
        wrong += _asked(thief, name, method, getattr(thief.client, method))
    assert not wrong, "\n".join(wrong)


def test_how_much_was_asked() -> None:
    print(f"{sum(asked.values())} answers read, {dict(asked)}")
    assert min(asked.values()) > 100
