"""Referring by need: choosing a service, confirming with the family, and the lists of both sides."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.core import long_lists
from tongxing.core.date_forms import long_date
from tongxing.core.dates import PartialDate
from tongxing.core.ids import uuid7
from tongxing.organisations.models import LANGUAGES, NEEDS, Centre, Service
from tongxing.procedures import rules
from tongxing.procedures.actions import refer
from tongxing.procedures.actions.referrals import (
    ConsentMissing,
    OnPaper,
    SheetTaken,
    TimeIsOver,
    shared_until,
    snapshot_for,
    typed_before,
)
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.forms import NeedForm, ReferForm
from tongxing.procedures.models import Referral
from tongxing.procedures.models.referral import State
from tongxing.procedures.paper_forms import PaperReferForm
from tongxing.procedures.rules.referral import FIELDS
from tongxing.procedures.snapshot import Snapshot
from tongxing.procedures.views.at_the_desk import Desk, said
from tongxing.procedures.views.consents import ask_for_one, given_for_one
from tongxing.registry import consent_text
from tongxing.registry.actions import Restricted, decide
from tongxing.registry.models import Consent, Person
from tongxing.registry.page import RESTRICTED, identity_bar, person_or_404

COLOURS = {
    State.IN_PROGRESS: "yellow",
    State.ACCEPTED: "",
    State.REJECTED: "grey",
    State.DONE: "green",
    State.REVOKED: "grey",
}
SHOWN = 100


def state_text(state: str) -> str:
    """A referral's state in the reader's words."""
    return {
        State.IN_PROGRESS: _("Waiting for an answer"),
        State.ACCEPTED: _("Accepted"),
        State.REJECTED: _("Declined"),
        State.DONE: _("Done"),
        State.REVOKED: _("Taken back"),
    }[State(state)]


def field_value(code: str, value: str) -> str:
    """One line of a snapshot as people read it."""
    if code == "need":
        return str(dict(NEEDS).get(value, value))
    if code == "language":
        return str(dict(LANGUAGES).get(value, value))
    if code == "contact":
        centre = Centre.objects.filter(slug=value).first()
        return f"{centre.name} · {centre.phone}" if centre else value
    if code == "birth_month":
        year, _dash, month = value.partition("-")
        known = PartialDate(int(year), int(month) if month else None, None, "month" if month else "year")
        return known.describe(get_language() or "en")
    return value


def share_rows(snapshot: Snapshot, basis: str) -> list[dict[str, str]]:
    """What is shared, line by line, for the choice and the confirmation."""
    return [{"label": _(FIELDS[c]), "value": field_value(c, v), "basis": basis} for c, v in snapshot.rows()]


def _agreements(person: Person) -> list[Consent]:
    return list(Consent.objects.filter(person=person).current(timezone.now()))


def _standing_against(person: Person, need: str, *, agreed_now: bool = False) -> list[rules.Problem]:
    given = [rules.Agreement(c.purpose, c.decision, c.valid_until) for c in _agreements(person)]
    return rules.may_refer(given, need, site_date(person.centre), agreed_now=agreed_now)


@allow("referral", "add")
def refer_choose(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Services that fit the need, best first, with reasons; and what the receiver would see."""
    person = person_or_404(person_id, request)
    needs = _needs_first(person)
    form = NeedForm(request.GET or {"need": needs[0][0]}, needs=needs)
    form.is_valid()
    need = form.cleaned_data.get("need") or needs[0][0]
    offers, misfits = _offers(person, need, frozenset(form.cleaned_data.get("when") or ()))
    against = _standing_against(person, need, agreed_now=True)
    page = {
        "identity": identity_bar(person),
        "back_url": reverse("registry:person", args=[person.id]),
        "filter_form": form,
        "offers": [] if against else offers,
        "misfits": misfits,
        "consent_missing": said(against[0]) if against else "",
        "consent_url": reverse("procedures:consent", args=[person.id]) if against else "",
        "share": [] if against else share_rows(snapshot_for(person, need), _basis(person, need)),
    }
    return render(request, "procedures/refer.html", page)


def _needs_first(person: Person) -> list[tuple[str, str]]:
    """Needs of the last assessment first, by urgency; then the others."""
    from_assessment = {}
    if last := person.assessments.order_by("-assessed_at").first():
        from_assessment = {need: level for need, level in last.needs.items() if level in ("pressing", "some")}
    order = {"pressing": 0, "some": 1}
    words = {"pressing": pgettext("need", "pressing"), "some": pgettext("need", "some")}
    rows = [(c, f"{n} · {words[from_assessment[c]]}" if c in from_assessment else str(n)) for c, n in NEEDS]
    return sorted(rows, key=lambda row: order.get(from_assessment.get(row[0], ""), 2))


def _offers(person: Person, need: str, when: frozenset[str]) -> tuple[list[Any], list[Any]]:
    home = person.residences.filter(ends_on=None).order_by("-starts_on").first()
    place = (home.division_id if home else None) or person.centre.division_id
    wanted = rules.Wanted(
        need=need,
        age=person.birth.ages_on(site_date(person.centre)) if person.birth else None,
        languages=tuple(person.languages),
        when=when,
        division=place,
        has_document=person.documents.exists(),
    )
    open_places = Centre.objects.open_on(site_date(person.centre)).exclude(id=person.centre_id)
    services = Service.objects.with_places().filter(centre__in=open_places)
    able = [(service, _offer(service)) for service in services if rules.meets(service.need, need)]
    judged = rules.rank(able, wanted)
    fitting, misfits = [], []
    for service, reasons in judged:
        bad = [reason for reason in reasons if reason.agreement == "misfit"]
        if not bad:
            fitting.append(_offer_row(person, need, service, reasons))
        elif service.need == need:  # type: ignore[attr-defined]
            misfits.append({"service": service, "centre": service.centre, "reason": _reason(bad[0])})  # type: ignore[attr-defined]
    return fitting, misfits


def _offer(service: Service) -> rules.Offer:
    return rules.Offer(
        need=service.need,
        min_age=service.min_age,
        max_age=service.max_age,
        languages=service.languages,
        hours=service.week(),
        division=service.centre.division_id,
        places_left=service.weekly_places,
        needs_document=service.needs_document,
    )


def _offer_row(person: Person, need: str, service: Any, reasons: list[rules.Reason]) -> dict[str, Any]:
    confirm = reverse("procedures:refer_confirm", args=[person.id, service.id])
    return {
        "service": service,
        "centre": service.centre,
        "fields": [(_reason(reason), reason.agreement) for reason in reasons],
        "places_left": service.weekly_places,
        "is_waiting": service.weekly_places == 0,
        "answers_within_days": service.answers_within_days,
        "url": f"{confirm}?need={need}",
    }


def _reason(reason: rules.Reason) -> str:
    args = dict(reason.args)
    for name, words in (("need", dict(NEEDS)), ("language", dict(LANGUAGES))):
        if name in args:
            args[name] = words.get(str(args[name]), args[name])
    return _(reason.message) % args


def _basis(person: Person, need: str) -> str:
    purpose = rules.purpose_of(need)
    standing = next((c for c in _agreements(person) if c.purpose == purpose), None)
    if standing is None:
        return _("the family is asked for this one referral")
    text = consent_text.edition(standing.text_edition).purpose(purpose).title.spoken(get_language() or "en")
    return _("consent “%(purpose)s”, %(date)s") % {
        "purpose": text,
        "date": long_date(timezone.localdate(standing.decided_at), get_language() or "en"),
    }


@allow("referral", "add")
def refer_confirm(request: HttpRequest, person_id: uuid.UUID, service_id: uuid.UUID) -> HttpResponse:
    """Who will see what until when, said once more before it is sent."""
    person = person_or_404(person_id, request)
    service = Service.objects.with_places().filter(id=service_id).first()
    if service is None:
        raise Http404
    need = request.GET.get("need") or service.need
    if need not in rules.NEEDS or not rules.meets(service.need, need):
        raise Http404
    form = _form(request, person)
    ask_for_one(form, person, need, Desk(request))
    if request.method == "POST" and form.is_valid():
        try:
            referral = _sent(person, service, need, form, request)
        except (ConsentMissing, SheetTaken, TimeIsOver, Restricted) as against:
            _say_against(form, against)
        else:
            return HttpResponseRedirect(reverse("procedures:receipt", args=[referral.id]))
    back = f"{reverse('procedures:refer', args=[person.id])}?need={need}"
    page = {
        "identity": identity_bar(person),
        "back_url": back,
        "receiver": {"name": service.centre.name},
        "child": person.name,
        "until": shared_until(site_date(person.centre), _latest_until(person, need)),
        "share": share_rows(snapshot_for(person, need), _basis(person, need)),
        "form": form,
        "on_paper": "written_on" in form.fields,
        "paper_url": f"?{urlencode({'need': need, 'paper': 1})}",
    }
    return render(request, "procedures/refer_confirm.html", page, status=422 if form.errors else 200)


def _say_against(form: ReferForm, against: Exception) -> None:
    if isinstance(against, Restricted):
        form.add_error(None, RESTRICTED)
    elif isinstance(against, ConsentMissing):
        for problem in against.problems:
            form.add_error(problem.field if problem.field in form.fields else None, said(problem))
    elif isinstance(against, SheetTaken):
        form.add_error("sheet", _("A sheet with this number and day was typed in for another referral. Compare both."))
    else:
        over = _("What was agreed that day may no longer be shared. Ask the family, and refer anew.")
        form.add_error("written_on", over)


def _latest_until(person: Person, need: str) -> Any:
    purpose, today = rules.purpose_of(need), site_date(person.centre)
    standing = [c.valid_until for c in _agreements(person) if c.purpose == purpose]
    return standing[0] if standing else consent_text.in_force(today).valid_until(today)


def _sent(person: Person, service: Service, need: str, form: ReferForm, request: HttpRequest) -> Referral:
    by, given = request.acting, form.cleaned_data  # type: ignore[attr-defined]
    request_id, agreed_now, paper = given["request_id"], None, None
    if "written_on" in given:
        paper = OnPaper(given["written_on"], given["written_by"], given["sheet"])
    with transaction.atomic():  # where it is refused, or was sent before, no consent stays behind
        known = Referral.objects.filter(request_id=request_id).exists() or (
            paper and typed_before(paper, person, service, need, by=by)
        )
        if given.get("agreed_now") and not known:
            [agreed_now] = decide(given_for_one(given, person, Desk(request)), person=person, by=by)
        return refer(
            person=person,
            service=service,
            need=need,
            request_id=request_id,
            by=by,
            agreed_now=agreed_now,
            paper=paper,
        )


def _form(request: HttpRequest, person: Person) -> ReferForm:
    """Of a referral made here, or on paper earlier, once the child was registered."""
    if "paper" not in request.GET:
        return ReferForm(request.POST or None, initial={"request_id": uuid7()})
    first = person.registrations.order_by("registered_on").values_list("registered_on", flat=True).first()
    today = site_date(person.centre)
    return PaperReferForm(request.POST or None, initial={"request_id": uuid7()}, today=today, earliest=first or today)


@allow("own", "read")
def referral_list(request: HttpRequest) -> HttpResponse:
    """Sent by this centre, or received by it: which of both, the role decides."""
    by = request.acting  # type: ignore[attr-defined]
    boxes = [box for box, part in (("sent", "referral"), ("received", "received")) if by.may(part, "read")]
    if not boxes:
        raise Http404
    box = request.GET.get("box") if request.GET.get("box") in boxes else boxes[0]
    received = box == "received"
    side = {"receiver_id": by.centre_id} if received else {"sender_id": by.centre_id}
    found = Referral.objects.filter(**side).select_related("sender", "receiver", "service")
    waiting_first = (found.unanswered(), found.exclude(state=State.IN_PROGRESS))
    shown = long_lists.page(waiting_first, newest="referred_at", older=request.GET.get("older", ""), size=SHOWN)
    rows = shown.rows
    names = {}
    if not received:
        names = dict(Person.objects.filter(id__in={r.person_id for r in rows}).values_list("id", "name"))
    note_read("referral", [row.id for row in rows], by=by)
    page = {
        "received": received,
        "other_box": next((other for other in boxes if other != box), ""),
        "referrals": [_list_row(row, received, names) for row in rows],
        "page": shown,
        "keep": f"box={box}",
    }
    return render(request, "procedures/referral_list.html", page)


def _list_row(row: Referral, received: bool, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    waiting = row.state == State.IN_PROGRESS
    return {
        "number": row.code,
        "need": dict(NEEDS)[row.need],
        "url": reverse("procedures:referral_received" if received else "procedures:referral", args=[row.id]),
        "other_centre": row.sender.name if received else row.receiver.name,
        "sent_at": row.referred_at,
        "answer_by": row.answer_by if waiting else None,
        "state_text": state_text(State.REVOKED if row.withdrawn_at else row.state),
        "state_colour": COLOURS[State.REVOKED if row.withdrawn_at else State(row.state)],
        "is_late": waiting and row.answer_by < timezone.localdate(),
        "person": names.get(row.person_id, ""),
    }
