"""Consent: what surrounds the questions, and changing the answers afterwards."""

import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tongxing.access.guard import allow
from tongxing.core.i18n import html_tag
from tongxing.procedures import intake
from tongxing.procedures.actions import complete, decide_again
from tongxing.procedures.forms import READ_IN, RELATIONS, ConsentForm, DraftForm, ReferForm, chosen_language
from tongxing.procedures.rules import THIS_REFERRAL, purpose_of
from tongxing.procedures.views.at_the_desk import Desk, said
from tongxing.procedures.views.sections import problems_of
from tongxing.registry import consent_text
from tongxing.registry.actions import Restricted
from tongxing.registry.models import Consent, Person
from tongxing.registry.page import RESTRICTED, identity_bar, person_or_404
from tongxing.registry.rules import ConsentGiven, Decided

RENEWAL = "consent_renewal"


def consent_page(request: HttpRequest, typed: intake.Typed, form: DraftForm, desk: Desk) -> dict[str, Any]:
    """What surrounds the questions: who decides, the text to read aloud, the edition and its term."""
    text = consent_text.in_force(desk.today)
    who = intake.decision(typed, desk.law, desk.today)
    language = form.language if isinstance(form, ConsentForm) else "zh"
    return {
        "purposes": form.purposes() if isinstance(form, ConsentForm) else [],
        "decision": {
            "child": typed.get("name", ""),
            "decider": who.name or _("The guardian"),
            "relation": dict(RELATIONS).get(
                who.relation, _("the child’s guardian") if who.by_whom == "guardian" else ""
            ),
            "rule": _rule(who),
        },
        "script": text.script,
        "child_script": text.script_for_the_child if who.asks_child else None,
        "said_once": [text.introduction, text.withdrawal, text.rights, text.responsible, text.complaint],
        "script_language": html_tag(language),
        "script_links": [
            {"name": name, "tag": html_tag(code), "url": f"?read_in={code}"}
            for code, name in READ_IN
            if code != language
        ],
        "text_edition": _("Consent text %(edition)s") % {"edition": text.edition},
        "valid_until": text.valid_until(desk.today),
    }


def _rule(who: intake.Decision) -> str:
    if who.by_whom == "young_person":
        return _("From %(age)s the young person decides") % {"age": who.age}
    return _("Under %(age)s the guardian decides; ask the child too") % {"age": who.age}


def ask_for_one(form: ReferForm, person: Person, need: str, desk: Desk) -> None:
    """What a single referral needs beside a standing consent: nothing; without one the questions of every consent.

    Who answers today stands beside them, a child old enough is asked too; a bound form learns what is missing.
    """
    if purpose_of(need):
        for name in ("agreed_now", "read_by", "read_in", "assent"):
            del form.fields[name]
        return
    who = intake.decision(known(person), desk.law, desk.today)
    form.fields["agreed_now"].help_text = " · ".join(filter(None, (who.name, _rule(who))))
    form.initial["read_in"] = chosen_language("")
    if not who.asks_child:
        del form.fields["assent"]
    if form.is_bound and form.is_valid() and form.cleaned_data["agreed_now"]:
        answered = known(person) | form.cleaned_data
        then = desk.of(answered)  # of a sheet: by age and law of its day
        _judge(form, answered, then)
        if not intake.decision(answered, then.law, then.today).name.strip():
            form.add_error("agreed_now", _("No guardian is here to agree that others are told"))


def given_for_one(given: dict[str, Any], person: Person, desk: Desk) -> ConsentGiven:
    """The yes to one referral, in the name of who decided on that day."""
    typed = known(person) | given
    said_now = intake.consent_given(typed, desk.law, desk.of(typed).today)
    return replace(said_now, answers=(Decided(THIS_REFERRAL, agreed=True),))


@allow("consent", "add")
def consent(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The family changes its mind, or decides later: the latest answer counts."""
    person, desk = person_or_404(person_id, request), Desk(request)
    typed = known(person)
    asks_child = intake.decision(typed, desk.law, desk.today).asks_child
    shown: dict[str, Any] = {"version": 0, "read_in": request.GET.get("read_in", ""), **answers(person)}
    form = ConsentForm(
        request.POST if request.method == "POST" else None,  # an empty form is a form, too
        initial=shown,
        consent_text=consent_text.in_force(desk.today),
        language=chosen_language(request.POST.get("read_in") or shown["read_in"]),
        asks_child=asks_child,
    )
    form.fields["version"].required = False
    if request.method == "POST":
        form.is_valid()
        answered = typed | {name: value for name, value in form.cleaned_data.items() if value}
        _judge(form, answered, desk)
        if not form.errors:
            given = intake.consent_given(answered, desk.law, desk.today)
            try:
                with transaction.atomic():
                    decide_again(given, person=person, by=desk.by)
            except Restricted:
                form.add_error(None, RESTRICTED)
            else:
                with suppress(Restricted):  # a no is taken at any time; the step waits
                    _renewed(person, desk)
                return HttpResponseRedirect(reverse("registry:person", args=[person.id]))
    page = {
        "identity": identity_bar(person),
        "form": form,
        "back_url": reverse("registry:person", args=[person.id]),
        "paper_url": reverse("procedures:consent_paper", args=[person.id]),
        "signed_url": reverse("procedures:signed_papers", args=[person.id]),
        **consent_page(request, typed, form, desk),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "procedures/registration_consent.html", page, status=status)


def _judge(form: forms.Form, answered: dict[str, Any], desk: Desk) -> None:
    """The rules of the registration hold for every later answer too; only its refusal is no longer the end."""
    for problem in problems_of(answered, desk):
        if problem.field in form.fields and problem.kind == "mend":
            form.add_error(problem.field, said(problem))


def _renewed(person: Person, desk: Desk) -> None:
    registration = person.registrations.open().first()
    if registration and registration.tasks.waiting().filter(code=RENEWAL).exists():
        complete(registration, RENEWAL, on=desk.today, by=desk.by)


def known(person: Person) -> dict[str, Any]:
    """Who decides is derived from what is on record; of the birth what was understood, not the words of that day."""
    guardian = person.guardianships.filter(ends_on=None).first()
    born = person.birth
    return {
        "name": person.name,
        "birth": born.typed() if born else "",
        "guardian_name": guardian.name if guardian else "",
        "guardian_relation": guardian.relation if guardian else "",
        "is_unaccompanied": guardian is None,
    }


def answers(person: Person) -> dict[str, str]:
    """The answers that hold today; what ran out or was taken back is asked anew, with nothing preselected."""
    current = Consent.objects.filter(person=person).current(timezone.now())
    return {f"consent_{given.purpose}": given.decision for given in current}
