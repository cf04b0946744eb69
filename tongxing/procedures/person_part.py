"""What the procedures hang on the person page: where the case stands, what to do now, what has happened."""

import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.access.acting import Acting
from tongxing.core.date_forms import long_date, short_date
from tongxing.core.dates import PartialDate
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.models import NEEDS
from tongxing.procedures.actions.registrations import edition_of, site_date
from tongxing.procedures.edition import Edition
from tongxing.procedures.models import Registration, Task
from tongxing.procedures.models.referral import State
from tongxing.procedures.views.referrals import COLOURS, state_text
from tongxing.registry.models import Person
from tongxing.registry.page import panel


def hang() -> None:
    """Called once, when the house starts."""
    panel("case", permission="case", query=case_part)
    panel("referrals", permission="referral", query=referral_part)
    panel("movement", permission="person", query=movement_part)


def case_part(person: Person, by: Acting) -> dict[str, Any]:
    """Steps, the next action and the finished steps of the open registration."""
    registration = person.registrations.order_by("-registered_at").first()
    if registration is None:
        return {}
    edition, today = edition_of(registration), site_date(person.centre)
    tasks = list(registration.tasks.waiting().order_by("due_on", "id"))
    part: dict[str, Any] = {
        "steps": _steps(registration, edition, tasks, today),
        "timeline": _done(registration, edition) + _late(tasks, edition, today),
        "acts": [{"label": _("Card"), "url": reverse("procedures:card", args=[registration.id])}],
        "flags": _flags(tasks, today),
    }
    if tasks:
        part["next_action"] = next_action(tasks[0], edition, today, person)
    if by.may("referral", "add"):
        part["acts"].insert(0, {"label": _("Refer"), "url": reverse("procedures:refer", args=[person.id])})
    return part


def next_action(task: Task, edition: Edition, today: datetime.date, person: Person) -> dict[str, str]:
    """What the procedure asks for now, in one sentence, with the page that does it."""
    step = edition.step(task.code)
    late = 0
    if task.due_on and task.due_on < today:
        late = jurisdiction(person.centre.jurisdiction).calendar.working_days_between(task.due_on, today)
    title = step.title.spoken(get_language() or "en")
    text = f"{title} (SOP {step.clause})"
    if late:
        text = _("%(step)s, %(days)s working days late") % {"step": text, "days": late}
    elif task.due_on:
        text = _("%(step)s, due %(date)s") % {"step": text, "date": short_date(task.due_on, get_language() or "en")}
    label = _("Remind, or send elsewhere") if step.roles == ("receiver",) else title  # the answer is not the desk's
    return {"text": text, "url": step_url(task, edition), "label": label}


def step_url(task: Task, edition: Edition) -> str:
    """The page that does a step: its form names it; a step without a page of its own is simply recorded as done."""
    form = edition.step(task.code).form
    if form == "assessment":
        return reverse("casework:assess", args=[task.registration_id])
    if form == "consent":
        return reverse("procedures:consent", args=[task.person_id])
    if edition.step(task.code).roles == ("receiver",):
        return reverse("procedures:referral_list")
    return reverse("procedures:step", args=[task.id])


def _flags(tasks: list[Task], today: datetime.date) -> list[dict[str, str]]:
    if any(task.due_on and task.due_on < today for task in tasks):
        return [{"text": _("A step is overdue"), "colour": "red"}]
    return []


def _steps(
    registration: Registration, edition: Edition, tasks: list[Task], today: datetime.date
) -> list[dict[str, Any]]:
    done = {code: day for code, day in registration.steps.order_by("done_at").values_list("code", "done_on")}
    rows = []
    for number, phase in enumerate(edition.phases, start=1):
        codes = {step.code for step in edition.steps_of(phase.code)}
        waiting = [task for task in tasks if task.code in codes]
        finished = [done[code] for code in codes if code in done]
        state, note = "", ""
        if any(task.due_on and task.due_on < today for task in waiting):
            state, note = "late", _("overdue")
        elif waiting:
            state, note = "now", _("due %(date)s") % {"date": _short(waiting[0].due_on)} if waiting[0].due_on else ""
        elif finished:
            state, note = "done", _short(max(finished))
        rows.append({"name": f"{number} {phase.title.spoken(get_language() or 'en')}", "note": note, "state": state})
    return rows


def _short(day: datetime.date | None) -> str:
    return short_date(day, get_language() or "en") if day else ""


def _done(registration: Registration, edition: Edition) -> list[dict[str, Any]]:
    titles = {step.code: f"{step.title.spoken(get_language() or 'en')} (SOP {step.clause})" for step in edition.steps}
    return [
        {
            "at": step.done_at,
            "year": step.done_on.year,
            "title": titles[step.code],
            "when": _short(step.done_on),
            "datetime": step.done_on.isoformat(),
            "note": _on_paper(registration) if step.code == edition.first.code else "",
            "tag": {"text": _("Done"), "colour": "green"},
        }
        for step in registration.steps.all()
        if step.code in titles  # events are told by what caused them
    ]


def _on_paper(registration: Registration) -> str:
    """Written down on one day, typed in on another: the record says both."""
    if not registration.written_by:
        return ""
    words = _("On paper, by %(name)s; typed in on %(date)s")
    typed_in = site_date(registration.centre, registration.registered_at)
    return words % {"name": registration.written_by, "date": long_date(typed_in, get_language() or "en")}


def _late(tasks: list[Task], edition: Edition, today: datetime.date) -> list[dict[str, Any]]:
    return [
        {
            "at": timezone.now(),
            "year": today.year,
            "title": f"{edition.step(task.code).title.spoken(get_language() or 'en')}",
            "when": _("due %(date)s") % {"date": _short(task.due_on)},
            "datetime": task.due_on.isoformat(),
            "kind": "late",
            "tag": {"text": _("Overdue"), "colour": "red"},
        }
        for task in tasks
        if task.due_on and task.due_on < today
    ]


def referral_part(person: Person, by: Acting) -> dict[str, Any]:
    """Referrals sent, with what came back."""
    needs = dict(NEEDS)
    entries = []
    for referral in person.referrals.select_related("receiver"):
        state = State.REVOKED if referral.withdrawn_at else State(referral.state)
        entries.append(
            {
                "at": referral.referred_at,
                "year": referral.referred_on.year,
                "title": _("Referral: %(need)s") % {"need": needs[referral.need]},
                "url": reverse("procedures:referral", args=[referral.id]),
                "when": _short(referral.referred_on),
                "datetime": referral.referred_on.isoformat(),
                "note": f"{referral.receiver.name} · {referral.code}",
                "tag": {"text": state_text(state), "colour": COLOURS[state]},
            }
        )
    return {"timeline": entries}


def movement_part(person: Person, by: Acting) -> dict[str, Any]:
    """The moves, as the family remembers them."""
    language = get_language() or "en"
    entries = []
    for move in person.movements.select_related("from_division__parent__parent", "to_division"):
        if move.moved_on is None:
            continue
        day = datetime.datetime.combine(move.moved_on, datetime.time(), tzinfo=datetime.UTC)
        to = move.to_division.full_name(language) if move.to_division else str(person.centre.name)
        entries.append(
            {
                "at": day,
                "year": move.moved_on.year,
                "title": _("Moved to %(place)s") % {"place": to},
                "when": PartialDate.of(move.moved_on, move.precision).describe(language),
                "datetime": move.moved_on.isoformat(),
                "note": _("from %(place)s") % {"place": move.from_division.full_name(language)}
                if move.from_division
                else "",
                "kind": "move",
            }
        )
    return {"timeline": entries}
