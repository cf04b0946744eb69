"""Two children with canaries in every personal field, one here and one elsewhere, and everybody who might see them.

`here` is changzhou-2 with its receiver changzhou-school-1; `there` is zhongshan-1 with zhongshan-school-1. All is
written by the real actions under signed contexts, committed, so a test needs a `house`.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connections
from django.utils import timezone

from tests import world
from tests.access import accounts, papers, requests, voices
from tests.access.audited import audited
from tests.access.canary import CANARY_HERE, CANARY_THERE, Canary
from tests.access.lists import brought
from tests.programme import plan
from tongxing.access.acting import Acting
from tongxing.casework.actions import assess, deliver
from tongxing.core.dates import PartialDate
from tongxing.core.files import checked
from tongxing.core.i18n import Text
from tongxing.desk import problems
from tongxing.desk.models import Problem
from tongxing.facts.actions import note_uncertain, store_measure
from tongxing.facts.kept import keep, open_cell
from tongxing.facts.measures import measure
from tongxing.facts.models import Extract, KeptFigure, LinkageRun, SubjectIdentity
from tongxing.facts.results import Period
from tongxing.organisations.models import Centre
from tongxing.procedures.actions import answer, complete, start_draft, withdraw
from tongxing.procedures.models import Referral
from tongxing.programme.actions import record_lesson, tick, upload
from tongxing.programme.models import Programme
from tongxing.programme.rules.results import Given
from tongxing.publishing.actions import approve_edition, draft_edition
from tongxing.registry import identity, matching
from tongxing.registry.actions import decide, let_in
from tongxing.registry.linking import assert_link
from tongxing.registry.models import (
    Alert,
    Compared,
    Contact,
    Guardianship,
    LinkRun,
    MatchRequest,
    Person,
    Residence,
)
from tongxing.registry.rules import GuardianSaid, Move, Residing

HERE, SCHOOL_HERE = "changzhou-2", "changzhou-school-1"
THERE, SCHOOL_THERE = "zhongshan-1", "zhongshan-school-1"
PROGRAMME = "MDGF-1880-H-CHN"


@dataclass
class Side:
    """One centre with its staff and everything that was recorded there."""

    centre: Centre
    canary: Canary
    front_desk: Acting
    case_worker: Acting
    police: Acting
    receiver: Acting
    partner: Acting  # of an organisation with an office here
    ids: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass
class Cast:
    here: Side
    there: Side
    clinic: Acting  # a receiver here to whom nothing was referred
    mande: Acting
    coordinator: Acting
    safeguarding: Acting
    protection: Acting
    system: Acting
    security: Acting
    audit: Acting
    national: dict[str, uuid.UUID] = field(default_factory=dict)  # the draft of an edition, an alert

    def everyone(self) -> dict[str, Acting]:
        """All who work here or nationally, by a name for the tests' messages. Every role of the matrix is among them."""
        return {
            "front_desk": self.here.front_desk,
            "case_worker": self.here.case_worker,
            "police": self.here.police,
            "receiver": self.here.receiver,
            "receiver without a referral": self.clinic,
            "partner": self.here.partner,
            "mande": self.mande,
            "coordinator": self.coordinator,
            "safeguarding": self.safeguarding,
            "protection": self.protection,
            "system": self.system,
            "security": self.security,
            "audit": self.audit,
        }


def enrolment(canary: Canary, name: str = "", **changed):
    known = {
        "spoken": canary.spoken,
        "other_names": (canary.other_name,),
        "birth": PartialDate(canary.birth.year, canary.birth.month, canary.birth.day),
        "birth_said": canary.birth_said,
        "guardians": (GuardianSaid(canary.guardian, "father"),),
        "phones": (canary.phone,),
        "documents": (canary.document,),
        "residence": Residing("320404", canary.community, canary.address),
        "move": Move("130921", "320404", date(2026, 9, 1), "month", "work_of_parents", "both_parents"),
        "consent": world.consent(decider_name=canary.decider),
    }
    return world.child(name or canary.name, **known | changed)


def _side(centre: str, school: str, office: str, canary: Canary) -> Side:
    return Side(
        centre=Centre.objects.get(slug=centre),
        canary=canary,
        front_desk=world.somebody("front_desk", centre),
        case_worker=world.somebody("case_worker", centre),
        police=world.somebody("police", centre),
        receiver=world.somebody("receiver", school),
        partner=world.somebody("partner", office),
    )


def _recorded(side: Side, school: str, lets_in: Centre) -> None:
    """Registration, sibling, assessment, three referrals (waiting, done, taken back), drafts, a grant, a draft."""
    by, ids = side.front_desk, side.ids
    with world.as_(by):
        registration = world.registered(by, enrolment(side.canary))
        person = registration.person
        sibling = enrolment(
            side.canary,
            side.canary.sibling,
            household_of=str(person.id),
            spoken="",
            other_names=(),
            documents=(),
            birth=PartialDate(2011, 1, 5),
        )
        waiting = world.registered(by, sibling, search_again=False)
        complete(waiting, "verification", on=world.TODAY, by=by)
        ids |= {"sibling": waiting.person_id, "to_assess": waiting.id}
        complete(registration, "verification", on=world.TODAY, by=by)
        assess(registration, needs={"school": "pressing"}, risk="high", on=world.TODAY, by=by)
        ids["draft"] = start_draft({"name": side.canary.draft, "phone": side.canary.phone}, by=by).id
        ids["colleagues_draft"] = start_draft_of(side.case_worker, side.canary.colleague)
        ids |= {"person": person.id, "registration": registration.id, "task": registration.tasks.waiting().first().id}
        for table, change in TOUCHED:
            table.objects.filter(person_id=person.id).update(**change)
        let_in(person=Person.objects.get(id=ids["sibling"]), centre=lets_in, purpose="visit", ends_at=None, by=by)
    with world.as_(side.police):
        plain = world.child(side.canary.carried, phones=(), guardians=())
        ids["carried"] = world.registered(side.police, plain, search_again=False).id
    ids["taken_back"] = _referred(side, school)
    with world.as_(by):  # with what is taken back the consent ends; then the family decides anew
        withdraw(Referral.objects.get(id=ids["taken_back"]), by=by)
        again = world.consent(decider_name=side.canary.decider)
        decide(again, person=Person.objects.get(id=ids["person"]), by=by)
    for state in ("referral", "accepted", "done"):
        ids[state] = _referred(side, school)
    _went_on(side)


# Changes that leave a former version in the history of each table.
TOUCHED = (
    (Contact, {"belongs_to": "household"}),
    (Guardianship, {"lives_with": False}),
    (Residence, {"verified_on": world.TODAY}),
)


def start_draft_of(by: Acting, name: str) -> uuid.UUID:
    with world.as_(by):
        return start_draft({"name": name}, by=by).id


def _referred(side: Side, school: str) -> uuid.UUID:
    by = side.front_desk
    with world.as_(by):
        person = Person.objects.get(id=side.ids["person"])
        return world.to_school(person, by=by, school=school).id


def _went_on(side: Side) -> None:
    by, ids = side.receiver, side.ids
    with world.as_(by):
        for state in ("accepted", "done"):
            answer(Referral.objects.get(id=ids[state]), accept=True, note=side.canary.note, by=by)
        deliver(Referral.objects.get(id=ids["done"]), outcome="received", on=world.TODAY, by=by)


def gathered() -> Cast:
    """Everybody, with everything recorded on both sides."""
    here = _side(HERE, SCHOOL_HERE, plan.HERE, CANARY_HERE)
    there = _side(THERE, SCHOOL_THERE, plan.THERE, CANARY_THERE)
    elsewhere = Centre.objects.get(slug="changzhou-1")
    for side, school in ((here, SCHOOL_HERE), (there, SCHOOL_THERE)):
        _recorded(side, school, elsewhere)
    cast = Cast(
        here=here,
        there=there,
        clinic=world.somebody("receiver", "changzhou-clinic-1"),
        mande=world.somebody("mande"),
        coordinator=world.somebody("coordinator"),
        safeguarding=world.somebody("safeguarding"),
        protection=world.somebody("protection"),
        system=world.somebody("system"),
        security=world.somebody("security"),
        audit=world.somebody("audit"),
    )
    accounts.of(cast)
    _reports(cast)
    _editions(cast)
    cast.national |= audited(here.front_desk, there.front_desk)
    _measured(cast)
    _accounted_for(cast)
    for side in (here, there):
        brought(side)
        papers.signed(side)
        _linked(side)
    _hidden_and_searched_for(cast)
    voices.spoken(cast)
    for side in (here, there):
        _looked_at(side)
        requests.made(side, cast.protection)
    cast.national["halt"] = requests.held(there, cast.protection)
    problems.report(number="0123456789ab", page="desk:today", role="front_desk")
    cast.national["problem"] = Problem.objects.using("owner").get().pk
    return cast


def _reports(cast: Cast) -> None:
    """A draft with one value on each side, saved once."""
    plan.loaded()
    places = ((cast.here, plan.OURS, "mdgf-changzhou"), (cast.there, plan.THEIRS, "mdgf-zhongshan"))
    for side, organisation, site in places:
        with world.as_(side.partner) as by:
            report = plan.started(by, organisation)
            plan.filled(report, by, {("2.7", site): Given(value=Decimal(12), evidence=side.canary.evidence)})
            side.ids["report"] = report.pk


EXTRACT = {
    "role": "front_desk",
    "kinds": ["child_registered"],
    "form": "csv",
    "expires_at": datetime(2099, 1, 1, tzinfo=UTC),
}
EXTRACT |= {"starts_on": world.TODAY, "ends_on": world.TODAY}


def _looked_at(side: Side) -> None:
    """A session, a page read and a page refused: the tables of use are not empty on either side."""
    client = world.client(side.front_desk)
    client.get(f"/en/people/{side.ids['person']}/")
    client.get("/en/figures/")
    # A desk asks for no file of rows; one that is its own all the same is seen by nobody.
    side.ids["extract"] = Extract.objects.using("owner").create(**EXTRACT, user_id=side.front_desk.user_id).pk


def _editions(cast: Cast) -> None:
    with world.as_(cast.coordinator) as by:
        first = draft_edition(programme_code=PROGRAMME, by=by)
        approve_edition(edition=first.id, seen=first.content_hash, by=by)
        cast.national["edition"] = draft_edition(programme_code=PROGRAMME, by=by).id


def _measured(cast: Cast) -> None:
    """A measure that an officer built, and a figure kept with its records, of which each desk opens its own."""
    subjects = SubjectIdentity.objects.using("owner").values_list("subject", flat=True)[:2]
    with world.as_(cast.here.front_desk) as by:
        note_uncertain([(*subjects, 0.5)], run=LinkageRun(), by=by)
    with world.as_(cast.mande) as by:
        built = measure("registrations").model_copy(update={"code": "built_here"})
        cast.national["stored"] = store_measure(built, reason="", by=by).id
        period = Period.until(world.TODAY)
        kept = keep("children_registered", period=period, as_of=timezone.now(), dimensions=("centre",), by=by)
    cast.national["kept"] = kept.id
    for side in (cast.here, cast.there):
        with world.as_(side.front_desk) as by:
            open_cell(KeptFigure.objects.get(id=kept.id), 0, by=by)


def _accounted_for(cast: Cast) -> None:
    """A document, a lesson and a tick of the closing checklist."""
    programme = Programme.objects.get(code=PROGRAMME)
    with world.as_(cast.mande) as by:
        cast.national["document"] = upload(
            checked("report.csv", b"item,number\none,1\n"),
            programme=programme,
            title=Text(en="A table"),
            kind="data",
            language="en",
            dated_on=world.TODAY,
            by=by,
        ).id
        lesson = record_lesson(programme=programme, kind="lesson", text=Text(en="One"), by=by)
        cast.national["lesson"] = lesson.id
    with world.as_(cast.coordinator) as by:
        tick("coordinator-kept", programme=programme, done_on=world.TODAY, note="office (demonstration)", by=by)


def _linked(side: Side) -> None:
    """A link, a pair that waits for people, and the mark of a job: of two records that this centre keeps."""
    with world.as_(side.case_worker) as by:
        one, other = side.ids["person"], side.ids["sibling"]
        link = assert_link(one, other, "same", reason="seen (demonstration)", by=by)
    assert link
    side.ids["link"] = link
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select access.put_pair(%s, %s, 'uncertain', '2', 3, 0.5, '{}', '{}', 1, null, '')", [one, other]
        )
        side.ids["pair"] = cursor.fetchone()[0]
    Compared.objects.using("owner").create(person_id=one, version="2/2", across=True)
    LinkRun.objects.using("owner").get_or_create(scope="new", state="done")


def _hidden_and_searched_for(cast: Cast) -> None:
    """Both siblings are under location lock, and each desk has searched for the other's: alerts and search notes.

    The desks have asked about the children themselves before: of a home that is hidden nobody is asked.
    """
    for asked, asking in ((cast.here, cast.there), (cast.there, cast.here)):
        _asked_about(asked, asking)
    for kept, asking in ((cast.here, cast.there), (cast.there, cast.here)):
        Person.objects.using("owner").filter(id=kept.ids["sibling"]).update(is_location_locked=True)
        hidden = enrolment(kept.canary, kept.canary.sibling, spoken="", other_names=())
        with world.as_(asking.front_desk):
            identity.search(identity.details_of(hidden))
    cast.national["alert"] = Alert.objects.using("owner").latest("at").id


def _asked_about(kept: Side, asking: Side) -> None:
    """Each desk has asked whoever may know the other's child, and has kept an answer about a proposal of its own."""
    words = {"name": "像是同一个孩子"}  # of the asker's own; a canary here would be one that may be seen
    with world.as_(asking.front_desk) as by:
        matching.ask(identity.details_of(enrolment(kept.canary, kept.canary.name)), words, by=by)
        own = identity.search(identity.details_of(enrolment(asking.canary, asking.canary.name)))
        matching.label({matching.proposal(own.inside[0], 1): "same"}, by=by)
    kept.ids["request"] = MatchRequest.objects.using("owner").get(centre_id=kept.centre.id).pk
