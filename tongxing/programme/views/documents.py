"""Documents: the public list and the file itself; at work the upload, the next version, and the withdrawal."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxing.access.guard import allow, public
from tongxing.access.permissions import ROLES, may
from tongxing.programme import actions
from tongxing.programme.forms import ReasonForm, UploadForm
from tongxing.programme.models import Document, Programme
from tongxing.programme.views.chosen import programmes as all_programmes

# A file is handed over, never shown: even one that got past the check runs nothing here.
SANDBOX = "sandbox; default-src 'none'"


@public
@require_GET
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """Every document of a programme as it is today, earlier versions and withdrawn ones too, and who may upload."""
    programme = get_object_or_404(Programme, code=code)
    page = {
        "programme": programme,
        "documents": Document.objects.of(programme),
        "upload_roles": [role.name for code, role in ROLES.items() if may(code, "document", "add")],
    }
    return render(request, "programme/documents.html", page)


@public
@require_GET
def document(request: HttpRequest, code: str, document: uuid.UUID) -> HttpResponse:
    """The file, to be saved; 410 with day and reason when it was withdrawn."""
    found = get_object_or_404(Document.objects.select_related("programme"), pk=document, programme__code=code)
    if found.content is None:
        return render(request, "programme/document_gone.html", {"document": found}, status=410)
    return HttpResponse(
        bytes(found.content),
        content_type=found.media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.file_name) or "",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "no-cache",  # what is withdrawn must not live on in a proxy
            "ETag": f'"{found.sha256}"',
        },
    )


@allow("document", "read")
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes, each with its pages at work."""
    return render(request, "programme/programmes.html", {"programmes": all_programmes()})


@allow("document", "add")
@require_http_methods(["GET", "POST"])
def document_upload(request: HttpRequest, code: str) -> HttpResponse:
    """What is there, and the form for a document, or with `replaces` for its next version."""
    programme = get_object_or_404(Programme, code=code)
    replaces = _replaced(request, programme)
    form, status = UploadForm(initial=_known(replaces)), 200
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, body_size=int(request.META.get("CONTENT_LENGTH") or 0))
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.upload(
                    given["file"],
                    programme=programme,
                    title=form.text(),
                    kind=given["kind"],
                    language=given["language"],
                    dated_on=given["dated_on"],
                    replaces=replaces,
                    by=request.acting,  # type: ignore[attr-defined]
                )
                return HttpResponseRedirect(reverse("programme:document_upload", args=[code]))
            except actions.Overtaken:
                form.add_error(
                    None, _("Another version came first, or it was withdrawn. Look at the list, then decide.")
                )
    page = {
        "programme": programme,
        "programmes": all_programmes(),
        "documents": Document.objects.of(programme),
        "form": form,
        "replaces": replaces,
        "largest": settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
    }
    return render(request, "programme/document_upload.html", page, status=status)


def _replaced(request: HttpRequest, programme: Programme) -> Document | None:
    """The document of `replaces`, in the address or the form. Raises Http404 where it is none of this programme."""
    asked = request.POST.get("replaces") or request.GET.get("replaces")
    if not asked:
        return None
    try:
        return get_object_or_404(Document.objects.of(programme), pk=uuid.UUID(asked))
    except ValueError as error:
        raise Http404 from error


def _known(replaced: Document | None) -> dict[str, object]:
    if replaced is None:
        return {}
    titles = {f"text_{language}": title for language, title in replaced.title.items()}
    return {"kind": replaced.kind, "language": replaced.language, **titles}


@allow("document", "change")
@require_http_methods(["GET", "POST"])
def document_withdraw(request: HttpRequest, code: str, document: uuid.UUID) -> HttpResponse:
    """An interruption that says what stays and what is gone for good; then the withdrawal."""
    found = get_object_or_404(Document.objects.defer("content"), pk=document, programme__code=code)
    form, status = ReasonForm(), 200
    if request.method == "POST":
        form, status = ReasonForm(request.POST), 422
        if form.is_valid():
            actions.withdraw_document(found.pk, reason=form.cleaned_data["reason"], by=request.acting)  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("programme:document_upload", args=[code]))
    page = {"document": found, "programme": found.programme, "form": form}
    return render(request, "programme/document_withdraw.html", page, status=status)
