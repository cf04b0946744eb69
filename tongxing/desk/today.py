"""Today: what is overdue, due and coming at this centre, and what arrived."""

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.audit.models import Finding
from tongxing.core.jurisdiction import Calendar, jurisdiction
from tongxing.core.long_lists import counted
from tongxing.desk.navigation import Badge, badge
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.models import NEEDS, Centre
from tongxing.procedures.actions.registrations import edition_of, site_date
from tongxing.procedures.models import Draft, Referral, Task
from tongxing.procedures.person_part import step_url
from tongxing.procedures.views.at_the_desk import draft_entry
from tongxing.programme import calendar as reports
from tongxing.programme import voice_desk
from tongxing.registry import matching, reviewing
from tongxing.registry.models import Grant
from tongxing.registry.page import sex_word
from tongxing.rights.models import Request

SHOWN = 40
COMING_DAYS = 10


@allow("case", "read")
def today(request: HttpRequest) -> HttpResponse:
    """The worklist of this centre, most pressing first; at most forty lines, the counters tell the rest."""
    by = request.acting  # type: ignore[attr-defined]
    centre: Centre = request.centre  # type: ignore[attr-defined]  # by SiteClock
    day, calendar = site_date(centre), jurisdiction(centre.jurisdiction).calendar
    here = Task.objects.waiting().filter(centre_id=by.centre_id)  # the wall says so too; the index is entered by it
    waiting = here.select_related("registration", "person").order_by("due_on", "id")
    due = list(waiting.filter(due_on__lte=day)[:SHOWN])
    coming = list(waiting.filter(due_on__gt=day, due_on__lte=day + datetime.timedelta(days=COMING_DAYS))[:SHOWN])
    note_read("person", {task.person_id for task in (*due, *coming)}, by=by)
    overdue, due_today = counted(here.filter(due_on__lt=day)), counted(here.filter(due_on=day))
    drafts = list(Draft.objects.order_by("-saved_at")[:SHOWN])
    page = {
        "today": day,
        "is_make_up_day": calendar.is_make_up_day(day),
        "counts": [
            {"label": _("Overdue"), "count": overdue, "anchor": "work", "kind": "urgent" if overdue else ""},
            {"label": _("Due today"), "count": due_today, "anchor": "work", "kind": "due" if due_today else ""},
            {
                "label": _("Referrals waiting"),
                "count": counted(Referral.objects.unanswered().filter(sender_id=by.centre_id)),
                "url": reverse("procedures:referral_list"),
            },
            {"label": _("Drafts"), "count": counted(Draft.objects.all()), "anchor": "work"},
        ],
        "worklist": [*(_row(task, day, calendar) for task in due), *(_draft_row(draft) for draft in drafts)],
        "coming": [_row(task, day, calendar) for task in coming],
        "new_referrals": _new_referrals(by),
        "notices": _notices(by),
    }
    return render(request, "desk/today.html", page)


def _row(task: Task, day: datetime.date, calendar: Calendar) -> dict[str, Any]:
    edition = edition_of(task.registration)
    step, language = edition.step(task.code), get_language() or "en"
    state = "coming" if task.due_on > day else "due" if task.due_on == day else "overdue"  # type: ignore[operator]
    age = task.person.age_on(day)
    return {
        "title": step.title,
        "clause": f"SOP {step.clause} · {edition.phase(step.phase).title.spoken(language)}",
        "url": reverse("registry:person", args=[task.person_id]),
        "person_name": task.person.name,
        "person_note": " ".join(
            filter(None, (sex_word(task.person.sex), "" if age is None else str(age), "·", task.person.number))
        ),
        "state": state,
        "when": _when(task.due_on, day, calendar),  # type: ignore[arg-type]
        "due_on": task.due_on,
        "next": _next(task),
        "act_url": step_url(task, edition),
    }


def _when(due: datetime.date, day: datetime.date, calendar: Calendar) -> str:
    if due == day:
        return ""
    days = calendar.working_days_between(min(due, day), max(due, day))
    if not days:
        return ""  # due on Friday, seen on Sunday
    if due < day:
        return ngettext("%(days)s working day", "%(days)s working days", days) % {"days": days}
    return ngettext("in %(days)s working day", "in %(days)s working days", days) % {"days": days}


def _next(task: Task) -> str:
    return {
        "verification": _("Visit or phone"),
        "assessment": _("Ask about needs"),
        "plan": _("Write the plan"),
        "services": _("Refer or serve"),
        "referral_answer": _("Remind, or send elsewhere"),
        "withdrawal_confirm": _("Remind the receiver"),
        "follow_up": _("Visit or phone"),
        "closure": _("Check the outcome"),
        "consent_renewal": _("Ask the family again"),
        "handover": _("Hand the record over"),
    }.get(task.code, _("Open"))


def _draft_row(draft: Draft) -> dict[str, Any]:
    entry = draft_entry(draft)
    return {
        "title": _("Registration draft"),
        "clause": "",
        "url": entry["url"],
        "person_name": entry["name"],
        "person_note": "",
        "state": "draft",
        "when": f"{entry['saved_at'].astimezone(timezone.get_current_timezone()):%H:%M}",
        "next": _("Go on registering"),
    }


def _new_referrals(by: Acting) -> list[dict[str, Any]]:
    """What other centres ask of this one, and nobody has answered yet."""
    found = (
        Referral.objects.unanswered().filter(receiver_id=by.centre_id).select_related("sender").order_by("answer_by")
    )
    return [
        {
            "need": str(dict(NEEDS)[row.need]),
            "url": reverse("procedures:referral_received", args=[row.id]),
            "from_centre": row.sender.name,
            "received": row.referred_at,
            "answer_by": row.answer_by,
        }
        for row in found[:5]
    ]


def _notices(by: Acting) -> list[dict[str, str]]:
    return [*_asked_of_us(by), *_opened_elsewhere(by), *_taken_back(by)]


def _asked_of_us(by: Acting) -> list[dict[str, str]]:
    """Other centres that ask whether a child of theirs is one of ours."""
    if not (waiting := matching.waiting(by)):
        return []
    text = ngettext(
        "Another centre asks about a child of yours.", "Other centres ask about %(n)s children of yours.", waiting
    )
    return [{"text": text % {"n": waiting}, "url": reverse("registry:requests")}]


def _opened_elsewhere(by: Acting) -> list[dict[str, str]]:
    """Records of this centre that others opened in an emergency within the last days."""
    since = timezone.now() - datetime.timedelta(days=COMING_DAYS)
    grants = Grant.objects.filter(purpose="emergency", given_from_id=by.centre_id, given_at__gte=since)
    return [
        {
            "text": _("%(centre)s opened a record of yours in an emergency.") % {"centre": grant.centre.name},
            "url": reverse("registry:person", args=[grant.person_id]),
        }
        for grant in grants.select_related("centre").order_by("-given_at")[:3]
    ]


def _taken_back(by: Acting) -> list[dict[str, str]]:
    withdrawn = Referral.objects.to_acknowledge().filter(sender_id=by.centre_id).count()
    if not withdrawn:
        return []
    words = ngettext(
        "%(count)s family took back what was shared; the copy is blank, the receiver has not confirmed yet.",
        "%(count)s families took back what was shared; the copies are blank, the receivers have not confirmed yet.",
        withdrawn,
    )
    return [{"text": words % {"count": withdrawn}, "url": reverse("procedures:referral_list")}]


@badge("desk:today")
def overdue_badge(by: Acting) -> Badge | None:
    if not by.may("case", "read"):
        return None
    overdue = Task.objects.due_by(timezone.localdate() - datetime.timedelta(days=1)).filter(centre_id=by.place)
    return Badge(counted(overdue), _("overdue"), urgent=True)


@badge("procedures:referral_list")
def referral_badge(by: Acting) -> Badge | None:
    if not by.may("received", "read"):
        return None
    return Badge(counted(Referral.objects.unanswered().filter(receiver_id=by.centre_id)), _("new"))


@badge("registry:review")
def review_badge(by: Acting) -> Badge | None:
    return Badge(reviewing.waiting_words(by), _("waiting")) if by.may("pair", "read") else None


@badge("rights:requests")
def request_badge(by: Acting) -> Badge | None:
    if not by.may("request", "read"):
        return None
    waiting = Request.objects.waiting_for(by)
    late = waiting.filter(due_on__lt=timezone.localdate()).exists()
    return Badge(waiting.count(), _("waiting for you"), urgent=late)


@badge("programme:calendar")
def report_badge(by: Acting) -> Badge | None:
    """For a partner what is due or late, for who reviews what was sent, for the coordinator what may be accepted."""
    if not by.may("report", "read"):
        return None
    waiting = reports.waiting(by, timezone.localdate())
    said = _("due or overdue") if by.role == "partner" else _("waiting for you")
    return Badge(waiting.of(by), said, urgent=by.role == "partner" and waiting.overdue > 0)


@badge("programme:voice_list")
def voice_badge(by: Acting) -> Badge | None:
    count, is_late = voice_desk.waiting(by, timezone.localdate())
    return Badge(count, _("waiting"), urgent=is_late)


@badge("audit:findings")
def finding_badge(by: Acting) -> Badge | None:
    if not by.may("trace", "read"):
        return None
    return Badge(Finding.objects.waiting().count(), _("waiting"), urgent=True)


@badge("organisations:proposals")
def proposal_badge(by: Acting) -> Badge | None:
    """Places of work that wait for somebody who neither proposed them nor is meant by them."""
    if not by.may("proposal", "change"):
        return None
    waiting = Proposal.objects.filter(answer="").exclude(proposed_by_id=by.user_id).exclude(user_id=by.user_id)
    return Badge(waiting.count(), _("waiting for you"))
