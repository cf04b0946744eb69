"""The public page on which everybody may speak, the answer by code, and the paper form. No login, no name, no script."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongxing.access import one_time
from tongxing.access.guard import public
from tongxing.core.i18n import html_tag
from tongxing.core.ids import spoken_code, uuid7
from tongxing.core.jurisdiction import jurisdiction
from tongxing.core.words import Words
from tongxing.programme import voice_gate as gate
from tongxing.programme import voicing
from tongxing.programme.actions.voice import CODE_LENGTH, EnoughAdded, Said, code_hash, hear, say_again
from tongxing.programme.models import VoiceStep
from tongxing.programme.rules.voice import Kind
from tongxing.programme.voice_forms import AddForm, CodeForm, PublicSayForm

SHORT = {"zh-hans": "zh"}


def tongue() -> str:
    """The language of the page as data knows it: zh, en, mn."""
    language = get_language() or settings.LANGUAGE_CODE
    return SHORT.get(language, language)


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


def spaced(code: str) -> str:
    """4K792MQX3B → 4K7-92M-QX3-B: groups that can be read aloud."""
    return "-".join(code[i : i + 3] for i in range(0, len(code), 3))


def slip(request: HttpRequest, code: str, kind: Kind, *, in_danger: bool) -> dict[str, Any]:
    """What stands on the slip: the code, where it is used, by when something is heard."""
    return {
        "code": spaced(code),
        "code_url": request.build_absolute_uri(reverse("programme:voice_answer")),
        "is_safe": in_danger or kind.route == "safeguarding",
        "acknowledge": kind.acknowledge,
        "answer": kind.answer,
        "kind": kind.title,
    }


@public
@never_cache
@require_http_methods(["GET", "POST"])
def voice_say(request: HttpRequest) -> HttpResponse:
    """Says who will read what before anything is typed; gives a code; loses no word, whatever is wrong."""
    if request.method != "POST":
        return _form(request, PublicSayForm(initial={"ticket": gate.Ticket.new().sealed()}))
    form = PublicSayForm(request.POST)
    try:
        ticket = gate.Ticket.opened(request.POST.get("ticket", ""))
    except gate.Stale:
        form.add_error(None, _("The page was open for very long. Everything you wrote is here: press Send once more."))
        return _form(request, form, gate.Ticket.new(), 422)
    if not form.is_valid():
        return _form(request, form, ticket, 422)
    came = gate.speaking.come(address_of(request))
    if came > gate.FLOOD:
        form.add_error(None, _("Very many messages come from here at the moment. Try again in an hour, or call us."))
        return _form(request, form, ticket, 429)
    if _looks_like_a_machine(form, ticket, came):
        form.ask(ticket.left, ticket.right)
        return _form(request, form, ticket, 422)
    given = form.cleaned_data
    hear(
        Said(
            id=ticket.id,
            code=ticket.code,
            kind=given["kind"],
            words=given["words"],
            language=tongue(),
            centre=form.centre(),
            in_danger=given["in_danger"],
        ),
        by=None,
    )
    told = slip(request, ticket.code, voicing.kinds()[given["kind"]], in_danger=given["in_danger"])
    return render(request, "programme/voice_said.html", {"slip": told})


def _looks_like_a_machine(form: PublicSayForm, ticket: gate.Ticket, came: int) -> bool:
    """Hasty, too often, or what people do not see was filled; who answers the sum is let through."""
    if form.cleaned_data["total"].strip() == str(ticket.left + ticket.right):
        return False
    return ticket.is_hasty or came > gate.ASKED_AFTER or bool(form.cleaned_data["leave_empty"])


def _form(
    request: HttpRequest, form: PublicSayForm, ticket: gate.Ticket | None = None, status: int = 200
) -> HttpResponse:
    page: dict[str, Any] = {"form": form, "groups": form.groups()}
    page["ticket"] = ticket.sealed() if ticket else form["ticket"].value()
    response = render(request, "programme/voice_say.html", page, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(int(gate.HOUR))
    return response


@dataclass(frozen=True)
class Line:
    """One entry of what was said and answered, as the person reads it."""

    what: str
    words: str
    at: Any
    is_ours: bool


@public
@never_cache
@require_http_methods(["GET", "POST"])
def voice_answer(request: HttpRequest) -> HttpResponse:
    """With the code: what was said, where it stands, the answer; and adding to it. The code is in no address."""
    if request.method != "POST":
        return render(request, "programme/voice_answer.html", {"form": CodeForm()})
    form = CodeForm(request.POST)
    address = address_of(request)
    if gate.guessing.come(address, weight=0) >= gate.TRIES:
        form.add_error("code", _("Too many wrong codes. Wait an hour, or call the hotline."))
        return render(request, "programme/voice_answer.html", {"form": form}, status=429)
    told = _told(form.cleaned_data["code"]) if form.is_valid() else None
    if told is None:
        gate.guessing.come(address)
        if not form.errors:
            form.add_error("code", _("No slip has this code. Compare it letter by letter, or call the hotline."))
        return render(request, "programme/voice_answer.html", {"form": form}, status=422)
    return _answer_page(request, form.cleaned_data["code"], told)


def _answer_page(request: HttpRequest, code: str, told: dict[str, Any]) -> HttpResponse:
    adding, status = AddForm(), 200
    if "words" in request.POST:
        adding, status = AddForm(request.POST), 422
        if adding.is_valid():
            step = _step_id(request)
            words = adding.cleaned_data["words"]
            try:
                say_again(code, words, step=step, kind=told["kind"], calendar=told["calendar"])
            except EnoughAdded:
                full = _("So much has been added to this matter that no more fits. Please say it as a new matter.")
                adding.add_error("words", full)
            else:
                told, adding, status = _told(code) or told, AddForm(), 200
    page = {"told": told, "lines": _lines(code), "code": code, "form": adding, "step": uuid7()}
    return render(request, "programme/voice_told.html", page, status=status)


def _step_id(request: HttpRequest) -> uuid.UUID:
    """Sent with the form, so that a button pressed twice adds once; a made-up one is replaced."""
    try:
        return uuid.UUID(request.POST.get("step", ""))
    except ValueError:
        return uuid7()


COLUMNS = (
    *("id", "kind", "language", "sealed", "said_on", "heard_on", "acknowledge_by", "answer_by"),
    *("acknowledged_at", "answered_at", "closed_at", "closed_for", "jurisdiction"),
)


def _told(code: str) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute("select * from access.voice_of_code(%s)", [code_hash(code)])
        row = cursor.fetchone()
    if row is None:
        return None
    found = dict(zip(COLUMNS, row, strict=True))
    country = found["jurisdiction"] or {"mn": "MN"}.get(found["language"], "CN")
    reason: Words | str = voicing.closed_for()[found["closed_for"]] if found["closed_for"] else ""
    return found | {
        "kind": voicing.kinds()[found["kind"]],
        "words": one_time.unseal(found["sealed"]),
        "calendar": jurisdiction(country).calendar,
        "reason": reason,
    }


def _lines(code: str) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute("select * from access.voice_thread(%s)", [code_hash(code)])
        rows = cursor.fetchall()
    titles = {VoiceStep.What.SAID: _("You added"), VoiceStep.What.ACKNOWLEDGED: _("We have read it")}
    titles |= {VoiceStep.What.ANSWERED: _("Our answer"), VoiceStep.What.CLOSED: _("Closed")}
    return [Line(titles[what], one_time.unseal(sealed) if sealed else "", at, ours) for what, sealed, at, ours in rows]


@public
@never_cache
@require_safe
def voice_paper(request: HttpRequest) -> HttpResponse:
    """The form to print: the same codes, a slip to tear off with a code of its own."""
    known = dict(settings.LANGUAGES)
    wanted = request.GET.get("paper", "")
    paper = wanted if wanted in known else get_language() or settings.LANGUAGE_CODE
    links = [
        {"name": name, "tag": html_tag(code), "url": f"?paper={code}", "is_current": code == paper}
        for code, name in settings.LANGUAGES
    ]
    with override(paper):
        groups = PublicSayForm().groups()
    page = {
        "paper": paper,
        "paper_tag": html_tag(paper),
        "paper_links": links,
        "groups": groups,
        "code": spaced(spoken_code(CODE_LENGTH)),
        "code_url": request.build_absolute_uri(reverse("programme:voice_answer")),
    }
    return render(request, "programme/voice_paper.html", page)
