"""Addresses. Every page lives under its language, so that the switch is a plain link and public pages can be indexed."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from tongxing.config import operations
from tongxing.desk import errors

urlpatterns = [
    *i18n_patterns(
        path("", include("tongxing.desk.urls")),
        path("", include("tongxing.organisations.urls")),
        path("people/", include("tongxing.registry.urls")),
        path("", include("tongxing.procedures.urls")),
        path("", include("tongxing.casework.urls")),
        path("", include("tongxing.programme.urls")),
        path("", include("tongxing.publishing.urls")),
        path("", include("tongxing.facts.urls")),
        path("audit/", include("tongxing.audit.urls")),
        path("operations/", include((operations.urlpatterns, "operations"))),
        path("", include("tongxing.rights.urls")),
    ),
]

handler400 = errors.bad_request
handler403 = errors.not_here
handler404 = errors.not_here
handler500 = errors.broken
