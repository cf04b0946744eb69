from django.urls import path

from tongxing.registry import views

app_name = "registry"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("<uuid:person_id>/", views.person, name="person"),
]
