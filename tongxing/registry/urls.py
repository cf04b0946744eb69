from django.urls import path

from tongxing.registry import views

app_name = "registry"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("emergency/", views.emergency, name="emergency"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<uuid:alert_id>/seen/", views.alert_seen, name="alert_seen"),
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/protect/", views.person_protect, name="protect"),
]
