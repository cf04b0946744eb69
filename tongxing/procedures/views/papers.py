"""Printed matter: the registration card and the receipt. The frame speaks the worker's language, the sheet the family's."""

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tongxing.access import one_time
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core.i18n import html_tag
from tongxing.organisations.models import NEEDS
from tongxing.procedures.models import Receipt, Registration
from tongxing.procedures.rules.referral import FIELDS
from tongxing.procedures.views.referrals import field_value
from tongxing.registry import consent_text
from tongxing.registry.page import relation_word

HOTLINE = "000-0000-0120"  # (demonstration)
CLAUSE = "5.2"


def paper_language(request: HttpRequest, family: str) -> dict[str, Any]:
    """Which language the sheet is in: chosen, else the family's first, else the worker's."""
    known = dict(settings.LANGUAGES)
    first = {"zh": "zh-hans"}.get(family, family)
    wanted = request.GET.get("paper") or (first if first in known else get_language())
    paper = wanted if wanted in known else "zh-hans"
    links = [
        {"name": name, "tag": html_tag(code), "url": f"?paper={code}", "is_current": code == paper}
        for code, name in settings.LANGUAGES
    ]
    return {"paper": paper, "paper_tag": html_tag(paper), "paper_links": links}


@allow("carried_out", "read")
def card(request: HttpRequest, registration_id: uuid.UUID) -> HttpResponse:
    """The card with the programme number; its QR holds the number and nothing else."""
    registration = Registration.objects.filter(id=registration_id).first()
    if registration is None:
        raise Http404
    by = request.acting  # type: ignore[attr-defined]
    note_read("registration", [registration.id], by=by)
    may_open = by.may("person", "read")
    page = {
        "card": {
            "number": registration.number,
            "name": registration.shown["name"],
            "spoken": ""
            if registration.shown["spoken"] == registration.shown["name"]
            else registration.shown["spoken"],
            "born_year": registration.shown["birth"][:4],
            "phone": HOTLINE,
        },
        "done_url": reverse("registry:person", args=[registration.person_id])
        if may_open
        else reverse("procedures:registration_list"),
        "ticket_url": reverse("procedures:ticket", args=[registration.id]),
        "consent_paper_url": reverse("procedures:consent_paper", args=[registration.person_id])
        if may_open and by.may("consent", "read")
        else "",
        **paper_language(request, ""),
    }
    return render(request, "procedures/card.html", page)


@allow("referral", "read")
def receipt(request: HttpRequest, referral_id: uuid.UUID) -> HttpResponse:
    """What was shared, with whom, for what, until when, and the code that takes it back."""
    found = (
        Receipt.objects.select_related("referral__receiver", "referral__sender", "referral__consent")
        .filter(referral_id=referral_id)
        .first()
    )
    if found is None:
        raise Http404
    referral, consent = found.referral, found.referral.consent
    note_read("referral", [referral.id], by=request.acting)  # type: ignore[attr-defined]
    language = paper_language(request, consent.language)
    with override(language["paper"]):
        fields = [(_(FIELDS[code]), field_value(code, value)) for code, value in found.rows]
        relation = relation_word(consent.relation)
        purpose = str(dict(NEEDS)[referral.need])
        edition = _("Consent text %(edition)s") % {"edition": consent.text_edition}
        clause = _("SOP child registration, clause %(clause)s") % {"clause": CLAUSE}
        shown = {
            "number": referral.code,
            "printed_at": found.made_at,
            "centre": {"name": referral.sender.name, "phone": referral.sender.phone},
            "child": referral.person.name,
            "decider": consent.decider_name,
            "relation": relation,
            "receiver": str(referral.receiver.name),
            "purpose": purpose,
            "until": referral.expires_on,
            "fields": fields,
            "not_shared": "",
            "code": spaced(one_time.unseal(found.withdrawal_sealed)) if found.withdrawal_sealed else "",
            "code_url": request.build_absolute_uri(reverse("procedures:referral_withdraw")),
            "text_edition": edition,
            "clause": clause,
            "complaints_phone": consent_text.edition(consent.text_edition).complaint_phone,
        }
    page = {"receipt": shown, "done_url": reverse("registry:person", args=[referral.person_id]), **language}
    return render(request, "procedures/receipt.html", page)


def spaced(code: str) -> str:
    """4K792MQX → 4K7-92M-QX: groups that can be read aloud."""
    return "-".join(code[i : i + 3] for i in range(0, len(code), 3))
