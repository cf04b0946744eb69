"""What pages of the procedures share: where and when they are worked on, and the words of the procedure."""

import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.access.permissions import ROLES
from tongxing.core.jurisdiction import Jurisdiction, jurisdiction
from tongxing.organisations.models import Centre
from tongxing.procedures import intake, rules, sop
from tongxing.procedures.actions.drafts import content
from tongxing.procedures.actions.registrations import site_date
from tongxing.procedures.edition import Edition
from tongxing.procedures.forms import PAPER_KEEPS
from tongxing.procedures.models import Draft

PROCEDURE = "child-registration"


class Desk:
    """Where and when a page is worked on: the centre, its date, its rules and the edition in force there.

    `today` is the day that counts: of a draft typed in from paper the day on the paper (see `of`); `now` is the date.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.by = request.acting  # type: ignore[attr-defined]
        self.centre: Centre = request.centre  # type: ignore[attr-defined]  # by desk.middleware.SiteClock
        self.now: datetime.date = site_date(self.centre)
        self.today: datetime.date = self.now
        self.channel = "desk"
        self.law: Jurisdiction = jurisdiction(self.centre.jurisdiction)
        self.edition: Edition = sop.in_force(PROCEDURE, self.today)

    def of(self, typed: intake.Typed) -> "Desk":
        """The same desk for a draft: what was asked on paper is judged by age, text and edition of that day."""
        day = intake.paper_day(typed)
        self.today = day if day and self.now - PAPER_KEEPS <= day <= self.now else self.now
        self.edition = sop.in_force(PROCEDURE, self.today)
        self.channel = "paper" if day else "desk"
        return self


def said(problem: rules.Problem) -> str:
    """A problem in the worker's language: what is wrong, and how to mend it."""
    parts = [_(problem.message) % problem.args]
    if problem.remedy and problem.code != "consent_unanswered":  # seven times the same sentence helps nobody
        parts.append(_(problem.remedy) % problem.args)
    stop = "。" if (get_language() or "").startswith("zh") else ". "
    return stop.join(part.rstrip(".。") for part in parts)


def draft_entry(draft: Draft) -> dict[str, Any]:
    """A draft in a list of drafts: whose it is, as far as it is known, and when it was left."""
    return {
        "name": content(draft).get("name") or _("no name yet"),
        "saved_at": draft.saved_at,
        "url": reverse("procedures:registration_tasks", args=[draft.id]),
    }


def edition_name(stored: str) -> str:
    """`child-registration/1` as people say it."""
    code, _slash, number = stored.rpartition("/")
    edition = sop.edition(code, int(number))
    return _("%(title)s, edition %(number)s") % {
        "title": edition.title.spoken(get_language() or "en"),
        "number": number,
    }


def step_panel(edition: Edition, code: str) -> dict[str, Any]:
    """What the procedure says about one step."""
    step = edition.step(code)
    language = get_language() or "en"
    return {
        "name": step.title,
        "clause": f"{step.clause} {edition.phase(step.phase).title.spoken(language)}",
        "who": ", ".join(str(ROLES[role].name) for role in step.roles),
        "next": ", ".join(edition.step(next_code).title.spoken(language) for next_code in step.next),
    }
