"""Every route with the kinds of its arguments and something harmless to send. A route that is not here fails the test."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override

from tests import world
from tests.access.cast import PROGRAMME, Cast, Side
from tests.programme import plan
from tongxing.procedures.rules.registration import ASKED
from tongxing.programme.models import Indicator

ABSENT = uuid.UUID("01a1ffff-ffff-7fff-8fff-ffffffffffff")
CONSENTS = {f"consent_{purpose}": "agreed" for purpose in ASKED}

# A registration form that is complete, section by section.
FILLED = {
    "name": {
        "name": "吕苇航",
        "sex": "female",
        "birth": "2016-04-05",
        "surname": "",
        "spoken": "",
        "other_names": "苇苇",
    },
    "guardian": {"guardian_name": "吕江", "guardian_relation": "father", "guardian_lives_with": "on"},
    "move": {
        "origin": "沧县",
        "hukou": "rural",
        "moved_on": "2026-09",
        "move_reason": "school",
        "moved_with": "relatives",
    },
    "consent": {"read_by": "desk", "read_in": "zh", "assent": "agreed", **CONSENTS},
    "address": {"division": "", "community": "苇航社区（演示）", "address": "", "phone": "000 6611"},
    "language": {"languages": ["zh"], "needs_interpreter": ""},
}
# Kinds that belong to no centre.
NATIONAL = ("edition", "alert", "finding", "stored", "kept", "document", "lesson", "change", "problem")
NATIONAL += ("account", "membership", "proposal", "released", "halt")
ASKED_FOR = {"kind": "copy", "requester": "某家人（演示）", "relation": "father", "identity": "known", "language": "mn"}
PERIOD = {"starts_on": "2026-01-01", "ends_on": "2026-11-21"}


@dataclass(frozen=True)
class Route:
    """`kinds`: for each argument the name under which `Side.ids` (or the cast) knows it; `post` is None for GET only."""

    kinds: dict[str, str] = field(default_factory=dict)
    post: dict[str, Any] | None = None
    spends: bool = False  # what it is sent to is gone, or answered for good, afterwards
    ends_session: bool = False


ROUTES = {
    "desk:home": Route(),
    "desk:start": Route(),
    "desk:today": Route(),
    "desk:still_here": Route(),
    "desk:sign_in": Route(post={"login": "nobody", "password": "wrong"}),
    "desk:sign_in_code": Route(post={"code": "000000"}),
    "desk:report_problem": Route(post={"number": "0123456789ab", "page": "desk:today"}),
    "operations:operations": Route(),
    "operations:problem_seen": Route({"problem_id": "problem"}, post={}),
    "desk:sign_out": Route(post={}, ends_session=True),
    "desk:guide": Route({"role": "=role"}),
    "desk:glossary": Route(),
    "desk:first": Route(post={"login": "nobody", "slip": "2222-2222-2222"}),
    "desk:first_password": Route(post={"password": "four words make one"}),
    "desk:first_phone": Route(post={"code": "000000"}),
    "desk:conduct": Route(post={}),
    "desk:own": Route(post={"code": "000000"}),
    "desk:own_phone": Route(post={"code": "000000"}),
    "desk:lock": Route(post={}, ends_session=True),
    "desk:locked": Route(post={"code": "000000"}),
    "organisations:find": Route(),
    "organisations:accounts": Route(),
    "organisations:account_add": Route(post={"login": "x"}),
    "organisations:account": Route({"user_id": "account"}),
    "organisations:place_add": Route({"user_id": "account"}, post={"place-role": ""}),
    "organisations:slip": Route({"user_id": "account"}, post={}),
    "organisations:reset": Route({"user_id": "account"}, post={"reset-kind": ""}),
    "organisations:place_end": Route({"membership_id": "membership"}, post={"heir": "nobody"}),
    "organisations:roster": Route(post={"content": "forged"}),
    "organisations:roster_template": Route(),
    "organisations:proposals": Route(),
    "organisations:proposal_decide": Route({"proposal_id": "proposal"}, post={"answer": "refuse"}, spends=True),
    "organisations:proposals_confirm": Route(post={"chosen": "forged"}),
    "organisations:access_review": Route(),
    "organisations:access_review_keep": Route(post={"at": "national", "chosen": "forged", "reason": ""}),
    "organisations:access_review_one": Route({"membership_id": "membership"}, post={"verdict": ""}),
    "registry:search": Route(post={"name": "张三", "birth": "2016"}),
    "registry:person": Route({"person_id": "person"}),
    "registry:linking_runs": Route(),
    "registry:links_told": Route(post={"number": "TX-26-999999"}),
    "registry:link_told_end": Route({"link_id": "link"}, post={"reason": "two cousins"}),
    "registry:links": Route({"person_id": "person"}),
    "registry:link_end": Route({"person_id": "person", "link_id": "link"}, post={"reason": "two cousins"}),
    "registry:link_again": Route({"person_id": "person", "link_id": "link"}, post={"reason": "one child"}),
    "registry:protect": Route({"person_id": "person"}, post={"locked": "no"}),
    "registry:same_person": Route({"person_id": "person"}, post={"proposal": "forged"}),
    "registry:ask": Route(post={"name": "张三", "birth": "2016", "family_agrees": "on"}),
    "registry:requests": Route(),
    "registry:request_answer": Route({"request_id": "request"}, post={"answer": "none"}, spends=True),
    "registry:review": Route(),
    "registry:review_next": Route(),
    "registry:review_pair": Route({"pair_id": "pair"}, post={"says": "deferred"}),
    "registry:review_undo": Route({"pair_id": "pair"}, post={"reason": ""}),
    "registry:emergency": Route(post={"number": "TX-26-999999", "reason": "a reason that is long enough"}),
    "registry:alerts": Route(),
    "registry:alert_seen": Route({"alert_id": "alert"}, post={}),
    "procedures:registration_list": Route(),
    "procedures:registration_start": Route(post={"name": "张三"}),
    "procedures:registration_tasks": Route({"draft_id": "draft"}),
    "procedures:ticket": Route({"registration_id": "registration"}),
    "procedures:blank_list": Route(),
    "procedures:blank": Route({"form": "=paper_form"}),
    "procedures:consent_paper": Route({"person_id": "person"}),
    "procedures:signed_papers": Route({"person_id": "person"}, post={"signed_on": "", "read_aloud_by": "x"}),
    "procedures:signed_paper": Route({"paper_id": "signed"}),
    "procedures:signed_paper_remove": Route({"paper_id": "signed"}, post={}, spends=True),
    "procedures:registration_check": Route({"draft_id": "draft"}, post={}),
    "procedures:registration_discard": Route({"draft_id": "draft"}, post={}, spends=True),
    "procedures:registration_refused": Route({"draft_id": "draft"}, post={}),
    "procedures:registration_section": Route(
        {"draft_id": "draft", "section": "=name"}, post={"name": "张三", "version": "99"}
    ),
    "procedures:card": Route({"registration_id": "registration"}),
    "procedures:step": Route({"task_id": "task"}, post={"done_on": "2026-11-21"}),
    "procedures:consent": Route({"person_id": "person"}, post={"read_by": "desk", **CONSENTS}),
    "procedures:refer": Route({"person_id": "person"}),
    "procedures:refer_confirm": Route(
        {"person_id": "person", "service_id": "=service"}, post={"request_id": "01a1eeee-ffff-7fff-8fff-ffffffffffff"}
    ),
    "procedures:referral_list": Route(),
    "procedures:referral": Route({"referral_id": "referral"}),
    "procedures:receipt": Route({"referral_id": "referral"}),
    "procedures:referral_take_back": Route({"referral_id": "referral"}, post={}, spends=True),
    "procedures:referral_received": Route({"referral_id": "referral"}),
    "procedures:referral_answer": Route({"referral_id": "referral"}, post={"accept": "no", "reason": "full"}),
    "procedures:referral_acknowledge": Route({"referral_id": "referral"}, post={}),
    "procedures:roster_list": Route(post={}),
    "procedures:roster_template": Route(),
    "procedures:roster": Route({"roster_id": "roster"}),
    "procedures:roster_report": Route({"roster_id": "roster"}),
    "procedures:roster_start": Route({"roster_id": "roster_old"}, post={}),
    "procedures:roster_undo": Route({"roster_id": "roster_old"}, post={}),
    "procedures:roster_decide": Route({"row_id": "roster_row"}, post={"answer": "neither"}),
    "procedures:referral_withdraw": Route(post={"code": "2222-2222"}),
    "casework:assess": Route({"registration_id": "to_assess"}, post={"risk": "low"}),
    "casework:deliver": Route({"referral_id": "referral"}, post={"outcome": "received", "delivered_on": "2026-11-21"}),
    "programme:documents": Route({"code": "=programme"}),
    "programme:document": Route({"code": "=programme", "document": "document"}),
    "programme:programmes": Route(),
    "programme:document_upload": Route({"code": "=programme"}, post={"kind": "report"}),
    "programme:document_withdraw": Route({"code": "=programme", "document": "document"}, post={"reason": ""}),
    "programme:lesson_list": Route({"code": "=programme"}, post={"kind": "lesson"}),
    "programme:lesson_answer": Route({"code": "=programme", "lesson": "lesson"}, post={"text_zh": ""}),
    "programme:closing": Route({"code": "=programme"}, post={"item": "activities-ended", "done_on": ""}),
    "programme:framework": Route(),
    "programme:indicator": Route({"indicator_id": "=indicator"}),
    "programme:calendar": Route(),
    "programme:report_start": Route(post={"organisation": plan.OURS, "programme": PROGRAMME, "period": "2026-Q2"}),
    "programme:report": Route({"report_id": "report"}, post={"version": "99"}),
    "programme:report_copy": Route({"report_id": "report"}, post={"version": "99"}),
    "programme:report_submit": Route({"report_id": "report"}, post={"version": "99"}),
    "programme:report_review": Route({"report_id": "report"}, post={"version": "99", "decision": "approve"}),
    "programme:report_accept": Route({"report_id": "report"}, post={"version": "99"}),
    "programme:report_comment": Route({"report_id": "report"}, post={"words": "looked at"}),
    "programme:report_correct": Route({"report_id": "report"}, post={"reason": "counted twice"}),
    "programme:report_sheet": Route({"report_id": "report"}),
    "programme:report_upload": Route({"report_id": "report"}, post={"version": "99"}),
    "programme:voice_say": Route(post={"kind": "service"}),
    "programme:voice_answer": Route(post={"code": "2222-2222-22"}),
    "programme:voice_paper": Route(),
    "programme:what_changed": Route(),
    "programme:voice_take": Route(post={"kind": "service"}),
    "programme:voice_list": Route(),
    "programme:voice": Route({"voice_id": "voice"}, post={"do": "note", "words": "looked at"}),
    "programme:voice_changes": Route(post={"said_en": "one"}),
    "programme:voice_change_approve": Route({"change_id": "change"}, post={}),
    "programme:voice_numbers_publish": Route(post={}),
    "publishing:programmes": Route(),
    "publishing:factsheet": Route({"code": "=programme"}),
    "publishing:factsheet_edition": Route({"code": "=programme", "number": "=number"}),
    "publishing:how": Route({"code": "=programme", "measure": "=measure"}),
    "publishing:how_edition": Route({"code": "=programme", "number": "=number", "measure": "=measure"}),
    "publishing:feed": Route(),
    "publishing:feed_programme": Route({"code": "=programme"}),
    "publishing:editions_public": Route({"code": "=programme"}),
    "publishing:file_latest": Route({"code": "=programme", "suffix": "=suffix"}),
    "publishing:report_by": Route({"code": "=programme", "number": "=number"}),
    "publishing:factsheet_by": Route({"code": "=programme", "number": "=number", "dimension": "=dimension"}),
    "publishing:printed": Route({"code": "=programme", "number": "=number"}),
    "publishing:changes": Route({"code": "=programme", "number": "=number"}),
    "publishing:file": Route({"code": "=programme", "number": "=number", "suffix": "=suffix"}),
    "publishing:content": Route({"code": "=programme", "number": "=number"}),
    "publishing:api": Route(),
    "publishing:openapi": Route(),
    "publishing:measures": Route(),
    "publishing:measure": Route({"code": "=measure"}),
    "publishing:figures": Route(),
    "publishing:overlap": Route(),
    "publishing:measures_built": Route(),
    "publishing:measure_build": Route(post={"value": "count", "kinds": "child_registered", "do": "show"}),
    "publishing:measure_use": Route({"stored": "stored"}, post={}),
    "publishing:measure_retire": Route({"stored": "stored"}, post={}),
    "publishing:figure_keep": Route(post={"measure": "registrations", "by": "centre"}),
    "publishing:figure_cells": Route({"figure": "kept"}),
    "publishing:cell_records": Route({"figure": "kept", "cell": "=cell"}),
    "publishing:reference": Route(),
    "facts:extracts": Route(),
    "facts:extract_ask": Route(post={"kinds": "child_registered", "form": "csv", **PERIOD}),
    "facts:extract_release": Route({"extract_id": "released"}, post={}, spends=True),
    "facts:extract_file": Route({"extract_id": "extract"}),
    "audit:findings": Route(),
    "audit:finding": Route({"finding_id": "finding"}, post={"state": "explained", "reason": ""}),
    "audit:trace": Route(),
    "audit:events": Route(),
    "audit:seals": Route(),
    "audit:breach": Route(),
    "rights:retention": Route(),
    "rights:purges": Route(),
    "rights:requests": Route(),
    "rights:request_by_number": Route(post={"number": "TX-00-000000", **ASKED_FOR}),
    "rights:request_start": Route({"person_id": "person"}, post=ASKED_FOR),
    "rights:request": Route({"request_id": "family_request"}),
    "rights:request_rule": Route({"request_id": "family_request"}, post={"ruling": "refused"}),
    "rights:request_second": Route({"request_id": "family_request"}, post={}),
    "rights:request_close": Route({"request_id": "family_request"}, post={}),
    "rights:request_correct": Route({"request_id": "to_correct"}, post={"name": ""}),
    "rights:request_paper": Route({"request_id": "answered"}),
    "rights:request_file": Route({"request_id": "answered"}),
    "rights:halts": Route(post={"number": "TX-00-000000", "reason": "a court"}),
    "rights:halt_end": Route({"halt_id": "halt"}, post={}, spends=True),
    "publishing:editions": Route(),
    "publishing:edition_draft": Route(post={}),
    "publishing:edition_approve": Route({"edition": "edition"}, post={"seen": "nothing"}),
}


def in_resolver() -> Iterator[tuple[str, Any]]:
    """(name, view) of every address under the language prefix, also of those without a name."""
    with override("en"):
        yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, Any]]:
    for found in resolver.url_patterns:
        if isinstance(found, URLPattern):
            yield f"{space}{found.name or found.pattern}", found.callback
        else:
            yield from _walk(found, f"{space}{found.namespace}:" if found.namespace else space)


def address(name: str, kinds: dict[str, str], ids: dict[str, Any], constants: dict[str, Any]) -> str:
    """The page `name` about the objects `ids`; a kind that begins with `=` is a constant and belongs to nobody."""
    args = {arg: constants[kind[1:]] if kind.startswith("=") else ids[kind] for arg, kind in kinds.items()}
    return reverse(name, kwargs=args)


def constants() -> dict[str, Any]:
    return {
        "name": "name",
        "role": "front_desk",
        "service": world.service_at("changzhou-school-1", "school").id,
        "programme": PROGRAMME,
        "number": 1,
        "measure": "children_registered",
        "cell": 0,
        "suffix": "json",
        "dimension": "site",
        "paper_form": "registration",
        "indicator": Indicator.objects.order_by("-number")[0].pk,
    }


def objects(side: Side, cast: Cast) -> dict[str, uuid.UUID]:
    """What an address about this side's records names; what is national belongs to no side."""
    return side.ids | cast.national


def absent(side: Side) -> dict[str, uuid.UUID]:
    """The same kinds, none of which exists."""
    return dict.fromkeys([*side.ids, *NATIONAL], ABSENT)
