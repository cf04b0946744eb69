"""What is known of one person's other records: a panel and the joined timeline on the person page, and a page of words.

Each part stays behind its own wall: of a record that is open here all that its own page shows, of any other only that
there is one, unless somebody there is in danger.
"""

import datetime
import uuid
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.linkage.levels import COMPARISONS
from tongxing.registry import evidence, linking
from tongxing.registry.forms import ReasonForm
from tongxing.registry.linking import Said, Told
from tongxing.registry.models import Person
from tongxing.registry.page import birth_words, contributed, identity_bar, person_or_404, sex_word

LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def linked_part(person: Person, by: Acting) -> tuple[dict[str, Any], list[uuid.UUID]]:
    """What the person page shows of the other records of the same person, and the ids of those it shows."""
    if not by.may("link", "read"):
        return {}, []
    ids, is_elsewhere = linking.one_with(person.id)
    others = list(Person.objects.filter(id__in=ids).select_related("centre").order_by("id"))
    part: dict[str, Any] = {"timeline": [], "panels": []}
    for other in others:
        part["timeline"] += [entry | {"of": other.number} for entry in contributed(other, by)["timeline"]]
    if is_elsewhere:
        part["timeline"].append({"kind": "sealed", "at": LONG_AGO})
    if others or is_elsewhere or linking.links_of(person.id):
        part["panels"] = [
            {
                "name": "linked",
                "title": _("Other records of this person"),
                "template": "registry/linked.html",
                "column": 2,
                "others": [_other(other) for other in others],
                "is_elsewhere": is_elsewhere,
                "url": reverse("registry:links", args=[person.id]),
                "link": _("Why"),
            }
        ]
    return part, [other.id for other in others]


def _other(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "number": person.number,
        "centre": person.centre.name,
        "url": reverse("registry:person", args=[person.id]),
        "summary": " · ".join(filter(None, (sex_word(person.sex), birth_words(person)))),
    }


@allow("link", "read")
def links(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """What was said of this record and any other, by whom, why, until when; and the way back."""
    return _page(request, person_id, ReasonForm())


@require_POST
@allow("link", "change")
def link_end(request: HttpRequest, person_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """Take an assertion back, with a reason."""
    by, said = request.acting, _said(request, person_id, link_id)  # type: ignore[attr-defined]
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, person_id, form, about=link_id)
    if linking.end_link(said.id, reason=form.cleaned_data["reason"], by=by) is None:
        raise Http404
    return HttpResponseRedirect(reverse("registry:links", args=[person_id]))


@require_POST
@allow("link", "change")
def link_again(request: HttpRequest, person_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """The same person after all, with a reason."""
    by, said = request.acting, _said(request, person_id, link_id)  # type: ignore[attr-defined]
    form = ReasonForm(request.POST)
    if not form.is_valid() or said.other is None:
        return _page(request, person_id, form, about=link_id)
    try:
        linking.relink(person_id, said.other, reason=form.cleaned_data["reason"], by=by)
    except linking.NotAgreed:
        form.add_error("reason", _("One of the families has not agreed to be linked across centres. Ask them first."))
        return _page(request, person_id, form, about=link_id)
    return HttpResponseRedirect(reverse("registry:links", args=[person_id]))


def _said(request: HttpRequest, person_id: uuid.UUID, link_id: uuid.UUID) -> Said:
    """Of a record that is open here, and only what may be told; otherwise 404."""
    person_or_404(person_id, request, leaves_trace=False)
    found = next((said for said in linking.links_of(person_id) if said.id == link_id), None)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, person_id: uuid.UUID, form: ReasonForm, about: uuid.UUID | None = None) -> HttpResponse:
    """`about`: the assertion to which the form with errors belongs."""
    by = request.acting  # type: ignore[attr-defined]
    found = person_or_404(person_id, request, leaves_trace=False)
    told = linking.links_of(found.id)
    others = {other.id: other for other in Person.objects.filter(id__in=[one.other for one in told if one.other])}
    note_read("person", [found.id, *others], by=by)
    standing = {said.other for said in told if said.kind == "same" and said.ended_at is None}
    may = by.may("link", "change")
    rows = [
        {
            "said": said,
            "kind": evidence.SAYS[said.kind],
            "source": source_word(said),
            "why": why_word(said.reason),
            "ended_why": why_word(said.ended_reason),
            "other": _other(others[said.other]) if said.other in others else None,
            "fields": _fields(said),
            "may_end": may and said.ended_at is None and said.kind == "same" and not said.asked_by_me,
            "may_link": may and said.other in others and said.other not in standing and _is_last(said, told),
            "form": form if about == said.id else ReasonForm(auto_id=f"{said.id}-%s"),  # each label its own field
        }
        for said in told
    ]
    page = {"identity": identity_bar(found), "person_id": found.id, "rows": rows, "form": form if about else None}
    return render(request, "registry/links.html", page, status=422 if form.errors else 200)


def _is_last(said: Said, told: Iterable[Said]) -> bool:
    return next(one for one in told if one.other == said.other).id == said.id


def _fields(said: Said) -> list[tuple[str, str]]:
    from tongxing.registry.views import agreements  # the words of the search page, which shows this page's panel too

    # A job keeps the comparisons that it weighs; the desk tells further ones.
    return agreements(dict.fromkeys(COMPARISONS, "unknown") | dict(said.levels)) if said.levels else []


def source_word(said: Said | Told) -> str:
    return {
        "desk": _("said at a desk"),
        "review": _("decided in review"),
        "batch": _("found by comparison, model %(version)s") % {"version": said.model_version},
    }[said.source]


def why_word(reason: str) -> str:
    """Reasons of jobs are codes, those of people are their own words."""
    return {
        "consent": _("the family no longer agrees to be linked across centres"),
        "model": _("the model no longer says so"),
    }.get(reason, reason)
