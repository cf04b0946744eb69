"""Pictures of signed papers: seen, attached and taken away at the centre that keeps the record."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxing.access.actions import note_read
from tongxing.access.guard import allow
from tongxing.procedures.file_forms import SignedPaperForm
from tongxing.procedures.views.at_the_desk import Desk
from tongxing.registry import papers
from tongxing.registry.models import SignedPaper
from tongxing.registry.page import identity_bar, person_or_404

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


@allow("consent", "read")
@require_http_methods(["GET", "POST"])
def signed_papers(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """What was signed, newest first, and the form that attaches one more."""
    person, desk = person_or_404(person_id, request), Desk(request)
    if person.centre_id != desk.by.centre_id:  # let in to help: not to what the family signed elsewhere
        raise Http404
    form, status = SignedPaperForm(initial={"signed_on": desk.now}, today=desk.now), 200
    if request.method == "POST":
        body = int(request.META.get("CONTENT_LENGTH") or 0)
        form, status = SignedPaperForm(request.POST, request.FILES, today=desk.now, body_size=body), 422
        if form.is_valid():
            given = form.cleaned_data
            papers.attach(
                given["file"],
                person=person,
                signed_on=given["signed_on"],
                read_aloud_by=given["read_aloud_by"].strip(),
                by=desk.by,
            )
            return HttpResponseRedirect(reverse("procedures:signed_papers", args=[person.id]))
    page = {
        "identity": identity_bar(person),
        "papers": SignedPaper.objects.filter(person=person).defer("content").order_by("-attached_at"),
        "form": form,
        "sheet_url": reverse("procedures:consent_paper", args=[person.id]),
        "back_url": reverse("registry:person", args=[person.id]),
    }
    return render(request, "procedures/signed_papers.html", page, status=status)


@allow("consent", "read")
@require_GET
def signed_paper(request: HttpRequest, paper_id: uuid.UUID) -> HttpResponse:
    """The picture itself. Not kept by the browser: the next one at this computer must not find it."""
    paper = SignedPaper.objects.filter(id=paper_id, removed_at=None).first()
    if paper is None:
        raise Http404
    note_read("person", [paper.person_id], by=request.acting)  # type: ignore[attr-defined]
    return HttpResponse(
        bytes(paper.content or b""),
        content_type=paper.media_type,
        headers={
            "Content-Disposition": f'inline; filename="{paper.sha256[:12]}{ENDINGS[paper.media_type]}"',
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "no-store",
        },
    )


@require_POST
@allow("consent", "change")
def signed_paper_remove(request: HttpRequest, paper_id: uuid.UUID) -> HttpResponse:
    """It was another family's: the picture goes for good, and that there was one stays."""
    gone = papers.take_away(paper_id, by=request.acting)  # type: ignore[attr-defined]
    if gone is None:
        raise Http404
    return HttpResponseRedirect(reverse("procedures:signed_papers", args=[gone.person_id]))
