"""Voices at work: written down at a desk, read and answered by who handles them; and what changed, published."""

import datetime
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow, public
from tongxing.organisations.models import Centre
from tongxing.programme import voice_gate as gate
from tongxing.programme import voice_numbers, voicing
from tongxing.programme.actions import voice as actions
from tongxing.programme.models import Voice, VoiceChange, VoiceNumbers, VoiceStep
from tongxing.programme.rules import voice as rules
from tongxing.programme.views.voice_public import slip, tongue
from tongxing.programme.voice_desk import may_handle, standing
from tongxing.programme.voice_forms import ChangeForm, HandleForm, TakeForm

SHOWN = 200
STATES = {rules.Stands.NEW: "yellow", rules.Stands.ACKNOWLEDGED: "", rules.Stands.ANSWERED: "green"}


def state_text(state: rules.Stands) -> str:
    return {
        rules.Stands.NEW: pgettext("voice", "New"),
        rules.Stands.ACKNOWLEDGED: pgettext("voice", "Being looked into"),
        rules.Stands.ANSWERED: pgettext("voice", "Answered"),
        rules.Stands.CLOSED: pgettext("voice", "Closed"),
    }[state]


@allow("voice", "add")
@require_http_methods(["GET", "POST"])
def voice_take(request: HttpRequest) -> HttpResponse:
    """A worker writes down what somebody says or what stands on paper. What is saved the worker cannot read again."""
    today = timezone.localdate()
    form, status, ticket = TakeForm(today=today), 200, gate.Ticket.new()
    if request.method == "POST":
        form, status = TakeForm(request.POST, today=today), 422
        try:
            ticket = gate.Ticket.opened(request.POST.get("ticket", ""))
        except gate.Stale:
            form.add_error(None, _("The page was open for very long. Everything you wrote is here: press Save again."))
        if form.is_valid() and (answer := _taken(request, form, ticket)):
            return answer
    page = {"form": form, "groups": form.groups(), "ticket": ticket.sealed()}
    return render(request, "programme/voice_take.html", page, status=status)


def _taken(request: HttpRequest, form: TakeForm, ticket: gate.Ticket) -> HttpResponse | None:
    given = form.cleaned_data
    code = given["paper_code"] or ticket.code
    said = actions.Said(
        id=ticket.id,
        code=code,
        kind=given["kind"],
        words=given["words"],
        language=tongue(),
        centre=form.centre(),
        in_danger=given["in_danger"],
        channel=given["channel"],
        said_on=given["said_on"],
    )
    try:
        actions.hear(said, by=request.acting)  # type: ignore[attr-defined]
    except actions.CodeTaken:
        form.add_error("paper_code", _("A form with this code was typed in before. Compare the code with the paper."))
        return None
    told = slip(request, code, voicing.kinds()[given["kind"]], in_danger=given["in_danger"])
    return render(request, "programme/voice_slip.html", {"slip": told, "done_url": reverse("programme:voice_take")})


@allow("own", "read")
def voice_list(request: HttpRequest) -> HttpResponse:
    """What waits for a word, the most overdue first; the safeguarding lead's list and the coordinator's never meet."""
    by, today = request.acting, timezone.localdate()  # type: ignore[attr-defined]
    if not may_handle(by):
        raise Http404
    voices = Voice.objects.select_related("centre", "assigned_centre").order_by("-heard_at")[:SHOWN]
    rows = [_row(voice, standing(voice, today)) for voice in voices]
    rows.sort(key=lambda row: (not row["late"], row["standing"].due_on or datetime.date.max))
    note_read("voice", [row["voice"].id for row in rows], by=by)
    page = {"rows": rows, "is_safe": by.may("safe_voice", "read"), "may_publish": by.may("what_changed", "read")}
    return render(request, "programme/voice_list.html", page)


def _row(voice: Voice, stands: rules.Standing) -> dict[str, Any]:
    return {
        "voice": voice,
        "kind": voicing.kinds()[voice.kind].title,
        "standing": stands,
        "late": stands.late,
        "state_text": state_text(stands.state),
        "state_colour": STATES.get(stands.state, "grey"),
        "url": reverse("programme:voice", args=[voice.id]),
    }


def _voice_or_404(voice_id: uuid.UUID, by: Acting) -> Voice:
    if not may_handle(by):
        raise Http404
    found = Voice.objects.select_related("centre", "assigned_centre").filter(id=voice_id).first()
    if found is None:
        raise Http404
    return found


def _steps_for(voice: Voice, by: Acting) -> list[tuple[str, Any]]:
    """What this handler may do with it now."""
    steps: list[tuple[str, Any]] = []
    if voice.state == rules.Stands.NEW:
        steps.append(("acknowledge", _("Say that we have read it")))
    steps += [("answer", _("Answer")), ("note", _("Note for those who handle it"))]
    if voice.route == rules.Route.PROGRAMME:
        if by.is_national and not voice.about_person:
            steps.append(("hand", _("Let a centre deal with it")))
        if not by.is_national:
            steps.append(("raise", _("Give it back to the coordinator")))
        steps.append(("pass_on", _("It is about harm: pass it to the safeguarding lead alone")))
    return [*steps, ("close", _("Close it"))]


@allow("own", "read")
@require_http_methods(["GET", "POST"])
def voice(request: HttpRequest, voice_id: uuid.UUID) -> HttpResponse:
    """One matter: what was said, what was done, and the next step."""
    by = request.acting  # type: ignore[attr-defined]
    try:
        found = _voice_or_404(voice_id, by)
        steps = _steps_for(found, by)
        form, status = HandleForm(steps=steps), 200
        if request.method == "POST":
            form, status = HandleForm(request.POST, steps=steps), 422
            if form.is_valid():
                _do(found, form.cleaned_data, by)
                return HttpResponseRedirect(reverse("programme:voice_list"))
    except (Http404, Voice.DoesNotExist):
        return _gone(request)
    except actions.NotNow:
        form.add_error(None, _("Somebody has closed it meanwhile. This was not sent; what you wrote is still here."))
        status = 409
    note_read("voice", [found.id], by=by)
    page = _row(found, standing(found, timezone.localdate())) | {
        "words": one_time.unseal(found.sealed),
        "lines": [_line(step) for step in found.steps.all()],
        "form": form if request.method == "POST" or not found.closed_at else None,
        "reason": voicing.closed_for()[found.closed_for] if found.closed_for else "",
        "back_url": reverse("programme:voice_list"),
    }
    return render(request, "programme/voice.html", page, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    """It is with somebody else now, or never was: the same page for both. What was typed is given back."""
    words = request.POST.get("words", "").strip()
    if not words:
        raise Http404
    page = {"words": words[: rules.LONGEST], "back_url": reverse("programme:voice_list")}
    return render(request, "programme/voice_gone.html", page, status=404)


def _do(found: Voice, given: dict[str, Any], by: Acting) -> None:
    words, do = given["words"].strip(), given["do"]
    if do == "acknowledge":
        actions.acknowledge(found.id, words=words, by=by)
    elif do == "answer":
        actions.answer(found.id, words=words, by=by)
    elif do == "note":
        actions.note(found.id, words=words, by=by)
    elif do == "hand":
        actions.hand(found.id, centre=Centre.objects.get(slug=given["to_centre"]), words=words, by=by)
    elif do == "close":
        actions.close(found.id, reason=given["reason"], words=words, by=by)
    else:
        actions.raise_up(found.id, words=words, past=do == "pass_on", by=by)


def _line(step: VoiceStep) -> dict[str, Any]:
    titles = {
        VoiceStep.What.SAID: _("Added with the code"),
        VoiceStep.What.ACKNOWLEDGED: _("Told that it was read"),
        VoiceStep.What.ANSWERED: pgettext("voice", "Answered"),
        VoiceStep.What.NOTED: _("Note"),
        VoiceStep.What.HANDED: _("Handed to a centre"),
        VoiceStep.What.RAISED: _("Given back to the coordinator"),
        VoiceStep.What.PASSED_ON: _("Passed to the safeguarding lead"),
        VoiceStep.What.CLOSED: pgettext("voice", "Closed"),
    }
    return {
        "title": titles[VoiceStep.What(step.what)],
        "words": one_time.unseal(step.sealed) if step.sealed else "",
        "at": step.at,
        "who": step.by_name,
        "is_shown": step.is_shown,
    }


@allow("what_changed", "add")
@require_http_methods(["GET", "POST"])
def voice_changes(request: HttpRequest) -> HttpResponse:
    """Entries of “you said, we did”: drafted here, public when the coordinator approves."""
    by = request.acting  # type: ignore[attr-defined]
    form, status = ChangeForm(), 200
    if request.method == "POST":
        form, status = ChangeForm(request.POST), 422
        if form.is_valid():
            given = form.cleaned_data
            said, done = form.side("said"), form.side("done")
            actions.draft_change(programme=given["programme"], site=given["site"], said=said, done=done, by=by)
            return HttpResponseRedirect(reverse("programme:voice_changes"))
    page = {
        "changes": VoiceChange.objects.select_related("programme", "site")[:SHOWN],
        "form": form,
        "may_approve": by.may("what_changed", "change"),
        "numbers": VoiceNumbers.objects.first(),
    }
    return render(request, "programme/voice_changes.html", page, status=status)


@require_POST
@allow("what_changed", "change")
def voice_change_approve(request: HttpRequest, change_id: uuid.UUID) -> HttpResponse:
    get_object_or_404(VoiceChange, id=change_id)
    actions.approve_change(change_id, by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("programme:voice_changes"))


@require_POST
@allow("what_changed", "change")
def voice_numbers_publish(request: HttpRequest) -> HttpResponse:
    """Freezes how many were heard and how soon they were answered, up to today."""
    voice_numbers.publish_numbers(until=timezone.localdate(), by=request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("programme:what_changed"))


@public
def what_changed(request: HttpRequest) -> HttpResponse:
    """You said, we did; and the numbers of the last publication, protected."""
    numbers = VoiceNumbers.objects.first()
    tables = [] if numbers is None else [_table(numbers, "voices_heard"), _table(numbers, "voices_answered")]
    changes = VoiceChange.objects.exclude(approved_at=None).select_related("programme", "site")[:SHOWN]
    return render(request, "programme/what_changed.html", {"changes": changes, "numbers": numbers, "tables": tables})


def _table(numbers: VoiceNumbers, code: str) -> dict[str, Any]:
    language = {"zh": "zh-hans"}.get(tongue(), tongue())
    total, by_code = voice_numbers.shown(numbers, code)
    titles: dict[str, Any] = {one: kind.title for one, kind in voicing.kinds().items()}
    titles |= {
        "to_5": _("within 5 working days"),
        "to_15": _("6 to 15 working days"),
        "to_30": _("16 to 30 working days"),
        "over_30": _("more than 30 working days"),
    }
    rows = [(titles[one], by_code[one].text(language)) for one in titles if one in by_code]
    title = _("Heard, by what it was about") if code == "voices_heard" else _("Time until the first answer")
    return {"title": title, "rows": rows, "total": total.text(language)}
