"""What families of both sides have asked for: rows in every table of the rights desk."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from tests import world
from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.core.ids import spoken_code
from tongxing.facts.models import ErasedCount
from tongxing.registry.models import Halt, Person
from tongxing.rights import actions
from tongxing.rights.models import Answer, Certificate, Purge, Request

if TYPE_CHECKING:
    from tests.access.cast import Side


def made(side: "Side", officer: Acting) -> None:
    """An erasure that waits, a correction that was granted, a copy that was made; a restriction, a certificate, a night."""
    for name, kind in (("family_request", "delete"), ("to_correct", "correct"), ("answered", "copy")):
        asked = actions.Asked(kind, "某家人（演示）", "guardian", "father", "known", "zh-hans")
        with world.as_(side.front_desk) as by:
            person = Person.objects.get(id=side.ids["person"])
            side.ids[name] = actions.take(asked, person=person, by=by).pk
    for name in ("to_correct", "answered"):
        with world.as_(officer) as by:
            actions.rule(side.ids[name], by=by)
    told = {"tables": [{"table": "registry.Person", "is_former": False, "rows": [{"name": side.canary.name}]}]}
    Answer.objects.using("owner").create(
        request_id=side.ids["answered"], centre=side.centre, sealed=one_time.seal(json.dumps(told))
    )
    Request.objects.using("owner").filter(pk=side.ids["answered"]).update(state="made")
    Certificate.objects.using("owner").create(
        number=f"E-2026-{spoken_code(6)}",
        centre=side.centre,
        issued_on=world.TODAY,
        classes=[],
        language="mn",
        request_id=uuid.uuid4(),
    )
    ErasedCount.objects.using("owner").get_or_create(kind="child_registered")
    Purge.objects.using("owner").create(today=world.TODAY)
    _halt(side, officer, "restriction")


def held(side: "Side", officer: Acting) -> uuid.UUID:
    """A legal hold; returns its id."""
    return _halt(side, officer, "hold")


def _halt(side: "Side", officer: Acting, kind: str) -> uuid.UUID:
    # Of the child that the officer of the police registered: nobody works on it here.
    person = Person.objects.using("owner").get(registrations=side.ids["carried"])
    halt = Halt(person=person, centre=side.centre, kind=kind, reason="-", starts_on=world.TODAY)
    halt.recorded_by_id = officer.user_id
    halt.save(using="owner", force_insert=True)
    return halt.pk


def every_form(run: Any, person: Person) -> None:
    """A correction and an erasure on their way through desk, ruling and second word; a hold laid and ended."""
    args, family = [person.id], {"requester": "吕江", "relation": "father", "identity": "known", "language": "mn"}
    ruling = {"ruling": "granted", "refused_for": "", "words": ""}
    ruled = {"rights__Request": "state decided_at decided_by_id"}
    ids = {}
    for kind in ("correct", "delete"):
        asked = family | {"kind": kind, "words": ""}
        run.post("front_desk", "rights:request_start", args, asked, rights__Request="new")
        ids[kind] = Request.objects.using("owner").latest("recorded_at").pk
        run.post("protection", "rights:request_rule", [ids[kind]], ruling, **ruled)
    right = {"name": person.name, "spoken": person.spoken, "sex": "female", "birth": "2016-04-05", "guardian": "吕江"}
    right |= {"phone": "000 6611", "community": "苇航社区（演示）", "address": "苇航路 1 号（演示）"}
    done = {"rights__Request": "state done_at"}
    run.post("front_desk", "rights:request_correct", [ids["correct"]], right, registry__Residence="address", **done)
    run.post("case_worker", "rights:request_second", [ids["delete"]], {}, rights__Request="second_at second_by_id")
    Request.objects.using("owner").filter(pk=ids["correct"]).update(state="made", done_at=None)
    run.post("front_desk", "rights:request_close", [ids["correct"]], {}, **done)
    called = family | {"kind": "seen", "words": "", "number": person.number}
    run.post("protection", "rights:request_by_number", [], called, rights__Request="new")
    hold = {"number": person.number, "reason": "法院（演示）", "until_on": ""}
    run.post("protection", "rights:halts", [], hold, registry__Halt="new")
    laid = Halt.objects.using("owner").latest("recorded_at")
    run.post("protection", "rights:halt_end", [laid.pk], {}, registry__Halt="ended_at ended_by_id")
