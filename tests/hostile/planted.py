"""Pages with the faults that the hostile tests look for. They stand in no address list but that of the controls."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path


def by_value(request: HttpRequest) -> HttpResponse:
    """A value formatted into a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"select code from organisations_division where code = '{request.GET.get('q', '')}' limit 3")
        return HttpResponse(str(cursor.fetchall()))


def by_column(request: HttpRequest) -> HttpResponse:
    """A name of a column taken from the address."""
    with connection.cursor() as cursor:
        cursor.execute(f"select code from organisations_division order by {request.GET.get('sort') or 'code'} limit 3")
        return HttpResponse(str(cursor.fetchall()))


def unescaped(request: HttpRequest) -> HttpResponse:
    """A text written as it came."""
    return HttpResponse(f'<!doctype html><title>x</title><p lang="en">{request.GET.get("q", "")}</p>')


def guarded(view):
    view.tx_guard = ("public", "read")
    return view


urlpatterns = [path(f"en/{view.__name__}/", guarded(view)) for view in (by_value, by_column, unescaped)]
