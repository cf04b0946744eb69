"""Addresses of the audit administrator."""

from django.urls import path

from tongxing.audit import views

app_name = "audit"
urlpatterns = [
    path("findings/", views.findings, name="findings"),
    path("findings/<uuid:finding_id>/", views.finding, name="finding"),
    path("trace/", views.trace, name="trace"),
    path("events/", views.security_events, name="events"),
    path("seals/", views.seals, name="seals"),
    path("breach/", views.breach, name="breach"),
]
