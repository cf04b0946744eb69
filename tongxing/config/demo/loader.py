"""Fills an empty instance with the demonstration: staff, children, referrals with outcomes, one approved edition.

Everything goes through the same actions as a desk's work, many registrations at a time, under signed contexts.
"""

import datetime
import random
import uuid
from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.db import transaction

from tongxing.access.acting import Acting
from tongxing.access.actions import create_user
from tongxing.access.context import acting_as
from tongxing.access.models import User
from tongxing.casework.actions import assess, deliver
from tongxing.config.demo import framework, voices
from tongxing.config.demo.bulk import SECONDS, Batch
from tongxing.config.demo.lives import REFERRED, life
from tongxing.config.demo.papers import papers
from tongxing.config.demo.population import Child, families
from tongxing.config.demo.population import Registration as Said
from tongxing.config.demo.run import Progress, Run, shared
from tongxing.config.demo.staff import PASSWORD, STAFF, TRAINEES
from tongxing.core.ids import uuid7
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.actions import add_membership
from tongxing.organisations.models import Centre, Membership, Service
from tongxing.procedures import rules, sop
from tongxing.procedures.actions import Ready, answer, close, complete, refer, register
from tongxing.procedures.actions.referrals import ConsentMissing
from tongxing.procedures.models import Case, Referral, Registration
from tongxing.procedures.rules.registration import ASKED, who_decides
from tongxing.programme.models import Programme, Report, Voice
from tongxing.publishing.actions import approve_edition, draft_edition
from tongxing.publishing.models import Edition
from tongxing.registry.rules import ConsentGiven, Decided, Enrolment, GuardianSaid, Move, Residing

REFERRALS = 20  # at each of the centres that refer
REFERRING = ("changzhou", "zhongshan", "tianjin")  # where the page has the procedure piloted: twelve centres
PROGRAMME = "MDGF-1880-H-CHN"
RELATIONS = {"grandfather": "grandparent", "grandmother": "grandparent", "aunt_or_uncle": "relative"}
REFUSES = {"school": 0.04, "health": 0.06, "legal": 0.1, "linkage": 0.08, "statistics": 0.03, "contact": 0.15}


def load(*, progress: Progress, scale: str = "typical", children: int | None = None) -> None:
    """Fill once: what is there is left as it is, and a start after an interruption goes on where the last one was."""
    staff(progress)
    run = Run.begun(scale, children)
    if not run.is_loaded:
        by_shares(run, progress)
        if not run.lives:
            referrals(run.today, progress)
        run.finished()
    if not Report.objects.using("owner").exists():
        framework.plan(run.today)
        framework.reports(lambda login, role: _acting(login, role, None), run.today, progress)
    if not Voice.objects.using("owner").exists():
        voices.voices(_acting, run.today, PROGRAMME)
    voices.numbers(_acting, run.today)
    if not Edition.objects.using("owner").exists():
        editions(progress)


def staff(progress: Progress) -> None:
    """The log-ins of the sign-in page, and one desk account per centre for the registrations; those that are missing."""
    members = [(m.login, m.name, m.role, m.centre) for m in STAFF]
    if settings.TRAINING:
        members += [(m.login, m.name, m.role, m.centre) for m in TRAINEES]
    members += [(f"desk-{c.slug}", f"{c.name['zh']} 前台（演示）", "front_desk", c.slug) for c in _centres()]
    places = {centre.slug: centre.id for centre in Centre.objects.using("owner")}
    known = dict(User.objects.using("owner").values_list("login", "id"))  # a trainee has two roles
    held = set(Membership.objects.using("owner").values_list("user__login", "role"))
    missing = [member for member in members if (member[0], member[2]) not in held]
    start = datetime.date(2020, 1, 1)
    for done, (login, name, role, slug) in enumerate(missing, start=1):
        with transaction.atomic(using="owner"):
            if login not in known:
                known[login] = create_user(login=login, name=name, password=PASSWORD).id
            add_membership(user_id=known[login], centre_id=places.get(slug), role=role, starts_on=start)
        progress("staff", done, len(missing))


def by_shares(run: Run, progress: Progress) -> None:
    """Many children in processes of their own, each at its share of the centres; few in this one."""
    if run.processes > 1:
        shared(run.processes, lambda done: progress("children", done, run.children))
    else:
        registrations(run, progress)


def registrations(run: Run, progress: Progress, share: tuple[int, int] = (0, 1)) -> None:
    """Every registration of the generated families at the centres of this share, at its own centre and day.

    A batch is one transaction and its drafts have the same ids in every run: what is written is passed over.
    """
    number, of = share
    desks = {place: Desk(centre, run) for place, centre in enumerate(_centres()) if place % of == number}
    born = 0
    for family in families(run.children, run.seed, today=run.today):
        for child in family.children:
            for said in child.registrations:
                if said.centre in desks:
                    desks[said.centre].hear(said, child)
        born += len(family.children)
        if any([desk.next_family(run.batch) for desk in desks.values()]):
            progress("children", born, run.children)
    for desk in desks.values():
        desk.close()
    progress("children", born, run.children)


class Desk:
    """One centre's desk: hears families, and writes them a batch at a time, siblings never parted."""

    def __init__(self, centre: Centre, run: Run) -> None:
        self.centre, self.run, self.by = centre, run, desk_of(centre)
        self.under = sop.in_force("child-registration", run.today)
        self.services = services_near(centre)
        self.receiver_of = cache(receiver_of)
        self.heard: list[tuple[Said, Child, str]] = []
        self.first_of_family: int | None = None

    def hear(self, said: Said, child: Child) -> None:
        sibling = "" if self.first_of_family is None else f"#{self.first_of_family}"
        if self.first_of_family is None:
            self.first_of_family = len(self.heard)
        self.heard.append((said, child, sibling))

    def next_family(self, batch: int) -> bool:
        """The family is complete; with `batch` children heard they are written. Was something written?"""
        self.first_of_family = None
        if len(self.heard) < batch:
            return False
        self._write()
        self.heard = []
        return True

    def close(self) -> None:
        """Write what is left; where no lives are written, old cases end."""
        self.next_family(1)
        if not self.run.lives:
            with transaction.atomic(), acting_as(self.by):
                _close_old_cases(self.centre, self.run.today, self.by)

    def _write(self) -> None:
        run = self.run
        drafts = [run.draft(child.truth, said.centre) for said, child, _sibling in self.heard]
        with transaction.atomic(), acting_as(self.by, seconds=SECONDS):
            if Registration.objects.filter(draft_id=drafts[0]).exists():
                return
            rows = zip(self.heard, drafts, strict=True)
            ready = [Ready(enrolment(*row, self.centre, run.today), draft) for row, draft in rows]
            made = register(ready, under=self.under, by=self.by, search_again=False)
            if run.lives:
                self._live(made)

    def _live(self, made: list[Registration]) -> None:
        run, chances = self.run, self.run.lives or {}
        written = Batch(made, self.services, by=self.by, receiver_of=self.receiver_of)
        for (said, child, _sibling), row in zip(self.heard, made, strict=True):
            dice = random.Random(f"life-{run.seed}-{child.truth}-{said.centre}")
            written.live(row, life(dice, row.registered_on, run.today, chances))
        written.write()


def _close_old_cases(centre: Centre, today: datetime.date, by: Acting) -> None:
    """A case ends three months after it began. Where referrals are shown, the newest stay open, whatever their age."""
    waiting = Case.objects.filter(closed_on=None).select_related("registration")
    old = list(waiting.order_by("-registration__registered_on", "id")[_open_at(centre) :])
    for case in old:
        case.closed_on = min(case.registration.registered_on + datetime.timedelta(days=90), today)
    close(old, code="closure", by=by)


def _open_at(centre: Centre) -> int:
    return REFERRALS if centre.slug.startswith(REFERRING) else 0


def enrolment(said: Said, child: Child, sibling: str, centre: Centre, today: datetime.date) -> Enrolment:
    """What a generated family said at a desk, as the desk writes it down."""
    guardian = said.guardian
    relation = RELATIONS.get(guardian.relation, guardian.relation) if guardian else ""
    given = GuardianSaid(guardian.name, relation) if guardian else None
    return Enrolment(
        name=said.name,
        other_names=tuple(text for text, _kind in said.other_names),
        sex=said.sex,
        on=min(said.on, today),
        birth=said.birth,
        birth_said=said.birth.describe("zh") if said.birth else "",
        languages=child.languages,
        hukou="rural",
        origin_division=said.origin,
        guardians=(given,) if given else (),
        phones=said.phones,
        documents=said.documents,
        residence=Residing(centre.division_id, "示范社区（演示）"),
        move=Move(said.origin, centre.division_id, said.on.replace(day=1), "month", "work_of_parents", "both_parents"),
        household_of=sibling,
        consent=decided(said, child, centre, today, given),
    )


def decided(
    said: Said, child: Child, centre: Centre, today: datetime.date, guardian: GuardianSaid | None
) -> ConsentGiven:
    """Most agree, some refuse; the dice are the child's own, so that a re-run says the same."""
    dice = random.Random(f"{child.truth}-{said.centre}")
    young = who_decides(said.birth, jurisdiction(centre.jurisdiction), said.on) == "young_person"
    return ConsentGiven(
        answers=tuple(Decided(purpose, dice.random() >= REFUSES.get(purpose, 0)) for purpose in ASKED),
        by_whom="young_person" if young else "guardian",
        decider_name=said.name if young or guardian is None else guardian.name,
        relation="" if young or guardian is None else guardian.relation,
        read_by="desk",
        language=child.languages[0] if child.languages[0] in ("zh", "mn", "en") else "zh",
        text_edition=1,
        valid_until=today + datetime.timedelta(days=365),
    )


def referrals(today: datetime.date, progress: Progress) -> None:
    """At each receiving centre of Changzhou, Zhongshan and Tianjin: assess, refer, and let the receivers answer."""
    dice = random.Random(Run.seed)
    sent_already = set(Referral.objects.using("owner").values_list("sender_id", flat=True))
    centres = [c for c in _centres() if c.slug.startswith(REFERRING) and c.id not in sent_already]
    for done, centre in enumerate(centres, start=1):
        by = desk_of(centre)
        with transaction.atomic(), acting_as(by):
            sent = list(_refer_some(by, centre, today, dice))
        for referral in sent:
            _let_answer(referral, today, dice)
        progress("referrals", done, len(centres))


def _refer_some(by: Acting, centre: Centre, today: datetime.date, dice: random.Random) -> Iterator[Referral]:
    services = services_near(centre)
    open_cases = Registration.objects.open().select_related("person__centre").order_by("-registered_on", "id")
    for registration in open_cases[:REFERRALS]:
        day = today - datetime.timedelta(days=dice.randrange(1, 11))
        complete(registration, "verification", on=day, by=by)
        service = dice.choice(services)
        needs = {need: "none" for need in rules.NEEDS} | {service.need: dice.choice(("pressing", "some"))}
        assess(registration, needs=needs, risk=dice.choice(("medium", "low", "low", "high")), on=day, by=by)
        try:
            yield refer(person=registration.person, service=service, need=service.need, request_id=uuid7(), by=by)
        except ConsentMissing:
            continue  # the family refused this purpose


def services_near(centre: Centre) -> list[Service]:
    """Services of the same city, at other places, for the needs that standing consents cover."""
    city = centre.slug.rsplit("-", 1)[0]
    found = Service.objects.filter(centre__slug__startswith=city, need__in=REFERRED).select_related("centre")
    return [service for service in found.order_by("slug") if service.centre_id != centre.id]


def _let_answer(referral: Referral, today: datetime.date, dice: random.Random) -> None:
    receiver = receiver_of(referral.receiver_id)
    fate = dice.random()
    if fate < 0.2:
        return
    with transaction.atomic(), acting_as(receiver):
        if fate < 0.3:
            answer(referral, accept=False, reason=dice.choice(("full", "distance", "not_eligible")), by=receiver)
            return
        answer(referral, accept=True, by=receiver)
        if fate > 0.45:
            deliver(referral, outcome="received" if fate < 0.95 else "partly", on=today, by=receiver)


def editions(progress: Progress) -> None:
    """The coordinator brings papers, then approves a first edition of each programme: the public pages have something."""
    lead = _acting("lead", "coordinator", None)
    with transaction.atomic(), acting_as(lead):
        papers(PROGRAMME, lead)
    codes = list(Programme.objects.order_by("code").values_list("code", flat=True))
    for done, code in enumerate(codes, start=1):
        with transaction.atomic(), acting_as(lead):
            draft = draft_edition(programme_code=code, by=lead)
            approve_edition(edition=draft.id, seen=draft.content_hash, by=lead)
        progress("edition", done, len(codes))


def desk_of(centre: Centre) -> Acting:
    """The demonstration's desk at a centre."""
    return _acting(f"desk-{centre.slug}", "front_desk", centre.id)


def receiver_of(centre_id: uuid.UUID) -> Acting:
    """The receivers' side: any account will do, the wall asks for place and role."""
    return _acting("school", "receiver", centre_id)


def _acting(login: str, role: str, centre_id: uuid.UUID | None) -> Acting:
    user = User.objects.using("owner").get(login=login)
    return Acting(user_id=user.id, name=user.name, role=role, centre_id=centre_id, purpose="demonstration")


def _centres() -> list[Centre]:
    """The nineteen, sending ones first: the order that population.py counts on."""
    order = {"sending": 0, "receiving": 1}
    found = Centre.objects.using("owner").filter(kind="community")
    return sorted(found, key=lambda centre: (order[centre.area], centre.slug))
