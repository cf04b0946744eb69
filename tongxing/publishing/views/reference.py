"""The population behind: published figures with source and date, and why each may or may not be divided by."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongxing.access.guard import public
from tongxing.facts.models import ReferenceStatistic


@public
@require_GET
def reference(request: HttpRequest) -> HttpResponse:
    """All reference statistics, in the words of their sources."""
    return render(request, "publishing/reference.html", {"statistics": ReferenceStatistic.objects.all()})
