"""A programme with many records, so that an edition has exact, rounded, small, hidden and empty cells."""

import datetime
import random
import uuid
from decimal import Decimal
from itertools import pairwise

from tests import world
from tests.programme import plan
from tongxing import facts
from tongxing.access.acting import Acting
from tongxing.facts.actions import note_uncertain
from tongxing.programme.rules.results import Given
from tongxing.publishing import actions
from tongxing.publishing.models import Edition

CODE = "MDGF-1880-H-CHN"
CHILDREN = {"changzhou-1": 130, "changzhou-2": 60, "zhongshan-1": 45, "tianjin-1": 12, "cangzhou-1": 3}
NEEDS = ("school", "school", "school", "health", "legal")


def recorded(seed: int = 3) -> None:
    """Registrations, referrals and services at five centres in two years, by each centre's own desk."""
    chance = random.Random(seed)
    for centre, children in CHILDREN.items():
        desk = world.somebody("front_desk", centre)
        drafts = [draft for number in range(children) for draft in _child(desk, number, chance)]
        with world.as_(desk):
            facts.record(drafts, by=desk)
            known = [draft.subject for draft in drafts if draft.subject and draft.kind == "child_registered"]
            note_uncertain([(a, b, 0.3) for a, b in pairwise(known)][::3], by=desk)


def _child(desk: Acting, number: int, chance: random.Random) -> list[facts.Draft]:
    day = datetime.date(2025 if number % 4 == 0 else 2026, chance.randint(1, 9), chance.randint(1, 28))
    refuses = number % 25 == 7
    told = {
        "subject": None if refuses else uuid.UUID(int=chance.getrandbits(128)),
        "centre_id": desk.centre_id,
        "sex": "" if refuses else chance.choice(("female", "male", "male", "")),
        "birth_year": None if refuses else chance.randint(2009, 2024),
    }

    def draft(kind: str, source: str, **more: object) -> facts.Draft:
        return facts.Draft(kind, day, source, uuid.UUID(int=chance.getrandbits(128)), **told, **more)  # type: ignore[arg-type]

    found = [draft("child_registered", "procedures.Registration")]
    need = {"need": chance.choice(NEEDS)}
    if number % 3 == 0:
        found.append(draft("referral_sent", "procedures.Referral", attributes=need))
    if number % 6 == 0:
        found.append(draft("referral_done", "procedures.Referral", attributes=need))
        found.append(draft("service_delivered", "casework.Delivery", attributes=need | {"outcome": "received"}))
    return found


def published(coordinator: Acting, until: datetime.date | None = None) -> Edition:
    """The next edition, drafted and approved."""
    with world.as_(coordinator):
        draft = actions.draft_edition(programme_code=CODE, by=coordinator, until=until)
    with world.as_(coordinator):
        return actions.approve_edition(edition=draft.pk, seen=draft.content_hash, by=coordinator)


def reported() -> None:
    """Two organisations report a quarter: people, and a share of them; one of two the quarter before."""
    plan.loaded()
    ours, theirs = (world.somebody("partner", place) for place in (plan.HERE, plan.THERE))
    officer = world.somebody("mande")
    share = Given(numerator=Decimal(30), denominator=Decimal(60), evidence="list of names (demonstration)")
    mine = {("2.7", "mdgf-changzhou"): 63, ("2.7", "mdgf-tianjin"): 4, ("2.8", "mdgf-changzhou"): share}
    plan.approved(ours, officer, mine)
    plan.approved(theirs, officer, {("2.7", "mdgf-zhongshan"): 40}, organisation=plan.THEIRS)
    plan.approved(ours, officer, {("2.7", "mdgf-changzhou"): 7}, code="2026-Q2")
