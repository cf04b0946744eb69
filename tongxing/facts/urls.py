from django.urls import path

from tongxing.facts import views

app_name = "facts"

urlpatterns = [
    path("extracts/", views.extracts, name="extracts"),
    path("extracts/ask/", views.extract_ask, name="extract_ask"),
    path("extracts/<uuid:extract_id>/release/", views.extract_release, name="extract_release"),
    path("extracts/<uuid:extract_id>/file/", views.extract_file, name="extract_file"),
]
