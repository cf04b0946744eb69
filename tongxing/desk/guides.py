"""Printed guides of the roles, and the glossary: pages for everyone, made from data."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from tongxing.access.guard import public
from tongxing.access.permissions import ROLES
from tongxing.core.i18n import html_tag
from tongxing.desk import glossary as terms
from tongxing.desk import help as helping

LONGEST = 80


@public
@require_safe
def guide(request: HttpRequest, role: str) -> HttpResponse:
    """One A4 page for one role, in the language of the paper."""
    if role not in ROLES:
        raise Http404
    known = dict(settings.LANGUAGES)
    wanted = request.GET.get("paper", "")
    paper = wanted if wanted in known else get_language() or settings.LANGUAGE_CODE
    links = [
        {"name": name, "tag": html_tag(code), "url": f"?paper={code}", "is_current": code == paper}
        for code, name in settings.LANGUAGES
    ]
    with override(paper):
        page = {
            "role": ROLES[role],
            "rules": helping.of_role(role),
            "chapters": helping.chapters(role),
            "paper": paper,
            "paper_tag": html_tag(paper),
            "paper_links": links,
            "others": [one for one in ROLES.values() if one.code != role],
        }
    return render(request, "desk/guide.html", page)


@public
@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """The words of the field in three languages; what is typed is looked for in all of them, and kept nowhere."""
    words = request.GET.get("q", "")[:LONGEST]
    return render(request, "desk/glossary.html", {"terms": terms.found(words), "words": words})
