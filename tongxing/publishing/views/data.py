"""Public files: an edition as JSON, CSV and Excel, its frozen content, feeds, and what the data are."""

import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxing.access.guard import only_get, public
from tongxing.programme.models import Programme
from tongxing.publishing import actions
from tongxing.publishing.formats import FILES, NAMES
from tongxing.publishing.formats import openapi as described
from tongxing.publishing.formats.feed import as_atom
from tongxing.publishing.frozen import canonical
from tongxing.publishing.kept import keep
from tongxing.publishing.models import Edition
from tongxing.publishing.views.public import approved

FEED = 50  # editions in a feed


@public
@only_get
def file(request: HttpRequest, code: str, number: int, suffix: str) -> HttpResponse:
    """An edition in one format; the name of the file says programme, edition and nothing else."""
    if suffix not in FILES:
        raise Http404
    edition = _edition(code, number)
    kind, write = FILES[suffix]
    response = HttpResponse(write(actions.sheet(edition), edition), content_type=kind)
    if suffix != "json":  # a browser shows JSON itself
        name = f"{edition.programme.code}-{edition.number}.{suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return keep(response, edition, is_file=True)


@public
@only_get
def latest(request: HttpRequest, code: str, suffix: str) -> HttpResponse:
    """On to the latest edition's own address."""
    edition = approved(code, None)
    if edition is None or suffix not in FILES:
        raise Http404
    return HttpResponseRedirect(reverse("publishing:file", args=[edition.programme.code, edition.number, suffix]))


@public
@only_get
def content(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The frozen content, byte for byte what the SHA-256 of the edition was taken of."""
    edition = _edition(code, number)
    response = HttpResponse(canonical(edition.content), content_type="application/json")
    return keep(response, edition, is_file=True)


@public
@only_get
def feed(request: HttpRequest, code: str = "") -> HttpResponse:
    """Approved editions, the newest first; an empty feed where none is approved yet."""
    editions = Edition.objects.approved().order_by("-approved_at").select_related("programme").defer("content")
    title = _("Tongxing: approved editions")
    if code:
        programme = get_object_or_404(Programme, code=code)
        editions, title = editions.filter(programme=programme), str(programme.title)
    home = request.build_absolute_uri(reverse("publishing:programmes"))
    own = request.build_absolute_uri(request.path)
    atom = as_atom(title, editions[:FEED], home=home, own=own, language=get_language() or "en")
    return keep(HttpResponse(atom, content_type="application/atom+xml; charset=utf-8"))


@public
@only_get
def about(request: HttpRequest) -> HttpResponse:
    """Data and API, for people: which files there are, what is withheld, how to check a hash."""
    edition = Edition.objects.approved().order_by("-approved_at").select_related("programme").defer("content").first()
    return keep(render(request, "publishing/api.html", {"edition": edition, "files": NAMES}))


@public
@only_get
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    words = json.dumps(described.described(), ensure_ascii=False, indent=1)
    return keep(HttpResponse(words, content_type="application/json"), is_file=True)


def _edition(code: str, number: int) -> Edition:
    edition = approved(code, number)
    if edition is None:
        raise Http404
    return edition
